import asyncio
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.errors import EngineError
from models.tts.espeak import EspeakEngine
from models.tts.espeak_library import EspeakLibrary
from models.tts.words import WordTimer, pieces, plain, speakable
from tests.models.tts_contract import SENTENCES, TtsContract, check_marks, marks, samples, spoken


class TestEspeak(TtsContract):
    @pytest.fixture
    async def engine(self) -> AsyncIterator[EspeakEngine]:
        engine = EspeakEngine()
        await engine.warm()
        yield engine
        await engine.close()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_espeak_speaks_any_text(text: str) -> None:
    async def speak() -> None:
        engine = EspeakEngine()
        try:
            made = await spoken(engine, text)
        finally:
            await engine.close()
        check_marks(text, made, engine.sample_rate)
        assert all(np.isfinite(piece.pcm).all() for piece in made)
        assert speakable(plain(text)) or not made

    asyncio.run(speak())


async def test_espeak_gives_words_before_the_phrase_is_made() -> None:
    engine = EspeakEngine()
    made = await spoken(engine, SENTENCES[0])
    await engine.close()
    assert len(made) == len(SENTENCES[0].split())


def test_espeak_stops_within_one_buffer() -> None:
    library = EspeakLibrary("en-us", 165)
    text = "This sentence is so long that nobody would want to hear the end of it."

    def count(limit: float) -> int:
        heard = 0

        def sink(samples: NDArray[np.int16], _words: list[tuple[int, int]]) -> bool:
            nonlocal heard
            heard += samples.size
            return heard < limit

        library.synthesise(text, sink)
        return heard

    assert count(float("inf")) > 60_000
    assert 5_000 <= count(5_000) <= 5_000 + 22_050 * 0.1
    library.unload()


def test_what_fails_in_the_sink_is_told() -> None:
    library = EspeakLibrary("en-us", 165)

    def sink(_samples: NDArray[np.int16], _words: list[tuple[int, int]]) -> bool:
        raise ValueError("no room")

    with pytest.raises(EngineError, match="no room"):
        library.synthesise("hello", sink)
    library.unload()


async def test_engines_of_one_process_keep_their_own_voice() -> None:
    slow, fast = EspeakEngine(words_per_minute=100), EspeakEngine("en-gb-x-rp", 300)
    alone = [samples(await spoken(engine, SENTENCES[0])) for engine in (slow, fast)]
    assert alone[0] > 1.5 * alone[1]
    together = await asyncio.gather(*(spoken(engine, SENTENCES[0]) for engine in (slow, fast, slow, fast)))
    assert [samples(made) for made in together] == pytest.approx(alone * 2, rel=0.05)
    await slow.close()
    assert await spoken(fast, "still here")
    await fast.close()


async def test_a_closed_engine_leaves_no_thread_and_the_next_one_works() -> None:
    before = threading.active_count()
    for _ in range(3):
        engine = EspeakEngine()
        assert [mark.text for mark in marks(await spoken(engine, "one more time"))] == ["one", "more", "time"]
        await engine.close()
    assert threading.active_count() == before


async def test_a_wrong_voice_is_told_and_harms_no_other_engine() -> None:
    wrong, right = EspeakEngine("klingon-opera"), EspeakEngine()
    with pytest.raises(EngineError, match="klingon-opera"):
        await wrong.warm()
    assert await spoken(right, "hello")
    await wrong.close()
    assert await spoken(right, "hello")
    await right.close()


@given(st.text(), st.integers(1, 40))
def test_pieces_are_the_whole_text(text: str, limit: int) -> None:
    cut = list(pieces(text, limit))
    assert "".join(cut) == text
    assert all(len(piece) <= limit for piece in cut)


def test_pieces_end_with_sentences_then_commas_then_words() -> None:
    assert list(pieces("One two. Three, four five", 15)) == ["One two. ", "Three, ", "four five"]
    assert list(pieces("one two three four", 9)) == ["one two ", "three ", "four"]


@given(st.text())
def test_plain_text_keeps_its_length_and_can_be_encoded(text: str) -> None:
    assert len(plain(text)) == len(text)
    plain(text).encode()


def test_word_events_that_lag_or_name_parts_of_words_are_left_out() -> None:
    timer = WordTimer("twenty-five (big) cats", rate=1000, offset=500)
    loud = np.full(100, 1000, dtype=np.int16)
    pause = np.zeros(100, dtype=np.int16)
    assert timer.feed(np.concatenate((loud, pause)), [(0, 0), (7, 50)]) is None
    first = timer.feed(loud, [(13, 200)])
    assert first is not None and first.pcm.size == 200
    assert timer.feed(loud, [(3, 350)]) is None
    second = timer.feed(loud, [(18, 400)])
    last = timer.finish()
    assert second is not None and last is not None
    assert [(mark.text, mark.start, mark.end) for mark in marks([first, second, last])] == [
        ("twenty-five", 0.5, 0.6),
        ("big", 0.7, 0.9),
        ("cats", 0.9, 1.0),
    ]

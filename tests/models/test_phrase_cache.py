from collections.abc import AsyncIterator

import pytest

from models.errors import EngineError
from models.tts import Speech
from models.tts.espeak import EspeakEngine
from models.tts.phrase_cache import PhraseCache
from tests.models.tts_contract import SENTENCES, TtsContract, marks, samples, spoken


class Counting(EspeakEngine):
    """The real engine, with a list of what it was asked to say."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def speak(self, phrase: str) -> AsyncIterator[Speech]:
        self.asked.append(phrase)
        return super().speak(phrase)


class TestPhraseCache(TtsContract):
    @pytest.fixture
    async def engine(self) -> AsyncIterator[PhraseCache]:
        engine = PhraseCache(EspeakEngine(), SENTENCES[1:3])
        await engine.warm()
        yield engine
        await engine.close()


@pytest.fixture
async def engine() -> AsyncIterator[Counting]:
    engine = Counting()
    yield engine
    await engine.close()


async def test_fixed_phrases_are_made_once_and_sound_the_same(engine: Counting) -> None:
    cache = PhraseCache(engine, ["Goodbye.", "Goodbye.", SENTENCES[1]])
    await cache.warm()
    engine.asked.clear()
    kept = await spoken(cache, "Goodbye.")
    assert engine.asked == []
    assert await spoken(cache, "Goodbye.") == kept
    # espeak-ng's own samples differ a little from time to time.
    assert samples(kept) == pytest.approx(samples(await spoken(engine, "Goodbye.")), rel=0.01)
    assert [mark.text for mark in marks(kept)] == ["Goodbye"]


async def test_nothing_else_is_ever_kept(engine: Counting) -> None:
    cache = PhraseCache(engine, ["Goodbye."])
    await cache.warm()
    size = cache.size
    engine.asked.clear()
    for _ in range(3):
        assert await spoken(cache, "Call your doctor Ann.")
    assert engine.asked == ["Call your doctor Ann."] * 3
    assert cache.size == size > 0


async def test_what_is_kept_is_bounded_and_the_first_phrases_win(engine: Counting) -> None:
    first = 4 * samples(await spoken(engine, SENTENCES[0]))
    cache = PhraseCache(engine, SENTENCES, limit=round(first * 1.1))
    await cache.warm()
    assert cache.size == pytest.approx(first, rel=0.01)
    engine.asked.clear()
    await spoken(cache, SENTENCES[0])
    await spoken(cache, SENTENCES[1])
    assert engine.asked == [SENTENCES[1]]


async def test_one_listener_cannot_spoil_it_for_the_next(engine: Counting) -> None:
    cache = PhraseCache(engine, ["Goodbye."])
    await cache.warm()
    with pytest.raises(ValueError, match="read-only"):
        (await spoken(cache, "Goodbye."))[0].pcm[0] = 1.0


async def test_a_closed_cache_says_nothing_by_heart() -> None:
    cache = PhraseCache(EspeakEngine(), SENTENCES)
    await cache.warm()
    speaking = cache.speak(SENTENCES[0])
    await anext(speaking)
    await cache.close()
    assert cache.size == 0
    with pytest.raises(EngineError):
        await anext(speaking)
    with pytest.raises(EngineError):
        await spoken(cache, SENTENCES[1])

"""What every text-to-speech engine must do; a test class of an engine inherits it and gives the fixture `engine`."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from models.errors import EngineError
from models.tts import Speech, TextToSpeech, WordMark

SENTENCES = (
    "I added the goal learn guitar in three months.",
    "When should I remind you?",
    "Okay, your task call mom is now on Friday at noon.",
    "Goodbye.",
    "Are you still there?",
    "I did not understand that, could you say it in other words?",
)


async def spoken(engine: TextToSpeech, phrase: str) -> list[Speech]:
    """Speak a phrase to its end."""
    return [speech async for speech in engine.speak(phrase)]


def marks(pieces: Sequence[Speech]) -> list[WordMark]:
    """Join the word marks of a phrase."""
    return [word for piece in pieces for word in piece.words or ()]


def samples(pieces: Sequence[Speech]) -> int:
    """Count the samples of a phrase."""
    return sum(piece.pcm.size for piece in pieces)


def check_marks(phrase: str, pieces: Sequence[Speech], rate: int) -> None:
    """Check that marks are words of the phrase in order, one after the other, each in the piece where it begins."""
    at = 0
    last_end = 0.0
    first = 0
    for piece in pieces:
        for word in piece.words or ():
            found = phrase.find(word.text, at)
            assert word.text and found >= 0, (word, phrase[at:])
            at = found + len(word.text)
            assert last_end <= word.start < word.end <= samples(pieces) / rate
            assert first <= round(word.start * rate) < first + piece.pcm.size
            last_end = word.end
        first += piece.pcm.size


class TtsContract:
    async def test_speaks_mono_float32_of_a_plausible_length(self, engine: TextToSpeech) -> None:
        pieces = await spoken(engine, SENTENCES[0])
        pcm = np.concatenate([piece.pcm for piece in pieces])
        assert pcm.dtype == np.float32 and pcm.ndim == 1
        assert np.isfinite(pcm).all() and 0.05 < np.abs(pcm).max() <= 1.0
        assert 1.5 < pcm.size / engine.sample_rate < 6.0

    @pytest.mark.parametrize("phrase", ["", " \n", "...", "?! --", "<>&", "\0", "\ud800"])
    async def test_nothing_to_pronounce_yields_nothing(self, engine: TextToSpeech, phrase: str) -> None:
        assert await spoken(engine, phrase) == []

    async def test_streams_several_sentences_in_pieces(self, engine: TextToSpeech) -> None:
        pieces = await spoken(engine, " ".join(SENTENCES))
        assert len(pieces) > 1
        assert pieces[0].pcm.size < samples(pieces) / 2

    @pytest.mark.parametrize("phrase", SENTENCES)
    async def test_word_marks_tell_when_each_word_is_heard(self, engine: TextToSpeech, phrase: str) -> None:
        pieces = await spoken(engine, phrase)
        if any(piece.words is None for piece in pieces):
            pytest.skip("the engine gives no timing")
        check_marks(phrase, pieces, engine.sample_rate)
        assert [mark.text for mark in marks(pieces)] == [word.strip(".,?") for word in phrase.split()]

    async def test_phrases_of_many_calls_do_not_mix(self, engine: TextToSpeech) -> None:
        alone = [await spoken(engine, phrase) for phrase in SENTENCES]
        together = await asyncio.gather(*(spoken(engine, phrase) for phrase in SENTENCES))
        for single, concurrent in zip(alone, together, strict=True):
            assert [mark.text for mark in marks(concurrent)] == [mark.text for mark in marks(single)]
            assert samples(concurrent) == pytest.approx(samples(single), rel=0.05)

    async def test_a_call_that_stops_listening_holds_nobody_up(self, engine: TextToSpeech) -> None:
        lingering = engine.speak(" ".join(SENTENCES * 20))
        await anext(lingering)
        assert await spoken(engine, SENTENCES[1])
        await lingering.aclose()  # type: ignore[attr-defined]

    async def test_goes_on_after_phrases_were_cut(self, engine: TextToSpeech) -> None:
        whole = samples(await spoken(engine, SENTENCES[2]))
        for _ in range(5):
            cut = engine.speak(" ".join(SENTENCES))
            await anext(cut)
            await cut.aclose()  # type: ignore[attr-defined]
        assert samples(await spoken(engine, SENTENCES[2])) == pytest.approx(whole, rel=0.05)

    async def test_a_cancelled_listener_leaves_the_engine_free(self, engine: TextToSpeech) -> None:
        listener = asyncio.create_task(spoken(engine, " ".join(SENTENCES * 50)))
        await anext(engine.speak(SENTENCES[1]))
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listener
        assert await spoken(engine, SENTENCES[1])

    @pytest.mark.parametrize(
        "phrase",
        [
            "if a < b & c > d then <break time='9s'/> stop",
            "<speak>unclosed <b markup",
            "&lt; &#65; &nonsense; done",
            "naïve café, Zoë's “quoted” words…",
            "100 % of 3:30 p.m. on 2024-05-01",
            "日本語 and русский",
            "thumbs 👍🏽 up",
            "control \x01300S characters \x1b here\0and on",
            "half \ud83d a character",
            "a" * 3000,
        ],
    )
    async def test_odd_text_is_spoken(self, engine: TextToSpeech, phrase: str) -> None:
        pieces = await spoken(engine, phrase)
        assert samples(pieces) / engine.sample_rate > 0.5
        check_marks(phrase, pieces, engine.sample_rate)

    async def test_a_very_long_text_is_spoken_to_its_end(self, engine: TextToSpeech) -> None:
        words = [f"word{number}" for number in range(200)]
        pieces = await spoken(engine, " ".join(words))
        if marks(pieces):
            assert [mark.text for mark in marks(pieces)] == words

    async def test_closing_ends_what_is_being_said(self, engine: TextToSpeech) -> None:
        speaking = engine.speak(" ".join(SENTENCES * 20))
        await anext(speaking)
        await engine.close()
        with pytest.raises(EngineError):
            async for _ in speaking:
                pass
        with pytest.raises(EngineError):
            await spoken(engine, "too late")
        await engine.close()

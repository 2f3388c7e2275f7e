"""What every SpeechToText engine must do, whichever it is: `test_stt.py` runs each engine through it."""

import asyncio

import pytest

from models.errors import EngineError
from models.stt import SpeechToText, Transcript, TranscriptStream
from tests.speech import SENTENCES, load

FRAME = 320


def feed(stream: TranscriptStream, name: str) -> None:
    """Feed a clip in frames of 20 ms, as a call does."""
    pcm = load(name)
    for start in range(0, len(pcm), FRAME):
        stream.feed(pcm[start : start + FRAME])


def words(transcript: Transcript) -> list[str]:
    """Return what was heard, without case and punctuation."""
    return "".join(c if c.isalnum() or c == "'" else " " for c in transcript.text.lower()).split()


def said(name: str) -> list[str]:
    """Return what is said in a clip."""
    return words(Transcript(SENTENCES[name].text, final=True))


class SpeechStreamContract:
    """What holds even of an engine that hears nonsense, such as one with random weights.

    Inherit, and give a module-wide fixture `engine` that is warm.
    """

    async def test_finish_without_more_audio_repeats_itself(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "yes_rms")
        assert await stream.finish() == await stream.finish()
        await stream.close()

    async def test_nothing_fed_is_nothing_heard(self, engine: SpeechToText) -> None:
        stream = engine.open()
        assert (await stream.look()).text == ""
        assert (await stream.finish()).text == ""
        await stream.close()

    async def test_silence_is_nothing_heard(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "silence")
        assert (await stream.finish()).text == ""
        await stream.close()

    async def test_close_twice_and_during_look_and_finish(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "goal_1_rms")
        waiting = [asyncio.ensure_future(answer) for answer in (stream.look(), stream.finish())]
        await asyncio.sleep(0)
        await stream.close()
        await stream.close()
        for each in waiting:
            with pytest.raises(EngineError):
                await each
        stream.feed(load("yes_rms"))
        with pytest.raises(EngineError):
            await stream.look()
        with pytest.raises(EngineError):
            await stream.finish()


class SpeechToTextContract(SpeechStreamContract):
    """What holds of an engine that understands: inherit, and give the same fixture."""

    async def test_hears_a_sentence(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "task_4_rms")
        final = await stream.finish()
        await stream.close()
        assert final.final
        assert words(final) == said("task_4_rms")

    async def test_partials_grow_and_end_at_close(self, engine: SpeechToText) -> None:
        stream = engine.open()
        heard: list[Transcript] = []

        async def listen() -> None:
            async for partial in stream.partials():
                heard.append(partial)

        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            feed(stream, "task_4_rms")
            await stream.finish()
            await asyncio.sleep(0)
            await stream.close()
        assert heard and not any(partial.final for partial in heard)
        assert len(words(heard[-1])) >= len(words(heard[0])) > 0

    async def test_second_finish_covers_the_whole_turn(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "call_mom_rms")
        first = await stream.finish()
        feed(stream, "tomorrow_at_noon_rms")
        second = await stream.finish()
        await stream.close()
        assert words(second)[: len(words(first))] == words(first)
        assert words(second)[-3:] == said("tomorrow_at_noon_rms")

    async def test_a_look_tells_all_that_was_fed(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "call_mom_rms")
        first = await stream.look()
        feed(stream, "tomorrow_at_noon_rms")
        second = await stream.look()
        again = await stream.look()
        await stream.close()
        assert words(first) == said("call_mom_rms")
        assert words(second)[: len(words(first))] == words(first) and words(second)[-3:] == said("tomorrow_at_noon_rms")
        assert again == second

    async def test_words_asked_for_within_a_sentence_cost_no_word_of_it(self, engine: SpeechToText) -> None:
        pcm = load("task_4_rms")
        stream = engine.open()
        for start in range(0, len(pcm), FRAME):
            stream.feed(pcm[start : start + FRAME])
            if start in (len(pcm) // 3 // FRAME * FRAME, len(pcm) // 2 // FRAME * FRAME):
                await stream.look()
                await stream.finish()
        final = await stream.finish()
        again = await stream.finish()
        look = await stream.look()
        await stream.close()
        assert words(final) == said("task_4_rms")
        assert final == again == look, "nothing was fed since"

    async def test_a_cancelled_look_does_no_harm(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "call_mom_rms")
        look = asyncio.ensure_future(stream.look())
        await asyncio.sleep(0)
        look.cancel()
        feed(stream, "tomorrow_at_noon_rms")
        assert words(await stream.look())[-3:] == said("tomorrow_at_noon_rms")
        await stream.close()

    async def test_streams_do_not_mix(self, engine: SpeechToText) -> None:
        names = ("goal_1_rms", "task_4_rms", "reschedule_3_rms", "general_2_rms")
        streams = [engine.open() for _ in names]
        clips = [load(name) for name in names]
        for start in range(0, max(map(len, clips)), FRAME):
            for stream, clip in zip(streams, clips, strict=True):
                stream.feed(clip[start : start + FRAME])
        finals = await asyncio.gather(*(stream.finish() for stream in streams))
        for stream in streams:
            await stream.close()
        for name, final in zip(names, finals, strict=True):
            own = len(set(words(final)) & set(said(name)))
            others = max(len(set(words(final)) & set(said(other))) for other in names if other != name)
            assert own >= 0.6 * len(set(said(name))) and own > others

    async def test_the_loop_turns_while_it_decodes(self, engine: SpeechToText) -> None:
        stream = engine.open()
        turns = 0
        feed(stream, "goal_3_rms")
        finish = asyncio.ensure_future(stream.finish())
        while not finish.done():
            turns += 1
            await asyncio.sleep(0.001)
        await stream.close()
        # A loop that waits for the decoder would turn once or twice.
        assert turns > 20

    async def test_a_cancelled_finish_does_no_harm(self, engine: SpeechToText) -> None:
        stream = engine.open()
        feed(stream, "call_mom_rms")
        finish = asyncio.ensure_future(stream.finish())
        await asyncio.sleep(0)
        finish.cancel()
        feed(stream, "tomorrow_at_noon_rms")
        assert words(await stream.finish())[-3:] == said("tomorrow_at_noon_rms")
        await stream.close()

"""The embedded recogniser passes the engine contract, and survives what happens to processes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from models.engines import build_stt
from models.errors import EngineError
from models.settings import SttSettings
from models.stt import decoder_process
from models.stt.pocketsphinx import PocketsphinxEngine
from tests.models.stt_contract import SpeechToTextContract, feed, said, words
from tests.speech import load

VOCABULARY = (
    "I want to learn guitar in three months",
    "remind me to call mom tomorrow at noon",
    "remind me to pay the rent on Friday at nine",
    "push the grocery shopping to tomorrow evening",
    "tomorrow at noon",
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("stt")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(cache: Path) -> AsyncIterator[PocketsphinxEngine]:
    engine = PocketsphinxEngine(2, VOCABULARY, streams_per_worker=3, cache=cache)
    await engine.warm()
    yield engine
    await engine.close()


def children() -> set[int]:
    """Return the processes that this one has started and not yet buried, zombies included."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(stat.parent.name))
    return found


@pytest.mark.asyncio(loop_scope="module")
class TestPocketsphinxContract(SpeechToTextContract):
    pass


@pytest.mark.asyncio(loop_scope="module")
class TestPocketsphinx:
    async def test_vocabulary_helps_where_the_plain_model_mishears(self, engine: PocketsphinxEngine) -> None:
        await engine.prepare(("good morning",))
        heard = []
        for vocabulary in ((), ("good morning",)):
            stream = engine.open(vocabulary)
            feed(stream, "task_1_rms")
            heard.append(words(await stream.finish()))
            await stream.close()
        assert heard[0] == said("task_1_rms")
        assert heard[1] != said("task_1_rms")

    async def test_words_outside_the_vocabulary_are_heard(self, engine: PocketsphinxEngine) -> None:
        stream = engine.open()
        feed(stream, "general_6_rms")
        assert words(await stream.finish()) == said("general_6_rms")
        await stream.close()

    async def test_unprepared_vocabulary_gives_way_to_the_engines_own(self, engine: PocketsphinxEngine) -> None:
        stream = engine.open(("never seen before",))
        feed(stream, "task_1_rms")
        assert words(await stream.finish()) == said("task_1_rms")
        await stream.close()

    async def test_more_turns_than_decoders_are_refused(self, engine: PocketsphinxEngine) -> None:
        streams = [engine.open() for _ in range(6)]
        with pytest.raises(EngineError, match="all 6 speech decoders are taken"):
            engine.open()
        for stream in streams:
            await stream.close()
        await engine.open().close()

    async def test_audio_a_minute_behind_ends_the_turn(self, engine: PocketsphinxEngine) -> None:
        stream = engine.open()
        pcm = load("goal_1_rms")
        for _ in range(0, 61 * 16_000, len(pcm)):
            stream.feed(pcm)
        with pytest.raises(EngineError, match="a minute behind"):
            await stream.finish()
        await stream.close()

    async def test_a_killed_process_fails_its_turns_and_is_replaced(self, engine: PocketsphinxEngine) -> None:
        streams = [engine.open(), engine.open()]
        for pid in engine.pids:
            os.kill(pid, signal.SIGKILL)
        for stream in streams:
            with pytest.raises(EngineError, match="stopped"):
                await stream.finish()
            await stream.close()
        stream = engine.open()
        feed(stream, "yes_rms")
        assert words(await stream.finish()) == ["yes"]
        await stream.close()

    async def test_calls_in_another_process_go_on_when_one_is_killed(self, engine: PocketsphinxEngine) -> None:
        await engine.prepare(("...",))  # which waits for every process, those that an earlier test killed too
        streams = [engine.open(), engine.open()]
        (lost, kept) = streams if streams[0].pid == engine.pids[0] else reversed(streams)
        assert lost.pid != kept.pid
        for stream in streams:
            feed(stream, "call_mom_rms")
        killed = engine.pids[0]
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(EngineError, match="stopped"):
            await lost.finish()
        await lost.close()
        # New turns go where they are understood at once, though the process that is being replaced has fewer.
        assert killed not in engine.pids
        turn = engine.open()
        assert turn.pid == kept.pid
        feed(turn, "yes_rms")
        assert words(await turn.finish()) == ["yes"]
        assert words(await kept.finish()) == said("call_mom_rms")
        # In time the new process has its share of the turns again.
        await engine.prepare((".....",))
        later = engine.open()
        assert later.pid not in (killed, kept.pid)
        feed(later, "yes_rms")
        assert words(await later.finish()) == ["yes"]
        for stream in (turn, kept, later):
            await stream.close()

    async def test_a_stopped_process_is_replaced(
        self, engine: PocketsphinxEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stream = engine.open()
        stopped = stream.pid
        assert stopped is not None
        os.kill(stopped, signal.SIGSTOP)
        monkeypatch.setattr(decoder_process, "_TICK", 0.1)
        feed(stream, "yes_rms")
        with pytest.raises(EngineError, match="stopped"):
            await stream.finish()
        monkeypatch.undo()
        await stream.close()
        assert stopped not in engine.pids
        stream = engine.open()
        feed(stream, "yes_rms")
        assert words(await stream.finish()) == ["yes"]
        await stream.close()

    async def test_ctrl_c_is_not_for_the_processes(self, engine: PocketsphinxEngine) -> None:
        before = engine.pids
        for pid in before:
            os.kill(pid, signal.SIGINT)
        stream = engine.open()
        feed(stream, "yes_rms")
        assert words(await stream.finish()) == ["yes"]
        await stream.close()
        assert engine.pids == before


async def test_close_leaves_no_process_and_no_descriptor(cache: Path) -> None:
    processes, descriptors = children(), len(os.listdir("/proc/self/fd"))
    engine = PocketsphinxEngine(2, cache=cache)
    await engine.warm()
    stream = engine.open()
    feed(stream, "goal_1_rms")
    finish = asyncio.ensure_future(stream.finish())
    await asyncio.sleep(0)
    assert len(children() - processes) == 2
    await engine.close()
    await engine.close()
    with pytest.raises(EngineError, match="closed"):
        await finish
    with pytest.raises(EngineError):
        engine.open()
    assert children() == processes
    assert len(os.listdir("/proc/self/fd")) == descriptors


async def test_opening_before_warm_says_so() -> None:
    with pytest.raises(EngineError, match="warm"):
        PocketsphinxEngine().open()


async def test_without_a_cache_it_works_unbiased_and_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = SttSettings(workers=2, cache=tmp_path / "file")
    engine = build_stt(settings, VOCABULARY)
    with capture_logs() as logs:
        await engine.warm()
    (said,) = (entry["event"] for entry in logs)
    assert str(tmp_path / "file") in said and "FLUX_STT__CACHE" in said
    stream = engine.open()
    feed(stream, "yes_rms")
    assert words(await stream.finish()) == ["yes"]
    await stream.close()
    await engine.close()

"""A decoder process that hangs, dies or cannot load, with a stand-in for the worker that answers as it is told."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from models.errors import EngineError
from models.stt import decoder_process
from models.stt.debts import Debts
from models.stt.decoder_process import DecoderProcess
from models.stt.decoder_worker import Answer
from models.stt.pocketsphinx import PocketsphinxEngine

WORKER = """
import os, sys
from multiprocessing.connection import Connection
requests, answers = Connection(os.dup(0), writable=False), Connection(os.dup(1), readable=False)
counts = {}
try:
    while True:
        request = requests.recv()
        kind = request[0]
        counts[kind] = counts.get(kind, 0) + 1
        for reply in RULE(kind, request[1], counts[kind]):
            answers.send(reply)
except EOFError:
    pass
"""


def worker(rule: str) -> Sequence[str]:
    """Return the command of a worker; `rule` is Python: the answers to (kind, whom, count of that kind)."""
    return (sys.executable, "-c", WORKER.replace("RULE", f"(lambda kind, whom, count: {rule})"))


def test_a_process_that_finds_its_language_model_needs_no_numpy() -> None:
    """Two tenths of a second that a caller would wait for when a process is replaced."""
    script = "import models.stt.decoder_worker, sys; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


@asynccontextmanager
async def running(rule: str) -> AsyncIterator[DecoderProcess]:
    process = DecoderProcess(worker(rule))
    try:
        yield process
    finally:
        await process.close()


LOADS = "[('loaded', whom, '')] if kind == 'load' else []"


def debts() -> Debts:
    return Debts(patience=2, load_patience=4)


def ticks(owed: Debts) -> int:
    """Return how many ticks are borne, 100 for any number."""
    return next((count for count in range(100) if owed.tick()), 100)


def test_silence_is_borne_for_as_long_as_nothing_is_owed() -> None:
    owed = debts()
    assert ticks(owed) == 100
    owed.ask(("open", 1, 0))
    assert ticks(owed) == 100
    owed.ask(("feed", 1, b"1234"))
    assert ticks(owed) == 2


def test_any_answer_is_a_sign_of_life() -> None:
    owed = debts()
    for stream in (1, 2):
        owed.ask(("open", stream, 0))
        owed.ask(("finish", stream))
    assert not owed.tick() and not owed.tick()
    owed.answer(("final", 1, ""))
    assert ticks(owed) == 2  # the other stream still waits


def test_audio_is_owed_until_the_last_byte_is_decoded() -> None:
    owed = debts()
    owed.ask(("open", 1, 0))
    owed.ask(("feed", 1, b"1234"))
    owed.answer(("partial", 1, "", 2))
    assert ticks(owed) == 2
    owed.answer(("partial", 1, "", 4))
    assert ticks(owed) == 100
    owed.ask(("feed", 1, b"56"))
    assert ticks(owed) == 2


@pytest.mark.parametrize("answer", [("failed", 1, "broken"), None])
def test_a_stream_that_failed_or_closed_is_owed_nothing(answer: Answer | None) -> None:
    owed = debts()
    owed.ask(("open", 1, 0))
    owed.ask(("finish", 1))
    if answer:
        owed.answer(answer)
    else:
        owed.ask(("close", 1))
    owed.ask(("feed", 1, b"late"))
    owed.answer(("final", 1, "late"))
    assert ticks(owed) == 100


def test_a_language_model_may_take_longer() -> None:
    owed = debts()
    owed.ask(("load", 0, ()))
    assert owed.loading
    assert ticks(owed) == 4
    owed.answer(("loaded", 0, ""))
    assert not owed.loading
    assert ticks(owed) == 100


async def test_a_process_that_hangs_is_replaced_and_its_turns_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(f"({LOADS}) if kind != 'finish' else __import__('time').sleep(1e6)") as process:
        await process.load(0, ())
        hung, heard = process.pid, asyncio.Queue[Answer]()
        process.streams[1] = heard.put_nowait
        process.send(("open", 1, 0))
        process.send(("finish", 1))
        monkeypatch.setattr(decoder_process, "_TICK", 0.01)
        with capture_logs() as logs:
            # The tick that is under way has the usual length.
            assert (await heard.get())[0] == "failed"
        monkeypatch.undo()
        assert [entry["pid"] for entry in logs] == [hung]
        del process.streams[1]
        await process.load(1, ())
        assert process.ready and process.pid != hung


async def test_a_load_that_failed_can_be_tried_again() -> None:
    rule = "[('unloaded', whom, 'disk full') if count == 1 else ('loaded', whom, '')] if kind == 'load' else []"
    async with running(rule) as process:
        with pytest.raises(EngineError, match="disk full"):
            await process.load(0, ())
        assert await process.load(0, ()) == ""
        assert process.ready and process.failure is None


async def test_a_process_that_would_not_start_can_be_tried_again(tmp_path: Path) -> None:
    flag = tmp_path / "mended"
    async with running(f"({LOADS}) if __import__('os').path.exists({str(flag)!r}) else exit(1)") as process:
        with pytest.raises(EngineError, match="stops at every start"):
            await process.load(0, ())
        flag.touch()
        await process.load(0, ())
        assert process.ready and process.failure is None


async def test_a_closed_process_loads_nothing() -> None:
    async with running(LOADS) as process:
        await process.load(0, ())
    with pytest.raises(EngineError, match="closed"):
        await process.load(0, ())


async def test_vocabularies_prepared_at_once_have_their_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: dict[int, tuple[str, ...]] = {}
    failing = {("broken",)}

    async def load(self: DecoderProcess, number: int, phrases: tuple[str, ...]) -> str:
        await asyncio.sleep(0)
        if phrases in failing:
            raise EngineError("not now")
        assert loaded.setdefault(number, phrases) == phrases
        return ""

    monkeypatch.setattr(DecoderProcess, "load", load)
    engine = PocketsphinxEngine(1, ("own",))
    await asyncio.gather(engine.warm(), engine.prepare(("a",)), engine.prepare(("b",)), engine.prepare(("a",)))
    assert sorted(loaded.values()) == [("a",), ("b",), ("own",)]
    with pytest.raises(EngineError, match="not now"):
        await engine.prepare(("broken",))
    failing.clear()
    await engine.prepare(("broken",))
    assert sorted(loaded.values()) == [("a",), ("b",), ("broken",), ("own",)]


async def test_a_turn_goes_to_a_process_that_is_ready() -> None:
    """Not to one that is being replaced, though that has no turns at all; nor to one that is full."""
    engine = PocketsphinxEngine(2, streams_per_worker=2)
    engine._processes = [DecoderProcess(worker(LOADS)) for _ in range(2)]
    await engine.warm()
    first, second = engine._processes
    first.send(("finish", 9))
    await first.close()  # what stays is a process that is not ready
    first.failure = None
    try:
        engine.open()
        engine.open()
        assert (len(first.streams), len(second.streams)) == (0, 2)
        engine.open()
        assert (len(first.streams), len(second.streams)) == (1, 2)
    finally:
        await engine.close()

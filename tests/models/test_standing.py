"""Engines that can go down say so while they are, and soon."""

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from models.batching import MicroBatcher
from models.errors import EngineError
from models.standing import check
from models.stt.pocketsphinx import PocketsphinxEngine
from models.tts.espeak import EspeakEngine
from models.tts.phrase_cache import PhraseCache


async def test_what_cannot_go_down_is_always_well() -> None:
    await check(object())


async def test_speech_recognition_is_well_while_one_of_its_processes_is(tmp_path: Path) -> None:
    engine = PocketsphinxEngine(workers=2, cache=tmp_path)
    with pytest.raises(EngineError, match="no speech decoder process"):
        await check(engine)
    try:
        await engine.warm()
        await check(engine)
        for pid in engine.pids:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(60):
            await becomes(engine, False)
            await becomes(engine, True)  # they are replaced
    finally:
        await engine.close()
    assert not await well(engine)


async def becomes(engine: object, state: bool) -> None:
    while await well(engine) is not state:  # noqa: ASYNC110 -- what processes do is only found by looking
        await asyncio.sleep(0.01)


async def well(engine: object) -> bool:
    try:
        await check(engine)
    except EngineError:
        return False
    return True


async def test_a_voice_whose_thread_hangs_is_not_well() -> None:
    engine = EspeakEngine()
    cache = PhraseCache(engine, [])
    await check(cache)
    hangs = threading.Event()
    engine._thread.submit(hangs.wait)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await check(cache)
    hangs.set()
    await check(cache)
    await cache.close()
    with pytest.raises(EngineError, match="closed"):
        await check(cache)


async def test_a_batcher_runs_between_its_start_and_its_end() -> None:
    batcher: MicroBatcher[int, int] = MicroBatcher(list, name="test", max_batch=1, window=0.0)
    assert not batcher.running
    batcher.start()
    assert batcher.running
    await batcher.close()
    assert not batcher.running

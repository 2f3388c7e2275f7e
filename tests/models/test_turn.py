import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from models.audio import SAMPLE_RATE, Pcm, silence
from models.errors import EngineError
from models.log_mel import FRAMES, MELS, log_mel
from models.turn import SmartTurn, TurnModel, find_model
from tests.speech import load

PAUSE = silence(int(0.16 * SAMPLE_RATE))


@pytest.fixture
async def model() -> AsyncIterator[TurnModel]:
    try:
        find_model()
    except EngineError as absent:
        pytest.skip(str(absent))
    engine = SmartTurn()
    await engine.warm()
    yield engine
    await engine.close()


def turn(name: str, share: float = 1.0) -> Pcm:
    clip = load(name)
    return np.concatenate((clip[: int(clip.size * share)], PAUSE))


async def test_a_verdict_is_a_probability_and_depends_on_the_sound(model: TurnModel) -> None:
    verdicts = [await model.finished(turn("task_1_slt", share)) for share in (0.2, 0.4, 0.6, 0.8, 1.0)]
    assert all(0 <= verdict <= 1 for verdict in verdicts)
    assert max(verdicts) - min(verdicts) > 0.1


async def test_the_same_turn_gets_the_same_verdict(model: TurnModel) -> None:
    assert await model.finished(turn("goal_1_slt")) == await model.finished(turn("goal_1_slt"))


async def test_only_the_last_eight_seconds_count(model: TurnModel) -> None:
    end = turn("goal_2_slt")
    end = np.concatenate((silence(8 * SAMPLE_RATE - end.size), end))
    assert await model.finished(np.concatenate((turn("task_1_rms"), end))) == await model.finished(end)


@pytest.mark.parametrize("samples", [0, 1, 399, SAMPLE_RATE, 8 * SAMPLE_RATE, 9 * SAMPLE_RATE + 7])
async def test_a_turn_of_any_length_gets_a_verdict(model: TurnModel, samples: int) -> None:
    assert 0 <= await model.finished(silence(samples)) <= 1


async def test_calls_at_once_get_their_own_verdicts(model: TurnModel) -> None:
    turns = [turn("task_1_slt", share) for share in (0.3, 0.6, 1.0)]
    alone = [await model.finished(one) for one in turns]
    assert list(await asyncio.gather(*(model.finished(one) for one in turns))) == alone


async def test_a_buffer_that_is_filled_anew_does_not_change_a_verdict(model: TurnModel) -> None:
    buffer = turn("task_1_slt", 0.4)
    expected = await model.finished(buffer.copy())
    waiting = asyncio.create_task(model.finished(buffer))
    await asyncio.sleep(0)
    buffer[:] = 0
    assert await waiting == expected


async def test_nothing_is_computed_on_the_event_loop(model: TurnModel, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def watched(pcm: Pcm) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        threads.append(threading.get_ident())
        return log_mel(pcm)

    monkeypatch.setattr("models.turn.log_mel", watched)
    await asyncio.gather(*(model.finished(PAUSE) for _ in range(3)))
    assert len(threads) == 3 and set(threads) != {threading.get_ident()} and len(set(threads)) == 1


async def test_a_cancelled_request_never_runs(model: TurnModel, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def slow(pcm: Pcm) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        ran.append(pcm.size)
        time.sleep(0.05)
        return log_mel(pcm)

    monkeypatch.setattr("models.turn.log_mel", slow)
    requests = [asyncio.create_task(model.finished(silence(size))) for size in (100, 200, 300)]
    await asyncio.sleep(0)
    requests[1].cancel()
    await asyncio.gather(*requests, return_exceptions=True)
    assert ran == [100, 300]


async def test_a_closed_engine_says_so(model: TurnModel) -> None:
    await model.close()
    with pytest.raises(EngineError, match="closed"):
        await model.finished(PAUSE)


async def test_pipecat_is_not_imported(model: TurnModel) -> None:
    await model.finished(PAUSE)
    assert "pipecat" not in sys.modules


def test_a_missing_model_names_the_command() -> None:
    with pytest.raises(EngineError, match="pip install --no-deps pipecat-ai"):
        find_model("no_such_package")


async def test_a_broken_model_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")
    engine = SmartTurn(path)
    with pytest.raises(EngineError, match=r"broken\.onnx"):
        await engine.warm()
    await engine.close()


@pytest.mark.parametrize("samples", [1, 500, SAMPLE_RATE, 40_003, 8 * SAMPLE_RATE, 10 * SAMPLE_RATE])
def test_the_spectrogram_is_whispers_own(samples: int) -> None:
    whisper = pytest.importorskip("faster_whisper.feature_extractor", reason="no faster-whisper")
    noise = np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)
    noise *= np.linspace(0, 1, samples, dtype=np.float32)
    whole = np.concatenate((silence(max(0, 8 * SAMPLE_RATE - samples)), noise))[-8 * SAMPLE_RATE :]
    normal = (whole - whole.mean()) / np.sqrt(whole.var() + 1e-7)
    expected = whisper.FeatureExtractor(chunk_length=8)(normal, padding=0)
    found = log_mel(noise)
    assert found.shape == (MELS, FRAMES) and found.dtype == np.float32
    assert found == pytest.approx(expected, abs=2e-4)

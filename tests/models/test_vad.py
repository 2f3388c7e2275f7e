import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, Pcm, silence
from models.errors import EngineError
from models.vad import WINDOW, VoiceActivityDetector
from models.vad.silero import SileroModel, find_model
from tests.speech import SENTENCES, load

MODEL = SileroModel()
SPEECH = [clip.name for clip in SENTENCES.values() if clip.set == "acceptance"]
NOISE = [clip.name for clip in SENTENCES.values() if clip.set == "noise"]


def probabilities(pcm: Pcm) -> list[float]:
    return MODEL.open().feed(pcm)


@pytest.mark.parametrize("name", SPEECH)
def test_speech_is_heard(name: str) -> None:
    heard = np.array(probabilities(load(name)))
    assert heard.max() > 0.9
    assert np.mean(heard > 0.5) > 0.5


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_not_taken_for_speech(name: str) -> None:
    assert max(probabilities(load(name))) < 0.5


@pytest.mark.parametrize("level", [0.0, 0.001, 0.01, 0.1])
def test_silence_and_hiss_of_any_level_stay_low(level: float) -> None:
    hiss = np.random.default_rng(1).normal(0, level, 3 * SAMPLE_RATE).astype(np.float32)
    assert max(probabilities(hiss)) < 0.5


def test_speech_ends_when_silence_begins() -> None:
    heard = probabilities(np.concatenate((load("goal_1_rms"), silence(SAMPLE_RATE))))
    after = SAMPLE_RATE // 2 // WINDOW
    assert max(heard[-after:]) < 0.1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12))
def test_pieces_of_any_size_give_the_same(sizes: list[int]) -> None:
    pcm = load("goal_1_slt")[: SAMPLE_RATE // 2]
    stream = MODEL.open()
    heard: list[float] = []
    at = 0
    for size in [*sizes, pcm.size]:
        heard += stream.feed(pcm[at : at + size])
        at += size
    assert heard == pytest.approx(probabilities(pcm), abs=1e-5)
    assert len(heard) == pcm.size // WINDOW


def test_calls_do_not_hear_each_other() -> None:
    clips = [load("goal_1_rms")[:SAMPLE_RATE], load("hiss")[:SAMPLE_RATE]]
    streams = [MODEL.open() for _ in clips]
    heard: list[list[float]] = [[], []]
    for start in range(0, SAMPLE_RATE, 320):
        for clip, stream, ours in zip(clips, streams, heard, strict=True):
            ours += stream.feed(clip[start : start + 320])
    assert heard[0] == pytest.approx(probabilities(clips[0]), abs=1e-5)
    assert heard[1] == pytest.approx(probabilities(clips[1]), abs=1e-5)


def test_a_reset_stream_is_as_new() -> None:
    pcm = load("goal_1_rms")[:SAMPLE_RATE]
    stream = MODEL.open()
    stream.feed(pcm[:-100])
    stream.reset()
    assert stream.feed(pcm) == pytest.approx(probabilities(pcm), abs=1e-5)


async def test_open_streams_outlive_the_engine() -> None:
    model: VoiceActivityDetector = SileroModel()
    await model.warm()
    stream = model.open()
    await model.close()
    assert len(stream.feed(silence(WINDOW))) == 1


def test_neither_torch_nor_the_package_is_imported() -> None:
    probabilities(silence(WINDOW))
    assert "torch" not in sys.modules
    assert "silero_vad" not in sys.modules


def test_a_missing_model_names_the_command() -> None:
    with pytest.raises(EngineError, match="pip install --no-deps silero-vad"):
        find_model("no_such_package")


def test_a_broken_model_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(EngineError, match=r"broken\.onnx"):
        SileroModel(path).load()

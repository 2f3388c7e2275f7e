"""Whisper with random weights: everything but the words is as with true ones."""

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from models.audio import SAMPLE_RATE, Pcm, silence
from models.engines import build_stt
from models.errors import EngineError
from models.settings import SttSettings
from models.stt import Transcript
from tests.models.stt_contract import FRAME, SpeechStreamContract, feed
from tests.models.test_gates import tone
from tests.speech import load

pytest.importorskip("faster_whisper", reason="no faster-whisper: pip install -r requirements-engines.lock")

from models.recipes.whisper_test_model import SHAPES, make
from models.stt.gates import Gates
from models.stt.whisper import WhisperEngine
from models.stt.whisper_model import LoadedWhisper, Window, choose, explain

BELIEVE_ALL = Gates(no_speech=2.0, log_prob=-100.0, log_prob_floor=-100.0, compression=100.0, fastest=100.0)
CLIPS = ("goal_1_rms", "task_4_rms", "reschedule_3_rms", "general_1_slt")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    make(folder)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(weights: Path) -> AsyncIterator[WhisperEngine]:
    # float32, so that a result does not depend on what it shares its run with.
    engine = WhisperEngine(weights, compute_type="float32", threads=1, beam=2, max_batch=4, gates=BELIEVE_ALL)
    await engine.warm()
    yield engine
    await engine.close()


async def final(engine: WhisperEngine, *pieces: Pcm) -> Transcript:
    stream = engine.open()
    for piece in pieces:
        stream.feed(piece)
    transcript = await stream.finish()
    await stream.close()
    return transcript


@pytest.mark.asyncio(loop_scope="module")
class TestWhisperStreams(SpeechStreamContract):
    pass


@pytest.mark.asyncio(loop_scope="module")
class TestWhisper:
    async def test_a_final_has_text_and_a_confidence(self, engine: WhisperEngine) -> None:
        heard = await final(engine, load("goal_1_rms"))
        assert heard.final and heard.text
        assert heard.confidence is not None and 0.0 < heard.confidence <= 1.0

    async def test_it_hears_just_what_faster_whisper_hears(self, weights: Path, engine: WhisperEngine) -> None:
        model = LoadedWhisper(weights, device="cpu", compute_type="float32", threads=1, language="en")
        for clip in CLIPS:
            segments, _ = model._model.transcribe(
                load(clip),
                language="en",
                beam_size=2,
                temperature=0.0,
                without_timestamps=True,
                no_speech_threshold=None,
                log_prob_threshold=None,
                compression_ratio_threshold=None,
            )
            (segment,) = segments
            heard = await final(engine, load(clip))
            assert heard.text == segment.text.strip()
            assert heard.confidence == pytest.approx(np.exp(segment.avg_logprob), rel=1e-3)

    async def test_streams_that_share_a_run_do_not_mix(self, engine: WhisperEngine) -> None:
        alone = [await final(engine, load(clip)) for clip in CLIPS]
        assert len({transcript.text for transcript in alone}) > 2
        assert len({transcript.confidence for transcript in alone}) == len(CLIPS)
        runs, served = engine.batcher.runs, engine.batcher.served
        together = await asyncio.gather(*(final(engine, load(clip)) for clip in CLIPS))
        assert engine.batcher.served - served == len(CLIPS) > engine.batcher.runs - runs
        for one, other in zip(alone, together, strict=True):
            assert one.text == other.text
            assert one.confidence == pytest.approx(other.confidence, rel=1e-3)

    async def test_partials_come_while_the_caller_speaks_and_end_at_close(self, engine: WhisperEngine) -> None:
        stream = engine.open()
        heard: list[Transcript] = []
        some = asyncio.Event()

        async def listen() -> None:
            async for partial in stream.partials():
                heard.append(partial)
                some.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            await asyncio.sleep(0)
            stream.feed(load("goal_1_rms")[: SAMPLE_RATE * 3 // 2])
            await some.wait()
            before = len(heard)
            last = await stream.finish()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await stream.close()
        assert before and not any(partial.final for partial in heard)
        assert heard[-1].text == last.text

    async def test_without_a_listener_partials_cost_nothing(self, engine: WhisperEngine) -> None:
        before = engine.batcher.served
        stream = engine.open()
        for at in range(0, 3 * SAMPLE_RATE, FRAME):
            stream.feed(load("goal_3_rms")[at : at + FRAME])
            await asyncio.sleep(0)
        await stream.finish()
        await stream.close()
        assert engine.batcher.served - before == 1

    async def test_second_finish_covers_the_whole_turn(self, engine: WhisperEngine) -> None:
        stream = engine.open()
        feed(stream, "call_mom_rms")
        first = await stream.finish()
        feed(stream, "tomorrow_at_noon_rms")
        second = await stream.finish()
        await stream.close()
        assert first == await final(engine, load("call_mom_rms"))
        assert second.text == (await final(engine, load("call_mom_rms"), load("tomorrow_at_noon_rms"))).text

    async def test_a_cancelled_finish_does_no_harm(self, engine: WhisperEngine) -> None:
        stream = engine.open()
        feed(stream, "call_mom_rms")
        finish = asyncio.ensure_future(stream.finish())
        await asyncio.sleep(0)
        finish.cancel()
        feed(stream, "tomorrow_at_noon_rms")
        whole = await final(engine, load("call_mom_rms"), load("tomorrow_at_noon_rms"))
        assert (await stream.finish()).text == whole.text
        await stream.close()

    async def test_a_turn_longer_than_the_window_is_heard_to_its_end(self, engine: WhisperEngine) -> None:
        clip, rest = load("general_1_slt"), load("goal_1_rms")
        stream = engine.open()
        pieces = [clip, silence(SAMPLE_RATE // 2)]
        fed = 0
        while fed < 70 * SAMPLE_RATE:
            for piece in pieces:
                stream.feed(piece)
                fed += len(piece)
            await asyncio.sleep(0)
        stream.feed(rest)
        heard = await stream.finish()
        await stream.close()
        settled = stream._settled
        assert len(settled) > 10 and heard.text.split()[: len(settled)] == list(settled)
        assert len(heard.text.split()) > len(settled)
        assert heard.confidence is not None

    async def test_the_loop_turns_while_it_decodes(self, engine: WhisperEngine) -> None:
        stream = engine.open()
        feed(stream, "goal_3_rms")
        finish = asyncio.ensure_future(stream.finish())
        turns = 0
        while not finish.done():
            turns += 1
            await asyncio.sleep(0)
        await stream.close()
        # A loop that waits for the decoder would turn once or twice.
        assert turns > 20

    async def test_audio_minutes_behind_ends_the_turn(self, engine: WhisperEngine) -> None:
        stream = engine.open()
        minute = np.concatenate([load("goal_1_rms")] * 23)
        stream.feed(minute)
        stream.feed(minute)
        with pytest.raises(EngineError, match="minutes behind"):
            await stream.finish()
        await stream.close()

    async def test_the_vocabulary_is_what_the_decoder_is_told(self, engine: WhisperEngine) -> None:
        plain, biased = engine.open(), engine.open(("remind me to call mom",))
        for stream in (plain, biased):
            feed(stream, "task_4_rms")
        heard = [await stream.finish() for stream in (plain, biased)]
        for stream in (plain, biased):
            await stream.close()
        assert heard[0].text != heard[1].text

    async def test_what_was_said_before_is_what_the_decoder_is_told(self, engine: WhisperEngine) -> None:
        before = " ".join(["Remind me to call mom tomorrow at noon."] * 5)
        first, later = engine.open(("call mom",)), engine.open(("call mom",), before)
        for stream in (first, later):
            feed(stream, "task_4_rms")
        heard = [await stream.finish() for stream in (first, later)]
        for stream in (first, later):
            await stream.close()
        assert heard[0].text != heard[1].text

    async def test_streams_of_several_agents_are_served_side_by_side(self, engine: WhisperEngine) -> None:
        vocabularies = [(), ("call mom",), ("call mom", "at noon"), ("call mom",)]
        streams = [engine.open(vocabulary) for vocabulary in vocabularies]
        for stream in streams:
            feed(stream, "task_4_rms")
        heard = await asyncio.gather(*(stream.finish() for stream in streams))
        for stream in streams:
            await stream.close()
        assert heard[1].text == heard[3].text

    async def test_broken_audio_harms_nobody_else(self, engine: WhisperEngine) -> None:
        good = await final(engine, load("goal_1_rms"))
        broken = np.full(SAMPLE_RATE, np.nan, dtype=np.float32)
        heard = await asyncio.gather(final(engine, broken), final(engine, load("goal_1_rms")), return_exceptions=True)
        assert isinstance(heard[1], Transcript) and heard[1].text == good.text


def sounds() -> dict[str, Pcm]:
    """Return what is not speech: seconds of silence, hum, tones, hiss, a cough."""
    seconds = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    melody = np.sin(2 * np.pi * np.repeat([262.0, 330.0, 392.0, 523.0, 392.0, 330.0], SAMPLE_RATE // 2) * seconds)
    random = np.random.default_rng(3)
    return {
        "nothing": silence(SAMPLE_RATE),
        "faint": (1e-4 * random.standard_normal(SAMPLE_RATE)).astype(np.float32),
        "hum": tone(50.0, 100.0, 150.0),
        "chord": tone(261.6, 329.6, 392.0),
        "melody": (0.2 * melody).astype(np.float32),
        "silence": load("silence"),
        "hiss": load("hiss"),
        "cough": load("cough"),
    }


async def test_what_is_no_speech_gives_no_text(weights: Path) -> None:
    # The random model is as sure of a cough's words as of a sentence's: what it would need to say for itself is asked.
    engine = WhisperEngine(weights, threads=1, beam=1, gates=Gates(log_prob_floor=-0.01))
    await engine.warm()
    heard = {name: await final(engine, pcm) for name, pcm in sounds().items()}
    await engine.close()
    assert {name: transcript.text for name, transcript in heard.items()} == dict.fromkeys(heard, "")
    assert all(transcript.confidence is None for transcript in heard.values())


async def test_close_ends_streams_and_thread(weights: Path) -> None:
    engine = WhisperEngine(weights, threads=1)
    with pytest.raises(EngineError, match=r"await warm\(\)"):
        engine.open()
    await engine.warm()
    await engine.warm()
    assert sum(thread.name == "whisper" for thread in threading.enumerate()) >= 1
    stream, waiting = engine.open(), engine.open()
    feed(waiting, "goal_1_rms")
    finish = asyncio.ensure_future(waiting.finish())
    listen = asyncio.ensure_future(anext(aiter(stream.partials()), None))
    await asyncio.sleep(0)
    thread = engine.batcher._thread
    await engine.close()
    await engine.close()
    assert thread is not None and not thread.is_alive()
    with pytest.raises(EngineError, match="closed"):
        await finish
    assert await listen is None
    feed(stream, "yes_rms")
    with pytest.raises(EngineError, match="closed"):
        await stream.finish()
    with pytest.raises(EngineError):
        engine.open()


async def test_it_says_what_runs_where(weights: Path) -> None:
    engine = WhisperEngine(weights, device="cpu", threads=2)
    await engine.warm()
    assert engine.report == f"Whisper {weights.name} as int8 on 2 CPU threads"
    await engine.close()


async def test_it_is_built_from_the_settings(weights: Path) -> None:
    for model, folder in ((str(weights), None), (weights.name, weights.parent)):
        engine = build_stt(SttSettings(engine="whisper", model=model, beam=1), (), folder)
        await engine.warm()
        await engine.close()
    with pytest.raises(EngineError, match=r"no Whisper model 'tiny\.en'.*models pull tiny\.en"):
        build_stt(SttSettings(engine="whisper", model="tiny.en"), (), weights.parent)


async def test_a_library_that_is_missing_is_told_at_the_start(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(*_: object) -> None:
        raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    monkeypatch.setattr("faster_whisper.WhisperModel.encode", encode)
    engine = WhisperEngine(weights)
    with pytest.raises(EngineError, match=r"cannot run: CUDA's libcublas\.so\.12 is not found"):
        await engine.warm()
    await engine.close()


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
async def test_a_missing_file_is_named(weights: Path, tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "base.en"
    shutil.copytree(weights, folder)
    (folder / missing).unlink()
    with pytest.raises(EngineError, match=rf"{missing} is missing: run flux-voice models pull base\.en"):
        await WhisperEngine(folder).warm()


async def test_weights_that_are_cut_short_do_not_load(weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "base.en"
    shutil.copytree(weights, folder)
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(data[: len(data) // 2])
    with pytest.raises(EngineError, match=r"do not load"):
        await WhisperEngine(folder).warm()


async def test_a_wrong_number_of_mel_bands_is_told(weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    shutil.copytree(weights, folder)
    audio = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(audio | {"feature_size": 128}))
    with pytest.raises(EngineError, match=r"80 mel bands, not 128"):
        await WhisperEngine(folder).warm()


async def test_an_english_model_refuses_another_language(weights: Path) -> None:
    with pytest.raises(EngineError, match="English only"):
        await WhisperEngine(weights, language="de").warm()


def test_device_and_compute_type_are_chosen_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from models.stt import whisper_model

    class Machine:
        def __init__(self, devices: int, types: set[str]) -> None:
            self.get_cuda_device_count = lambda: devices
            self.get_supported_compute_types = lambda device: types

    def on(devices: int, *types: str) -> None:
        monkeypatch.setattr(whisper_model, "ctranslate2", Machine(devices, set(types)))

    on(0, "int8", "float32")
    assert choose("auto", "auto") == ("cpu", "int8")
    assert choose("auto", "float32") == ("cpu", "float32")
    with pytest.raises(EngineError, match="no CUDA device"):
        choose("cuda", "auto")
    with pytest.raises(EngineError, match="FLUX_STT__COMPUTE_TYPE to one of float32, int8"):
        choose("cpu", "float16")
    on(1, "float16", "float32", "int8_float16")
    assert choose("auto", "auto") == ("cuda", "float16")
    on(1, "float32", "int8_float32")
    assert choose("cuda", "auto") == ("cuda", "int8_float32")
    on(0, "float32")
    assert choose("auto", "auto") == ("cpu", "float32")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("Library libcublas.so.12 is not found or cannot be loaded", "pip install nvidia-cublas-cu12"),
        ("CUDA failed with error out of memory", "GPU's memory is full"),
        ("something\n else", "something else"),
    ],
)
def test_what_ctranslate2_raises_is_explained_in_one_line(error: str, told: str) -> None:
    explained = explain(RuntimeError(error))
    assert told in explained and "\n" not in explained


@pytest.mark.gpu
async def test_on_a_gpu_it_runs_as_float16(weights: Path) -> None:
    import ctranslate2

    if not ctranslate2.get_cuda_device_count():
        pytest.skip("no CUDA device")
    engine = WhisperEngine(weights, device="cuda", gates=BELIEVE_ALL)
    await engine.warm()
    assert "CUDA" in engine.report
    assert (await final(engine, load("goal_1_rms"))).text
    await engine.close()


def test_windows_without_speech_take_no_run(weights: Path) -> None:
    model = LoadedWhisper(weights, device="cpu", compute_type="auto", threads=1, language="en")
    windows = [Window(silence(16000), (), 1), Window(load("yes_rms"), (), 1), Window(load("hiss"), (), 1)]
    decoded = model.decode(windows)
    assert [bool(one.text) for one in decoded] == [False, True, False]
    assert decoded[1] == model.decode(windows[1:2])[0]
    with pytest.raises(ValueError, match="beam"):
        model.decode([Window(load("yes_rms"), (), 0)])
    assert model.decode([Window(silence(16000), (), 0)])[0].no_speech == 1.0


def test_the_shape_of_a_spectrogram(weights: Path) -> None:
    model = LoadedWhisper(weights, device="cpu", compute_type="auto", threads=1, language="en")
    for seconds in (0.2, 2.0, 30.0, 31.0):
        mel = model.mel(np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32))
        assert mel.shape == (SHAPES["test"].mels, 3000) and mel.dtype == np.float32

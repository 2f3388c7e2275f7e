import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audio import Pcm
from models.errors import EngineError
from tests.models.tts_contract import SENTENCES, TtsContract, check_marks, marks, samples, spoken

pytest.importorskip("piper", reason="piper-tts is not installed")
pytest.importorskip("onnx", reason="the test voice is made with onnx")

from models.engines import build_tts
from models.recipes.piper_test_voice import RATE, make_voice
from models.settings import ESPEAK_VOICE, PIPER_VOICE, TtsSettings
from models.tts.loudness import TARGET, loudness
from models.tts.phrase_cache import PhraseCache
from models.tts.piper import PiperEngine
from models.tts.piper_voice import Stop, Voice, find_voice


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_voice(tmp_path_factory.mktemp("voice"))


@pytest.fixture(scope="session")
def silent_on_timing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_voice(tmp_path_factory.mktemp("hides"), tells=False, hides=True)


class TestPiper(TtsContract):
    @pytest.fixture
    async def engine(self, voice: Path) -> AsyncIterator[PiperEngine]:
        engine = PiperEngine(voice, threads=1)
        await engine.warm()
        yield engine
        await engine.close()


class TestPiperWithoutTiming(TtsContract):
    """A voice that does not tell how long its phonemes take: the marks are estimated."""

    @pytest.fixture
    async def engine(self, silent_on_timing: Path) -> AsyncIterator[PiperEngine]:
        engine = PiperEngine(silent_on_timing, threads=1)
        await engine.warm()
        yield engine
        await engine.close()


@pytest.fixture
async def engine(voice: Path) -> AsyncIterator[PiperEngine]:
    engine = PiperEngine(voice, threads=1)
    yield engine
    await engine.close()


async def test_the_rate_is_the_voices_own_before_it_is_loaded(engine: PiperEngine) -> None:
    assert engine.sample_rate == RATE


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=200))
def test_piper_speaks_any_text(voice: Path, text: str) -> None:
    async def speak() -> None:
        engine = PiperEngine(voice, threads=1)
        try:
            made = await spoken(engine, text)
        finally:
            await engine.close()
        check_marks(text, made, engine.sample_rate)
        assert all(np.isfinite(piece.pcm).all() for piece in made)

    asyncio.run(speak())


async def test_marks_name_the_written_words_where_others_are_said(engine: PiperEngine) -> None:
    phrase = "Dr. Smith owes you $3.50 on March **4th** at 10:30 a.m.; did not you say 50 % of it?"
    pieces = await spoken(engine, phrase)
    check_marks(phrase, pieces, engine.sample_rate)
    written = "Dr Smith owes you 3.50 on March 4th at 10:30 a.m did not you say 50 % of it"
    assert " ".join(mark.text for mark in marks(pieces)) == written


def sounding(pcm: Pcm, rate: int, start: float, end: float) -> float:
    return float(np.mean(np.abs(pcm[round(start * rate) : round(end * rate)]) > 1e-4))


async def test_marks_are_where_the_voice_says_the_words_sound(engine: PiperEngine) -> None:
    pieces = await spoken(engine, "One, two, three.")
    pcm = np.concatenate([piece.pcm for piece in pieces])
    one, two, three = marks(pieces)
    for mark in (one, two, three):
        assert sounding(pcm, RATE, mark.start, mark.end) > 0.5
    for before, after in ((one, two), (two, three)):
        assert before.end < after.start
        assert sounding(pcm, RATE, before.end, after.start) == 0.0


async def test_estimated_marks_are_near_the_true_ones(voice: Path, silent_on_timing: Path) -> None:
    true, guessed = PiperEngine(voice, threads=1), PiperEngine(silent_on_timing, threads=1)
    for phrase in SENTENCES:
        exact, near = marks(await spoken(true, phrase)), marks(await spoken(guessed, phrase))
        assert [mark.text for mark in exact] == [mark.text for mark in near]
        assert max(abs(a.start - b.start) for a, b in zip(exact, near, strict=True)) < 0.3
    await true.close()
    await guessed.close()


async def test_a_published_voice_is_made_to_tell_its_timing(voice: Path, tmp_path: Path) -> None:
    usual = make_voice(tmp_path, tells=False)
    one, other = PiperEngine(voice, threads=1), PiperEngine(usual, threads=1)
    assert marks(await spoken(one, SENTENCES[2])) == marks(await spoken(other, SENTENCES[2]))
    await one.close()
    await other.close()


async def test_phrases_of_quiet_and_loud_voices_are_equally_loud(tmp_path: Path) -> None:
    heard = []
    for tone in (0.02, 0.1, 0.9):
        engine = PiperEngine(make_voice(tmp_path / str(tone), tone=tone), threads=1)
        for phrase in (SENTENCES[0], "Yes."):
            heard.append(loudness(np.concatenate([one.pcm for one in await spoken(engine, phrase)]), RATE))
        await engine.close()
    assert all(loud is not None and abs(loud - TARGET) < 1.0 for loud in heard), heard


async def test_speed(voice: Path) -> None:
    usual, fast = PiperEngine(voice, threads=1), PiperEngine(voice, threads=1, speed=2.0)
    assert samples(await spoken(fast, SENTENCES[0])) < 0.8 * samples(await spoken(usual, SENTENCES[0]))
    await usual.close()
    await fast.close()


async def test_a_sentence_is_made_only_when_the_last_was_taken(voice: Path) -> None:
    engine = PiperEngine(voice, threads=1)
    speaking = engine.speak(" ".join(SENTENCES))
    first = await anext(speaking)
    assert [mark.text for mark in first.words or ()] == SENTENCES[0].rstrip(".").split()
    await speaking.aclose()  # type: ignore[attr-defined]
    await engine.close()


def test_a_stopped_run_makes_nothing(voice: Path) -> None:
    loaded, stop = Voice(voice, threads=1), Stop()
    assert loaded.say("Hello there.", Stop())
    stop.set()
    assert loaded.say("Hello there.", stop) == []
    assert loaded.say("Hello there.", Stop())


def test_brackets_make_no_phonemes(voice: Path) -> None:
    loaded = Voice(voice, threads=1)
    said = loaded.say("[[ a ]]", Stop())
    assert "".join(said[0].phonemes) != "a"


async def test_letters_can_be_the_phonemes(tmp_path: Path) -> None:
    engine = PiperEngine(make_voice(tmp_path, text=True), threads=1)
    pieces = await spoken(engine, "call mom at 3. then rest")
    assert [mark.text for mark in marks(pieces)] == ["call", "mom", "at", "3", "then", "rest"]
    await engine.close()


async def test_what_is_said_is_in_no_log(engine: PiperEngine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    await spoken(engine, "my secret plan")
    assert "secret" not in caplog.text and "k\u0279" not in caplog.text


async def test_cuda_that_is_not_there_is_told(voice: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime knows CUDA")
    engine = PiperEngine(voice, threads=1, use_cuda=True)
    with pytest.raises(EngineError, match="CUDA"):
        await engine.warm()
    await engine.close()


async def test_a_closed_engine_leaves_no_thread(voice: Path) -> None:
    before = threading.active_count()
    for _ in range(3):
        engine = PiperEngine(voice, threads=1)
        assert await spoken(engine, "one more time")
        await engine.close()
    # The loop's own executor keeps the threads in which engines were joined.
    assert sum(thread.name.startswith("piper") for thread in threading.enumerate()) == 0
    assert threading.active_count() <= before + 3


def test_a_voice_is_found_by_its_path_or_its_folder(voice: Path, tmp_path: Path) -> None:
    assert find_voice(str(voice)) == find_voice(str(voice.parent)) == voice
    for wrong in (tmp_path, tmp_path / "none.onnx"):
        with pytest.raises(EngineError, match="FLUX_TTS__VOICE"):
            find_voice(str(wrong))


def broken(folder: Path, **changes: object) -> Path:
    path = make_voice(folder)
    config = path.with_name(f"{path.name}.json")
    config.write_text(json.dumps({**json.loads(config.read_text()), **changes}))
    return path


def test_a_voice_that_cannot_work_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="pinyin"):
        PiperEngine(broken(tmp_path, phoneme_type="pinyin"))
    with pytest.raises(EngineError, match="no configuration"):
        PiperEngine(broken(tmp_path, audio=None))
    path = make_voice(tmp_path)
    path.with_name(f"{path.name}.json").unlink()
    with pytest.raises(EngineError, match="lacks its configuration"):
        PiperEngine(path)


async def test_a_broken_download_is_told_when_it_gets_warm(tmp_path: Path) -> None:
    path = make_voice(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    engine = PiperEngine(path)
    with pytest.raises(EngineError, match="no voice that Piper can speak with"):
        await engine.warm()
    await engine.close()


async def test_the_settings_build_it_with_the_phrases_it_knows_by_heart(voice: Path) -> None:
    chosen = TtsSettings(engine="piper", voice=voice.parent.name, speed=1.5, threads=1)
    engine = build_tts(chosen, ["Goodbye."], voice.parent.parent)
    await engine.warm()
    assert isinstance(engine, PhraseCache) and engine.size > 0
    assert await spoken(engine, "Goodbye.") and await spoken(engine, "Hello.")
    await engine.close()


def test_each_engine_has_a_voice_of_its_own_to_start_with() -> None:
    assert TtsSettings().voice == ESPEAK_VOICE
    assert TtsSettings(engine="piper").voice == PIPER_VOICE
    with pytest.raises(EngineError, match=PIPER_VOICE):
        build_tts(TtsSettings(engine="piper"))

"""Deepgram's Listen as an engine, against the emulator."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from models.audio import SAMPLE_RATE, silence
from models.engines import build_stt
from models.errors import EngineError
from models.settings import DeepgramSettings, SttSettings
from models.stt import deepgram_stream
from models.stt.deepgram import DeepgramListener
from models.stt.keyterms import MOST, keyterms
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.deepgram.served import emulated
from tests.models.remote_host import dead_address
from tests.models.stt_contract import SpeechToTextContract, feed, said, words
from tests.models.test_stt import VOCABULARY
from tests.speech import load

Emulated = tuple[DeepgramEmulator, DeepgramSettings]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deepgram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Emulated]:
    # The emulator's decoder is slower than Deepgram.
    async with emulated(tmp_path_factory.mktemp("stt"), VOCABULARY, finalize_timeout=10.0) as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(deepgram: Emulated) -> AsyncIterator[DeepgramListener]:
    engine = DeepgramListener(deepgram[1], VOCABULARY)
    await engine.warm()
    yield engine
    await engine.close()


@pytest.mark.asyncio(loop_scope="module")
class TestDeepgramContract(SpeechToTextContract):
    pass


@asynccontextmanager
async def listening(deepgram: Emulated, **changes: Any) -> AsyncIterator[DeepgramListener]:
    """Give an engine of its own, for what breaks."""
    engine = DeepgramListener(deepgram[1].model_copy(update=changes), VOCABULARY)
    try:
        yield engine
    finally:
        await engine.close()


def seconds(name: str) -> float:
    return len(load(name)) / SAMPLE_RATE


@pytest.mark.asyncio(loop_scope="module")
class TestDeepgramListens:
    async def test_what_is_asked_for(self, deepgram: Emulated, engine: DeepgramListener) -> None:
        emulator, _ = deepgram
        stream = engine.open(("tomorrow at noon", "one two three four five six seven"))
        feed(stream, "yes_rms")
        stream.feed(silence(0))  # a message without a byte would end the connection
        assert words(await stream.finish()) == ["yes"]
        await stream.close()
        session = emulator.listened[-1]
        assert session.query.keyterms == ["tomorrow at noon"]
        assert {**session.query.stated, "keyterm": None} == {
            "model": "nova-3",
            "encoding": "linear16",
            "sample_rate": "16000",
            "channels": "1",
            "language": "en",
            "interim_results": "true",
            "punctuate": "true",
            "endpointing": "false",
            "mip_opt_out": "true",
            "keyterm": None,
        }
        assert (emulator.authorizations[-1], session.messages) == ("token", ["Finalize"])
        assert session.audio == pytest.approx(seconds("yes_rms"))

    async def test_a_silent_turn_is_kept_alive(self, deepgram: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
        emulator, _ = deepgram
        monkeypatch.setattr(deepgram_stream, "KEEP_ALIVE", 0.2)
        monkeypatch.setattr(emulator, "silence", 2.0)
        async with listening(deepgram) as engine:
            stream = engine.open()
            feed(stream, "call_mom_rms")
            await stream.look()
            before = len(emulator.listened)
            await asyncio.sleep(3.0)
            feed(stream, "tomorrow_at_noon_rms")
            assert words(await stream.finish())[-3:] == said("tomorrow_at_noon_rms")
            assert len(emulator.listened) == before and "KeepAlive" in emulator.listened[-1].messages

    async def test_a_connection_lost_in_mid_sentence_costs_no_word(self, deepgram: Emulated) -> None:
        emulator, _ = deepgram
        before = len(emulator.listened)
        emulator.cuts += [0.8, 1.6]
        async with listening(deepgram) as engine:
            stream = engine.open()
            feed(stream, "task_4_rms")
            assert words(await stream.finish()) == said("task_4_rms")
        audio = [session.audio for session in emulator.listened[before:]]
        assert len(audio) == 3 and audio[-1] == pytest.approx(seconds("task_4_rms"))

    async def test_only_what_has_no_final_words_is_sent_again(self, deepgram: Emulated) -> None:
        emulator, _ = deepgram
        before = len(emulator.listened)
        emulator.cuts.append(seconds("call_mom_rms") + 0.5)
        async with listening(deepgram) as engine:
            stream = engine.open()
            feed(stream, "call_mom_rms")
            await stream.look()
            feed(stream, "tomorrow_at_noon_rms")
            final = await stream.finish()
        assert words(final) == [*said("call_mom_rms"), *said("tomorrow_at_noon_rms")]
        audio = [session.audio for session in emulator.listened[before:]]
        assert len(audio) == 2 and audio[-1] == pytest.approx(seconds("tomorrow_at_noon_rms"))

    async def test_an_unanswered_finalize_ends_the_connection_for_its_words(
        self, deepgram: Emulated, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator, _ = deepgram
        before = len(emulator.listened)
        monkeypatch.setattr(emulator, "finalizes", False)
        monkeypatch.setattr(deepgram_stream, "DRAIN", 60.0)
        async with listening(deepgram, finalize_timeout=0.1) as engine:
            stream = engine.open()
            feed(stream, "call_mom_rms")
            assert words(await stream.look()) == said("call_mom_rms")
            feed(stream, "tomorrow_at_noon_rms")
            assert words(await stream.finish()) == [*said("call_mom_rms"), *said("tomorrow_at_noon_rms")]
        sessions = emulator.listened[before:]
        assert [session.messages for session in sessions] == [["Finalize", "CloseStream"]] * 2
        assert [session.audio for session in sessions] == pytest.approx(
            [seconds("call_mom_rms"), seconds("tomorrow_at_noon_rms")]
        )

    async def test_one_that_answers_nothing_is_left_for_another(
        self, deepgram: Emulated, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator, _ = deepgram
        before = len(emulator.listened)
        monkeypatch.setattr(deepgram_stream, "DRAIN", 1.0)
        emulator.deaf = 1
        async with listening(deepgram, finalize_timeout=4.0) as engine:
            stream = engine.open()
            feed(stream, "yes_rms")
            assert words(await stream.finish()) == ["yes"]
        assert len(emulator.listened) == before + 2 and not emulator.deaf

    async def test_a_refusal_that_passes_costs_no_word(self, deepgram: Emulated) -> None:
        emulator, _ = deepgram
        emulator.refusals += [(503, "busy"), (429, "too many")]
        async with listening(deepgram) as engine:
            stream = engine.open()
            feed(stream, "yes_rms")
            assert words(await stream.finish()) == ["yes"]
        assert not emulator.refusals

    async def test_one_that_does_not_is_told(self, deepgram: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
        emulator, _ = deepgram
        monkeypatch.setattr(deepgram_stream, "RETRIES", (0.0, 0.0))
        emulator.refusals += [(503, "busy")] * 3
        async with listening(deepgram) as engine:
            stream = engine.open()
            feed(stream, "yes_rms")
            with pytest.raises(EngineError, match=r"failed.*503"):
                await stream.finish()
        assert not emulator.refusals

    async def test_connections_that_come_to_nothing_end_the_turn(
        self, deepgram: Emulated, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator, _ = deepgram
        monkeypatch.setattr(deepgram_stream, "RETRIES", (0.0,))
        emulator.cuts += [0.3] * 2
        async with listening(deepgram) as engine:
            stream = engine.open()
            feed(stream, "task_4_rms")
            with pytest.raises(EngineError, match="hung up"):
                await stream.finish()
        assert not emulator.cuts

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            (401, "refuses the key: set DEEPGRAM_API_KEY"),
            (402, "no credit"),
            (403, "key of DEEPGRAM_API_KEY may not"),
            (400, r"FLUX_DEEPGRAM__.*400: No such model"),
            (500, "failed"),
        ],
    )
    async def test_warming_tells_what_is_wrong(self, status: int, told: str, deepgram: Emulated) -> None:
        deepgram[0].refusals.append((status, "No such model"))
        async with listening(deepgram) as engine:
            with pytest.raises(EngineError, match=told) as failure:
                await engine.warm()
        assert KEY not in str(failure.value) and "\n" not in str(failure.value)

    async def test_a_wrong_key_is_told_at_once_in_mid_call(self, deepgram: Emulated) -> None:
        async with listening(deepgram, api_key=SecretStr("wrong")) as engine:
            stream = engine.open()
            feed(stream, "yes_rms")
            with pytest.raises(EngineError, match="refuses the key"):
                await stream.finish()

    async def test_nobody_there(self, deepgram: Emulated) -> None:
        async with listening(deepgram, url=dead_address()) as engine:
            with pytest.raises(EngineError, match=r"cannot be reached at 127\.0\.0\.1.*FLUX_DEEPGRAM__URL"):
                await engine.warm()

    async def test_a_minute_that_nobody_understands_ends_the_turn(self, deepgram: Emulated) -> None:
        async with listening(deepgram) as engine:
            stream = engine.open()
            for _ in range(61):
                stream.feed(silence(SAMPLE_RATE))
            with pytest.raises(EngineError, match="a minute behind"):
                await stream.finish()

    async def test_closing_leaves_no_task_and_no_connection(self, deepgram: Emulated) -> None:
        before = asyncio.all_tasks()
        engine = DeepgramListener(deepgram[1])
        streams = [engine.open() for _ in range(3)]
        feed(streams[0], "call_mom_rms")
        await streams[0].look()
        await streams[1].close()
        finish = asyncio.ensure_future(streams[2].finish())
        await asyncio.sleep(0)
        await engine.close()
        await engine.close()
        await asyncio.wait([finish])
        with pytest.raises(EngineError, match="closed"):
            engine.open()
        ours = {task for task in asyncio.all_tasks() - before if "aiohttp" not in repr(task.get_coro())}
        assert not ours


def test_keyterms_are_the_short_phrases_that_fit() -> None:
    assert keyterms(("Call  Mom", "call mom", "milk, eggs; bread", "a b c d e f g", ""), "nova-3-general") == [
        "Call Mom",
        "milk eggs bread",
    ]
    assert keyterms(("call mom",), "nova-2") == []
    many = keyterms([f"term {number}" for number in range(500)], "nova-3")
    assert len(many) == MOST
    assert sum(map(len, keyterms(["x" * 100] + [f"{n:099}" for n in range(50)], "nova-3"))) <= 1_500


def test_without_a_key_it_is_not_built() -> None:
    with pytest.raises(EngineError, match="set DEEPGRAM_API_KEY"):
        build_stt(SttSettings(engine="deepgram"))


def test_without_its_package_a_box_starts_and_only_this_engine_does_not() -> None:
    imports = "from models.engines import *; from models.settings import *; build_tts(TtsSettings())"
    without = f"import sys; sys.modules['deepgram'] = None; {imports}; build_stt(SttSettings(engine='deepgram'))"
    ended = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True)
    assert "needs the extra deepgram: run pip install 'flux-voice[deepgram]'" in ended.stderr.splitlines()[-1]

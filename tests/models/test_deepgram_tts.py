"""Deepgram's Speak as an engine, against the emulator."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from models.engines import build_tts
from models.errors import EngineError
from models.settings import DeepgramSettings, TtsSettings
from models.tts import Speech, TextToSpeech
from models.tts import deepgram as speaker
from models.tts.deepgram import DeepgramSpeaker
from models.tts.espeak import EspeakEngine
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.models.remote_host import serving
from tests.models.tts_contract import SENTENCES, TtsContract, samples, spoken

Served = tuple[DeepgramEmulator, DeepgramSpeaker]


@asynccontextmanager
async def speaking(voice: TextToSpeech | None = None, **more: Any) -> AsyncIterator[Served]:
    espeak = EspeakEngine()
    emulator = DeepgramEmulator(espeak, voice or espeak)  # type: ignore[arg-type]  # nobody listens
    async with serving(emulator.app()) as url:
        engine = DeepgramSpeaker(DeepgramSettings(url=url, api_key=SecretStr(KEY), **more))
        try:
            yield emulator, engine
        finally:
            await engine.close()
            await espeak.close()


class TestDeepgramContract(TtsContract):
    @pytest.fixture
    async def engine(self) -> AsyncIterator[DeepgramSpeaker]:
        async with speaking() as (_, engine):
            await engine.warm()
            yield engine


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  what is waited for is in the other side
            await asyncio.sleep(0.01)


async def hung_up(emulator: DeepgramEmulator) -> None:
    await until(lambda: all(session.socket.closed for session in emulator.spoken))


async def test_phrases_that_follow_each_other_share_a_connection() -> None:
    async with speaking() as (emulator, engine):
        await engine.warm()
        for phrase in SENTENCES[:3]:
            made = await spoken(engine, phrase)
            assert made and all(piece.words is None for piece in made)
        (session,) = emulator.spoken
        assert session.messages == [said for phrase in SENTENCES[:3] for said in (phrase, "Flush")]
        assert (session.query.model, session.query.rate) == ("aura-2-thalia-en", engine.sample_rate)


async def test_phrases_at_once_have_a_connection_each_which_the_next_ones_use_again() -> None:
    async with speaking() as (emulator, engine):
        for _ in range(2):
            await asyncio.gather(*(spoken(engine, phrase) for phrase in SENTENCES[:3]))
        assert len(emulator.spoken) == 3


async def test_a_phrase_broken_off_is_cleared_and_nothing_of_it_is_heard_later() -> None:
    async with speaking() as (emulator, engine):
        whole = samples(await spoken(engine, SENTENCES[3]))
        cut = engine.speak(" ".join(SENTENCES))
        await anext(cut)
        await cut.aclose()  # type: ignore[attr-defined]
        (session,) = emulator.spoken
        await until(lambda: "Clear" in session.messages and bool(engine._idle))
        assert samples(await spoken(engine, SENTENCES[3])) == pytest.approx(whole, rel=0.02)
        assert len(emulator.spoken) == 1


async def test_a_connection_that_was_hung_up_meanwhile_is_made_anew() -> None:
    async with speaking() as (emulator, engine):
        whole = samples(await spoken(engine, SENTENCES[3]))
        await emulator.spoken[0].socket.close()
        assert samples(await spoken(engine, SENTENCES[3])) == pytest.approx(whole, rel=0.02)
        assert len(emulator.spoken) == 2


async def test_more_texts_than_a_connection_takes_go_over_another() -> None:
    async with speaking() as (emulator, engine):
        for _ in range(25):
            assert await spoken(engine, "Yes.")
        assert [len(session.messages) for session in emulator.spoken] == [40, 10]


async def test_an_idle_connection_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker, "KEPT", 0.1)
    async with speaking() as (emulator, engine):
        await spoken(engine, SENTENCES[3])
        await hung_up(emulator)


async def test_a_closed_engine_leaves_no_task_and_no_connection() -> None:
    async with speaking() as (emulator, engine):
        before = asyncio.all_tasks()
        await engine.warm()
        await spoken(engine, SENTENCES[3])
        await anext(engine.speak(" ".join(SENTENCES)))
        await engine.close()
        await hung_up(emulator)
        assert not {task for task in asyncio.all_tasks() - before if "aiohttp" not in repr(task.get_coro())}


class Silent(EspeakEngine):
    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        await asyncio.Event().wait()
        yield Speech(None)  # type: ignore[arg-type]


async def test_a_voice_that_says_nothing_is_an_error_in_time() -> None:
    async with speaking(Silent(), stall_timeout=0.2) as (emulator, engine):
        with pytest.raises(EngineError, match=r"no sound for 0\.2 s"):
            await spoken(engine, "hello")
        await hung_up(emulator)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"speak_model": "nova-3"}, r"400: there is no model nova-3"),
        ({"api_key": SecretStr("wrong")}, "refuses the key: set DEEPGRAM_API_KEY"),
    ],
)
async def test_warming_tells_what_is_wrong(changes: dict[str, Any], told: str) -> None:
    async with speaking() as (_, right):
        engine = DeepgramSpeaker(right._settings.model_copy(update=changes))
        with pytest.raises(EngineError, match=told):
            await engine.warm()
        await engine.close()


async def test_what_deepgram_cannot_speak_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker, "_LONGEST", 3000)
    async with speaking() as (emulator, engine):
        await engine.warm()
        with pytest.raises(EngineError, match="cannot speak this: a text is longer"):
            await spoken(engine, "x" * 2001)
        assert len(emulator.spoken) == 1, "it would be the same on another connection"


async def test_the_settings_build_it_with_its_speed() -> None:
    async with speaking() as (emulator, right):
        cloud = right._settings
        engine = build_tts(TtsSettings(engine="deepgram", speed=1.5), deepgram=cloud)
        await engine.warm()
        await engine.close()
        too_fast = build_tts(TtsSettings(engine="deepgram", speed=2.0), deepgram=cloud)
        with pytest.raises(EngineError, match="speed must be between"):
            await too_fast.warm()
        await too_fast.close()
        assert len(emulator.spoken) == 1
    with pytest.raises(EngineError, match="set DEEPGRAM_API_KEY"):
        build_tts(TtsSettings(engine="deepgram"))

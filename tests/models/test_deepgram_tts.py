"""Deepgram's Speak as an engine, against the emulator."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from models.settings import DeepgramSettings
from models.tts.deepgram import DeepgramSpeaker
from models.tts.espeak import EspeakEngine
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.models.remote_host import serving
from tests.models.tts_contract import TtsContract


class TestDeepgramContract(TtsContract):
    @pytest.fixture
    async def engine(self) -> AsyncIterator[DeepgramSpeaker]:
        voice = EspeakEngine()
        emulator = DeepgramEmulator(voice, voice)  # type: ignore[arg-type]
        async with serving(emulator.app()) as url:
            engine = DeepgramSpeaker(DeepgramSettings(url=url, api_key=SecretStr(KEY)))
            await engine.warm()
            yield engine
            await engine.close()
        await voice.close()

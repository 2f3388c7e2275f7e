"""The emulator with the embedded engines, and the settings that lead to it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from models.settings import DeepgramSettings
from models.stt.pocketsphinx import PocketsphinxEngine
from models.tts.espeak import EspeakEngine
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.models.remote_host import serving


@asynccontextmanager
async def emulated(
    cache: Path | None = None, vocabulary: Sequence[str] = (), *, silence: float = 10.0, **more: Any
) -> AsyncIterator[tuple[DeepgramEmulator, DeepgramSettings]]:
    """Serve an emulator; `more` are settings besides its address and key."""
    stt, tts = PocketsphinxEngine(2, vocabulary, cache=cache), EspeakEngine()
    await stt.warm()
    try:
        emulator = DeepgramEmulator(stt, tts, silence=silence)
        async with serving(emulator.app()) as url:
            yield emulator, DeepgramSettings(url=url, api_key=SecretStr(KEY), **more)
    finally:
        await stt.close()
        await tts.close()

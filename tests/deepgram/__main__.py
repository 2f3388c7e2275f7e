"""Serves the emulator: `python -m tests.deepgram [PORT]`, then FLUX_DEEPGRAM__URL=http://127.0.0.1:PORT."""

import asyncio
import sys

from intents.agent import load_agent
from models.stt.pocketsphinx import PocketsphinxEngine
from models.tts.espeak import EspeakEngine
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.models.remote_host import serving


async def _serve(port: int) -> None:
    stt, tts = PocketsphinxEngine(2, load_agent("flux").vocabulary), EspeakEngine()
    await stt.warm()
    await tts.warm()
    try:
        async with serving(DeepgramEmulator(stt, tts).app(), port) as url:
            print(f"FLUX_DEEPGRAM__URL={url} DEEPGRAM_API_KEY={KEY}", flush=True)
            await asyncio.Event().wait()
    finally:
        await stt.close()
        await tts.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))

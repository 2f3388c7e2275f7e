"""The language model stub in a process of its own, so that no stall of a caller's loop slows its tokens."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import aiohttp

from benchmarks.llm_stub import MODEL
from benchmarks.own_server import free_ports


@contextlib.asynccontextmanager
async def own_stub(*more: str) -> AsyncIterator[str]:
    """Run the stub, with more of its options, and return its address."""
    (port,) = free_ports(1)
    command = (sys.executable, "-m", "benchmarks.llm_stub", "--port", str(port), *more)
    process = await asyncio.create_subprocess_exec(*command)
    url = f"http://127.0.0.1:{port}"
    try:
        await _until_there(process, url)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def llm_settings(url: str) -> dict[str, str]:
    """Return the settings that make a server ask the stub at `url`."""
    return {"FLUX_LLM__ENGINE": "ollama", "FLUX_LLM__HOST": url, "FLUX_LLM__MODEL": MODEL}


async def _until_there(process: asyncio.subprocess.Process, url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(150):
            if process.returncode is not None:
                raise RuntimeError(f"the language model stub ended with {process.returncode}")
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"{url}/api/version"):
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError("the language model stub did not start within 15 s")

"""Servers of the systems that are compared, ours among them, each with what it needs."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pocketsphinx

from benchmarks.loop_lag import FILE
from benchmarks.own_server import free_ports, own_server
from benchmarks.own_stub import llm_settings
from benchmarks.peer_clients import FastRtcPeer, flux_client, pipecat_client
from benchmarks.peer_engines import CHAT, LANGUAGE_MODEL, VOICE, WORDS_PER_MINUTE
from benchmarks.peer_environments import CACHE, ROOT, environment
from intents.agent import load_agent
from models.settings import ESPEAK_VOICE, ESPEAK_WORDS_PER_MINUTE
from models.stt.biased_lm import biased_model
from tests.e2e.peer import Peer

SYSTEMS: Final = ("ours", "pipecat_default", "pipecat_streaming", "fastrtc")
STUBBED: Final = ("ours_stubs", "pipecat_stubs")
"""The same servers with recognition and voice that cost nothing."""

_ENVIRONMENTS: Final = {
    "pipecat_default": "pipecat",
    "pipecat_streaming": "pipecat",
    "pipecat_stubs": "pipecat",
    "fastrtc": "fastrtc",
}
READY: Final = 300.0
_RECOGNISERS: Final = {"pipecat_default": "whole", "pipecat_streaming": "streaming", "pipecat_stubs": "stubs"}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers calls: its process, and what makes a client for it."""

    name: str
    pid: int
    client: Callable[[], Peer]
    url: str


def prepare(systems: Iterable[str], environments: Path, tell: Callable[[str], None]) -> None:
    """Make the environments that some systems need, where they are not there yet; raises RuntimeError."""
    for name in sorted({_ENVIRONMENTS[system] for system in systems if system in _ENVIRONMENTS}):
        environment(name, folder=environments, tell=tell)


@contextlib.asynccontextmanager
async def serve(
    name: str, stub: str, folder: Path, environments: Path, *, lag: Path | None = None, cores: Sequence[int] = ()
) -> AsyncIterator[Running]:
    """Run one of `SYSTEMS` or `STUBBED`, which asks the language model at `stub`; logs go to `folder`.

    How late its loop is gets written to `lag`; it runs on `cores` alone, if any are given. Raises RuntimeError where
    the server does not come up.
    """
    own = folder / name
    own.mkdir(exist_ok=True)
    prefix = ("taskset", "-c", ",".join(map(str, cores))) if cores else ()
    watched = {} if lag is None else {FILE: str(lag)}
    if name.startswith("ours"):
        settings = llm_settings(stub) | watched
        stubbed = (*prefix, sys.executable, "-m", "benchmarks.load_server") if name == "ours_stubs" else ()
        async with own_server(own, settings=settings | {"FLUX_MAX_CALLS": "256"}, command=stubbed) as server:
            yield Running(name, server.pid, partial(flux_client, server.url), server.url)
        return
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    client: Callable[[str], Peer]
    program: tuple[str, ...]
    python = environment(_ENVIRONMENTS[name], folder=environments)
    if name == "fastrtc":
        variables, client = {}, FastRtcPeer
        program = ("-m", "benchmarks.peer_fastrtc", str(port))
    else:
        client = pipecat_client
        program = ("-m", "benchmarks.peer_pipecat", "-t", "webrtc", "--host", "127.0.0.1", "--port", str(port))
        variables = {"PIPECAT_STT": _RECOGNISERS[name]}
    command = (*prefix, str(python), *program)
    async with _process(command, own / "server.log", port, _engines(stub) | variables | watched) as pid:
        yield Running(name, pid, partial(client, url), url)


def language_model() -> Path:
    """Return the language model that our recogniser uses for the Flux agent, made if it is not there yet."""
    model = Path(pocketsphinx.get_model_path()) / "en-us"
    vocabulary = load_agent("flux").vocabulary
    return biased_model(model / "en-us.lm.bin", vocabulary, model / "cmudict-en-us.dict", CACHE.parent)


def _engines(stub: str) -> dict[str, str]:
    return {
        LANGUAGE_MODEL: str(language_model()),
        VOICE: ESPEAK_VOICE,
        WORDS_PER_MINUTE: str(ESPEAK_WORDS_PER_MINUTE),
        CHAT: f"{stub}/v1",
    }


@contextlib.asynccontextmanager
async def _process(command: Sequence[str], log: Path, port: int, variables: Mapping[str, str]) -> AsyncIterator[int]:
    # A hub is never asked: nothing may be fetched while somebody is measured.
    offline = {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": str(ROOT)}
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **offline, **variables},
            cwd=log.parent,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        try:
            async with asyncio.timeout(READY):
                await _listening(process, port)
        except (TimeoutError, RuntimeError) as error:
            raise RuntimeError(f"{' '.join(command)} did not come up; its log:\n{_tail(log)}") from error
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await process.wait()
        # Its recogniser too, which a server that had to be killed leaves behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _tail(log: Path) -> str:
    return log.read_text()[-3_000:]


async def _listening(process: asyncio.subprocess.Process, port: int) -> None:
    while True:
        if process.returncode is not None:
            raise RuntimeError(f"it ended with {process.returncode}")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.2)

"""A server of one's own for a benchmark: fresh data, free ports, the installed command."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp


@dataclass(frozen=True, slots=True)
class OwnServer:
    """Where the server and its data service are reached, and its process."""

    url: str
    dao_url: str
    pid: int


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextlib.asynccontextmanager
async def own_server(
    folder: Path,
    *,
    log: Path | None = None,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
    ports: tuple[int, int] | None = None,
) -> AsyncIterator[OwnServer]:
    """Run `flux-voice serve` with its data, and its log where none is named, in `folder`.

    `settings` are more FLUX_ variables; `command` is run instead of the installed one, with the same settings;
    `ports` are those of an earlier server that this one stands in for.
    """
    port, dao_port = ports or free_ports(2)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FLUX_")} | {
        "FLUX_PORT": str(port),
        "FLUX_DRAIN": "0",
        "FLUX_DAO__PORT": str(dao_port),
        "FLUX_DAO__DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'flux.db'}",
        **(settings or {}),
    }
    log = log or folder / "server.log"
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(
            *(command or (str(Path(sys.executable).with_name("flux-voice")), "serve")),
            env=environment,
            stdout=output,
            stderr=output,
        )
    server = OwnServer(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{dao_port}", process.pid)
    try:
        try:
            await _until_healthy(process, server.url)
        except RuntimeError as error:
            raise RuntimeError(f"{error}; its log:\n{log.read_text()}") from None
        yield server
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _until_healthy(process: asyncio.subprocess.Process, url: str) -> None:
    """Wait until the server says that a call could be served."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        for _ in range(300):
            if process.returncode is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{url}/health") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.2)
    raise RuntimeError("the server was not ready within a minute")

"""`flux-voice serve`: the page, the calls and, in the default set-up, the records."""

import asyncio
import errno
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import click
from rich.console import Console

from web.commands.failures import told_in_one_line
from web.commands.stopping import Stop, stop_signals


@click.command()
@click.option("--host", help="Address to listen on (FLUX_HOST).")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; 0 takes a free one (FLUX_PORT).")
def serve(host: str | None, port: int | None) -> None:
    """Serve the page and hold the calls.

    Warms the engines, opens the records (in this process unless FLUX_DAO__URL names another place) and prints the
    address once a call can be taken.
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    with told_in_one_line():
        asyncio.run(_serve(given))


async def _serve(given: dict[str, Any]) -> None:
    from aiohttp import web

    from web.app import create_app, make_runner
    from web.assembly import Assembly, assemble
    from web.auth import require_decision
    from web.keys import SESSIONS
    from web.logs import set_up
    from web.opus import library
    from web.settings import load_settings

    began = time.monotonic()
    settings = load_settings(**given)
    require_decision(settings)
    set_up(settings.log_level, settings.log_format)
    library()  # a missing one stops the start, not the first call
    console = Console()

    async def hold(assembly: Assembly, doors: Sequence[socket.socket], stop: Stop) -> None:
        app = create_app(
            settings,
            assembly.call_factory(),
            assembly.readiness(),
            assembly.metrics,
            desk=assembly.desk(),
            make_agent_call=assembly.agent_call_factory(),
            audio=assembly.audio(),
            console=assembly.console(),
        )
        runner = make_runner(app, settings)
        await runner.setup()
        try:
            for door in doors:
                await web.SockSite(runner, door).start()
            _announce(console, assembly, settings.host, doors[0].getsockname()[1], time.monotonic() - began)
            await stop.asked.wait()
            console.print("Stopping …")
            await _drain(app[SESSIONS], settings.drain, stop.at_once)
        finally:
            await runner.cleanup()

    # Ports are taken before the engines are warmed: nobody shall wait for them to learn that one is not free.
    with ExitStack() as stack:
        stop = stack.enter_context(stop_signals())
        ports = {"FLUX_PORT": settings.port, "FLUX_ALSO_PORT": settings.also_port}
        doors = [
            stack.enter_context(_door(settings.host, port, variable))
            for variable, port in ports.items()
            if port is not None
        ]
        async with assemble(settings) as assembly:
            await hold(assembly, doors, stop)


async def _drain(sessions: Any, patience: float, at_once: asyncio.Event) -> None:
    """Let calls come to their end, in bounded time, unless all is to stop at once."""
    drained, hurried = asyncio.create_task(sessions.drain(patience)), asyncio.create_task(at_once.wait())
    await asyncio.wait((drained, hurried), return_when=asyncio.FIRST_COMPLETED)
    for task in (drained, hurried):
        task.cancel()
    await asyncio.gather(drained, hurried, return_exceptions=True)


def _door(host: str, port: int, variable: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(family, kind, protocol)
    except OSError as error:
        raise click.ClickException(_why_not_bound(host, port, variable, error)) from error
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen()  # Linux lets two sockets bind with REUSEADDR; only listening tells that the port is taken
    except OSError as error:
        door.close()
        raise click.ClickException(_why_not_bound(host, port, variable, error)) from error
    return door


def _announce(console: Console, assembly: Any, host: str, port: int, seconds: float) -> None:
    from rich.table import Table

    from web.routes.page import DIST

    settings = assembly.settings
    table = Table(box=None, padding=(0, 1), show_header=False)
    for section, took in assembly.warm_seconds.items():
        table.add_row("[green]✓[/]", section, getattr(settings, section).engine, f"{took * 1000:.0f} ms")
    table.add_row("[green]✓[/]", "dao", assembly.dao_url, "")
    built = (DIST / "index.html").is_file()
    table.add_row("[green]✓[/]" if built else "[red]✗[/]", "page", "built" if built else "not built: make page", "")
    console.print(table)
    shown = f"[{host}]" if ":" in host else host
    console.print(f"Flux Voice is at [bold]http://{shown}:{port}[/] (ready in {seconds:.1f} s); Ctrl-C stops.")


def _why_not_bound(host: str, port: int, variable: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken, perhaps by another flux-voice; stop it or set {variable} to a free one"
    return f"cannot listen on {host} port {port} ({error.strerror}); check FLUX_HOST and {variable}"

"""`flux-voice dao`: only the records; needs no engine and no WebRTC."""

import asyncio

import click
from rich.console import Console

from web.commands.failures import told_in_one_line
from web.commands.stopping import stop_signals


@click.command()
def dao() -> None:
    """Serve only the records: the REST service on port 8001.

    Set FLUX_DAO__HOST, FLUX_DAO__PORT and FLUX_DAO__DATABASE_URL (or DATABASE_URL). A server elsewhere uses it with
    FLUX_DAO__URL=http://this-host:8001.
    """
    with told_in_one_line():
        asyncio.run(_serve())


async def _serve() -> None:
    from dao.service import serve_dao
    from web.logs import set_up
    from web.settings import load_settings

    settings = load_settings()
    set_up(settings.log_level, settings.log_format)
    with stop_signals() as stopped:
        async with serve_dao(settings.dao) as server:
            Console().print(f"The records are served at [bold]{server.url}[/] (docs at /docs); Ctrl-C stops.")
            await stopped.wait()

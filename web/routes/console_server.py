"""`/api/v1/console`: the server as its owner sees it: calls, engines, settings."""

import asyncio
import os
import platform
from importlib.metadata import version
from time import monotonic
from typing import Final

from aiohttp import web

from dao.requests import DEFAULT_TENANT
from web.console.gpus import gpus
from web.console.live import live_calls
from web.console.processes import memory
from web.console.settings import settings_shown
from web.console_state import EnginesShown, LiveCalls, Overview, PartShown, SettingsShown
from web.keys import CONSOLE, READINESS, SESSIONS
from web.operations import LET_IN, Operation, answer_of

ROOT: Final = "/api/v1/console"
TAG: Final = "console"


def operations() -> list[Operation]:
    """Return what the owner can ask about the server."""
    overview = "Tell the version, whose records there are, and by what you were let in."
    calls = "Tell of the calls that are held now."
    engines = "Tell how engines and other parts stand, and what they compute with."
    settings = "Tell every setting in force; secrets are hidden."
    return [
        Operation("GET", ROOT, overview, console_overview, Overview, TAG, "owner", errors=(503,)),
        Operation("GET", f"{ROOT}/calls", calls, console_calls, LiveCalls, TAG, "owner"),
        Operation("GET", f"{ROOT}/engines", engines, console_engines, EnginesShown, TAG, "owner"),
        Operation("GET", f"{ROOT}/settings", settings, console_settings, SettingsShown, TAG, "owner"),
    ]


async def console_overview(request: web.Request) -> web.Response:
    """Tell what server this is."""
    parts, sessions = request.app[CONSOLE], request.app[SESSIONS]
    kept = await parts.records(DEFAULT_TENANT).tenants()
    return answer_of(
        Overview(
            version=version("flux-voice"),
            agent=parts.agent,
            started_at=parts.started_at,
            live_calls=sessions.live,
            max_calls=sessions.max_calls,
            tenants=list(dict.fromkeys((*parts.tenants, *kept))),
            access="loopback" if request[LET_IN] == "loopback" else "admin_key",
        )
    )


async def console_calls(request: web.Request) -> web.Response:
    """Tell of the live calls."""
    return answer_of(LiveCalls(calls=live_calls(request.app[CONSOLE], request.app[SESSIONS].all)))


async def console_engines(request: web.Request) -> web.Response:
    """Tell how the engines stand."""
    parts, readiness = request.app[CONSOLE], request.app[READINESS]
    engines, health, held = await asyncio.gather(parts.engines(), readiness.parts(), asyncio.to_thread(memory))
    own = {one.pid for one in held.processes}
    return answer_of(
        EnginesShown(
            version=version("flux-voice"),
            python=platform.python_version(),
            system=platform.platform(),
            cores=os.cpu_count() or 1,
            uptime_seconds=monotonic() - parts.started,
            engines=engines,
            parts=[
                PartShown(name=part.name, status=part.state, detail=part.detail)
                for part in health
                if part.name not in readiness.engines
            ],
            memory=held,
            gpus=await asyncio.to_thread(gpus, own),
        )
    )


async def console_settings(request: web.Request) -> web.Response:
    """Tell the settings."""
    return answer_of(settings_shown(request.app[CONSOLE].settings))

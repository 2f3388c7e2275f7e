"""The HTTP application: routes, errors as JSON, and the life of the calls."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiortc import RTCIceServer

from web.auth import Auth
from web.console.deleting import Deleting
from web.console.parts import ConsoleParts
from web.cors import allow_origins
from web.desk import Desk, DeskParts
from web.errors import RequestError
from web.keys import (
    AUTH,
    BODY_TIMEOUT,
    CONSOLE,
    DELETING,
    DESK,
    ICE_CONFIG,
    METRICS,
    OPERATIONS,
    PAGE,
    PAGE_CHOICE,
    READINESS,
    SESSIONS,
)
from web.metrics import Metrics
from web.openai_audio.route import AudioApi, AudioEngines
from web.origin import is_loopback
from web.own_settings import WebSettings
from web.page_choice import PageChoice
from web.problems import answer_errors
from web.readiness import Readiness
from web.routes import (
    console_records,
    console_server,
    docs,
    health,
    page,
    page_options,
    signalling,
    voice_intents,
    voice_messages,
    voice_sessions,
)
from web.routes import metrics as metrics_route
from web.rtc import PeerOptions
from web.sessions import CallFactory, Sessions
from web.tokens import Tokens
from web.voice_agent.conversation import AgentCallFactory
from web.voice_agent.route import add_voice_agent

LINGERING: Final = 2.0
"""Seconds that a body is still read after its answer: a client that is cut off while it sends may miss the answer."""


def create_app(
    settings: WebSettings,
    make_call: CallFactory,
    readiness: Readiness,
    metrics: Metrics,
    *,
    desk: DeskParts | None = None,
    make_agent_call: AgentCallFactory | None = None,
    audio: AudioEngines | None = None,
    console: ConsoleParts | None = None,
    page_root: Path = page.DIST,
) -> web.Application:
    """Build the application; `make_call` begins a call for a session. Its calls end when the application does.

    `metrics` are what the conversations of those calls report to; without a `desk` there is no Flux API, without
    `make_agent_call` nobody calls over Deepgram's protocol, without `audio` there is no OpenAI audio API, and without a
    `console`, which needs a desk, its owner sees nothing.
    """
    app = web.Application(middlewares=[answer_errors, refuse_foreign_hosts], client_max_size=settings.max_body)
    tokens = desk.tokens if desk is not None else Tokens(None, settings.auth.token_life)
    app[AUTH] = Auth(settings, tokens, time.monotonic)
    allow_origins(app, app[AUTH].trusts)
    app[ICE_CONFIG] = {"iceServers": [server.model_dump(exclude_none=True) for server in settings.ice_servers]}
    app[READINESS] = readiness
    app[METRICS] = metrics
    app[BODY_TIMEOUT] = settings.body_timeout
    app[PAGE] = page_root
    deepgram = desk.deepgram_socket if desk is not None else None
    app[PAGE_CHOICE] = PageChoice(settings.page_backend, deepgram, free=app[AUTH].development)
    app[HOSTS] = _hosts(settings)

    async def live_calls(app: web.Application) -> AsyncIterator[None]:
        async with Sessions(make_call, timezone=settings.timezone, max_calls=settings.max_calls) as sessions:
            app[SESSIONS] = sessions
            if desk is not None:
                app[DESK] = Desk(desk, sessions)
                if console is not None:
                    app[CONSOLE] = console
                    app[DELETING] = Deleting(console, app[DESK], sessions)
            yield

    async def release(app: web.Application) -> None:
        app[SESSIONS].release()

    app.cleanup_ctx.append(live_calls)
    if make_agent_call is not None:
        add_voice_agent(app, make_agent_call)
    if audio is not None:
        app.add_routes(AudioApi(audio, settings.audio_api).routes())
    app.on_shutdown.append(release)
    modules = [signalling, health, metrics_route, page_options]
    if desk is not None:
        modules += [voice_sessions, voice_messages, voice_intents]
        if console is not None:
            modules += [console_server, console_records]
    operations = tuple(operation for module in modules for operation in module.operations())
    app[OPERATIONS] = operations
    app.add_routes([operation.route() for operation in operations])
    for last in (docs, page):
        app.add_routes(last.routes())
    return app


def make_runner(app: web.Application, settings: WebSettings) -> web.AppRunner:
    """Return what serves the application; a connection on which no complete request comes is closed."""
    return web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=3.0,
        keepalive_timeout=settings.idle_timeout,
        lingering_time=LINGERING,
    )


HOSTS: Final[web.AppKey[frozenset[str] | None]] = web.AppKey("hosts", frozenset)


def peer_options(settings: WebSettings) -> PeerOptions:
    """Return how peer connections are made under these settings."""
    servers = [
        RTCIceServer(urls=server.urls, username=server.username, credential=server.credential)
        for server in settings.ice_servers
    ]
    return PeerOptions(ice_servers=servers, connect_timeout=settings.connect_timeout)


@web.middleware
async def refuse_foreign_hosts(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse requests for other names while the server is for this box only.

    Otherwise a web site whose name is made to point here (DNS rebinding) could use its visitor's agent.
    """
    hosts = request.app[HOSTS]
    if hosts is not None and not (is_loopback(host := _host(request)) or host in hosts):
        hint = "set FLUX_ALLOWED_HOSTS to the names under which it may be reached"
        raise RequestError(403, "foreign_host", f"this server answers on its own box only; {hint}")
    answer: web.StreamResponse = await handler(request)
    return answer


def _host(request: web.Request) -> str:
    try:
        return request.url.host or ""
    except ValueError as error:
        raise RequestError(400, "bad_host", "the Host header is not valid") from error


def _hosts(settings: WebSettings) -> frozenset[str] | None:
    """Return the names answered besides loopback; None answers to all (a server bound to the network)."""
    return frozenset(settings.allowed_hosts) if is_loopback(settings.host) else None

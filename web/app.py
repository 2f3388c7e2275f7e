"""The HTTP application: routes, errors as JSON, and the life of the calls."""

from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import structlog
from aiohttp import web
from aiortc import RTCIceServer

from web.errors import RequestError
from web.keys import BODY_TIMEOUT, ICE_CONFIG, METRICS, PAGE, READINESS, SESSIONS
from web.metrics import Metrics
from web.openai_audio.route import AudioApi, AudioEngines
from web.own_settings import WebSettings
from web.readiness import Readiness
from web.routes import health, page, signalling
from web.routes import metrics as metrics_route
from web.rtc import PeerOptions
from web.sessions import CallFactory, Sessions
from web.voice_agent.conversation import AgentCallFactory
from web.voice_agent.route import add_voice_agent

LOCAL_NAMES: Final = frozenset({"localhost", "ip6-localhost"})
LINGERING: Final = 2.0
"""Seconds that a body is still read after its answer: a client that is cut off while it sends may miss the answer."""

log = structlog.get_logger()


def create_app(
    settings: WebSettings,
    make_call: CallFactory,
    readiness: Readiness,
    metrics: Metrics,
    *,
    make_agent_call: AgentCallFactory | None = None,
    audio: AudioEngines | None = None,
    page_root: Path = page.DIST,
) -> web.Application:
    """Build the application; `make_call` begins a call for a session. Its calls end when the application does.

    `metrics` are what the conversations of those calls report to; without `make_agent_call` nobody calls over
    Deepgram's protocol, and without `audio` there is no OpenAI audio API.
    """
    app = web.Application(middlewares=[answer_errors, refuse_foreign_hosts], client_max_size=settings.max_body)
    app[ICE_CONFIG] = {"iceServers": [server.model_dump(exclude_none=True) for server in settings.ice_servers]}
    app[READINESS] = readiness
    app[METRICS] = metrics
    app[BODY_TIMEOUT] = settings.body_timeout
    app[PAGE] = page_root
    app[HOSTS] = _hosts(settings)

    async def live_calls(app: web.Application) -> AsyncIterator[None]:
        async with Sessions(make_call, timezone=settings.timezone, max_calls=settings.max_calls) as sessions:
            app[SESSIONS] = sessions
            yield

    app.cleanup_ctx.append(live_calls)
    if make_agent_call is not None:
        add_voice_agent(app, make_agent_call)
    if audio is not None:
        app.add_routes(AudioApi(audio, settings.audio_api).routes())
    for module in (signalling, health, metrics_route, page):
        app.add_routes(module.routes())
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
async def answer_errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Turn every failure into `{"error": {"code", "message", "details"}}`: never HTML, never a traceback."""
    try:
        answer: web.StreamResponse = await handler(request)
        return answer
    except RequestError as error:
        return _problem(error.status, error.code, error.message, error.details)
    except web.HTTPRequestEntityTooLarge:
        return _problem(413, "too_large", "the body is too large")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _problem(error.status, error.reason.lower().replace(" ", "_"), error.reason)
    except Exception as error:
        log.error("a request failed", path=request.path, error=repr(error), exc_info=True)
        return _problem(500, "internal", "the server could not do this; its log has the cause")


@web.middleware
async def refuse_foreign_hosts(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse requests for other names while the server is for this box only.

    Otherwise a web site whose name is made to point here (DNS rebinding) could use its visitor's agent.
    """
    hosts = request.app[HOSTS]
    if hosts is not None and not _is_local(_host(request), hosts):
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
    return frozenset(settings.allowed_hosts) if _is_local(settings.host, LOCAL_NAMES) else None


def _is_local(host: str, names: Sequence[str] | frozenset[str]) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES or host in names


def _problem(status: int, code: str, message: str, details: Any = None) -> web.Response:
    body = {"error": {"code": code, "message": message, "details": details or {}}}
    headers = {"Retry-After": "5"} if status in (429, 503) else None
    return web.json_response(body, status=status, headers=headers)

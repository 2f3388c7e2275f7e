"""The DAO as a REST service on aiohttp, inside any running event loop."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from dao.errors import DaoError, DaoUnavailable
from dao.openapi import describe, page
from dao.operations import Call, Operation
from dao.problems import answer_problems, problem
from dao.requests import body_of, id_of, query_of, tenant_of
from dao.routes import OPERATIONS
from dao.settings import DaoSettings, http_url
from dao.store import Store
from dao.sweeping import sweeping

MAX_BODY = 1024 * 1024
# Seconds: a health answer that takes longer is a "no"; a request in flight gets this long when the service stops.
HEALTH_TIMEOUT = 2.0
SHUTDOWN_TIMEOUT = 5.0

STORE = web.AppKey("store", Store)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class DaoServer:
    """A DAO service that runs: `url` is where clients find it, with the port that was really bound."""

    url: str
    port: int
    store: Store


@asynccontextmanager
async def serve_dao(settings: DaoSettings) -> AsyncIterator[DaoServer]:
    """Migrate the database, serve it while the context is open, then let requests in flight end.

    Raises `DaoError` that says what to set when the database cannot be opened or the address cannot be bound.
    """
    async with (
        Store.open(
            settings.database_url, pool_size=settings.pool_size, statement_timeout=settings.statement_timeout
        ) as store,
        sweeping(store),
    ):
        app = create_dao_app(store, loopback_only=_is_loopback(settings.host))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, settings.host, settings.port).start()
            except OSError as error:
                raise DaoError(_why_not_bound(settings, error)) from error
            port: int = runner.addresses[0][1]
            yield DaoServer(url=http_url(settings.host, port), port=port, store=store)
        finally:
            await runner.cleanup()


def create_dao_app(store: Store, *, loopback_only: bool = False) -> web.Application:
    """Build the REST application over a store.

    With `loopback_only`, requests that were not addressed to this box by a loopback name are refused: a page on the
    internet whose name was made to point here (DNS rebinding) cannot read records through its visitor's browser.
    """
    app = web.Application(
        middlewares=[answer_problems, *([_refuse_foreign_hosts] if loopback_only else [])], client_max_size=MAX_BODY
    )
    app[STORE] = store
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, _handler(operation))
    app.router.add_get("/health", _health)
    app.router.add_get("/openapi.json", _openapi)
    app.router.add_get("/docs", _docs)
    return app


def _handler(operation: Operation) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        call = Call(
            tenant=tenant_of(request),
            id=id_of(request) if operation.has_id else None,
            body=await body_of(request, operation.body) if operation.body else None,
            query=query_of(request, operation.query) if operation.query else None,
        )
        answer = await operation.run(request.app[STORE], call)
        return web.Response(body=answer.model_dump_json().encode(), content_type="application/json")

    return handle


async def _health(request: web.Request) -> web.Response:
    try:
        async with asyncio.timeout(HEALTH_TIMEOUT):
            await request.app[STORE].check()
    except (DaoUnavailable, TimeoutError):
        return web.json_response({"status": "unavailable", "database": "unavailable"}, status=503)
    return web.json_response({"status": "ok", "database": "ok"})


# Describing every model takes about 0.1 s: in a thread, for the loop may be carrying somebody's voice.
async def _openapi(_: web.Request) -> web.Response:
    return web.json_response(await asyncio.to_thread(describe, OPERATIONS))


async def _docs(_: web.Request) -> web.Response:
    text = page(await asyncio.to_thread(describe, OPERATIONS))
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return web.Response(text=text, content_type="text/html", headers=policy)


@web.middleware
async def _refuse_foreign_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        host = ""
    if not _is_loopback(host):
        return problem(403, "this service answers on its own box only; to serve others set FLUX_DAO__HOST")
    return await handler(request)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why_not_bound(settings: DaoSettings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {settings.port} on {settings.host} is taken, perhaps by another flux-voice; "
            "stop it or set FLUX_DAO__PORT to a free port"
        )
    return (
        f"the DAO cannot listen on {settings.host} port {settings.port} ({error}); "
        "check FLUX_DAO__HOST and FLUX_DAO__PORT"
    )

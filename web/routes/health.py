"""`GET /health`: 200 only if a call could be served."""

from aiohttp import web

from web.keys import READINESS, SESSIONS


def routes() -> list[web.RouteDef]:
    """Return the route of the health check."""
    return [web.get("/health", health)]


async def health(request: web.Request) -> web.Response:
    """Tell the state of each part."""
    parts = await request.app[READINESS].parts()
    well = all(part.state == "ok" for part in parts)
    body = {
        "status": "ok" if well else "unavailable",
        "calls": request.app[SESSIONS].live,
        "parts": {part.name: {"status": part.state, "detail": part.detail} for part in parts},
    }
    return web.json_response(body, status=200 if well else 503, headers={"Cache-Control": "no-store"})

"""`GET /metrics`: what all calls together did, for Prometheus."""

from aiohttp import web

from web.keys import METRICS, SESSIONS
from web.metrics import CONTENT_TYPE_LATEST


def routes() -> list[web.RouteDef]:
    """Return the route of the metrics."""
    return [web.get("/metrics", metrics)]


async def metrics(request: web.Request) -> web.Response:
    """Return all figures as they stand."""
    headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    return web.Response(body=request.app[METRICS].text(request.app[SESSIONS].live), headers=headers)

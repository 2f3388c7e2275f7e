"""`GET /metrics`: what all calls together did, for Prometheus."""

from aiohttp import web

from web.keys import METRICS, SESSIONS
from web.metrics import CONTENT_TYPE_LATEST
from web.operations import Operation


def operations() -> list[Operation]:
    """Return the metrics."""
    return [Operation("GET", "/metrics", "Give all figures, for Prometheus.", metrics, "text/plain", "operation")]


async def metrics(request: web.Request) -> web.Response:
    """Return all figures as they stand."""
    headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    return web.Response(body=request.app[METRICS].text(request.app[SESSIONS].live), headers=headers)

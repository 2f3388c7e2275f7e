"""`GET /health`: 200 only if a call could be served."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from web.keys import READINESS, SESSIONS
from web.operations import Operation


class PartState(BaseModel):
    """How one part stands."""

    status: Literal["ok", "unavailable"]
    detail: str


class Health(BaseModel):
    """How the server stands."""

    status: Literal["ok", "unavailable", "stopping"]
    calls: int = Field(description="Calls held now.")
    parts: dict[str, PartState]


def operations() -> list[Operation]:
    """Return the health check."""
    summary = "Tell the state of each part; 200 only if a call could be served."
    return [Operation("GET", "/health", summary, health, Health, "operation", also={503: Health})]


async def health(request: web.Request) -> web.Response:
    """Tell the state of each part."""
    parts = await request.app[READINESS].parts()
    stopping = request.app[SESSIONS].draining
    well = all(part.state == "ok" for part in parts) and not stopping
    body = {
        "status": "ok" if well else "stopping" if stopping else "unavailable",
        "calls": request.app[SESSIONS].live,
        "parts": {part.name: {"status": part.state, "detail": part.detail} for part in parts},
    }
    return web.json_response(body, status=200 if well else 503, headers={"Cache-Control": "no-store"})

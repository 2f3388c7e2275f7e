"""Other web sites that may use the API: only those that are trusted get the headers that let their scripts read."""

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Api-Key",
    "Access-Control-Max-Age": "600",
}


def allow_origins(app: web.Application, trusted: Callable[[str], bool]) -> None:
    """Answer the preflight questions of trusted origins, and let them read the answers."""

    @web.middleware
    async def answer_preflight(request: web.Request, handler: Any) -> web.StreamResponse:
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if asks and trusted(request.headers.get("Origin", "")):
            return web.Response(status=204, headers=ALLOWED)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin", "")
        response.headers.add("Vary", "Origin")
        if trusted(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    app.middlewares.insert(0, answer_preflight)
    app.on_response_prepare.append(mark)

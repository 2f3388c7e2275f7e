"""The HTTP interface as data: the server is built and described from the same table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel

from web.keys import AUTH

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Access = Literal["free", "mint", "session", "owner"]
LET_IN: Final = web.RequestKey("let_in", str)
"""By what a request of the owner's was let in: see `Auth.owner`."""

BODY_ERRORS: Final = (400, 408, 413, 415)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path; `answer` is a model, or the media type of what is no JSON.

    `access` says what a request must show: nothing, a right to mint sessions, a session, or that it is the owner's,
    which is seen to here. `errors` are the statuses besides those that every operation of its kind can have; `also`
    describes answers besides the usual one.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    summary: str
    handler: Handler
    answer: type[BaseModel] | str
    tag: str
    access: Access = "free"
    body: type[BaseModel] | None = None
    body_needed: bool = True
    query: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict, hash=False)

    @property
    def failures(self) -> tuple[int, ...]:
        """Every status of an error that it can answer with."""
        found = {400, 403, *self.errors}
        if self.access != "free":
            found |= {401, 429}
        if self.access == "session":
            found.add(404)
        if self.query is not None or (self.access == "owner" and "{" in self.path):
            found.add(422)
        if self.body is not None:
            found.update(BODY_ERRORS)
        return tuple(sorted(found - set(self.also)))

    def route(self) -> web.RouteDef:
        """Return the route that serves it."""
        handler = self.handler if self.access == "free" else _counted(self.handler, self.access)
        if self.method == "GET":
            return web.get(self.path, handler)
        return web.route(self.method, self.path, handler)


def _counted(handler: Handler, access: Access) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        request.app[AUTH].limit(request)
        if access == "owner":
            request[LET_IN] = request.app[AUTH].owner(request)
        return await handler(request)

    return handle


def answer_of(model: BaseModel, *, leave_out_none: bool = False) -> web.Response:
    """Return a model as JSON, with or without its fields that are None; nobody on the way shall keep it."""
    body = model.model_dump_json(exclude_none=leave_out_none, by_alias=True).encode()
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=body, content_type="application/json", headers=headers)

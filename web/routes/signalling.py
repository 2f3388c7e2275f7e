"""SmallWebRTC signalling: start, offer and answer, trickled candidates."""

import asyncio
import json
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from web.errors import RequestError
from web.keys import BODY_TIMEOUT, ICE_CONFIG, SESSIONS
from web.offer import Offer, Trickle, clean
from web.sessions import Session, Sessions, StartOptions, read_options

BodyT = TypeVar("BodyT", bound=BaseModel)


def routes() -> list[web.RouteDef]:
    """Return the routes of the signalling."""
    return [
        web.post("/start", start),
        web.get("/sessions/{session_id}", show),
        web.post("/sessions/{session_id}/api/offer", offer),
        web.patch("/sessions/{session_id}/api/offer", trickle),
        web.post("/api/offer", offer),
        web.patch("/api/offer", trickle),
    ]


async def start(request: web.Request) -> web.Response:
    """Mint a session."""
    body = await _json(request) if request.can_read_body else {}
    session = request.app[SESSIONS].start(read_options(body))
    return web.json_response({"sessionId": session.id, "iceConfig": request.app[ICE_CONFIG]})


async def show(request: web.Request) -> web.Response:
    """Tell how a session stands: a page whose link never came up learns here why."""
    session = request.app[SESSIONS].session(request.match_info["session_id"])
    problem = session.call.problem if session.call is not None else session.problem
    return web.json_response({"session_id": session.id, "state": session.state, "problem": problem})


async def offer(request: web.Request) -> web.Response:
    """Answer an offer."""
    body = _valid(Offer, await _json(request))
    body = body.model_copy(update={"sdp": clean(body.sdp)})  # before a call is begun for it
    sessions = request.app[SESSIONS]
    session = _session(request, sessions, body.pc_id)
    minted = session is None
    if session is None:
        session = sessions.start(read_options(body.request_data) if body.request_data else StartOptions())
    try:
        call = sessions.call(session, body)
        answer = await call.negotiate(body)
    except BaseException:
        sessions.give_up(session, forget=minted)
        raise
    return web.json_response({"sdp": answer, "type": "answer", "pc_id": call.pc_id})


async def trickle(request: web.Request) -> web.Response:
    """Take trickled candidates."""
    body = _valid(Trickle, await _json(request))
    sessions = request.app[SESSIONS]
    session = _session(request, sessions, body.pc_id)
    if session is None:
        raise RequestError(400, "bad_request", "pc_id is missing", {"pc_id": "Field required"})
    if session.call is None or session.call.ended:
        raise RequestError(404, "unknown_connection", "this connection is gone; start a new call")
    if body.pc_id is not None and body.pc_id != session.call.pc_id:
        raise RequestError(404, "unknown_connection", "this connection is gone; start a new call")
    await session.call.trickle(body.candidates)
    return web.json_response({"status": "ok"})


def _session(request: web.Request, sessions: Sessions, pc_id: str | None) -> Session | None:
    """Return the session that the URL or the connection id names, or None for a new caller."""
    named = request.match_info.get("session_id")
    if named is not None:
        return sessions.session(named)
    return sessions.linked(pc_id) if pc_id is not None else None


async def _json(request: web.Request) -> Any:
    # Without CORS headers a browser sends JSON only from our own page: other sites' forms are shut out by this check.
    if request.content_type != "application/json":
        raise RequestError(415, "not_json", "the body must be application/json")
    try:
        # JSON says itself how it is encoded: a charset named by the client need not exist, or may take minutes.
        return json.loads(await _body(request))
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "bad_json", "the body is not valid JSON") from error


async def _body(request: web.Request) -> bytes:
    seconds = request.app[BODY_TIMEOUT]
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError as error:
        raise RequestError(408, "too_slow", f"the body did not arrive within {seconds:g} seconds") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise RequestError(400, "bad_body", "the body is broken") from error


def _valid(kind: type[BodyT], body: Any) -> BodyT:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        wrong = {
            ".".join(map(str, one["loc"])) or "body": one["msg"]
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        }
        raise RequestError(400, "bad_request", "the body is wrong", wrong) from error

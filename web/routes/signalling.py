"""SmallWebRTC signalling: start, offer and answer, trickled candidates."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from web.admission import mint
from web.bodies import checked, read_json
from web.errors import RequestError
from web.keys import AUTH, ICE_CONFIG, SESSIONS
from web.offer import Offer, Trickle, clean
from web.operations import Operation
from web.own_settings import IceServer
from web.sessions import Session
from web.start_options import StartOptions, read_options

OFFER_ERRORS = (401, 404, 409, 429, 503)


class IceConfig(BaseModel):
    """How the client finds a way to the server."""

    ice_servers: list[IceServer] = Field(alias="iceServers")


class StartBody(StartOptions):
    """Anything; who calls and in which time zone may be here, in `body` or in `requestData`."""

    model_config = ConfigDict(extra="allow")


class Started(BaseModel):
    """A session, for clients that speak SmallWebRTC."""

    session_id: str = Field(alias="sessionId")
    ice_config: IceConfig = Field(alias="iceConfig")


class SessionState(BaseModel):
    """How a session stands."""

    session_id: str
    state: Literal["waiting", "connecting", "connected", "ended"]
    problem: str | None = Field(description="Why its link did not come up.")


class OfferAnswer(BaseModel):
    """The answer to an offer; `pc_id` names the connection in later offers and candidates."""

    sdp: str
    type: Literal["answer"]
    pc_id: str


class Taken(BaseModel):
    """Candidates were taken."""

    status: Literal["ok"]


def operations() -> list[Operation]:
    """Return what the signalling does."""
    one = "/sessions/{session_id}/api/offer"
    return [
        Operation(
            "POST",
            "/start",
            "Begin a session, the SmallWebRTC way.",
            start,
            Started,
            "signalling",
            "mint",
            body=StartBody,
            body_needed=False,
        ),
        Operation(
            "GET", "/sessions/{session_id}", "Tell how a session stands.", show, SessionState, "signalling", "session"
        ),
        Operation(
            "POST",
            one,
            "Answer an offer.",
            offer,
            OfferAnswer,
            "signalling",
            "session",
            body=Offer,
            errors=OFFER_ERRORS,
        ),
        Operation("PATCH", one, "Take candidates.", trickle, Taken, "signalling", "session", body=Trickle),
        Operation(
            "POST",
            "/api/offer",
            "Answer an offer: of the session that a token or a `pc_id` names, or else of a new one.",
            offer_anywhere,
            OfferAnswer,
            "signalling",
            "mint",
            body=Offer,
            errors=OFFER_ERRORS,
        ),
        Operation(
            "PATCH",
            "/api/offer",
            "Take candidates for the connection that a `pc_id` names.",
            trickle_anywhere,
            Taken,
            "signalling",
            "session",
            body=Trickle,
        ),
    ]


async def start(request: web.Request) -> web.Response:
    """Mint a session."""
    owner = request.app[AUTH].minter(request)
    body = await read_json(request) if request.can_read_body else {}
    session = await mint(request, read_options(body), owner)
    return web.json_response({"sessionId": session.id, "iceConfig": request.app[ICE_CONFIG]})


async def show(request: web.Request) -> web.Response:
    """Tell how a session stands: a page whose link never came up learns here why."""
    session = request.app[SESSIONS].session(request.match_info["session_id"])
    request.app[AUTH].admit(request, session)
    problem = session.call.problem if session.call is not None else session.problem
    return web.json_response({"session_id": session.id, "state": session.state, "problem": problem})


async def offer(request: web.Request) -> web.Response:
    """Answer an offer to a session."""
    body = await _offer(request)
    session = request.app[SESSIONS].session(request.match_info["session_id"])
    request.app[AUTH].admit_link(request, session, body.pc_id)
    return await _answer(request, session, body)


async def offer_anywhere(request: web.Request) -> web.Response:
    """Answer an offer whose URL names no session."""
    body = await _offer(request)
    auth, sessions = request.app[AUTH], request.app[SESSIONS]
    named = auth.named(request) if body.pc_id is None else None  # who comes back may have a token that expired
    if body.pc_id is not None or named is not None:
        session = sessions.linked(body.pc_id) if body.pc_id is not None else sessions.session(str(named))
        auth.admit_link(request, session, body.pc_id)
        return await _answer(request, session, body)
    owner = auth.minter(request)
    session = await mint(request, read_options(body.request_data) if body.request_data else StartOptions(), owner)
    return await _answer(request, session, body, minted=True)


async def _offer(request: web.Request) -> Offer:
    body = checked(Offer, await read_json(request))
    return body.model_copy(update={"sdp": clean(body.sdp)})  # before a call is begun for it


async def _answer(request: web.Request, session: Session, body: Offer, *, minted: bool = False) -> web.Response:
    sessions, held = request.app[SESSIONS], session.call is not None
    try:
        call = sessions.call(session, body)
        answer = await call.negotiate(body)
    except BaseException:
        if not held:
            sessions.give_up(session, forget=minted)
        raise
    return web.json_response({"sdp": answer, "type": "answer", "pc_id": call.pc_id})


async def trickle(request: web.Request) -> web.Response:
    """Take trickled candidates for a session."""
    body = checked(Trickle, await read_json(request))
    return await _take(request, request.app[SESSIONS].session(request.match_info["session_id"]), body)


async def trickle_anywhere(request: web.Request) -> web.Response:
    """Take trickled candidates for a connection."""
    body = checked(Trickle, await read_json(request))
    if body.pc_id is None:
        raise RequestError(400, "bad_request", "pc_id is missing", {"pc_id": "Field required"})
    return await _take(request, request.app[SESSIONS].linked(body.pc_id), body)


async def _take(request: web.Request, session: Session, body: Trickle) -> web.Response:
    request.app[AUTH].admit_link(request, session, body.pc_id)
    if session.call is None or session.call.ended:
        raise RequestError(404, "unknown_connection", "this connection is gone; start a new call")
    if body.pc_id is not None and body.pc_id != session.call.pc_id:
        raise RequestError(404, "unknown_connection", "this connection is gone; start a new call")
    await session.call.trickle(body.candidates)
    return web.json_response({"status": "ok"})

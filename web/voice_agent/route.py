"""`GET /v1/agent/converse`: the socket."""

import asyncio
from typing import Final
from uuid import uuid4

from aiohttp import web

from web.admission import authenticate
from web.credentials import PROTOCOLS
from web.errors import RequestError
from web.keys import SESSIONS
from web.sessions import Session
from web.voice_agent.conversation import AgentCallFactory
from web.voice_agent.link import CLOSE_TIMEOUT, MAX_FRAME, Link

PATH: Final = "/v1/agent/converse"
MAKE_CALL: Final[web.AppKey[AgentCallFactory]] = web.AppKey("make_agent_call")
REFUSED: Final = web.RequestKey("voice_agent_refused", str)
MAX_UNBEGUN: Final = 50
"""Sockets that may wait for their settings at a time."""

LINKS: Final[web.AppKey[set[Link]]] = web.AppKey("voice_agent_links", set)


def add_voice_agent(app: web.Application, make_call: AgentCallFactory) -> None:
    """Serve the protocol in `app`; `make_call` begins a call for a session as a client's settings say."""
    app[MAKE_CALL] = make_call
    app[LINKS] = set()
    app.on_shutdown.append(_stop)
    app.on_response_prepare.append(_tell_refusal)
    app.router.add_get(PATH, converse)


async def converse(request: web.Request) -> web.StreamResponse:
    """Hold one call."""
    sessions = request.app[SESSIONS]
    try:
        admitted = await authenticate(request)
        try:
            return await _serve(request, admitted.session)
        finally:
            if admitted.minted and admitted.session.call is None:
                sessions.drop(admitted.session)
    except RequestError as error:
        request[REFUSED] = error.message
        raise


async def _serve(request: web.Request, session: Session) -> web.WebSocketResponse:
    sessions, links = request.app[SESSIONS], request.app[LINKS]
    sessions.check_room(session)
    if len(links) - sessions.live >= MAX_UNBEGUN:
        raise RequestError(503, "busy", "too many sockets are open without a call; please try again")
    socket = web.WebSocketResponse(protocols=PROTOCOLS, max_msg_size=MAX_FRAME, compress=False, timeout=CLOSE_TIMEOUT)
    if not socket.can_prepare(request).ok:
        raise RequestError(400, "not_a_socket", "this address is for WebSockets only")
    await socket.prepare(request)
    link = Link(socket, session, sessions, request.app[MAKE_CALL])
    links.add(link)
    try:
        await link.serve()
    finally:
        links.discard(link)
    return socket


async def _tell_refusal(request: web.Request, answer: web.StreamResponse) -> None:
    """Add what Deepgram's clients look at when they are not let in."""
    if REFUSED in request:
        answer.headers.update({"dg-error": request[REFUSED], "dg-request-id": str(uuid4())})


async def _stop(app: web.Application) -> None:
    links: set[Link] = app[LINKS]
    await asyncio.gather(*(link.stop() for link in links))

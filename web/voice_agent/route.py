"""`GET /v1/agent/converse`: the socket."""

from typing import Final
from uuid import uuid4

from aiohttp import web

from web.admission import PROTOCOLS, authenticate
from web.errors import RequestError
from web.keys import SESSIONS
from web.voice_agent.conversation import AgentCallFactory
from web.voice_agent.link import MAX_MESSAGE, AgentSocket, Link

PATH: Final = "/v1/agent/converse"
MAKE_CALL: Final[web.AppKey[AgentCallFactory]] = web.AppKey("make_agent_call")
REFUSED: Final = "voice_agent_refused"
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
    try:
        sessions = request.app[SESSIONS]
        session = authenticate(request)
        sessions.check_room(session)
        socket = AgentSocket(protocols=PROTOCOLS, max_msg_size=MAX_MESSAGE, compress=False)
        if not socket.can_prepare(request).ok:
            raise RequestError(400, "not_a_socket", "this address is for WebSockets only")
        await socket.prepare(request)
    except RequestError as error:
        request[REFUSED] = error.message
        raise
    link = Link(socket, session, sessions, request.app[MAKE_CALL])
    request.app[LINKS].add(link)
    try:
        await link.serve()
    finally:
        request.app[LINKS].discard(link)
    return socket


async def _tell_refusal(request: web.Request, answer: web.StreamResponse) -> None:
    """Add what Deepgram's clients look at when they are not let in."""
    if REFUSED in request:
        answer.headers.update({"dg-error": request[REFUSED], "dg-request-id": str(uuid4())})


async def _stop(app: web.Application) -> None:
    links: set[Link] = app[LINKS]
    for link in list(links):
        await link.stop()

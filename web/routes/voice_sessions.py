"""`/api/v1/voice`: sessions begin and end."""

from aiohttp import web

from web.backends import Grant
from web.bodies import storable
from web.keys import AUTH, DESK, ICE_CONFIG
from web.operations import Operation, answer_of
from web.own_settings import IceServer
from web.sessions import Session
from web.voice_bodies import ClosedSession, NewSession, OpenedSession, WebRtc


def operations() -> list[Operation]:
    """Return what can be done with sessions."""
    return [
        Operation(
            "POST",
            "/api/v1/voice/session",
            "Begin a session.",
            open_session,
            OpenedSession,
            "sessions",
            "mint",
            body=NewSession,
            errors=(422, 503),
        ),
        Operation(
            "DELETE",
            "/api/v1/voice/session/{session_id}",
            "End a session, and its call if one is held.",
            close_session,
            ClosedSession,
            "sessions",
            "session",
            errors=(409, 422, 503),
        ),
    ]


async def open_session(request: web.Request) -> web.Response:
    """Mint a session."""
    auth = request.app[AUTH]
    owner = auth.minter(request)
    asked = await storable(request, NewSession)
    base_url = auth.proxies.base_url(request)
    session, grant = await request.app[DESK].open(asked, owner, base_url)
    if asked.backend != "local":
        opened = OpenedSession(session_id=session.id, deepgram_token=grant.token, config=dict(grant.config))
    else:
        opened = _local(request, session, grant, base_url)
    return answer_of(opened, leave_out_none=True)


def _local(request: web.Request, session: Session, grant: Grant, base_url: str) -> OpenedSession:
    servers = [IceServer.model_validate(server) for server in request.app[ICE_CONFIG]["iceServers"]]
    return OpenedSession(
        session_id=session.id,
        deepgram_token=grant.token,
        config=dict(grant.config),
        token=grant.token,
        expires_at=grant.expires_at,
        webrtc=WebRtc(offer_url=f"{base_url}/sessions/{session.id}/api/offer", ice_servers=servers),
    )


async def close_session(request: web.Request) -> web.Response:
    """End a session."""
    desk = request.app[DESK]
    session = await desk.session(request.match_info["session_id"])
    request.app[AUTH].admit(request, session)
    return answer_of(ClosedSession(session_id=session.id, message_count=await desk.close(session)))

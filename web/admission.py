"""Sessions for those who come without one, and who may use what the APIs of other vendors offer here."""

from dataclasses import dataclass

from aiohttp import web

from web.keys import AUTH, DESK, SESSIONS
from web.owner import Owner
from web.sessions import Session
from web.start_options import StartOptions
from web.tokens import Claims


@dataclass(frozen=True, slots=True)
class Admitted:
    """The session of a caller who was let in; a `minted` one is known to nobody else, and goes where no call comes."""

    session: Session
    minted: bool


async def mint(request: web.Request, options: StartOptions, owner: Owner) -> Session:
    """Return a new session; a caller who is known has the time zone of before where the client names none."""
    if DESK in request.app:
        return await request.app[DESK].begin(options, owner)
    return request.app[SESSIONS].start(options, owner)


async def authenticate(request: web.Request) -> Admitted:
    """Return the session that a request may hold its call in: its token's, or a new one; raises RequestError."""
    auth, sessions = request.app[AUTH], request.app[SESSIONS]
    who = auth.identify(request)
    if not isinstance(who, Claims):
        auth.limit_minting(request, who)
        return Admitted(await mint(request, StartOptions(), who), minted=True)
    if DESK in request.app:
        session = await request.app[DESK].session(who.session_id)
    else:
        session = sessions.session(who.session_id)
    auth.fits(who, session)
    return Admitted(session, minted=False)


def authorise(request: web.Request) -> None:
    """Raise a RequestError where a request may not use the engines."""
    auth = request.app[AUTH]
    auth.limit(request)
    auth.identify(request)

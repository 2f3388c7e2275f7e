"""Who may use what the APIs of other vendors offer here: the one place that decides it."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from aiohttp import web

from web.errors import RequestError
from web.keys import SESSIONS
from web.sessions import Session, StartOptions

Scheme = Literal["token", "bearer"]

PROTOCOLS: Final = ("token", "bearer", "Token", "Bearer")
"""Subprotocols by which a browser, which cannot set headers, sends its credential as the next one in the list."""


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key (`token`) or a session's signed token (`bearer`)."""

    scheme: Scheme
    value: str


def credential(request: web.Request) -> Credential | None:
    """Return what the request says of itself in `Authorization` or as a subprotocol; schemes in any case."""
    authorization = request.headers.get("Authorization", "").split(None, 1)
    offered = [one.strip() for line in request.headers.getall("Sec-WebSocket-Protocol", ()) for one in line.split(",")]
    for pair in (authorization, offered[:2]):
        if len(pair) == 2 and pair[1]:
            if pair[0].lower() == "token":
                return Credential("token", pair[1].strip())
            if pair[0].lower() == "bearer":
                return Credential("bearer", pair[1].strip())
    return None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The session of a caller who was let in; a `minted` one is known to nobody else, and goes where no call comes."""

    session: Session
    minted: bool


def authenticate(request: web.Request) -> Admitted:
    """Return the session that a request may hold its call in; raises RequestError for one that may not."""
    authorise(request)
    return Admitted(request.app[SESSIONS].start(StartOptions()), minted=True)


def authorise(request: web.Request) -> None:
    """Raise a RequestError where a request may not use the engines.

    For now the box is open, as its other routes are: a `credential` is read by nobody. But a page of another site must
    not work with its visitor's agent: browsers let any page open a socket or send a form, and tell where it comes from.
    """
    origin = request.headers.get("Origin")
    if origin is not None and not _same_box(origin, request):
        raise RequestError(403, "foreign_origin", "pages of other sites may not call this server")


def _same_box(origin: str, request: web.Request) -> bool:
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.netloc == request.host or _loopback(host)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

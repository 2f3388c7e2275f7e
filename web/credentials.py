"""What a request shows of its caller: an API key, or the token of a session."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

KEY_HEADER: Final = "X-Api-Key"
PROTOCOLS: Final = ("token", "bearer", "Token", "Bearer")
"""Subprotocols by which a browser's socket, which cannot set headers, shows the next one in the list."""

_SCHEMES: Final = ("token", "bearer")
_TOKEN_DOTS: Final = 2
"""A signed token has three parts; no key that we make has a dot."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A key and a token as they came, unproved."""

    key: str | None = None
    token: str | None = None


def shown(request: web.Request) -> Shown:
    """Read them: `X-Api-Key`, and `Authorization` or the subprotocols with the scheme Bearer or Token."""
    key = request.headers.get(KEY_HEADER) or None
    authorization = request.headers.get("Authorization", "").split(None, 1)
    offered = [one.strip() for line in request.headers.getall("Sec-WebSocket-Protocol", ()) for one in line.split(",")]
    for pair in (authorization, offered[:2]):
        if len(pair) == 2 and pair[1] and pair[0].lower() in _SCHEMES:  # Basic is a proxy's own affair
            said = pair[1].strip()
            return Shown(key, said) if said.count(".") == _TOKEN_DOTS else Shown(key or said)
    return Shown(key)

"""Session tokens: signed, short-lived, each for one conversation of one user."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt

from web.errors import RequestError

AUDIENCE: Final = "flux-voice"
ALGORITHM: Final = "HS256"
KEY_DIGITS: Final = 16
CLAIMS: Final = ("aud", "exp", "iat", "sub", "sid", "cid", "tid")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: whose session it opens, and until when; `key` begins the hash of the API key it came by."""

    session_id: str
    conversation_id: UUID
    user_id: UUID
    tenant_id: str
    expires_at: datetime
    key: str | None = None


class Tokens:
    """Makes and reads the tokens of this server; `key` signs them, a fresh one where none is given.

    `life` is in seconds. A token says nothing that its bearer does not know already, but which key it came by.
    """

    def __init__(self, key: str | None, life: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._key = key or secrets.token_urlsafe(48)
        self._life = timedelta(seconds=life)
        self._now = now

    def make(
        self, session_id: str, conversation_id: UUID, user_id: UUID, tenant_id: str, key: str | None = None
    ) -> tuple[str, datetime]:
        """Return a token for one session and the moment at which it expires; `key` is the hash of its API key."""
        now = self._now().replace(microsecond=0)
        expires = now + self._life
        claims = {
            "aud": AUDIENCE,
            "iat": now,
            "exp": expires,
            "sub": str(user_id),
            "sid": session_id,
            "cid": str(conversation_id),
            "tid": tenant_id,
        }
        if key is not None:
            claims["key"] = key[:KEY_DIGITS]
        return jwt.encode(claims, self._key, algorithm=ALGORITHM), expires

    def read(self, token: str, *, expired: bool = False) -> Claims:
        """Return what the token says; raises a 401 when it is not ours, or too old and not `expired` is fine."""
        try:
            said: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": [*CLAIMS], "verify_exp": False, "verify_iat": False},
            )
            claims = Claims(
                session_id=said["sid"],
                conversation_id=UUID(said["cid"]),
                user_id=UUID(said["sub"]),
                tenant_id=said["tid"],
                expires_at=datetime.fromtimestamp(said["exp"], UTC),
                key=said.get("key"),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
            raise RequestError(401, "bad_token", "the token is not one of this server's; mint a new session") from error
        if not expired and self._now() >= claims.expires_at:
            raise RequestError(401, "expired_token", "the token has expired; mint a new session")
        return claims

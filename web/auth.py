"""Who may do what: minting takes a key, or this box; a session's calls its id or token; the console its own key."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from dao.requests import DEFAULT_TENANT
from web.auth_settings import ApiKey, AuthSettings
from web.credentials import KEY_HEADER, shown
from web.errors import RequestError, SettingsError
from web.origin import Proxies, is_loopback
from web.own_settings import WebSettings
from web.owner import Owner
from web.rates import Rates
from web.sessions import Session
from web.tokens import Claims, Tokens

KEY_PREFIX: Final = "fv_"


def new_key() -> tuple[str, str]:
    """Return a new API key and its hash."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    return key, hash_of(key)


def hash_of(key: str) -> str:
    """Return the SHA-256 of a key in hex; keys are random, so nothing slower is needed."""
    return hashlib.sha256(_bytes(key)).hexdigest()


def require_decision(settings: WebSettings) -> None:
    """Refuse to serve beyond this box before it is said who may mint sessions there; raises SettingsError."""
    auth = settings.auth
    who = "set FLUX_AUTH__KEYS to a key (`flux-voice key` makes one) or FLUX_AUTH__MINT=open"
    if not (auth.keys or auth.mint):
        if not is_loopback(settings.host):
            raise SettingsError(f"FLUX_HOST: {settings.host} is reached from elsewhere, so say who may call: {who}")
        if settings.allowed_hosts:
            raise SettingsError(f"FLUX_ALLOWED_HOSTS: other names are for other machines, so say who may call: {who}")
    if auth.mint == "key" and not auth.keys:
        raise SettingsError(f"FLUX_AUTH__MINT: there is no key to mint with: {who}")
    if not is_loopback(settings.host) and auth.tls is None:
        raise SettingsError(
            f"FLUX_HOST: on {settings.host}, tokens and voices need HTTPS: set FLUX_AUTH__TLS=proxy where a reverse "
            "proxy in front has a certificate, or FLUX_AUTH__TLS=none to do without"
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows: whom its API key stands for, and a token as it came."""

    owner: Owner | None = None
    token: str | None = None


class Auth:
    """Judges requests; `now` is the time that the rates count by, in seconds."""

    def __init__(self, settings: WebSettings, tokens: Tokens, now: Callable[[], float]) -> None:
        auth = settings.auth
        self._settings: AuthSettings = auth
        self._development = is_loopback(settings.host) and not (settings.allowed_hosts or auth.keys or auth.mint)
        self._tokens = tokens
        self._now = now
        self._mints = Rates(auth.mint_rate, auth.mint_burst)
        self._calls = Rates(auth.call_rate, auth.call_burst)
        self.proxies = Proxies(auth.proxies)

    def minter(self, request: web.Request) -> Owner:
        """Return for whom the request may mint a session; raises a 401, 403 or 429."""
        owner = self._credential(request).owner
        if owner is None:
            owner = self._keyless(request)
        self.limit_minting(request, owner)
        return owner

    def identify(self, request: web.Request) -> Owner | Claims:
        """Return which session's token a request shows, or for whom it may mint one; raises a 401 or 403.

        For clients of other vendors' APIs, which always show some key: where this server has none, it is not looked at.
        A page of another site that shows nothing is refused, for browsers do not ask before they open a socket.
        """
        said = shown(request)
        if said.token is not None:
            return self._tokens.read(said.token)
        if said.key is not None and self._settings.keys:
            return self._owner(said.key)
        owner = self._keyless(request)
        origin = request.headers.get("Origin")
        if origin is not None and not self.allows(request, origin):
            raise RequestError(403, "foreign_origin", "pages of other sites may not call this server")
        return owner

    @property
    def development(self) -> bool:
        """Whether the server is for its own box and has no keys."""
        return self._development

    def personal(self, request: web.Request) -> bool:
        """Whether the request comes from the one person of a box that nobody signs in to."""
        return self._development and self.proxies.local(request)

    def owner(self, request: web.Request) -> str:
        """Return by what the owner of this server is known, `admin_key:…` or `loopback`; raises a 401 or 403.

        Without a key only the box itself is let in, where the server is open for development. A browser on it may show
        pages of other sites: what they send is told by its headers, and refused.
        """
        said = shown(request)
        if said.key is not None:
            admin = self._settings.admin_key
            if hmac.compare_digest(admin or "", hash_of(said.key)):
                return f"admin_key:{str(admin)[:8]}"
            self._owner(said.key)
            raise RequestError(403, "not_the_owner", "this is a tenant's key; the console takes the admin key")
        if said.token is not None:
            self._tokens.read(said.token)
            raise RequestError(403, "not_the_owner", "this is a session's token; the console takes the admin key")
        if not (self.personal(request) and self._settings.admin_key is None):
            hint = f"as {KEY_HEADER} or Authorization: Bearer"
            if self._settings.admin_key is None:
                hint = "which its operator has to make with `flux-voice key --admin`"
            raise RequestError(401, "admin_key_needed", f"the console takes the admin key, {hint}")
        origin = request.headers.get("Origin")
        own = origin is None or (_is_url(origin) and urlsplit(origin).netloc == request.host)
        if not own or request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise RequestError(403, "foreign_origin", "pages of other sites may not use the console")
        return "loopback"

    def _keyless(self, request: web.Request) -> Owner:
        if self.personal(request):
            return Owner(DEFAULT_TENANT, personal=True)
        if self._settings.mint != "open":
            hint = f"send an API key, as {KEY_HEADER} or Authorization: Bearer"
            if self._development:
                hint = "its operator has to set FLUX_AUTH__KEYS or FLUX_AUTH__MINT=open"
            raise RequestError(401, "key_needed", f"only holders of a key may begin a session; {hint}")
        origin = request.headers.get("Origin")
        if origin is not None and not self.allows(request, origin):
            raise RequestError(403, "foreign_origin", "sessions are not begun from other web sites")
        return Owner(DEFAULT_TENANT)

    def admit(self, request: web.Request, session: Session) -> None:
        """Let a call of a session pass: its id is enough, but what is shown besides must fit.

        Raises a 401 for a token or key that is not good, a 403 for one of another session or tenant.
        """
        seen = self._credential(request)
        if seen.owner is not None and seen.owner.tenant_id != session.caller.tenant_id:
            raise RequestError(403, "foreign_key", "this key is not of the session's tenant")
        if seen.token is not None:
            self.fits(self._tokens.read(seen.token), session)

    def admit_link(self, request: web.Request, session: Session, pc_id: str | None) -> None:
        """Let an offer pass: a session that was minted with a token needs it, until its client has a `pc_id`.

        That is as hard to guess as the token, and lasts as long as the call does.
        """
        known = (
            session.call is not None
            and pc_id is not None
            and hmac.compare_digest(_bytes(pc_id), _bytes(session.call.pc_id))
        )
        token = self._credential(request).token
        if token is not None:
            self.fits(self._tokens.read(token, expired=known), session)
        elif session.guarded and not known:
            raise RequestError(401, "token_needed", "this session's offer needs its token, as Authorization: Bearer")
        else:
            self.admit(request, session)

    def named(self, request: web.Request) -> str | None:
        """Return the session that a token names where the URL names none; raises a 401 when it is not good."""
        token = self._credential(request).token
        return None if token is None else self._tokens.read(token).session_id

    def limit(self, request: web.Request) -> None:
        """Count one call of the API; raises a 429 when its address asks too often."""
        self._limit(self._calls, request, None)

    def limit_minting(self, request: web.Request, owner: Owner) -> None:
        """Count one session that begins; raises a 429 when its address or key begins too many."""
        self._limit(self._mints, request, owner)

    def allows(self, request: web.Request, origin: str) -> bool:
        """Whether a page of that origin may use the API: our own page, or one that it `trusts`."""
        own = _is_url(origin) and urlsplit(origin).netloc in self._own_names(request)
        return own or self.trusts(origin)

    def trusts(self, origin: str) -> bool:
        """Whether another site's page may use the API: one that is named, or in development one of this box."""
        if origin in self._settings.origins:
            return True
        return self._development and _is_url(origin) and is_loopback(str(urlsplit(origin).hostname))

    def _own_names(self, request: web.Request) -> set[str]:
        return {request.host, urlsplit(self.proxies.base_url(request)).netloc}

    def _limit(self, rates: Rates, request: web.Request, owner: Owner | None) -> None:
        if self._development and self.proxies.local(request):
            return  # tests and benchmarks of this box hold hundreds of calls
        asking = [self.proxies.address(request)] + ([owner.key] if owner is not None and owner.key else [])
        for who in asking:  # an address that asks too often does not use up a key
            wait = rates.wait(who, self._now())
            if wait > 0:
                raise RequestError(429, "too_often", "too many requests; try again later", retry_after=wait)

    def _credential(self, request: web.Request) -> Credential:
        """Read what the request shows; raises a 401 for a key that nobody has."""
        said = shown(request)
        return Credential(self._owner(said.key) if said.key else None, said.token)

    def _owner(self, key: str) -> Owner:
        presented = hash_of(key)
        found: ApiKey | None = None
        for known in self._settings.keys:  # all of them, always: the time taken tells nothing
            if hmac.compare_digest(known.sha256, presented):
                found = known
        if found is None:
            raise RequestError(401, "bad_key", "this API key is not known")
        return self._holder(found)

    def _holder(self, key: ApiKey) -> Owner:
        return Owner(key.tenant, key.sha256, key.max_calls or self._settings.calls_per_key)

    def fits(self, claims: Claims, session: Session) -> None:
        """Raise a 403 for a token of another session.

        A session that was read from its records gets back the key that it was minted with, and so that key's limit;
        raises a 401 where the key is not known any more.
        """
        same = (claims.session_id, claims.conversation_id) == (session.id, session.caller.conversation_id)
        if not same:
            raise RequestError(403, "foreign_token", "this token is of another session")
        if claims.key is not None and session.owner.key is None:
            known = [key for key in self._settings.keys if key.sha256.startswith(claims.key)]
            if not known:
                raise RequestError(401, "bad_token", "the key that this token came by is not known; mint a new session")
            session.owner = self._holder(known[0])


def _is_url(origin: str) -> bool:
    try:
        return urlsplit(origin).hostname is not None
    except ValueError:
        return False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # headers and JSON may bring half a character

"""The settings of who may do what: `FLUX_AUTH__…`."""

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from dao.records import TENANT_PATTERN
from dao.requests import DEFAULT_TENANT

KEY_LENGTH: Final = 32


class ApiKey(BaseModel):
    """A key that mints sessions for one tenant; only its hash is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(description="SHA-256 of the key in hex; `flux-voice key` makes both.")
    tenant: str = Field(
        default=DEFAULT_TENANT, pattern=f"^{TENANT_PATTERN}$", description="Whose records its callers have."
    )
    max_calls: int | None = Field(default=None, ge=1, description="Calls held at once for it, if not `calls_per_key`.")

    @field_validator("sha256")
    @classmethod
    def _is_hash(cls, text: str) -> str:
        return _hash(text)


def _hash(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError("must be the SHA-256 of a key, 64 hexadecimal digits: `flux-voice key` makes one")
    return text.lower()


class AuthSettings(BaseModel):
    """Who may mint sessions, how long their tokens hold, and how much one key or one address may ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[ApiKey, ...] = Field(
        default=(), description='Keys that mint sessions, as JSON: [{"sha256": "...", "tenant": "..."}].'
    )
    admin_key: str | None = Field(
        default=None, description="SHA-256 of the key that opens the console; `flux-voice key --admin` makes both."
    )
    mint: Literal["key", "open"] | None = Field(
        default=None,
        description="Who may mint sessions: `key`, holders of a key; `open`, everybody. Unset: `key` where there are "
        "keys, else this box only.",
    )
    tls: Literal["proxy", "none"] | None = Field(
        default=None,
        description="Where HTTPS ends when the server listens beyond this box: at a `proxy`, or nowhere (`none`).",
    )
    origins: tuple[str, ...] = Field(
        default=(), description="Web sites besides our own page that may use the API, such as https://app.example.org."
    )
    proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="Addresses of reverse proxies, whose X-Forwarded- headers are believed.",
    )
    signing_key: SecretStr | None = Field(
        default=None,
        description="Signs session tokens, 32 characters or more; unset: a new one at each start.",
    )
    token_life: float = Field(default=600.0, ge=10, le=86_400, description="Seconds that a session's token holds.")
    mint_rate: float = Field(default=0.5, gt=0, description="Sessions per second that one address or key may mint.")
    mint_burst: int = Field(default=20, ge=1, description="Sessions that may be minted at once above that rate.")
    call_rate: float = Field(default=20.0, gt=0, description="Other API calls per second from one address.")
    call_burst: int = Field(default=100, ge=1, description="API calls that may come at once above that rate.")
    calls_per_key: int = Field(default=10, ge=1, description="Voice calls held at once for one key.")

    @property
    def tenants(self) -> tuple[str, ...]:
        """All that have records on this box, the default one first."""
        return tuple(dict.fromkeys((DEFAULT_TENANT, *(key.tenant for key in self.keys))))

    @field_validator("signing_key")
    @classmethod
    def _long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < KEY_LENGTH:
            raise ValueError(f"must have {KEY_LENGTH} characters or more")
        return key

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or origin != f"{parts.scheme}://{parts.netloc}"
                or not parts.netloc
            ):
                raise ValueError(f"{origin!r} is no origin such as https://app.example.org (no path, no *)")
        return origins

    @field_validator("keys")
    @classmethod
    def _differ(cls, keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
        if len({key.sha256 for key in keys}) < len(keys):
            raise ValueError("the same key is there twice")
        return keys

    @field_validator("admin_key")
    @classmethod
    def _admin_hash(cls, text: str | None) -> str | None:
        return None if not text else _hash(text)

    @model_validator(mode="after")
    def _owner_is_no_tenant(self) -> Self:
        if self.admin_key is not None and any(key.sha256 == self.admin_key for key in self.keys):
            raise ValueError("admin_key must be a key of its own: one that applications have would open all records")
        return self

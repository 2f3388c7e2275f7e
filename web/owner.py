"""For whom sessions are minted, and who calls where nobody is named."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from dao.requests import DEFAULT_TENANT
from web.start_options import StartOptions

LOCAL_USER: Final = uuid5(UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), "flux-voice:local-user")
"""The one user of a box that nobody signs in to: the same in every call, so that goals and tasks persist."""


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom a session was minted: a tenant, by the hash of its API key where it took one, and that key's lines.

    A `personal` one serves this box only, so whoever names no user there is its one user.
    """

    tenant_id: str = DEFAULT_TENANT
    key: str | None = None
    max_calls: int | None = None
    personal: bool = False


ANYBODY: Final = Owner()


def known_user(options: StartOptions, owner: Owner) -> UUID | None:
    """Return who calls, None for somebody new."""
    return options.user_id or (LOCAL_USER if owner.personal else options.browser_id)

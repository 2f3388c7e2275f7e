"""One record on its way to the DAO, as a line of a file."""

import json
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

Kind = Literal["user", "conversation", "message", "turn", "tool_call", "settle", "update", "end", "close"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on its way: whose it is, what kind, of which conversation; `at` is when it was put (epoch, s)."""

    tenant: str
    kind: Kind
    conversation: UUID
    body: dict[str, Any]
    at: float

    def line(self) -> bytes:
        """Write it as one line of JSON."""
        fields = [self.tenant, self.kind, str(self.conversation), self.body, self.at]
        return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()

    @classmethod
    def read(cls, line: bytes) -> "Entry":
        """Read it again; raises ValueError."""
        tenant, kind, conversation, body, at = json.loads(line)
        return cls(tenant, kind, UUID(conversation), body, at)

    @property
    def user(self) -> str | None:
        """The id of the user that it tells of, where it does."""
        key = {"user": "id", "conversation": "user_id"}.get(self.kind)
        return None if key is None else str(self.body.get(key))

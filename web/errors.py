"""The exceptions of this package: what a client or an operator is told, each in one sentence."""

from typing import Any


class SettingsError(Exception):
    """A setting is wrong; the text is one line that names it and says what it may be."""


class RequestError(Exception):
    """A client's request cannot be served; becomes a JSON error with this status.

    `retry_after` are the seconds after which a 429 or 503 is worth another try.
    """

    def __init__(
        self, status: int, code: str, message: str, details: Any = None, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.retry_after = retry_after


class OpusMissingError(Exception):
    """No usable libopus is on this machine."""

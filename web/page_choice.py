"""Which lines the page's calls may take, and whom its visitor's browser may connect to for that."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from web.own_settings import PageBackend

DEEPGRAM_SOCKET = "wss://agent.deepgram.com/v1/agent/converse"


def agent_socket(url: str | None) -> str:
    """Return the address of a Voice Agent for browsers; one of our own choice without the password it may hold."""
    if url is None:
        return DEEPGRAM_SOCKET
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{place}{parts.path.rstrip('/')}/v1/agent/converse"


@dataclass(frozen=True, slots=True)
class PageChoice:
    """The line of the page's calls, and where Deepgram's agent is, if this server has sessions there.

    With `free` the page may choose another itself, as on one's own box while one tries things out.
    """

    backend: PageBackend = "webrtc"
    deepgram: str | None = None
    free: bool = False

    @property
    def choices(self) -> tuple[PageBackend, ...]:
        """The lines that the page may choose of."""
        if not self.free:
            return (self.backend,)
        return ("webrtc", "socket", "deepgram") if self.deepgram else ("webrtc", "socket")

    @property
    def socket(self) -> str | None:
        """Deepgram's socket, where the page may go there."""
        return self.deepgram if "deepgram" in self.choices else None

    @property
    def source(self) -> str | None:
        """The one other host to which the page may connect, as a Content-Security-Policy names it."""
        if self.socket is None:
            return None
        parts = urlsplit(self.socket)
        return f"{parts.scheme}://{parts.netloc}"

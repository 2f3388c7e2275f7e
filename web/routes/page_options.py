"""`GET /client.json`: what the page has to know of this server before its first call."""

from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from web.keys import AUTH, PAGE_CHOICE
from web.operations import Operation, answer_of
from web.own_settings import PageBackend
from web.owner import LOCAL_USER


class PageOptions(BaseModel):
    """How the page's calls are held."""

    backend: PageBackend = Field(description="By WebRTC, over this server's Voice Agent socket, or at Deepgram.")
    choices: list[PageBackend] = Field(description="Those that `?backend=` may name instead.")
    socket: str | None = Field(description="Deepgram's socket, where calls may be held there.")
    user_id: UUID | None = Field(description="The one person of a box that nobody signs in to.")


def operations() -> list[Operation]:
    """Return the page's question."""
    summary = "Tell the page how its calls are held."
    return [Operation("GET", "/client.json", summary, page_options, PageOptions, "signalling")]


async def page_options(request: web.Request) -> web.Response:
    """Tell the page how its calls are held."""
    choice = request.app[PAGE_CHOICE]
    return answer_of(
        PageOptions(
            backend=choice.backend,
            choices=list(choice.choices),
            socket=choice.socket,
            user_id=LOCAL_USER if request.app[AUTH].personal(request) else None,
        )
    )

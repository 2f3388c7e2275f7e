"""`/api/v1/voice`: what was said."""

from aiohttp import web

from web.bodies import storable
from web.keys import AUTH, DESK
from web.operations import Operation, answer_of
from web.voice_bodies import Messages, NewMessage, SavedMessage, ShownMessage


def operations() -> list[Operation]:
    """Return what can be done with messages."""
    return [
        Operation(
            "POST",
            "/api/v1/voice/messages",
            "Keep a message; one that the server recorded itself is not kept twice.",
            keep_message,
            SavedMessage,
            "messages",
            "session",
            body=NewMessage,
            errors=(409, 422, 503),
        ),
        Operation(
            "GET",
            "/api/v1/voice/sessions/{session_id}/messages",
            "Read all messages of a session, in order.",
            list_messages,
            Messages,
            "messages",
            "session",
            errors=(422, 503),
        ),
    ]


async def keep_message(request: web.Request) -> web.Response:
    """Keep one message."""
    desk = request.app[DESK]
    message = await storable(request, NewMessage)
    session = await desk.session(message.session_id)
    request.app[AUTH].admit(request, session)
    return answer_of(SavedMessage(message_id=await desk.tell(session, message.role, message.content)))


async def list_messages(request: web.Request) -> web.Response:
    """Return all messages."""
    desk = request.app[DESK]
    session = await desk.session(request.match_info["session_id"])
    request.app[AUTH].admit(request, session)
    kept = await desk.messages(session)
    shown = [
        ShownMessage(message_id=one.id, **one.model_dump(include=set(ShownMessage.model_fields) - {"message_id"}))
        for one in kept
    ]
    return answer_of(Messages(session_id=session.id, messages=shown))

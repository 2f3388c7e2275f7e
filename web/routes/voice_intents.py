"""`/api/v1/voice`: intents that a client's own voice agent asks for."""

from aiohttp import web

from web.bodies import storable
from web.keys import AUTH, DESK
from web.operations import Operation, answer_of
from web.voice_bodies import FunctionCall, FunctionResult


def operations() -> list[Operation]:
    """Return what can be done with intents."""
    return [
        Operation(
            "POST",
            "/api/v1/voice/intents",
            "Run an intent; the same function_call_id runs once in a session.",
            run_intent,
            FunctionResult,
            "intents",
            "session",
            body=FunctionCall,
            errors=(409, 422, 503),
        )
    ]


async def run_intent(request: web.Request) -> web.Response:
    """Run one intent."""
    desk = request.app[DESK]
    call = await storable(request, FunctionCall)
    session = await desk.session(call.session_id)
    request.app[AUTH].admit(request, session)
    outcome = await desk.run(session, call)
    answer = FunctionResult(function_call_id=call.function_call_id, result=outcome.content)
    if call.explain:
        answer = answer.model_copy(update={"status": outcome.status, "record": outcome.record})
    return answer_of(answer, leave_out_none=True)

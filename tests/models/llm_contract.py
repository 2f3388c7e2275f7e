"""What every ChatModel keeps to; each engine's tests run these with an engine of theirs."""

from collections.abc import Sequence

from models.llm import END_CALL, ChatModel, Delta, Message, TextDelta, ToolCall, ToolSpec, Usage

SYSTEM = Message("system", "You are a brief assistant.")


async def respond(model: ChatModel, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> list[Delta]:
    return [delta async for delta in model.stream(messages, tools)]


def words(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def calls(deltas: Sequence[Delta]) -> list[ToolCall]:
    return [delta for delta in deltas if isinstance(delta, ToolCall)]


async def answers_in_text(model: ChatModel) -> None:
    deltas = await respond(model, [SYSTEM, Message("user", "hello")])
    assert words(deltas).strip()
    assert calls(deltas) == []


async def ends_with_its_usage(model: ChatModel) -> None:
    deltas = await respond(model, [SYSTEM, Message("user", "hello")])
    assert [type(delta) for delta in deltas].count(Usage) == 1
    assert isinstance(deltas[-1], Usage)


async def calls_only_tools_it_was_offered(model: ChatModel, request: str, tool: ToolSpec) -> None:
    deltas = await respond(model, [SYSTEM, Message("user", request)], [tool])
    assert [call.name for call in calls(deltas)] == [tool.name]
    assert set(calls(deltas)[0].arguments) <= set(tool.parameters["properties"])
    assert calls(await respond(model, [SYSTEM, Message("user", request)], [])) == []


async def tells_what_a_tool_answered(model: ChatModel, request: str, tool: ToolSpec, content: str) -> None:
    call = ToolCall("1:0:0", tool.name, calls(await respond(model, [Message("user", request)], [tool]))[0].arguments)
    messages = [
        SYSTEM,
        Message("user", request),
        Message("assistant", "", (call,)),
        Message("tool", content, tool_call_id=call.id, tool_name=tool.name),
    ]
    deltas = await respond(model, messages, [tool])
    assert words(deltas).strip()
    assert calls(deltas) == []


async def ends_the_call_on_goodbye(model: ChatModel) -> None:
    deltas = await respond(model, [SYSTEM, Message("user", "goodbye")], [END_CALL])
    assert words(deltas).strip()
    assert [call.name for call in calls(deltas)] == [END_CALL.name]


async def can_be_closed_in_mid_answer(model: ChatModel) -> None:
    stream = model.stream([SYSTEM, Message("user", "hello")], [])
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert words(await respond(model, [SYSTEM, Message("user", "hello")]))


async def keeps_nothing_between_calls(model: ChatModel, request: str, tool: ToolSpec) -> None:
    """What was asked in one conversation, or in a draft that was dropped, does not show in the next."""
    before = await respond(model, [SYSTEM, Message("user", "hello")], [tool])
    await respond(model, [SYSTEM, Message("user", request)], [tool])
    assert await respond(model, [SYSTEM, Message("user", "hello")], [tool]) == before


async def reads_ahead_without_a_trace(model: ChatModel, tool: ToolSpec) -> None:
    before = await respond(model, [SYSTEM, Message("user", "hello")], [tool])
    await model.prefill([SYSTEM, Message("assistant", "Hi.")], [tool])
    await model.prefill([SYSTEM], [tool, END_CALL])
    assert await respond(model, [SYSTEM, Message("user", "hello")], [tool]) == before

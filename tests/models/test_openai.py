"""The engine over OpenAI's protocol, as vLLM, llama.cpp and TGI speak it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("openai", reason="the extra openai is not installed")

from models.errors import EngineError
from models.llm import END_CALL, Message, TextDelta, ToolCall, Usage
from models.llm.failures import ModelUnavailable
from models.llm.openai import OpenAIModel
from models.standing import check
from tests.models import llm_contract
from tests.models.llm_contract import calls, respond, words
from tests.models.openai_emulator import MODEL, OpenAIEmulator, chunk, part
from tests.models.remote_host import Script, dead_address, serving
from tests.models.test_sentences import LATER, ORDER, TOOLS

HELLO = [Message("system", "Be brief."), Message("user", "hello")]


@asynccontextmanager
async def served(emulator: OpenAIEmulator, **more: Any) -> AsyncIterator[OpenAIModel]:
    async with serving(emulator.app()) as url:
        model = OpenAIModel(f"{url}/v1", more.pop("model", MODEL), **{"stall_timeout": 5.0, **more})
        try:
            yield model
        finally:
            await model.close()


async def test_it_is_well_while_its_server_answers() -> None:
    async with served(OpenAIEmulator(TOOLS)) as model:
        await check(model)
    gone = OpenAIModel(f"{dead_address()}/v1", MODEL)
    with pytest.raises(ModelUnavailable):
        await check(gone)
    await gone.close()


async def scripted(*events: Any, then: Any = "end", **more: Any) -> list[Any]:
    emulator = OpenAIEmulator(TOOLS)
    emulator.scripts.append(Script(events, then=then))
    async with served(emulator, **more) as model:
        return await respond(model, HELLO, TOOLS)


@pytest.mark.parametrize("refuses", [(), ("stream_options",), ("stream_options", "chat_template_kwargs")])
async def test_contract(refuses: tuple[str, ...]) -> None:
    """Also by a server that refuses what is asked beyond the core of the protocol."""
    emulator = OpenAIEmulator(TOOLS, refuses=refuses)
    async with served(emulator) as model:
        await model.warm()
        await llm_contract.answers_in_text(model)
        await llm_contract.ends_with_its_usage(model)
        await llm_contract.calls_only_tools_it_was_offered(model, "order a margherita", ORDER)
        await llm_contract.tells_what_a_tool_answered(model, "order a margherita", ORDER, "Ordered.")
        await llm_contract.ends_the_call_on_goodbye(model)
        await llm_contract.can_be_closed_in_mid_answer(model)
        await llm_contract.keeps_nothing_between_calls(model, "order", ORDER)
        await llm_contract.reads_ahead_without_a_trace(model, ORDER)
    refused = sum(1 for request in emulator.requests if set(refuses) & request.keys())
    assert refused == len(refuses), "what was refused once is not asked for again"


async def test_what_is_read_ahead_is_what_the_first_answer_begins_with() -> None:
    emulator = OpenAIEmulator(TOOLS)
    begun = [Message("system", "Be brief."), Message("assistant", "Hi.")]
    async with served(emulator) as model:
        for _ in range(2):
            await model.prefill(begun, TOOLS)
        await respond(model, [*begun, Message("user", "what can you do")], TOOLS)
        await model.prefill(begun, TOOLS)
    ahead, answered = emulator.requests
    assert ahead.pop("messages")[:-1] == answered.pop("messages")[:-1]
    assert ahead == answered


async def test_that_an_answer_is_announced_does_not_mean_that_all_is_read() -> None:
    emulator = OpenAIEmulator(TOOLS)
    emulator.scripts.append(Script([chunk(role="assistant", content="")], then="stall"))
    async with served(emulator) as model:
        reading = asyncio.create_task(model.prefill(HELLO, TOOLS))
        while not emulator.requests:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not reading.done()
        reading.cancel()
        async with asyncio.timeout(10):
            await emulator.gone.wait()


async def test_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of the cloud")
    monkeypatch.setenv("OPENAI_BASE_URL", dead_address())
    monkeypatch.setenv("OPENAI_ORG_ID", "of the cloud")
    call = ToolCall("1:0:0", "order", {"pizza": "funghi"})
    answer = Message("tool", "Ordered.", tool_call_id="1:0:0", tool_name="order")
    emulator = OpenAIEmulator(TOOLS)
    async with served(emulator) as model:
        await respond(model, [*HELLO, Message("assistant", "", (call,)), answer], [ORDER])
    assert emulator.authorizations == ["Bearer none"]
    assert emulator.requests == [
        {
            "model": MODEL,
            "temperature": 0.2,
            "max_tokens": 256,
            "stream": True,
            "stream_options": {"include_usage": True},
            "chat_template_kwargs": {"enable_thinking": False},
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "order",
                        "description": "Orders a pizza. More text.",
                        "parameters": ORDER.parameters,
                    },
                }
            ],
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "hello"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "1:0:0",
                            "type": "function",
                            "function": {"name": "order", "arguments": '{"pizza": "funghi"}'},
                        }
                    ],
                },
                {"role": "tool", "content": "Ordered.", "tool_call_id": "1:0:0"},
            ],
        }
    ]


async def test_usage_and_the_durations_of_llama_cpp() -> None:
    emulator = OpenAIEmulator(TOOLS)
    async with served(emulator) as model:
        assert (await respond(model, HELLO))[-1] == Usage(169, 15)
    timed = {**chunk("stop"), "timings": {"prompt_ms": 24.0, "predicted_ms": 115.0}}
    assert (await scripted(chunk(content="Hi."), timed))[-1] == Usage(prompt_seconds=0.024, completion_seconds=0.115)


async def test_thoughts_are_never_spoken() -> None:
    events = [
        chunk(reasoning_content="Hm."),
        chunk(reasoning="Hm."),
        chunk(content="<think>a"),
        chunk(content="</think>Hi"),
    ]
    assert words(await scripted(*events, chunk("stop"))) == "Hi"


async def test_calls_leaked_into_the_text_are_calls() -> None:
    leaked = '<tool_call>{"name": "order", "arguments": {"pizza": "funghi"}}</tool_call>'
    deltas = await scripted(*(chunk(content=piece) for piece in leaked), chunk("stop"))
    assert calls(deltas) == [ToolCall(None, "order", {"pizza": "funghi"})] and words(deltas) == ""


async def test_calls_that_servers_send_in_their_own_ways() -> None:
    same_index = [part(0, '{"pizza": "a"}', id="a", name="order"), part(0, '{"pizza": "b"}', id="b", name="order")]
    deltas = await scripted(*(chunk(tool_calls=[call]) for call in same_index), chunk("tool_calls"))
    assert calls(deltas) == [ToolCall(id, "order", {"pizza": id}) for id in ("a", "b")]
    whole = await scripted(chunk(tool_calls=[part(0, {"pizza": "a"}, name="order")]), chunk("stop"))
    assert calls(whole) == [ToolCall(None, "order", {"pizza": "a"})]
    mixed = [part(1, '{"pizza"', id="b", name="order"), part(0, "{}", id="a", name="later"), part(1, ': "b"}')]
    deltas = await scripted(*(chunk(tool_calls=[call]) for call in mixed), chunk("tool_calls"))
    assert calls(deltas) == [ToolCall("b", "order", {"pizza": "b"}), ToolCall("a", "later", {})]


async def test_a_call_that_was_cut_short_is_not_made() -> None:
    whole = part(0, '{"pizza": "funghi"}', id="a", name="order")
    half = part(1, '{"pizza": "calz', id="b", name="order")
    deltas = await scripted(chunk(tool_calls=[whole]), chunk(tool_calls=[half]), chunk("length"))
    assert calls(deltas) == [ToolCall("a", "order", {"pizza": "funghi"})]


async def test_closing_the_iterator_closes_the_connection() -> None:
    emulator = OpenAIEmulator(TOOLS)
    emulator.scripts.append(Script([chunk(content="Well, ")], then="stall"))
    async with served(emulator) as model:
        async with aclosing(model.stream(HELLO, TOOLS)) as deltas:  # type: ignore[type-var]
            assert await anext(deltas) == TextDelta("Well, ")
        async with asyncio.timeout(10):
            await emulator.gone.wait()


async def test_warming_reads_the_prompt_and_tools_of_every_call() -> None:
    emulator = OpenAIEmulator(TOOLS, lists=False)
    async with served(emulator, prompt="Be brief.", tools=(ORDER, LATER)) as model:
        await model.warm()
    (sent,) = emulator.requests
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["order", "later", END_CALL.name]


@pytest.mark.parametrize(
    ("script", "more", "told"),
    [
        (None, {"model": "other"}, "has no model other: set FLUX_LLM__MODEL"),
        (Script(['"auto" tool choice requires --enable-auto-tool-choice'], 400), {}, "calls no tools: start vLLM with"),
        (Script([chunk(reasoning_content="Hm."), chunk(content="Hi.")]), {}, "thinks aloud before it answers"),
        (Script([chunk(content="<think>Hm")]), {}, "thinks aloud before it answers"),
    ],
)
async def test_what_is_wrong_at_start(script: Script | None, more: Any, told: str) -> None:
    emulator = OpenAIEmulator(TOOLS)
    emulator.scripts += [script] * 3 if script else []
    async with served(emulator, **more) as model:
        with pytest.raises(EngineError, match=told):
            await model.warm()


async def test_no_server_is_told_by_warming_and_by_asking() -> None:
    model = OpenAIModel(f"{dead_address()}/v1", MODEL)
    for attempt in (model.warm(), respond(model, HELLO)):
        with pytest.raises(ModelUnavailable, match=r"no model server answers at http://127.*FLUX_LLM__BASE_URL"):
            await attempt
    await model.close()
    with pytest.raises(EngineError, match="closed"):
        await respond(model, HELLO)


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (404, ModelUnavailable, "has no model"),
        (401, ModelUnavailable, "refuses the key"),
        (429, ModelUnavailable, "overloaded"),
        (503, ModelUnavailable, "overloaded"),
        (500, ModelUnavailable, r"failed \(500\)"),
        (400, EngineError, r"refused the request \(400\)"),
        (302, ModelUnavailable, r"failed \(302\)"),
    ],
)
async def test_refusals_are_told_apart(status: int, kind: type, told: str) -> None:
    secret = "call mom about the divorce"
    emulator = OpenAIEmulator(TOOLS)
    emulator.scripts += [Script([f"about '{secret}'"], status)] * 3
    async with served(emulator) as model:
        with pytest.raises(EngineError, match=told) as failure:
            await respond(model, HELLO, TOOLS)
    assert type(failure.value) is kind
    assert secret not in str(failure.value), "what callers say does not go to logs"


@pytest.mark.parametrize(
    ("events", "then", "told"),
    [
        (
            [chunk(content="Well, "), {"error": {"message": "CUDA out of memory", "code": 500}}],
            "end",
            "CUDA out of memory",
        ),
        ([chunk(content="Well, ")], "end", "broke off its answer"),
        ([chunk(content="Well, "), "[DONE]"], "end", "broke off its answer"),
        ([chunk(content="Well, ")], "drop", "the connection to the model server at .* broke"),
        ([], "drop", "broke"),
        ([chunk(content="Well, ")], "stall", "gave nothing for 0.2 s"),
        (["{no json"], "end", "not OpenAI's protocol"),
        (["[1]"], "end", "not OpenAI's protocol"),
        ([{"choices": [{"delta": None}]}], "end", "not OpenAI's protocol"),
    ],
)
async def test_an_answer_that_fails_is_told(events: list[Any], then: str, told: str) -> None:
    with pytest.raises(ModelUnavailable, match=told):
        await scripted(*events, then=then, stall_timeout=0.2 if then == "stall" else 5.0)

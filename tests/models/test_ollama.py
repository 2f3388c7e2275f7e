"""The engine over Ollama's true protocol: what is sent, what is made of what comes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from os.path import commonprefix
from typing import Any

import pytest

pytest.importorskip("ollama", reason="the extra ollama is not installed")

from models.errors import EngineError
from models.llm import END_CALL, Message, TextDelta, ToolCall, ToolSpec, Usage
from models.llm.failures import ModelUnavailable
from models.llm.ndjson import Lines
from models.llm.ollama import OllamaModel
from models.llm.sentences import SentencesModel
from models.standing import check
from tests.models import llm_contract
from tests.models.llm_contract import calls, respond, words
from tests.models.ollama_emulator import MODEL, STYLES, OllamaEmulator, Style, chunk, last
from tests.models.remote_host import Script, dead_address, serving
from tests.models.test_sentences import LATER, ORDER, TOOLS

OPTIONS = {"num_ctx": 8192, "num_predict": 256, "temperature": 0.2}
HELLO = [Message("system", "Be brief."), Message("user", "hello")]


@asynccontextmanager
async def served(emulator: OllamaEmulator, **more: Any) -> AsyncIterator[OllamaModel]:
    async with serving(emulator.app()) as url:
        model = OllamaModel(url, more.pop("model", MODEL), **{"options": OPTIONS, "stall_timeout": 5.0, **more})
        try:
            yield model
        finally:
            await model.close()


async def scripted(*lines: Any, tools: tuple[ToolSpec, ...] = TOOLS, then: Any = "end", **more: Any) -> list[Any]:
    emulator = OllamaEmulator(TOOLS)
    emulator.scripts.append(Script(lines, then=then))
    async with served(emulator, **more) as model:
        return await respond(model, HELLO, tools)


ABLE = ("completion", "tools", "thinking")


@pytest.mark.parametrize("style", STYLES)
async def test_contract(style: Style) -> None:
    """In whichever style a model gives its calls and thoughts."""
    think: Any = "low" if style.startswith("think") else False
    async with served(OllamaEmulator(TOOLS, style=style, capabilities=ABLE), think=think) as model:
        await model.warm()
        await llm_contract.answers_in_text(model)
        await llm_contract.ends_with_its_usage(model)
        await llm_contract.calls_only_tools_it_was_offered(model, "order a margherita", ORDER)
        await llm_contract.tells_what_a_tool_answered(model, "order a margherita", ORDER, "Ordered.")
        await llm_contract.ends_the_call_on_goodbye(model)
        await llm_contract.can_be_closed_in_mid_answer(model)
        await llm_contract.keeps_nothing_between_calls(model, "order", ORDER)
        await llm_contract.reads_ahead_without_a_trace(model, ORDER)


@pytest.mark.parametrize("style", STYLES)
async def test_every_style_says_and_calls_the_same(style: Style) -> None:
    messages = [Message("user", "order a large margherita at half past eight"), Message("user", "goodbye")]
    async with served(OllamaEmulator(TOOLS, style=style)) as model:
        for message in messages:
            deltas = await respond(model, [message], TOOLS)
            expected = await respond(SentencesModel(TOOLS), [message], TOOLS)
            assert words(deltas).strip() == words(expected)
            assert [(c.name, c.arguments) for c in calls(deltas)] == [(c.name, c.arguments) for c in calls(expected)]


async def test_it_is_well_while_its_server_answers() -> None:
    async with served(OllamaEmulator(TOOLS)) as model:
        await check(model)
    gone = OllamaModel(dead_address(), MODEL, options=OPTIONS)
    with pytest.raises(ModelUnavailable):
        await check(gone)
    await gone.close()


async def test_the_request_is_the_contract_s() -> None:
    nested = ToolSpec(
        "plan",
        "Plans.",
        {
            "type": "object",
            "properties": {
                "when": {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"day": {"minimum": 1}}}]},
                "size": {"type": "integer", "default": 2, "enum": [1, 2]},
            },
            "required": ["when"],
            "additionalProperties": False,
        },
    )
    call = ToolCall("call_x", "plan", {"when": {"day": 3}})
    messages = [
        *HELLO,
        Message("assistant", "", (call,)),
        Message("tool", "12:00 “noon”", tool_call_id="call_x", tool_name="plan"),
    ]
    emulator = OllamaEmulator((nested,))
    emulator.scripts.append(Script([last()]))
    async with served(emulator, keep_alive="10m", api_key="secret") as model:
        await respond(model, messages, [nested])
    assert emulator.authorizations == ["Bearer secret"]
    assert json.loads(emulator.requests[0]) == {
        "model": MODEL,
        "stream": True,
        "think": False,
        "keep_alive": "10m",
        "options": OPTIONS,
        "tools": [
            {"type": "function", "function": {"name": "plan", "description": "Plans.", "parameters": nested.parameters}}
        ],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "hello"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {"id": "call_x", "function": {"index": 0, "name": "plan", "arguments": {"when": {"day": 3}}}}
                ],
            },
            {"role": "tool", "content": "12:00 “noon”", "tool_name": "plan", "tool_call_id": "call_x"},
        ],
    }


async def test_a_conversation_only_appends_so_the_prefix_cache_holds_and_the_model_is_never_reloaded() -> None:
    emulator = OllamaEmulator(TOOLS)
    async with served(emulator, prompt="Be brief.", tools=(ORDER, LATER)) as model:
        await model.warm()
        messages = [*HELLO]
        for said in ("order a margherita", "what can you do", "goodbye"):
            messages.append(Message("user", said))
            deltas = await respond(model, messages, TOOLS)
            messages.append(Message("assistant", words(deltas), tuple(replace(c, id="1:0:0") for c in calls(deltas))))
    prefixes = [request.removesuffix(b"]}") for request in emulator.requests]
    assert len(prefixes) == 4 and emulator.loads == 1
    assert all(later.startswith(earlier) for earlier, later in pairwise(prefixes))


BEGUN = [Message("system", "Be brief."), Message("assistant", "Hi, this is Flux.")]


async def test_what_is_read_ahead_is_what_the_first_answer_begins_with_and_reloads_nothing() -> None:
    emulator = OllamaEmulator(TOOLS)
    async with served(emulator) as model:
        await model.prefill(BEGUN, TOOLS)
        await respond(model, [*BEGUN, Message("user", "what can you do")], TOOLS)
    common = commonprefix([request.decode() for request in emulator.requests])  # noqa: RUF071
    assert common.endswith('"content":"Hi, this is Flux."},{"role":"user","content":"')
    assert emulator.loads == 1


async def test_reading_ahead_leaves_as_soon_as_all_is_read_and_ends_when_cancelled() -> None:
    emulator = OllamaEmulator(TOOLS)
    emulator.scripts.extend([Script([chunk("W")], then="stall"), Script([chunk("")], then="stall")])
    async with served(emulator) as model, asyncio.timeout(10):
        await model.prefill(BEGUN, TOOLS)
        await emulator.gone.wait()
        emulator.gone.clear()
        waiting = asyncio.create_task(model.prefill(BEGUN, ()))
        while len(emulator.requests) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        waiting.cancel()
        await emulator.gone.wait()


async def test_what_another_call_has_read_a_moment_ago_is_not_read_again() -> None:
    emulator = OllamaEmulator(TOOLS)
    async with served(emulator, prompt="Be brief.", tools=TOOLS) as model:
        await model.warm()
        for requests, tools in ((2, TOOLS), (2, TOOLS), (3, (ORDER,))):
            await model.prefill(BEGUN, tools)
            assert len(emulator.requests) == requests, "a start may be long ago"
        await respond(model, [*BEGUN, Message("user", "hello")], TOOLS)
        await model.prefill([BEGUN[0]], TOOLS)
        assert len(emulator.requests) == 4


async def test_calls_over_several_chunks_without_ids_and_in_the_last_one() -> None:
    one, two = ({"function": {"name": "order", "arguments": {"pizza": pizza}}} for pizza in ("funghi", "calzone"))
    deltas = await scripted(chunk("Right. "), chunk(tool_calls=[one]), chunk("And "), last(tool_calls=[two]))
    assert calls(deltas) == [ToolCall(None, "order", {"pizza": p}) for p in ("funghi", "calzone")]
    assert words(deltas) == "Right. And "


async def test_the_usage_is_in_tokens_and_seconds_and_what_is_left_out_is_zero() -> None:
    assert (await scripted(last()))[-1] == Usage(
        169, 15, load_seconds=0.041, prompt_seconds=0.024, completion_seconds=0.115
    )
    bare = {**chunk("Hi."), "done": True, "done_reason": "stop"}
    assert (await scripted(bare))[-1] == Usage(0, 0, load_seconds=0, prompt_seconds=0, completion_seconds=0)


async def test_thoughts_are_never_spoken() -> None:
    deltas = await scripted(chunk(thinking="Hm."), chunk("<thi"), chunk("nk>no</think> Hi", thinking="?"), last())
    assert words(deltas) == "Hi"


async def test_a_model_that_was_stopped_short_makes_no_half_calls() -> None:
    leaked = '{"name": "order", "arguments": {"pizza": "fun'
    assert words(await scripted(chunk("Sure."), chunk(leaked), last("length"))) == "Sure."


async def test_lines_come_cut_anywhere() -> None:
    whole = b"".join(json.dumps(line).encode() + b"\n" for line in (chunk("Grüß dich, "), chunk("Welt."), last()))
    whole = whole.replace(b"\\u00fc", "ü".encode()).removesuffix(b"\n")
    assert words(await scripted(*(whole[at : at + 7] for at in range(0, len(whole), 7)))) == "Grüß dich, Welt."


def test_a_line_without_end_is_refused() -> None:
    lines = Lines(10)
    assert lines.feed(b"12345") == [] and lines.feed(b"\n\n1") == [b"12345"] and lines.finish() == [b"1"]
    with pytest.raises(ValueError, match="longer than 10 bytes"):
        Lines(10).feed(b"12345678901")


async def test_closing_the_iterator_closes_the_connection() -> None:
    emulator = OllamaEmulator(TOOLS)
    emulator.scripts.append(Script([chunk("Well, ")], then="stall"))
    async with served(emulator) as model:
        async with aclosing(model.stream(HELLO, TOOLS)) as deltas:  # type: ignore[type-var]
            assert await anext(deltas) == TextDelta("Well, ")
        async with asyncio.timeout(10):
            await emulator.gone.wait()


async def test_cancelling_a_wait_closes_the_connection() -> None:
    """As when the caller cuts in before the first word."""
    emulator = OllamaEmulator(TOOLS)
    emulator.scripts.append(Script(then="stall"))
    async with served(emulator) as model, asyncio.timeout(10):
        waiting = asyncio.create_task(respond(model, HELLO, TOOLS))
        while not emulator.requests:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        waiting.cancel()
        await emulator.gone.wait()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, dead_address())
    async with served(OllamaEmulator(TOOLS)) as model:
        await model.warm()
        assert words(await respond(model, HELLO))


async def test_a_closed_engine_says_so() -> None:
    async with served(OllamaEmulator(TOOLS)) as model:
        await model.close()
        with pytest.raises(EngineError, match="closed"):
            await respond(model, HELLO)


async def test_warming_reads_the_prompt_and_tools_of_every_call() -> None:
    emulator = OllamaEmulator(TOOLS)
    async with served(emulator, prompt="Be brief.", tools=(ORDER, LATER)) as model:
        await model.warm()
    sent = json.loads(emulator.requests[0])
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["order", "later", END_CALL.name]
    assert sent["options"] == OPTIONS


async def test_a_missing_model_is_pulled_where_that_is_wanted() -> None:
    emulator = OllamaEmulator(TOOLS, models=())
    async with served(emulator) as model:
        with pytest.raises(EngineError, match=f"has no model {MODEL}: run `ollama pull {MODEL}`"):
            await model.warm()
    async with served(emulator, pull=True) as model:
        await model.warm()
        assert emulator.models == [MODEL]
    async with served(emulator, model="no-such", pull=True) as model:
        with pytest.raises(EngineError, match="pull model manifest: file does not exist"):
            await model.warm()


@pytest.mark.parametrize(
    ("emulator", "more", "told"),
    [
        ({"capabilities": ("completion",)}, {}, "cannot call tools: set FLUX_LLM__MODEL"),
        ({}, {"think": "low"}, "cannot think: set FLUX_LLM__THINK=false"),
        ({"style": "thinking"}, {}, "thinks aloud before it answers"),
        ({"style": "think_tags"}, {}, "thinks aloud before it answers"),
    ],
)
async def test_an_unfit_model_is_told_at_start(emulator: Any, more: Any, told: str) -> None:
    """A "thinking" model that would keep the caller waiting 18 s among them."""
    async with served(OllamaEmulator(TOOLS, **emulator), **more) as model:
        with pytest.raises(EngineError, match=told):
            await model.warm()


async def test_an_old_server_that_states_no_capabilities_is_taken() -> None:
    async with served(OllamaEmulator(TOOLS, capabilities=None), tools=()) as model:
        with pytest.raises(ModelUnavailable, match="cannot call tools"):
            await model.warm()  # the answer to the first request tells


async def test_something_else_at_the_address_is_told() -> None:
    from aiohttp import web

    async with serving(web.Application()) as url:
        model = OllamaModel(url, MODEL, options=OPTIONS)
        with pytest.raises(EngineError, match="is no Ollama: set FLUX_LLM__HOST"):
            await model.warm()
        await model.close()


async def test_no_server_is_told_by_warming_and_by_asking() -> None:
    model = OllamaModel(dead_address(), MODEL, options=OPTIONS)
    for attempt in (model.warm(), respond(model, HELLO), model.prefill(BEGUN, ())):
        with pytest.raises(ModelUnavailable, match=r"no Ollama answers at http://127.*`ollama serve`"):
            await attempt
    await model.close()


SECRET = "call mom about the divorce"


@pytest.mark.parametrize(
    ("status", "text", "kind", "told"),
    [
        (404, "model 'x' not found", ModelUnavailable, "has no model"),
        (400, '"x" does not support tools', ModelUnavailable, "cannot call tools"),
        (400, '"x" does not support thinking', ModelUnavailable, "cannot think"),
        (400, f"json: bad value '{SECRET}'", EngineError, r"refused the request \(400\): json: bad value$"),
        (401, "unauthorized", ModelUnavailable, "refuses the key"),
        (503, "server busy, please try again.", ModelUnavailable, "overloaded"),
        (500, "llama runner process has terminated", ModelUnavailable, r"failed \(500\): llama runner process has"),
        (500, f"error parsing tool call: raw='{SECRET}'", EngineError, "error parsing tool call: raw$"),
        (302, "elsewhere", ModelUnavailable, r"failed \(302\)"),
    ],
)
async def test_refusals_are_told_apart(status: int, text: str, kind: type, told: str) -> None:
    emulator = OllamaEmulator(TOOLS)
    emulator.scripts.append(Script([text], status))
    async with served(emulator) as model:
        with pytest.raises(EngineError, match=told) as failure:
            await respond(model, HELLO, TOOLS)
    assert type(failure.value) is kind
    assert SECRET not in str(failure.value), "what callers say does not go to logs"


@pytest.mark.parametrize(
    ("lines", "then", "told"),
    [
        (
            [chunk("Well, "), {"error": "an error was encountered while running the model: CUDA"}],
            "end",
            "in mid-answer",
        ),
        ([chunk("Well, ")], "end", "broke off its answer"),
        ([], "end", "broke off its answer"),
        ([chunk("Well, ")], "drop", "the connection to Ollama at .* broke"),
        ([], "drop", "the connection to Ollama at .* broke"),
        ([chunk("Well, ")], "stall", "gave nothing for 0.2 s"),
        ([], "stall", "gave nothing for 0.2 s"),
        ([b"<html>\n"], "end", "not Ollama's protocol"),
        ([b"[]\n"], "end", "not Ollama's protocol"),
        ([b'{"message": "no"}\n'], "end", "not Ollama's protocol"),
        ([chunk(tool_calls=["no"])], "end", "not Ollama's protocol"),
        ([b"[" * 100_000 + b"\n"], "end", "not Ollama's protocol"),
        ([b"x" * 2_000_000], "end", "not Ollama's protocol"),
    ],
)
async def test_an_answer_that_fails_is_told(lines: list[Any], then: str, told: str) -> None:
    with pytest.raises(ModelUnavailable, match=told):
        await scripted(*lines, then=then, stall_timeout=0.2 if then == "stall" else 5.0)

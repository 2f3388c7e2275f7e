"""The tools of a call: the box's own, or the client's, which are only waited for."""

import asyncio
from typing import Any

from intents.agent import load_agent
from intents.toolbox import ToolOutcome
from models.llm import SentenceGroup
from models.llm.templates import compile_group
from tests.pipeline.scripted import ScriptedTools
from web.voice_agent.settings_message import Function
from web.voice_agent.tools import MAX_RESULT, CallTools


def own() -> ScriptedTools:
    return ScriptedTools({"goal": ToolOutcome("Goal created.", "done")}, delay=0.0)


def offered(*functions: dict[str, Any], tools: Any = None) -> CallTools:
    call = CallTools(tools or own())
    call.offer([Function(**function) for function in functions])
    return call


async def test_without_functions_the_tools_are_the_boxs_own() -> None:
    tools = CallTools(own())
    assert [spec.name for spec in tools.specs] == ["goal"] and not tools.client_side("goal")
    assert (await tools.run("1:0:0", "goal", {})).content == "Goal created."


async def test_a_function_of_the_client_is_answered_by_the_client() -> None:
    tools = offered({"name": "weather", "description": "how it is"})
    assert [(spec.name, spec.description) for spec in tools.specs] == [("weather", "how it is")]
    run = asyncio.create_task(tools.run("1:0:0", "weather", {}))
    await asyncio.sleep(0)
    assert tools.take_answer("9:9:9", "weather", "no") is None
    assert tools.take_answer("1:0:0", "weather", "sunny" + "x" * MAX_RESULT) == "1:0:0"
    assert tools.take_answer("1:0:0", "weather", "rainy") is None
    outcome = await run
    assert outcome.status == "done" and outcome.content.startswith("sunny") and len(outcome.content) == MAX_RESULT
    assert tools.take_answer("1:0:0", "weather", "late") is None


async def test_an_answer_without_an_id_is_for_the_oldest_call_of_that_name() -> None:
    tools = offered({"name": "a"}, {"name": "b"})
    first, second = (asyncio.create_task(tools.run(id_, name, {})) for id_, name in (("1", "a"), ("2", "b")))
    await asyncio.sleep(0)
    assert tools.take_answer(None, "b", "two") == "2" and tools.take_answer(None, "c", "?") is None
    assert (await second).content == "two" and not first.done()
    first.cancel()


async def test_a_call_that_is_given_up_is_forgotten() -> None:
    tools = offered({"name": "slow"})
    run = asyncio.create_task(tools.run("1", "slow", {}))
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait([run])
    assert tools.take_answer("1", "slow", "done") is None and not tools._waiting


async def test_endpoints_are_never_called_but_the_boxs_own_tool_of_that_name_runs_here() -> None:
    endpoint = {"url": "https://example.org/f", "method": "post"}
    functions: list[dict[str, Any]] = [
        {"name": "goal", "endpoint": endpoint},
        {"name": "weather", "endpoint": endpoint},
    ]
    tools = offered(*functions)
    assert tools.left_out([Function(**function) for function in functions]) == ["weather"]
    assert [spec.name for spec in tools.specs] == ["goal"] and not tools.client_side("goal")
    assert (await tools.run("1", "goal", {})).content == "Goal created."
    assert (await tools.run("2", "weather", {})).status == "rejected"


async def test_what_was_not_offered_is_not_run_even_where_the_box_has_it() -> None:
    outcome = await offered().run("1", "goal", {})
    assert outcome.status == "rejected" and "none" in outcome.content


def test_the_boxs_sentences_fill_a_clients_function_only_if_it_has_the_same_parameters() -> None:
    class Own:
        specs = tuple(intent.spec for intent in load_agent("flux").intents)

        async def run(self, call_id: str, name: str, arguments: Any) -> ToolOutcome:
            raise AssertionError

    spec = Own.specs[0]
    same = {"name": spec.name, "description": spec.description, "parameters": spec.parameters}
    assert offered(same, tools=Own()).specs[0] is spec
    reworded = offered(same | {"description": "other words"}, tools=Own()).specs[0]
    assert reworded.description == "other words" and reworded.phrasing is spec.phrasing
    for group in reworded.phrasing.groups:
        compile_group(group, reworded)
    other = {"type": "object", "properties": {"wish": {"type": "string"}}}
    assert offered(same | {"parameters": other}, tools=Own()).specs[0].phrasing.groups == ()
    assert isinstance(spec.phrasing.groups[0], SentenceGroup)

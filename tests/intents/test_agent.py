"""Loading agents: what a folder must hold, and errors that name file and field."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import intents
from intents.agent import Agent, load_agent
from intents.errors import IntentError

FLUX = Path(intents.__file__).parent / "flux"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Flux to spoil."""
    return Path(shutil.copytree(FLUX, tmp_path / "agent", ignore=shutil.ignore_patterns("__pycache__")))


def change(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "agent.yaml"
    content = yaml.safe_load(path.read_text())
    edit(content)
    path.write_text(yaml.safe_dump(content))


def test_flux_has_the_three_intents(flux: Agent) -> None:
    assert {intent.name: intent.route for intent in flux.intents} == {
        "submit_goal_intent": "GOAL",
        "submit_new_task_intent": "NEW_TASK",
        "submit_reschedule_intent": "RESCHEDULE",
    }
    specs = {intent.name: intent.spec for intent in flux.intents}
    assert {name: spec.parameters["required"] for name, spec in specs.items()} == {
        "submit_goal_intent": ["goal_statement"],
        "submit_new_task_intent": ["title", "trigger_type"],
        "submit_reschedule_intent": ["task_reference", "new_time"],
    }
    task = specs["submit_new_task_intent"]
    assert task.parameters["properties"]["trigger_type"]["enum"] == ["time", "location"]
    assert task.requires == {"trigger_type": {"time": ("trigger_time",), "location": ("location",)}}
    assert all(spec.name in flux.prompt for spec in specs.values())


def test_texts(flux: Agent) -> None:
    assert flux.greeting and flux.text("silence_prompt") == "Are you still there?"
    assert "One moment." == flux.text("filler") == replace(flux, texts={}).text("filler")
    assert "One moment." in flux.fixed_phrases
    with pytest.raises(KeyError):
        flux.text("anthem")


def test_vocabulary_is_bounded_and_always_the_same(flux: Agent) -> None:
    assert load_agent("flux").vocabulary == flux.vocabulary
    assert 200 < len(flux.vocabulary) <= 1_500
    assert len(set(flux.vocabulary)) == len(flux.vocabulary)
    assert not any(mark in sentence for sentence in flux.vocabulary for mark in "{}[]<>()|")


def test_an_agent_is_loaded_from_any_folder(folder: Path) -> None:
    agent = load_agent(folder)
    assert agent.name == "flux"
    assert agent.handlers["submit_goal_intent"].__module__ != "intents.flux.handlers"


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def edit(content: dict[str, Any]) -> None:
        place: Any = content
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return edit


BAD = {
    "intents.0.route": _set("intents", 0, "route", to="goal!"),
    "intents.1.parameters.0.type": _set("intents", 1, "parameters", 0, "type", to="poem"),
    "intents.1.colour": _set("intents", 1, "colour", to="red"),
    "intents.1.name: submit_goal_intent is there twice": _set("intents", 1, "name", to="submit_goal_intent"),
    "intents.0: requires: mood: no such parameter": _set("intents", 0, "requires", to={"mood": {"good": ["context"]}}),
    "intents.1: sentences.0.values.trigger_type: 'tiem' is none of time, location": _set(
        "intents", 1, "sentences", 0, "values", to={"trigger_type": "tiem"}
    ),
    "intents.1: answers.0.values.title: 5 is no string": _set("intents", 1, "answers", 0, "values", to={"title": 5}),
    "intents.1: requires.trigger_type: 'tiem' is none of time, location": _set(
        "intents", 1, "requires", to={"trigger_type": {"tiem": ["trigger_time"]}}
    ),
    "also.arive: there is no such rule": _set("also", "arive", to="arrive at"),
    "intents.0.also.buy: there is no such rule": _set("intents", 0, "also", "buy", to="until"),
    "intents.1.amends.0.arguments.new_tiem: this is no parameter of submit_reschedule_intent": _set(
        "intents", 1, "amends", 0, "arguments", to={"new_tiem": "{trigger_time}"}
    ),
    "intents.1: amends.0.arguments.new_time: tiem: no such parameter": _set(
        "intents", 1, "amends", 0, "arguments", to={"new_time": "{tiem}"}
    ),
    "intents.0: confirm: gaol: no such parameter": _set("intents", 0, "confirm", to="Shall I keep {gaol}?"),
    "intents.0: parameters.1.question: gaol: no such parameter": _set(
        "intents", 0, "parameters", 1, "question", to="By when do you want to {gaol}?"
    ),
    "intents.0.parameters.2: enum: only a string can have one, not type integer": _set(
        "intents", 0, "parameters", 2, to={"name": "count", "type": "integer", "description": "How many", "enum": ["1"]}
    ),
    "intents.0.parameters.2: slot: choice needs an enum": _set("intents", 0, "parameters", 2, "slot", to="choice"),
    "intents.0.parameters.2: name: model_config is taken": _set(
        "intents", 0, "parameters", 2, "name", to="model_config"
    ),
    "intents.0.sentences.0: A sentence template uses {drink}": _set(
        "intents", 0, "sentences", 0, "sentences", to=["{drink}"]
    ),
    "intents.1.amends.0.intent: there is no nothing": _set("intents", 1, "amends", 0, "intent", to="nothing"),
    "texts.anthem": _set("texts", "anthem", to="la la"),
    "greeting": _set("greeting", to=""),
    "handlers.py: there is no handler `async def paint": _set("intents", 0, "name", to="paint"),
}


@pytest.mark.parametrize(("named", "edit"), BAD.items(), ids=BAD.keys())
def test_a_mistake_is_named_with_its_file_and_field(
    named: str, edit: Callable[[dict[str, Any]], None], folder: Path
) -> None:
    change(folder, edit)
    with pytest.raises(IntentError) as error:
        load_agent(folder)
    assert named in str(error.value) and str(folder) in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(IntentError, match="no agent 'nobody'"):
        load_agent("nobody")
    (folder / "handlers.py").write_text("import nothing_of_the_kind")
    with pytest.raises(IntentError, match=r"handlers.py cannot be loaded: ModuleNotFoundError"):
        load_agent(folder)
    (folder / "prompt.md").unlink()
    with pytest.raises(IntentError, match=r"prompt.md cannot be read"):
        load_agent(folder)
    (folder / "agent.yaml").write_text("a: [1")
    with pytest.raises(IntentError, match=r"agent.yaml is not valid YAML"):
        load_agent(folder)
    (folder / "agent.yaml").write_text("- 1")
    with pytest.raises(IntentError, match=r"agent.yaml: the file: "):
        load_agent(folder)

"""An agent is a folder: `agent.yaml` (what it can do and say), `prompt.md`, `handlers.py`."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from intents.entry import IntentEntry
from intents.errors import IntentError
from intents.schema import Intent
from models.errors import EngineError

TEXTS: Final[Mapping[str, str]] = {
    "apology": "Sorry, something went wrong on my side. Please say that again.",
    "misheard": "Sorry, I did not catch that. Could you say it again?",
    "silence_prompt": "Are you still there?",
    "filler": "One moment.",
    "farewell": "Goodbye.",
    "leaving": "Sorry, I have to stop here. Please call again in a moment. Goodbye.",
    "help": "Just tell me what you would like to do.",
}
"""What every agent can say unless its `texts` say otherwise."""

VOCABULARY_SIZE: Final = 1_200
"""Sentences; enough to hear an agent's words in context, few enough to build a language model in a second."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


class _AgentEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    greeting: str = Field(min_length=1)
    texts: dict[str, str] = Field(default_factory=dict)
    rules: dict[str, str] = Field(default_factory=dict)
    also: dict[str, str] = Field(default_factory=dict)
    lexicon: tuple[str, ...] = ()
    intents: tuple[IntentEntry, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Agent:
    """Who answers a call. `lexicon` holds phrases callers say that no template of the intents covers."""

    name: str
    greeting: str
    prompt: str
    intents: tuple[Intent, ...]
    handlers: Mapping[str, Callable[..., Any]]
    texts: Mapping[str, str] = field(default_factory=dict)
    lexicon: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """Return a fixed text by its name, one of `TEXTS`; KeyError for others."""
        return self.texts.get(name) or TEXTS[name]

    @property
    def fixed_phrases(self) -> Sequence[str]:
        """What the agent says in the same words in every call, with no word of a caller in it."""
        return (self.greeting, *{**TEXTS, **self.texts}.values())

    @cached_property
    def vocabulary(self) -> Sequence[str]:
        """Sentences that callers are likely to say, the same ones at each start: a bias for speech recognition."""
        from models.llm.templates import samples  # hassil is not loaded for who only runs intents

        share = max(1, (VOCABULARY_SIZE - len(self.lexicon)) // len(self.intents))
        sampled = (sentence for intent in self.intents for sentence in samples(intent.spec.phrasing, share))
        return tuple(dict.fromkeys((*self.lexicon, *sampled)))[:VOCABULARY_SIZE]


def load_agent(name_or_path: str | Path) -> Agent:
    """Load an agent by the name of its folder in this package or by the path of its folder.

    Raises IntentError naming the file, and the field where there is one.
    """
    folder = _folder(name_or_path)
    entry = _entry(folder / "agent.yaml")
    intents = tuple(Intent(intent, entry.rules, entry.also) for intent in entry.intents)
    _check_names(folder / "agent.yaml", entry)
    _check_sentences(folder / "agent.yaml", intents)
    return Agent(
        name=entry.name,
        greeting=entry.greeting,
        prompt=_read(folder / "prompt.md"),
        intents=intents,
        handlers=_handlers(folder / "handlers.py", intents),
        texts=entry.texts,
        lexicon=entry.lexicon,
    )


def _folder(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, str) and _NAME.fullmatch(name_or_path):
        packaged = Path(__file__).parent / name_or_path
        if (packaged / "agent.yaml").is_file():
            return packaged
    folder = Path(name_or_path)
    if not (folder / "agent.yaml").is_file():
        raise IntentError(
            f"There is no agent {str(name_or_path)!r}: neither a known name nor a folder with agent.yaml."
        )
    return folder.resolve()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise IntentError(f"{path} cannot be read: {error}.") from error


def _entry(path: Path) -> _AgentEntry:
    try:
        return _AgentEntry.model_validate(yaml.safe_load(_read(path)))
    except yaml.YAMLError as error:
        raise IntentError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise IntentError(f"{path}: {place}: {problem['msg'].removeprefix('Value error, ')}.") from error


def _check_names(path: Path, entry: _AgentEntry) -> None:
    names = [intent.name for intent in entry.intents]
    known = {intent.name: {parameter.name for parameter in intent.parameters} for intent in entry.intents}
    rules = set(entry.rules).union(*(intent.rules for intent in entry.intents))
    if unknown := sorted(set(entry.also) - rules):
        raise IntentError(f"{path}: also.{unknown[0]}: there is no such rule.")
    for index, intent in enumerate(entry.intents):
        if intent.name in names[:index]:
            raise IntentError(f"{path}: intents.{index}.name: {intent.name} is there twice.")
        if unknown := sorted(set(intent.also) - set(intent.rules) - set(entry.rules)):
            raise IntentError(f"{path}: intents.{index}.also.{unknown[0]}: there is no such rule.")
        for place, amend in enumerate(intent.amends):
            if amend.intent is not None and amend.intent not in names:
                raise IntentError(f"{path}: intents.{index}.amends.{place}.intent: there is no {amend.intent}.")
            if unknown := sorted(set(amend.arguments) - known.get(amend.intent or "", set())):
                what = f"no parameter of {amend.intent}" if amend.intent else "useless without an intent"
                raise IntentError(f"{path}: intents.{index}.amends.{place}.arguments.{unknown[0]}: this is {what}.")
    if unknown := sorted(set(entry.texts) - set(TEXTS)):
        raise IntentError(f"{path}: texts.{unknown[0]}: nobody says this; known are {', '.join(TEXTS)}.")


def _check_sentences(path: Path, intents: Sequence[Intent]) -> None:
    from models.llm.templates import compile_group

    for index, intent in enumerate(intents):
        for part, groups in (("sentences", intent.spec.phrasing.groups), ("answers", intent.spec.phrasing.answers)):
            for place, group in enumerate(groups):
                try:
                    compile_group(group, intent.spec)
                except EngineError as error:
                    raise IntentError(f"{path}: intents.{index}.{part}.{place}: {error}") from error


def _handlers(path: Path, intents: Sequence[Intent]) -> Mapping[str, Callable[..., Any]]:
    module = _module(path)
    handlers = {intent.name: getattr(module, intent.name, None) for intent in intents}
    for name, handler in handlers.items():
        if not callable(handler):
            raise IntentError(f"{path}: there is no handler `async def {name}(arguments, context)`.")
    return {name: handler for name, handler in handlers.items() if callable(handler)}


def _module(path: Path) -> ModuleType:
    package = Path(__file__).parent
    try:
        if path.parent.parent == package:
            return importlib.import_module(f"{__package__}.{path.parent.name}.handlers")
        spec = importlib.util.spec_from_file_location(f"agent_handlers_{abs(hash(path))}", path)
        if spec is None or spec.loader is None or not path.is_file():
            raise IntentError(f"{path} is missing.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses and pickling look a module up by its name
        spec.loader.exec_module(module)
    except IntentError:
        raise
    except Exception as error:
        raise IntentError(f"{path} cannot be loaded: {type(error).__name__}: {error}.") from error
    return module

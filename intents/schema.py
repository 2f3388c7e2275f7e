"""What an intent is: its YAML entry, and what follows from it, a tool schema and an argument model.

The entry is the one place where an intent is described; models of every kind are told of it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model, model_validator

from intents.errors import IntentError
from models.llm import Amend, Phrasing, SentenceGroup, ToolSpec

_TYPES: Final[Mapping[str, type]] = {"integer": int, "number": float, "boolean": bool}
_IDENTIFIER: Final = r"^[a-z][a-z0-9_]*$"
_LONGEST_TEXT: Final = 2_000


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Entry):
    """One parameter of an intent.

    `slot` is its kind in sentence templates, `question` what the agent asks when it is missing, `asked_by`
    fragments of questions that the handler puts about it, `examples` values for sampled sentences.
    """

    name: str = Field(pattern=_IDENTIFIER)
    type: Literal["string", "integer", "number", "boolean"] = "string"
    required: bool = False
    description: str
    enum: tuple[str, ...] = ()
    max_length: int = Field(default=_LONGEST_TEXT, gt=0)
    slot: Literal["text", "time", "deadline", "choice"] | None = None
    question: str | None = None
    asked_by: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Sentences(_Entry):
    """Sentence templates that mean the same, and the parameter values they imply; `expected` ones bias hearing."""

    sentences: tuple[str, ...] = Field(min_length=1)
    values: dict[str, Any] = Field(default_factory=dict)
    expected: bool = True


class Amendment(_Entry):
    """What a correction of `parameter` means after the intent ran; see `models.llm.Amend`."""

    parameter: str
    intent: str | None = None
    arguments: dict[str, str] = Field(default_factory=dict)
    answer: str = ""


class IntentEntry(_Entry):
    """An intent as it stands in `agent.yaml`."""

    name: str = Field(pattern=_IDENTIFIER)
    route: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    description: str
    parameters: tuple[Parameter, ...] = ()
    requires: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    summary: str = ""
    example: str = ""
    confirm: str | None = None
    sentences: tuple[Sentences, ...] = ()
    answers: tuple[Sentences, ...] = ()
    rules: dict[str, str] = Field(default_factory=dict)
    also: dict[str, str] = Field(default_factory=dict)
    amends: tuple[Amendment, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        names = {parameter.name for parameter in self.parameters}
        mentioned = set(self.requires) | {amend.parameter for amend in self.amends}
        mentioned |= {name for cases in self.requires.values() for needed in cases.values() for name in needed}
        mentioned |= {name for group in (*self.sentences, *self.answers) for name in group.values}
        if unknown := sorted(mentioned - names):
            raise ValueError(f"{', '.join(unknown)}: no such parameter in this intent")
        if len(names) < len(self.parameters):
            raise ValueError("two parameters have the same name")
        return self


class Arguments(BaseModel):
    """The arguments of one run of an intent; each intent has its own model of them, made from its entry."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


@dataclass(frozen=True, eq=False)
class Intent:
    """Something an agent can do: `name` is the tool a model calls, `route` how records call it."""

    entry: IntentEntry
    shared_rules: Mapping[str, str]
    shared_also: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the tool and of its handler."""
        return self.entry.name

    @property
    def route(self) -> str:
        """The short name under which conversations are filed."""
        return self.entry.route

    @cached_property
    def spec(self) -> ToolSpec:
        """The intent as a model is told of it; always the same object."""
        entry = self.entry
        schema = {
            "type": "object",
            "properties": {parameter.name: _json_schema(parameter) for parameter in entry.parameters},
            "required": [parameter.name for parameter in entry.parameters if parameter.required],
            "additionalProperties": False,
        }
        return ToolSpec(entry.name, entry.description, schema, self._phrasing(), entry.requires)

    @cached_property
    def arguments(self) -> type[Arguments]:
        """The model that arguments are checked against."""
        fields: dict[str, Any] = {parameter.name: _field(parameter) for parameter in self.entry.parameters}
        return create_model(self.name, __base__=Arguments, **fields)

    def validate(self, arguments: Mapping[str, Any]) -> Arguments:
        """Return checked arguments; raises IntentError that names each wrong field, for a model to read.

        An optional parameter that is null or blank counts as absent, for models like to fill everything in.
        """
        optional = {parameter.name for parameter in self.entry.parameters if not parameter.required}
        given = {name: value for name, value in arguments.items() if not (name in optional and _is_blank(value))}
        problems: dict[str, str] = {}
        checked: Arguments | None = None
        try:
            checked = self.arguments.model_validate(given)
        except ValidationError as error:
            problems = _problems(error)
        for parameter, cases in self.entry.requires.items():
            value = str(given.get(parameter))
            for needed in cases.get(value, ()):
                if given.get(needed) is None and needed not in problems:
                    problems[needed] = f"is needed when {parameter} is {value}"
        if checked is None or problems:
            listed = "; ".join(f"{name} {problem}" for name, problem in problems.items())
            raise IntentError(f"The arguments of {self.name} are wrong: {listed}. Correct them or ask the caller.")
        return checked

    def _phrasing(self) -> Phrasing:
        entry, parameters = self.entry, self.entry.parameters
        return Phrasing(
            groups=_groups(entry.sentences),
            answers=_groups(entry.answers),
            questions={p.name: p.question for p in parameters if p.question},
            slots={p.name: p.slot for p in parameters if p.slot},
            examples={p.name: p.examples for p in parameters if p.examples},
            asked_by={p.name: p.asked_by for p in parameters if p.asked_by},
            confirm=entry.confirm,
            rules={**self.shared_rules, **entry.rules},
            also={**self.shared_also, **entry.also},
            amends=tuple(Amend(a.parameter, a.intent, a.arguments, a.answer) for a in entry.amends),
            summary=entry.summary,
            example=entry.example,
        )


def _groups(entries: tuple[Sentences, ...]) -> tuple[SentenceGroup, ...]:
    return tuple(SentenceGroup(entry.sentences, entry.values, entry.expected) for entry in entries)


def _json_schema(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": parameter.type, "description": parameter.description}
    if parameter.enum:
        schema["enum"] = list(parameter.enum)
    return schema


def _field(parameter: Parameter) -> tuple[Any, Any]:
    kind: Any
    if parameter.enum:
        kind = Literal[parameter.enum]
    elif parameter.type == "string":
        kind = Annotated[str, StringConstraints(min_length=1, max_length=parameter.max_length)]
    else:
        kind = _TYPES[parameter.type]
    return (kind, ...) if parameter.required else (kind | None, None)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _problems(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(problem["loc"][0]) if problem["loc"] else "they"
        kind = problem["type"]
        if kind == "missing" or kind == "string_too_short":
            found[name] = "is missing"
        elif kind == "extra_forbidden":
            found[name] = "is no parameter of this tool"
        else:
            found[name] = f"is wrong ({problem['msg'][0].lower()}{problem['msg'][1:]})"
    return found

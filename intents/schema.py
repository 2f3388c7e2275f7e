"""What follows from an intent's YAML entry: a tool schema and an argument model.

The entry is the one place where an intent is described; models of every kind are told of it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, create_model

from intents.entry import IntentEntry, Parameter, Sentences
from intents.errors import IntentError
from models.llm import Amend, Phrasing, SentenceGroup, ToolSpec

_TYPES: Final[Mapping[str, type]] = {"integer": int, "number": float, "boolean": bool}
_MUST_BE: Final = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


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
        """Return checked arguments; raises IntentError that says what is wrong with each.

        It says so in words that a model understands, and that a caller may hear. An optional parameter that is null
        or blank counts as absent, for models like to fill everything in.
        """
        optional = {parameter.name for parameter in self.entry.parameters if not parameter.required}
        given = {name: value for name, value in arguments.items() if not (name in optional and _is_blank(value))}
        problems: dict[str, str] = {}
        checked: Arguments | None = None
        try:
            checked = self.arguments.model_validate(given)
        except ValidationError as error:
            problems = self._problems(error)
        for parameter, cases in self.entry.requires.items():
            value = str(given.get(parameter))
            for needed in cases.get(value, ()):
                if given.get(needed) is None and needed not in problems:
                    problems[needed] = f"The {_spoken(needed)} is missing: the {_spoken(parameter)} {value} needs it."
        if checked is None or problems:
            raise IntentError(" ".join(problems.values()))
        return checked

    def _problems(self, error: ValidationError) -> dict[str, str]:
        parameters = {parameter.name: parameter for parameter in self.entry.parameters}
        found: dict[str, str] = {}
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            name, kind = str(problem["loc"][0]), problem["type"]
            parameter, spoken = parameters.get(name), _spoken(name)
            if parameter is None:
                found[name] = f"There is no {spoken} to be given: leave it out."
            elif kind in ("missing", "string_too_short"):
                found[name] = f"The {spoken} is missing."
            elif kind == "string_too_long":
                found[name] = f"The {spoken} is too long: at most {parameter.max_length} characters."
            else:
                found[name] = f"The {spoken} must be {' or '.join(parameter.enum) or _MUST_BE[parameter.type]}."
        return found

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


def _spoken(name: str) -> str:
    return name.replace("_", " ")

"""An intent as it stands in `agent.yaml`, with every name and value in it checked."""

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
}  # fmt: skip
_IDENTIFIER: Final = r"^[a-z][a-z0-9_]*$"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
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

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if hasattr(BaseModel, self.name):
            raise ValueError(f"name: {self.name} is taken by every argument model; choose another")
        if self.enum and self.type != "string":
            raise ValueError(f"enum: only a string can have one, not type {self.type}")
        if self.slot == "choice" and not self.enum:
            raise ValueError("slot: choice needs an enum to choose from")
        return self

    def refuses(self, value: object) -> str | None:
        """Return what is wrong with a fixed value; None if it can stand for this parameter."""
        if self.enum and value not in self.enum:
            return f"{value!r} is none of {', '.join(self.enum)}"
        if type(value) not in _TYPES[self.type]:
            return f"{value!r} is no {self.type}"
        return None


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
    """One entry of the list `intents`."""

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
        parameters = {parameter.name: parameter for parameter in self.parameters}
        for place, name in self._mentioned():
            if name not in parameters:
                raise ValueError(f"{place}: {name}: no such parameter in this intent")
        if len(parameters) < len(self.parameters):
            raise ValueError("parameters: two have the same name")
        for place, name, value in self._fixed():
            if problem := parameters[name].refuses(value):
                raise ValueError(f"{place}.{name}: {problem}")
        return self

    def _mentioned(self) -> Iterator[tuple[str, str]]:
        """Yield each place that names parameters, and the name."""
        for name, cases in self.requires.items():
            yield "requires", name
            yield from ((f"requires.{name}.{case}", needed) for case, all_of in cases.items() for needed in all_of)
        yield from ((place, name) for place, name, _ in self._fixed())
        for index, amend in enumerate(self.amends):
            yield f"amends.{index}.parameter", amend.parameter
            for name, text in amend.arguments.items():
                yield from ((f"amends.{index}.arguments.{name}", found) for found in _PLACEHOLDER.findall(text))
        yield from (("confirm", found) for found in _PLACEHOLDER.findall(self.confirm or ""))
        for index, parameter in enumerate(self.parameters):
            found_in = _PLACEHOLDER.findall(parameter.question or "")
            yield from ((f"parameters.{index}.question", found) for found in found_in)

    def _fixed(self) -> Iterator[tuple[str, str, object]]:
        """Yield each place that gives a parameter a value, its name and the value."""
        for part, groups in (("sentences", self.sentences), ("answers", self.answers)):
            for index, group in enumerate(groups):
                yield from ((f"{part}.{index}.values", name, value) for name, value in group.values.items())
        enums = {parameter.name for parameter in self.parameters if parameter.enum}
        for name, cases in self.requires.items():
            yield from (("requires", name, case) for case in cases if name in enums)

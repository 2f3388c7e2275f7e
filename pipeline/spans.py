"""What happened in one turn as spans of a trace: pure, and free of what anybody said.

Names and attributes follow OpenTelemetry's semantic conventions for generative AI, version 1.41.0; what they have no
name for begins with `flux_voice`. A mark that is not known makes no span and no attribute.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from pipeline.events import Modality, ModelAnswered, TurnLatency

CONVENTIONS: Final = "1.41.0"
UNKNOWN_TOOL: Final = "unknown"
"""Stands for a tool that there is not: its name was made up by a model, perhaps of what the caller said."""

Attribute: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of a turn; `start` and `end` are loop times in s, `failure` the kind of error that it ended in.

    `remote` is True where another process did the work.
    """

    name: str
    start: float
    end: float
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    failure: str | None = None
    remote: bool = False
    children: tuple["Span", ...] = ()


@dataclass(frozen=True, slots=True)
class ModelName:
    """A chat model as the conventions name it; `remote` is True where it runs in another process."""

    provider: str
    model: str
    remote: bool = True


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part in a conversation: names from the settings and the agent's own files, none of a caller's.

    `models` are the chat models by the names under which a chain of them tells who answered; `tools` are the tools
    that there are.
    """

    conversation_id: str
    agent: str
    stt: str
    tts: str
    models: Mapping[str, ModelName]
    tools: frozenset[str]


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of a tool, between two loop times in s."""

    name: str
    status: str
    began: float
    ended: float


@dataclass(slots=True)
class TurnRecord:
    """What was seen of one turn; `heard` is the wait in s that the client measured, `over` when its answer ended."""

    index: int
    modality: Modality
    latency: TurnLatency | None = None
    answers: list[ModelAnswered] = field(default_factory=list)
    tools: list[ToolRun] = field(default_factory=list)
    heard: float | None = None
    interrupted: bool = False
    over: float | None = None


def turn_span(turn: TurnRecord, cast: Cast) -> Span | None:
    """Return the span of a turn with its stages as children; None where it is not known when it began."""
    if turn.latency is None or turn.latency.speech_end is None:
        return None
    start = turn.latency.speech_end
    children = tuple(sorted(_children(turn, cast, start), key=lambda child: child.start))
    end = max([start, *(child.end for child in children), *([turn.over] if turn.over is not None else [])])
    attributes: dict[str, Attribute] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": cast.agent,
        "gen_ai.conversation.id": cast.conversation_id,
        "flux_voice.turn.index": turn.index,
        "flux_voice.turn.modality": turn.modality,
        "flux_voice.turn.interrupted": turn.interrupted,
    }
    whole = turn.latency.marks.get("audio_out")
    if whole is not None:
        attributes["flux_voice.voice_to_voice"] = whole / 1000
    if turn.heard is not None:
        attributes["flux_voice.client_voice_to_voice"] = turn.heard
    return Span(f"invoke_agent {cast.agent}", start, end, attributes, children=children)


def _children(turn: TurnRecord, cast: Cast, start: float) -> Iterator[Span]:
    marks = turn.latency.marks if turn.latency is not None else {}
    stages: tuple[tuple[str, str | None, str, Mapping[str, Attribute]], ...] = (
        ("endpointing", None, "endpoint", {}),
        ("stt", None, "transcript", {"flux_voice.engine": cast.stt}),
        ("tts", "llm_first_phrase", "tts_first_audio", {"flux_voice.engine": cast.tts}),
        ("first_sound", None, "audio_out", {}),
    )
    for name, since, until, attributes in stages:
        began, ended = (0.0 if since is None else marks.get(since)), marks.get(until)
        if began is not None and ended is not None and ended >= began:
            yield Span(name, start + began / 1000, start + ended / 1000, attributes)
    yield from (_chat(answer, cast) for answer in turn.answers)
    yield from (_tool(run, cast) for run in turn.tools)


def _chat(answer: ModelAnswered, cast: Cast) -> Span:
    model = _who_answered(answer, cast)
    usage = answer.usage
    known: Mapping[str, Attribute | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": cast.conversation_id,
        "gen_ai.provider.name": model.provider if model else None,
        "gen_ai.request.model": model.model if model else None,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": answer.first - answer.began if answer.first is not None else None,
        "gen_ai.usage.input_tokens": usage.prompt_tokens if usage else None,
        "gen_ai.usage.output_tokens": usage.completion_tokens if usage else None,
    }
    return Span(
        f"chat {model.model}" if model else "chat",
        answer.began,
        answer.ended,
        {name: value for name, value in known.items() if value is not None},
        failure=answer.failure,
        remote=model is None or model.remote,
    )


def _who_answered(answer: ModelAnswered, cast: Cast) -> ModelName | None:
    """Return the model that gave a response; in a chain it is not known of one that broke off."""
    if len(cast.models) == 1:
        return next(iter(cast.models.values()))
    return cast.models.get(answer.usage.answered_by or "") if answer.usage else None


def _tool(run: ToolRun, cast: Cast) -> Span:
    name = run.name if run.name in cast.tools else UNKNOWN_TOOL
    attributes: dict[str, Attribute] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
        "flux_voice.tool.status": run.status,
    }
    failure = run.status if run.status in ("failed", "cancelled") else None
    return Span(f"execute_tool {name}", run.began, run.ended, attributes, failure=failure)

"""What became of an event while the agent spoke: when it fell silent, for how long, and whether it kept its turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from benchmarks.barge_sounds import FALSE, Kind
from benchmarks.percentiles import percentile
from benchmarks.sound import AUDIBLE, RECEIVED_RATE
from benchmarks.talk import DISTURBED
from models.audio import Pcm

QUIET: Final = 0.5
"""Seconds without an audible sample that are a silence: more than any pause between two sentences of the agent."""

PERCENTS: Final = (50, 95)
NEVER: Final = 8_000.0
"""What an interruption that did not silence the agent counts as, in ms; it was more."""
BARS: Final = {"p50_ms": 150.0, "p95_ms": 250.0, "false_stops": 0.10}


@dataclass(slots=True)
class Trace:
    """When something was audible: spans in s of one clock, in order."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def feed(self, pcm: Pcm, at: float, rate: int = RECEIVED_RATE) -> None:
        """Take the next frame, which is heard from `at` on."""
        loud = np.flatnonzero(np.abs(pcm) > AUDIBLE)
        if loud.size:
            self.spans.append((at + int(loud[0]) / rate, at + (int(loud[-1]) + 1) / rate))

    def silent_from(self, since: float, until: float) -> float | None:
        """Return when the first silence began at `since` or later, None if none did before `until`.

        What came up to `QUIET` s after `until` must have been fed.
        """
        silent = since
        for start, end in self.spans:
            if start - silent >= QUIET:
                break
            silent = max(silent, end)
        return silent if silent < until else None


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the server, and when it came."""

    at: float
    kind: str
    data: Any = None

    @property
    def cut(self) -> bool:
        """Whether it says that something the agent wanted to say will not be said."""
        return self.kind == "bot-output" and bool(self.data.get("interrupted"))


@dataclass(slots=True)
class State:
    """How things stand: who speaks, when the caller began or ceased, how many phrases wait to be heard to the end."""

    agent_speaks: bool = False
    caller_speaks: bool = False
    caller_since: float = 0.0
    waiting: int = 0

    def follow(self, one: Told) -> None:
        """Take the next message."""
        match one.kind:
            case "bot-started-speaking" | "bot-stopped-speaking":
                self.agent_speaks = one.kind == "bot-started-speaking"
            case "user-started-speaking" | "user-stopped-speaking":
                self.caller_speaks, self.caller_since = one.kind == "user-started-speaking", one.at
            case "bot-output":
                self.waiting += {"new": 1, "completed": -1}.get(one.data["spoken_status"], 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one event did; times in ms from its onset.

    `egress` is when sound had ceased to leave the server, `caller` when the caller heard no more of it, `told` when the
    server said so first; None where that never was. `cut` says that the agent lost its turn, `held` how long it was
    silent in all before it went on by itself, None if it never did. `heard` is what the server took for words.
    `late` is by how much the caller's own loop was behind. With `failed` nothing else is known.
    """

    kind: Kind
    name: str
    egress: float | None = None
    caller: float | None = None
    told: float | None = None
    cut: bool = False
    held: float | None = None
    heard: Sequence[str] = ()
    late: float = 0.0
    failed: str | None = None

    @property
    def lost(self) -> bool:
        """Whether the agent did not go on where it stopped."""
        return self.failed is None and (self.cut or self.held is None)

    @property
    def ducked(self) -> bool:
        """Whether it fell silent and then went on."""
        return not self.lost and bool(self.held)


def judge(
    kind: Kind, name: str, told: Sequence[Told], wire: Trace, ear: Trace, *, onset: float, ended: float, late: float
) -> Outcome:
    """Return what became of an event between `onset` and `ended`; `told` is all that came from `onset` on.

    A pause of the agent's own is no silence: it counts only once the server said that it fell silent. Nor does the
    server's word count before the last sound has left.
    """
    stops = [one.at for one in told if one.kind == "bot-stopped-speaking"]
    first = stops[0] if stops else None
    cut = any(one.cut for one in told)

    def silence(trace: Trace) -> float | None:
        if first is None or (silent := trace.silent_from(onset, ended)) is None:
            return None
        return _ms(max(first, silent) - onset)

    return Outcome(
        kind,
        name,
        egress=silence(wire),
        caller=silence(ear),
        told=None if first is None else _ms(first - onset),
        cut=cut,
        held=None if cut else _held(told),
        heard=[one.data["text"] for one in told if one.kind == "user-transcription" and one.data["final"]],
        late=_ms(late),
    )


def _held(told: Sequence[Told]) -> float | None:
    """Return the ms of silence between stops and starts, None if the last stop has no start after it."""
    total, stopped = 0.0, None
    for one in told:
        if one.kind == "bot-stopped-speaking":
            stopped = one.at
        elif one.kind == "bot-started-speaking" and stopped is not None:
            total += one.at - stopped
            stopped = None
    return _ms(total) if stopped is None else None


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what the bars speak of, and all that belongs beside it."""
    known = [one for one in outcomes if one.failed is None]
    interruptions = [one for one in known if one.kind == "interruption"]
    return {
        "interruptions": {
            "events": len(interruptions),
            **{
                name: _spread([NEVER if (value := getattr(one, name)) is None else value for one in interruptions])
                for name in ("egress", "caller", "told")
            },
            "never_silent": sum(one.egress is None for one in interruptions),
            "turn_not_taken": sum(not one.cut for one in interruptions),
        },
        "false_stops": {kind: _false_stops([one for one in known if one.kind == kind]) for kind in FALSE}
        | {"all": _false_stops([one for one in known if one.kind in FALSE])},
        "failed": len(outcomes) - len(known),
        "disturbed": sum(abs(one.late) > DISTURBED for one in known),
        "bars": BARS,
    }


def _false_stops(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    lost, ducked = sum(one.lost for one in outcomes), [one.held for one in outcomes if one.ducked and one.held]
    return {
        "events": len(outcomes),
        "false_stops": lost,
        "share": round(lost / len(outcomes), 4) if outcomes else None,
        "held_and_released": len(ducked),
        "held_ms": _spread(ducked),
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    return {f"p{percent}": round(percentile(values, percent), 1) if values else None for percent in PERCENTS}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)

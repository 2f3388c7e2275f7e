"""What all calls together did, for Prometheus: counts and durations, never what was said."""

from collections.abc import Callable, Collection
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_LATEST

from dao.courier import Courier
from dao.spool import Spool
from pipeline.drafts import DraftCount
from pipeline.events import (
    ConversationEnded,
    Event,
    Fault,
    LinkLost,
    MessageKept,
    ToolStopped,
    TurnLatency,
    UserTurn,
)
from web.conversations import LiveConversation

WAITS: Final = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Upper bounds in s: fine where people begin to feel a wait."""


class Measured(LiveConversation, Protocol):
    """A conversation that knows what its drafts came to."""

    @property
    def drafted(self) -> DraftCount:
        """How many answers were drafted, and how many of them were used."""


class Metrics:
    """The instruments, in a registry of their own; `follow` each conversation.

    `tools` are the names of those there are: a model may invent others, of what callers say.
    """

    def __init__(self, tools: Collection[str] = ()) -> None:
        self._known = frozenset(tools)
        registry = self._registry = CollectorRegistry()
        self._live = Gauge("flux_voice_calls_live", "Conversations that go on now.", registry=registry)
        self._calls = Counter("flux_voice_calls", "Conversations that ended, by reason.", ["reason"], registry=registry)
        self._turns = Counter("flux_voice_turns", "Turns of callers.", ["modality"], registry=registry)
        self._marks = Histogram(
            "flux_voice_turn_seconds",
            "From the last word of a turn to each of its marks; audio_out of spoken turns is voice to voice.",
            ["mark", "modality"],
            buckets=WAITS,
            registry=registry,
        )
        self._heard = Histogram(
            "flux_voice_client_voice_to_voice_seconds",
            "From the end of a caller's speech to the first sound of the answer, both on the client's own clock.",
            buckets=WAITS,
            registry=registry,
        )
        self._drafts = Counter("flux_voice_drafts", "Answers made ready at a pause.", ["outcome"], registry=registry)
        self._cut = Counter("flux_voice_interrupted", "Answers that callers cut short.", registry=registry)
        self._tools = Histogram(
            "flux_voice_tool_seconds", "Runs of tools.", ["tool", "status"], buckets=WAITS, registry=registry
        )
        self._faults = Counter("flux_voice_faults", "Failures that callers were told of.", ["fatal"], registry=registry)
        self._lost = Counter("flux_voice_links_lost", "Links to clients that were lost.", registry=registry)

    def follow(self, conversation: Measured) -> None:
        """Measure a conversation from its beginning."""

        def watch(event: Event) -> None:
            if isinstance(event, ConversationEnded):
                self._end(event, conversation.drafted)
            else:
                self._note(event)

        conversation.watch(watch)

    def watch_spool(self, spool: Spool, courier: Courier) -> None:
        """Show how much waits for the DAO, and what did not reach it."""
        figures: dict[str, tuple[str, Callable[[], float]]] = {
            "flux_voice_spool_records": ("Records that wait for the DAO.", lambda: spool.depth),
            "flux_voice_spool_oldest_seconds": ("For how long the oldest of them waits.", lambda: spool.age),
            "flux_voice_spool_lost": ("Records that found no room in the spool.", lambda: spool.lost),
            "flux_voice_spool_refused": ("Records that the DAO refused.", lambda: courier.refused),
        }
        for name, (help, read) in figures.items():
            Gauge(name, help, registry=self._registry).set_function(read)

    def heard(self, turn: int, milliseconds: float) -> None:
        """Take what a client measured of one answer."""
        self._heard.observe(milliseconds / 1000)

    def text(self, live: int) -> bytes:
        """Return all figures in Prometheus' text format; `live` conversations go on now."""
        self._live.set(live)
        return generate_latest(self._registry)

    def _end(self, event: ConversationEnded, drafted: DraftCount) -> None:
        self._calls.labels(event.reason).inc()
        self._drafts.labels("used").inc(drafted.used)
        self._drafts.labels("dropped").inc(drafted.made - drafted.used)

    def _note(self, event: Event) -> None:
        match event:
            case UserTurn(modality=modality):
                self._turns.labels(modality).inc()
            case TurnLatency(marks=marks):
                spoken = marks["endpoint"] is not None  # typing has no end to find
                for mark, milliseconds in marks.items():
                    if milliseconds is not None:  # an unknown mark is no zero
                        self._marks.labels(mark, "voice" if spoken else "text").observe(milliseconds / 1000)
            case MessageKept(interrupted=True):
                self._cut.inc()
            case ToolStopped(name=name, status=status, seconds=seconds):
                self._tools.labels(name if name in self._known else "unknown", status).observe(seconds)
            case Fault(fatal=fatal):
                self._faults.labels(str(fatal).lower()).inc()
            case LinkLost():
                self._lost.inc()
            case _:
                pass

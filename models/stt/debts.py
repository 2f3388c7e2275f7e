"""What a decoder process owes, and whether it has been silent about it for too long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.stt.decoder_worker import Answer, Request


@dataclass(slots=True)
class _Owed:
    """What one stream waits for; both counts of bytes run from the stream's first."""

    fed: int = 0
    decoded: int = 0
    finals: int = 0


@dataclass(slots=True)
class Debts:
    """Keeps account of requests and answers.

    Time is counted in ticks that the owner gives, not read from a clock: a server that stood still itself then
    counts one tick, and does not blame its worker. Any answer is a sign of life. Making a language model is one
    long silence, so it has a patience of its own.
    """

    patience: int
    load_patience: int
    _loads: set[int] = field(default_factory=set)
    _streams: dict[int, _Owed] = field(default_factory=dict)
    _silent: int = 0

    @property
    def loading(self) -> bool:
        """Whether a language model is owed."""
        return bool(self._loads)

    def ask(self, request: Request) -> None:
        """Take note of a request that was sent."""
        match request:
            case ("load", vocabulary, _):
                self._loads.add(vocabulary)
            case ("open", stream, _):
                self._streams[stream] = _Owed()
            case ("feed", stream, samples) if stream in self._streams:
                self._streams[stream].fed += len(samples)
            case ("finish", stream) if stream in self._streams:
                self._streams[stream].finals += 1
            case ("close", stream):
                self._streams.pop(stream, None)

    def answer(self, answer: Answer) -> None:
        """Take note of an answer that came."""
        self._silent = 0
        match answer:
            case ("loaded" | "unloaded", vocabulary, _):
                self._loads.discard(vocabulary)
            case ("partial", stream, _, decoded) if stream in self._streams:
                self._streams[stream].decoded = decoded
            case ("final", stream, _) if stream in self._streams:
                self._streams[stream].finals -= 1
            case ("failed", stream, _):
                self._streams.pop(stream, None)

    def tick(self) -> bool:
        """Let time pass; tells whether the process has been silent for longer than is to be borne."""
        owing = self.loading or any(owed.finals or owed.fed > owed.decoded for owed in self._streams.values())
        self._silent = self._silent + 1 if owing else 0
        return self._silent > (self.load_patience if self.loading else self.patience)

"""What a client measured of each answer on its own clock, taken with care: a client may be wrong, or lie."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from pipeline.events import Event, TurnLatency

OPEN_TURNS: Final = 8
"""Turns that a figure may still come for; a client tells it within moments of the answer's first sound."""

LEEWAY: Final = 2.0
"""Seconds that a caller's speech may have ended earlier there than here: the way of the sound, and another ear."""

Listener = Callable[[int, float], None]


class ClientClock:
    """Takes one figure for each spoken turn that was answered aloud, and tells its listeners (turn, milliseconds).

    `now` is the loop's clock. It belongs to the conversation, not to a link: who comes back cannot tell a turn twice.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: OrderedDict[int, float] = OrderedDict()
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Tell `listener` every figure that is taken from now on."""
        self._listeners.append(listener)

    def watch(self, event: Event) -> None:
        """Take one event of the conversation; only those that tell of an answer's first sound matter."""
        if not isinstance(event, TurnLatency) or event.speech_end is None:
            return
        if event.marks.get("endpoint") is None or event.marks.get("audio_out") is None:
            return  # typed, or never heard: there is nothing to measure
        self._open[event.turn] = event.speech_end
        if len(self._open) > OPEN_TURNS:
            self._open.popitem(last=False)

    def take(self, turn: int, milliseconds: float) -> str | None:
        """Take the wait that the client measured for `turn`; returns why it was refused, None if it was not."""
        speech_end = self._open.get(turn)
        if speech_end is None:
            return "no figure is awaited for this turn"
        if milliseconds / 1000 > self._now() - speech_end + LEEWAY:
            return "this is longer than the turn is ago"
        del self._open[turn]
        for listener in self._listeners:
            listener(turn, milliseconds)
        return None

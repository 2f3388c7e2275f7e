"""The first moments in which a caller may be beginning to speak, before there is a turn."""

from typing import Final

STIRRING: Final = 0.3
"""VAD probability from which a window may be the beginning of speech."""

UNLIKE: Final = 0.4
"""Likeness to what the agent says from which it may be an echo, at a first glance, whose delay is not known yet."""


class Stir:
    """Counts windows that may be speech, one after another, outside of turns. Pure.

    An agent that is spoken over falls silent for less than what begins a turn, for it can go on again.
    """

    def __init__(self) -> None:
        self._onset = 0.0
        self._calm = 0.0

    @property
    def onset(self) -> float:
        """Seconds for which somebody may have begun to speak, up to now."""
        return self._onset

    @property
    def calm(self) -> float:
        """Seconds for which nobody may have, up to now."""
        return self._calm

    def take(self, probability: float, likeness: float, seconds: float) -> None:
        """Take the VAD's verdict on the next window of `seconds`, and how like it is to what the agent says, 0 to 1."""
        if probability >= STIRRING and likeness < UNLIKE:
            self._onset, self._calm = self._onset + seconds, 0.0
        else:
            self._onset, self._calm = 0.0, self._calm + seconds

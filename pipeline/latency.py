"""The marks of one turn: when each stage was reached, in milliseconds from `speech_end`."""

from typing import Final, Literal, get_args

Mark = Literal["endpoint", "transcript", "llm_first_token", "llm_first_phrase", "tts_first_audio", "audio_out"]
MARKS: Final[tuple[Mark, ...]] = get_args(Mark)


class TurnMarks:
    """Stamps of one turn on the loop's clock; the first stamp of a mark counts, a missing one stays unknown."""

    def __init__(self, speech_end: float) -> None:
        self._speech_end = speech_end
        self._at: dict[Mark, float] = {}

    @property
    def speech_end(self) -> float:
        """Loop time (s) of the last speech sample, or of the moment a typed turn came."""
        return self._speech_end

    def stamp(self, mark: Mark, at: float) -> None:
        """Note that `mark` was reached at loop time `at` (s)."""
        self._at.setdefault(mark, at)

    def milliseconds(self) -> dict[str, float | None]:
        """Return every mark in milliseconds from `speech_end`; None where it was never reached."""
        return {
            mark: round((self._at[mark] - self._speech_end) * 1000, 1) if mark in self._at else None for mark in MARKS
        }

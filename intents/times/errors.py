"""What is asked back when a time was not understood."""

from intents.errors import IntentError


class NotUnderstood(IntentError):
    """A time could not be understood without guessing; the text is the question to ask the caller."""


def unclear(text: str) -> NotUnderstood:
    """Ask again for all of it."""
    said = _clipped(text)
    if not said:
        return NotUnderstood("When should it be?")
    return NotUnderstood(f"I did not understand the time '{said}'. When should it be?")


def passed(text: str) -> NotUnderstood:
    """Ask for a time that is still ahead."""
    return NotUnderstood(f"The time '{_clipped(text)}' has already passed. When should it be?")


def which_day(text: str) -> NotUnderstood:
    """Ask for the day alone."""
    return NotUnderstood(f"On which day should it be, for '{_clipped(text)}'?")


def which_hour(text: str) -> NotUnderstood:
    """Ask for the time of day alone."""
    return NotUnderstood(f"At what time should it be, for '{_clipped(text)}'?")


def which_midnight() -> NotUnderstood:
    """Ask which end of the day is meant: 'Friday at midnight' names both."""
    return NotUnderstood("Is that midnight at the start or at the end of the day? Please say 12 AM or 11:59 PM.")


def _clipped(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= 60 else said[:57] + "..."

"""The one exception type that leaves this package."""


class ConversationError(Exception):
    """A conversation was asked for something it cannot do now; the text says what and why."""

"""The one exception type that leaves this package."""


class IntentError(Exception):
    """An agent's files are wrong, or an intent could not be run; the text says what to do."""

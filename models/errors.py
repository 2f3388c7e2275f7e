"""The one exception type that leaves this package."""


class EngineError(Exception):
    """An engine could not do its work; the text says what happened and what to do."""

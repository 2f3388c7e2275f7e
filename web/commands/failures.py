"""What a person at the terminal is told when a command cannot go on: one line, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from dao.errors import DaoError
from intents.errors import IntentError
from models.errors import EngineError
from web.errors import OpusMissingError, SettingsError


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn the exceptions that the packages let out into one line and exit code 1."""
    try:
        yield
    except (SettingsError, OpusMissingError, EngineError, DaoError, IntentError) as error:
        raise click.ClickException(" ".join(str(error).split())) from error

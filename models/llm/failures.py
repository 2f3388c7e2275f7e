"""How a model on another host fails: whether anybody else may still ask it, and what may be told of it."""

import re
from typing import Final

from models.errors import EngineError

_LONGEST: Final = 160


class ModelUnavailable(EngineError):
    """The model can answer nobody just now: down, missing, overloaded, too slow, or unfit for tools.

    A plain EngineError of a model concerns one request only, so the next caller may ask it again at once.
    """


def outline(told: str) -> str:
    """Return what a server said of its failure without what it quotes, which may be a caller's own words."""
    return " ".join(re.split(r"[\"'`{\[“]", told, maxsplit=1)[0].split())[:_LONGEST].rstrip(" :=,") or "no reason given"

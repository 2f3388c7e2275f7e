"""What one run of `benchmarks.gpu` is to measure, and how each part tells how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

TEST: Final = "test"
"""The shape that is done in seconds on any processor; its timings mean nothing."""

Step = Callable[[str], None]
"""Is called before each step of a part, with what is measured in it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure; `shape` and `tokens` count where `model` is None, and weights are random.

    `device` is cuda or cpu. Each cell takes `seconds` or a little longer. `batches` begins with 1, to which all
    others are compared.
    """

    device: str
    shape: str
    model: Path | None
    voice: Path | None
    calls: tuple[int, ...]
    batches: tuple[int, ...]
    tokens: int
    beam: int
    partial_interval: float
    seconds: float
    threads: int

    @property
    def is_test(self) -> bool:
        """Whether this only shows that everything runs."""
        return self.shape == TEST and self.model is None


def median(values: list[float]) -> float:
    """Return the median, to a thousandth."""
    return round(float(np.median(values)), 3)

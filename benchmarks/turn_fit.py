"""Fits the weights of `pipeline/odds.py` to the tuning set of benchmarks/turns.py: `python -m benchmarks.turn_fit`.

Logistic regression over every pause of that set: was it the end? The judging set is not looked at.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.turn_clips import Clip, clips
from benchmarks.turn_evidence import Evidence
from benchmarks.turns import CACHE, gather
from pipeline.completeness import Completeness
from pipeline.expectation import expected_answer
from pipeline.odds import belief, lengthening, weighed

Matrix = NDArray[np.float64]

FOLDS: Final = 10
CAUTION: Final = 1.0
"""Inverse variance of what a weight is taken to be before anything is seen: it keeps rare evidence from extremes."""

NAMES: Final = (*(one.name for one in Completeness), "LENGTH", "ASKED", "SOUND")


def rows(pairs: Sequence[tuple[Clip, Evidence]]) -> tuple[Matrix, Matrix, list[str]]:
    """Return the evidence of every pause, one column a name, whether it was the end (0 or 1), and whose sentence."""
    evidence, ends, sentences = [], [], []
    for clip, known in pairs:
        expected = expected_answer(clip.said.asked)
        for pause in known.pauses:
            words = weighed(pause.heard, expected)
            sound = 0.0 if pause.audio is None else belief(pause.audio)
            verdicts = [float(one is words.completeness) for one in Completeness]
            evidence.append([*verdicts, lengthening(words), float(words.asked), sound])
            ends.append(float(pause.resumed is None))
            sentences.append(clip.said.text)
    return np.array(evidence), np.array(ends), sentences


def fit(evidence: Matrix, ends: Matrix) -> Matrix:
    """Return the weights under which these ends are likeliest, by Newton's method."""
    weights = np.zeros(evidence.shape[1])
    for _ in range(30):
        sure = 1 / (1 + np.exp(-evidence @ weights))
        slope = evidence.T @ (ends - sure) - CAUTION * weights
        curvature = (evidence.T * (sure * (1 - sure))) @ evidence + CAUTION * np.eye(weights.size)
        weights = weights + np.linalg.solve(curvature, slope)
    return weights


def surprise(evidence: Matrix, ends: Matrix, weights: Matrix) -> float:
    """Return the mean of -log(probability) of what was seen; 0.69 is that of a coin."""
    return float(np.mean(np.logaddexp(0, (1 - 2 * ends) * (evidence @ weights))))


def across(evidence: Matrix, ends: Matrix, sentences: Sequence[str], folds: int = FOLDS) -> float:
    """Return the surprise at each tenth of the sentences with weights of the others."""
    part = {text: number % folds for number, text in enumerate(dict.fromkeys(sentences))}
    fold = np.array([part[text] for text in sentences])
    found = [
        surprise(evidence[fold == one], ends[fold == one], fit(evidence[fold != one], ends[fold != one]))
        * np.sum(fold == one)
        for one in range(folds)
    ]
    return float(sum(found)) / len(sentences)


def main() -> None:
    """Fit and print."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--cache", type=Path, default=CACHE, help=f"folder of clips and transcripts (default {CACHE})")
    cache = wanted.parse_args().cache
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    console = Console()
    evidence, ends, sentences = rows(asyncio.run(gather(clips(cache, "tuning"), cache, console)))
    for name, weight in zip(NAMES, fit(evidence, ends), strict=True):
        console.print(f"{name:8} {weight:+.2f}", highlight=False)
    console.print(
        f"{len(ends)} pauses; surprise {surprise(evidence, ends, fit(evidence, ends)):.3f}, at sentences left out "
        f"{across(evidence, ends, sentences):.3f}, of a coin {np.log(2):.3f}",
        highlight=False,
    )


if __name__ == "__main__":
    main()

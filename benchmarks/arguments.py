"""What the command lines of benchmarks have in common."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.reports import RESULTS


def parser(told: str) -> argparse.ArgumentParser:
    """Return a parser whose help is `told`, line by line as it stands, with `--results`, which `reports.keep` takes."""
    made = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--results", type=Path, help=f"folder of JSON and picture (of a whole run {RESULTS})")
    return made


def positive(text: str) -> int:
    """Return the number that `text` is, 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is too few or no number: give 1 or more")
    return int(text)


def some_of(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what reads a list of `known` names, with commas between them."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}: name some of {','.join(known)}")
        return names

    return read

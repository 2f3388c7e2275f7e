"""Counts the fuzz cases of each test."""

from collections.abc import Callable, Iterator

import pytest

from tests.web import fuzz


@pytest.fixture(autouse=True)
def fuzz_cases(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Note how many cases the test ran, for the summary, which another process may print."""
    before = fuzz.ran
    yield
    if fuzz.ran > before:
        record_property(fuzz.PROPERTY, fuzz.ran - before)

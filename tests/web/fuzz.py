"""Many hypothesis cases with a seed that can be repeated, and a count of those that really ran.

The seed is the day's: every run of one day tries the same cases, so a red gate stays red and can be bisected, and
each day tries new ones. `FLUX_FUZZ_SEED` repeats another day's, `FLUX_FUZZ_FACTOR` multiplies the cases.
"""

import functools
import inspect
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, seed, settings

F = TypeVar("F", bound=Callable[..., Any])

SEED = int(os.environ.get("FLUX_FUZZ_SEED") or datetime.now(UTC).date().toordinal())
FACTOR = int(os.environ.get("FLUX_FUZZ_FACTOR") or 1)

wanted: Counter[str] = Counter()
PROPERTY: Final = "fuzz cases"
ran = 0


def fuzzed(cases: int) -> Callable[[F], F]:
    """Run a `@given` test on `cases` cases of today's seed; goes above `@given`."""

    def decorate(test: F) -> F:
        name = test.__name__
        wanted[name] = cases * FACTOR
        handle = test.hypothesis  # type: ignore[attr-defined]
        handle.inner_test = _counted(handle.inner_test)
        limits = settings(
            max_examples=cases * FACTOR,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        return limits(seed(SEED)(test))

    return decorate


def report(cases: Sequence[int]) -> str:
    """Say how many cases the tests ran and how to repeat them."""
    return f"fuzzed: {sum(cases)} cases in {len(cases)} tests (FLUX_FUZZ_SEED={SEED})"


def _count() -> None:
    global ran
    ran += 1


def _counted(test: Any) -> Any:
    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def later(*args: Any, **kwargs: Any) -> None:
            _count()
            await test(*args, **kwargs)

        return later

    @functools.wraps(test)
    def now(*args: Any, **kwargs: Any) -> None:
        _count()
        test(*args, **kwargs)

    return now

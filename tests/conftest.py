"""What every test may use, how tests are spread over processes, and what is told at the end."""

import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from tests import spread
from tests.web import fuzz

# A machine that is busy with something else is no failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the installed Chromium; skips where there is none."""
    for name in CHROMIUMS:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("no Chromium: `make browser` installs it")


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Undo what a program that a test ran within this process did to logging."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the calls held in real time."""
    items.sort(key=lambda item: spread.order(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spread.CallsApart:
    """Return what gives tests to processes, whatever `--dist` says."""
    return spread.CallsApart(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave the processor to the calls in real time."""
    spread.step_back(item.path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests found worth telling, how many fuzz cases ran, and how many tests were skipped, with reasons."""
    reports = [each for kind in terminalreporter.stats.values() for each in kind]
    ended = [each for each in reports if isinstance(each, pytest.TestReport) and each.when == "teardown"]
    found = [each for report in ended for each in report.user_properties]
    for text in (value for name, value in found if name == "told"):
        terminalreporter.write_line(str(text))
    if cases := [int(str(value)) for name, value in found if name == fuzz.PROPERTY]:
        terminalreporter.write_line(fuzz.report(cases))
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    told = "; ".join(f"{count} times: {reason}" for reason, count in reasons.most_common())
    terminalreporter.write_line(f"skipped: {len(skipped)}" + (f" ({told})" if told else ""))

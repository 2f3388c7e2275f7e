"""Prints how many fuzz cases ran."""

import pytest

from tests.web import fuzz


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if fuzz.ran:
        terminalreporter.write_line(fuzz.report())

"""What every test may use, and a count of what was skipped and why."""

import shutil
from collections import Counter

import pytest

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the installed Chromium; skips where there is none."""
    for name in CHROMIUMS:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("no Chromium: `make browser` installs it")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests were skipped, and the reasons."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    told = "; ".join(f"{count} times: {reason}" for reason, count in reasons.most_common())
    terminalreporter.write_line(f"skipped: {len(skipped)}" + (f" ({told})" if told else ""))

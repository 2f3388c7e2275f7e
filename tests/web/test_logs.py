"""What was said is in no log line, not even in that of a fault."""

import logging
from typing import Literal

import pytest
import structlog

from web.logs import set_up


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_logged_fault_shows_where_it_was_and_not_what_was_said(
    form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up("INFO", form)
        fail("my secret diagnosis")
    finally:
        root.handlers[:], root.level = before
    logged = capsys.readouterr().err
    assert "a request failed" in logged and "ZeroDivisionError" in logged and "in fail" in logged
    assert "diagnosis" not in logged


def fail(said: str) -> None:
    try:
        print(len(said) // 0)
    except ZeroDivisionError:
        structlog.get_logger().error("a request failed", exc_info=True)

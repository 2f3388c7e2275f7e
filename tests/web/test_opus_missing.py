"""A machine without libopus is told so at the start, with what to do."""

from collections.abc import Iterator

import pytest

from web import opus
from web.checks import packages
from web.errors import OpusMissingError


@pytest.fixture
def without_opus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(opus, "_places", lambda: iter(["/nowhere/libopus.so"]))
    opus.library.cache_clear()
    yield
    opus.library.cache_clear()


@pytest.mark.usefixtures("without_opus")
def test_a_missing_library_is_named_with_its_remedy() -> None:
    with pytest.raises(OpusMissingError, match=r"no libopus 1.5 or later was found: install PyAV from its wheel"):
        opus.library()
    found = packages()
    assert found.well is False
    assert found.fix.startswith("install PyAV from its wheel")


def test_the_library_at_hand_is_named() -> None:
    assert packages().well
    assert "libopus 1." in packages().detail

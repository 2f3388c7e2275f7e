"""The pictures of the pages are there, small, and shown."""

from scripts.lock import ROOT
from scripts.screenshots import IMAGES, LARGEST, VIEWS, names


def test_every_view_is_shown_light_and_dark_on_desktop_and_phone() -> None:
    shown = (ROOT / "docs/pages.md").read_text()
    wanted = [name for view in VIEWS for name in names(view)]
    assert len(wanted) >= 4 * 10
    assert [name for name in wanted if f"](images/{name})" not in shown] == []
    assert [name for name in wanted if (IMAGES / name).stat().st_size > LARGEST] == []

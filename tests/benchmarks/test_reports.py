"""What benchmarks share: which results are kept, and what their command lines take."""

import argparse
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import reports
from benchmarks.arguments import positive, some_of


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reports, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def keep(folder: Path | None, *, whole: bool) -> Path | None:
    report = {"p95": float("inf"), "rows": [{"p50": 1.5, "p95": float("nan")}]}
    return reports.keep("one", report, {"cores": 2}, folder, whole=whole, console=Console(file=StringIO()))


def test_a_short_form_is_not_kept(results: Path) -> None:
    assert keep(None, whole=False) is None
    assert not results.exists()


def test_a_whole_run_is_kept_and_a_short_one_where_a_folder_is_named(results: Path, tmp_path: Path) -> None:
    assert keep(None, whole=True) == results / "one.json"
    named = tmp_path / "a" / "b"
    assert keep(named, whole=False) == named / "one.json"
    assert {path.name for path in results.iterdir()} == {"one.json"}


def test_a_report_tells_the_machine_and_is_true_json(results: Path) -> None:
    path = keep(None, whole=True)
    assert path is not None
    told = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert list(told)[:2] == ["measured", "machine"]
    assert told["machine"] == {"cores": 2}
    assert (told["p95"], told["rows"]) == (None, [{"p50": 1.5, "p95": None}])


@pytest.mark.parametrize("text", ["0", "-1", "many", ""])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="give 1 or more"):
        positive(text)


def test_names_are_those_that_are_known() -> None:
    assert some_of(("ours", "theirs"))("theirs,ours") == ["theirs", "ours"]
    with pytest.raises(argparse.ArgumentTypeError, match="no 'other': name some of ours,theirs"):
        some_of(("ours", "theirs"))("ours,other")

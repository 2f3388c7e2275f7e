"""The rules of the house that no linter knows."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from scripts.lock import ROOT, WITHOUT_DEPENDENCIES, all_extras, declared
from tests import spread

PACKAGES = ("models", "dao", "intents", "pipeline", "web")
LONGEST = 320  # "about 300 lines"
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
REGISTRIES = re.compile(
    r"\b(pypi|pythonhosted|npmjs|yarnpkg|npmmirror|crates)\.(org|com|io)\b|/simple/\S|--(extra-)?index-url",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    """Return every file that is or could be committed."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def modules(*folders: str) -> Iterator[Path]:
    """Yield the Python files of the packages."""
    for folder in folders:
        yield from (p for p in (ROOT / folder).rglob("*.py") if "node_modules" not in p.parts)


def test_no_file_is_longer_than_about_300_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules(*PACKAGES) if (n := len(p.read_text().splitlines())) > LONGEST}
    assert not long, "a second concept means a second file"


def test_no_name_is_vague() -> None:
    vague = [
        str(p.relative_to(ROOT))
        for p in modules(*PACKAGES, "tests", "benchmarks", "scripts")
        if VAGUE & set(p.stem.split("_")) or VAGUE & set(p.relative_to(ROOT).parts[:-1])
    ]
    assert not vague, "the name of a module says its one concept"


def test_no_tracked_file_names_a_package_registry() -> None:
    found = []
    for path in tracked():
        if path == Path(__file__):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in REGISTRIES.finditer(text)]
    assert not found, "packages install from whichever index the machine is set to"


def test_every_imported_library_is_declared() -> None:
    names: set[str] = {canonicalize_name(r.name) for r in declared(all_extras())}
    names |= {canonicalize_name(r.split(">")[0]) for r in WITHOUT_DEPENDENCIES}
    names |= {"pydantic-core"}  # pydantic's own second module, at the version it needs
    providers = importlib.metadata.packages_distributions()
    ours = {*PACKAGES, "tests", "benchmarks", "scripts"}
    undeclared = {
        f"{path.relative_to(ROOT)}: {library}"
        for path in modules(*PACKAGES, "benchmarks", "scripts")
        for library in imported(path) - ours - set(sys.stdlib_module_names)
        if library in providers and not names & {canonicalize_name(d) for d in providers[library]}
    }
    assert not undeclared


def imported(path: Path) -> set[str]:
    """Return the top-level names of what a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("page", ["README.md", "docs/development.md", "docs/architecture.md"])
def test_every_make_command_named_in_the_docs_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / page).read_text()
    named = {
        m
        for block in re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
        for m in re.findall(r"\bmake ([a-z]+)", block)
    }
    assert named and named <= targets


PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_of_the_docs_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_file_and_module_that_the_docs_name_exists(page: Path) -> None:
    assert not {name for name in files_named(page.read_text()) if not (ROOT / name).exists()}


def test_files_are_found_in_prose_in_tables_and_in_commands() -> None:
    table = "| `web/` | is about |\n| --- | --- |\n| `rtc.py`, `jitter.py` | links |\n"
    text = f"See `pipeline/turns.py`.\n\n{table}\nRun `python -m benchmarks.load --most 2`.\n"
    assert files_named(text) == {"pipeline/turns.py", "web/rtc.py", "web/jitter.py", "benchmarks/load.py"}
    assert len(files_named((ROOT / "docs/architecture.md").read_text())) > 50


def files_named(text: str) -> set[str]:
    """Return every file that a page names: in full, in a table under its folder's name, or as a module that runs."""
    files = set(re.findall(r"`((?:benchmarks|dao|intents|models|pipeline|scripts|tests|web)/[\w/.]+\.\w+)`", text))
    for folder, rows in re.findall(r"^\| `(\w+)/` \|.*\n\|[ |-]+\n((?:\|.*\n)+)", text, re.MULTILINE):
        files |= {f"{folder}/{name}" for name in re.findall(r"`(\w+\.py)`", rows)}
    modules = re.findall(r"python3? -m ((?:benchmarks|models|scripts)\.\w+(?:\.\w+)*)", text)
    folders = [ROOT / module.replace(".", "/") for module in modules]
    mains = [folder / "__main__.py" if folder.is_dir() else folder.with_suffix(".py") for folder in folders]
    return files | {str(main.relative_to(ROOT)) for main in mains}


def test_the_changelog_has_an_unreleased_section() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_nothing_is_bound_to_one_forge() -> None:
    assert not (ROOT / ".github").exists()


def test_calls_from_a_browser_are_known_as_such() -> None:
    files = (ROOT / "tests" / "e2e").glob("test_*.py")
    from_a_browser = {file.name for file in files if spread.in_real_time(file) and "chromium" in file.read_text()}
    assert set(spread.IN_CHROMIUM) == from_a_browser

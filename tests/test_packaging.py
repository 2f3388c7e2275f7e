"""The wheel in an environment of its own, what its extras need; and the lock files beside pyproject.toml."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.lock import BANNED, BASE_EXTRAS, PYTHONS, ROOT, WITHOUT_DEPENDENCIES, all_extras, declared

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-engines.lock")
PACKAGES = ("pipeline", "models", "intents", "dao", "web")
SOURCES = (*PACKAGES, "pyproject.toml", "README.md", "LICENSE")
DATA = {
    "dao/migrations/env.py",
    "dao/migrations/script.py.mako",
    "intents/flux/agent.yaml",
    "intents/flux/prompt.md",
    "web/ui/dist/index.html",
}


def pins(lock: str, python: str = "3.11") -> dict[str, str]:
    """Return name → version of what a lock file installs on one Python."""
    found: dict[str, str] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", line
            assert requirement.name not in found, line
            found[canonicalize_name(requirement.name)] = specifier.version
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_no_torch(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^-|@|\bfile:", text, re.MULTILINE)
    assert not [name for name in pins(lock) if name.startswith(BANNED)]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_hold_every_declared_requirement_within_its_range(python: str) -> None:
    base = pins("requirements.lock", python)
    everything = base | pins("requirements-engines.lock", python)
    build = [Requirement(line) for line in PROJECT["build-system"]["requires"]]
    for requirement in declared(BASE_EXTRAS) + build:
        assert requirement.specifier.contains(base[canonicalize_name(requirement.name)]), requirement
    for requirement in declared(all_extras()):
        assert requirement.specifier.contains(everything[canonicalize_name(requirement.name)]), requirement
    assert "silero-vad" in base


def test_no_package_is_pinned_in_both_locks() -> None:
    assert not set(pins("requirements.lock")) & set(pins("requirements-engines.lock"))


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command to its end and return what it printed; an error shows all of it."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources, so that nothing is left behind in the checkout."""
    copy = tmp_path_factory.mktemp("sources")
    skip = shutil.ignore_patterns("node_modules", "__pycache__", "*.egg-info")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=skip)
        else:
            shutil.copy(source, copy / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "wheels", cwd=copy)
    (built,) = (copy / "wheels").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Install the wheel in an environment of its own, which finds the libraries in ours; return its folder.

    That all libraries install from nothing is shown by `deploy/test_install_steps.py`.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "venv", with_pip=True)
    run("venv/bin/python", "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", wheel, cwd=folder)
    (packages,) = (folder / "venv/lib").glob("python3.*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_what_the_locks_install_needs_nothing_that_they_lack() -> None:
    """So nothing asks for torch either, but for the packages whose requirements are left out on purpose."""
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    lacking = {line.split()[0] for line in done.stdout.splitlines() if line != "No broken requirements found."}
    assert lacking <= {Requirement(line).name for line in WITHOUT_DEPENDENCIES}
    assert "silero-vad" in lacking, "the check sees nothing"
    installed = {canonicalize_name(each.name) for each in importlib.metadata.distributions()}
    elsewhere = set(pins("requirements-engines.lock"))
    assert {canonicalize_name(each.name) for each in declared(all_extras())} <= installed | elsewhere
    assert not [name for name in installed | elsewhere if name.startswith(BANNED)]


@pytest.mark.packaging
def test_the_installed_packages_import_from_the_wheel(clean: Path) -> None:
    code = f"import {', '.join(PACKAGES)}; print(*(m.__file__ for m in ({', '.join(PACKAGES)})))"
    for place in run("venv/bin/python", "-c", code, cwd=clean).split():
        assert Path(place).is_relative_to(clean / "venv"), place


@pytest.mark.packaging
@pytest.mark.parametrize("command", ["", "serve", "dao", "chat", "models", "doctor"])
def test_the_installed_command_explains_itself(clean: Path, command: str) -> None:
    assert "Usage:" in run("venv/bin/flux-voice", *command.split(), "--help", cwd=clean)


@pytest.mark.packaging
def test_the_wheel_brings_the_page_and_the_data(clean: Path) -> None:
    (packages,) = (clean / "venv/lib").glob("python3.*/site-packages")
    missing = {name for name in DATA if not (packages / name).is_file()}
    if not (ROOT / "web/ui/dist/index.html").is_file():
        missing.discard("web/ui/dist/index.html")
    assert not missing
    assert list((packages / "dao/migrations/versions").glob("*.py"))
    assert not (packages / "tests").exists()
    assert not (packages / "web/ui/src").exists()

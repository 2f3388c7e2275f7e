"""`scripts/install-pins`, which `make setup` runs: uv does it, and where it cannot, pip."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.lock import ROOT
from tests.deploy.test_gpu_lock import pins
from tests.deploy.test_install_steps import NO_INDEX

pytestmark = pytest.mark.packaging

LOCK = {name: pins("requirements.lock")[name] for name in ("idna", "uv")}


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new environment, to be copied; making one takes ten times as long."""
    folder = tmp_path_factory.mktemp("new") / "venv"
    venv.create(folder, with_pip=True)
    return folder


@pytest.fixture
def place(new: Path, tmp_path: Path) -> Path:
    """Return a folder with an environment."""
    shutil.copytree(new, tmp_path / "venv", symlinks=True)
    return tmp_path


def install(folder: Path, lock: Mapping[str, str] = LOCK, **variables: str) -> subprocess.CompletedProcess[str]:
    """Install a small lock into the environment in `folder`."""
    (folder / "small.lock").write_text("".join(f"{name}=={version}\n" for name, version in lock.items()))
    done = subprocess.run(
        [str(ROOT / "scripts/install-pins"), "venv", "small.lock"],
        cwd=folder,
        env=os.environ | {"PIP_RETRIES": "1"} | variables,
        capture_output=True,
        text=True,
    )
    if done.returncode and re.search(NO_INDEX, done.stderr):
        pytest.skip("the package index cannot be reached")
    return done


def installed(folder: Path) -> dict[str, str]:
    """Return what lies in the environment, beside what any new one holds."""
    listed = [str(folder / "venv/bin/python"), "-m", "pip", "list", "--format", "json"]
    packages = json.loads(subprocess.run(listed, check=True, capture_output=True, text=True).stdout)
    return {each["name"]: each["version"] for each in packages if each["name"] not in ("pip", "setuptools")}


def test_uv_installs_what_is_pinned(place: Path) -> None:
    done = install(place)
    assert done.returncode == 0, done.stderr
    assert installed(place) == LOCK
    (installer,) = (place / "venv").glob("lib/python3*/site-packages/idna-*.dist-info/INSTALLER")
    assert installer.read_text().strip() == "uv", done.stderr


def test_where_uv_cannot_pip_does_and_it_is_told(place: Path) -> None:
    done = install(place, UV_OFFLINE="1", UV_CACHE_DIR=str(place / "cache"))
    assert done.returncode == 0, done.stderr
    assert installed(place) == LOCK
    assert "uv could not install small.lock: pip does, which takes some minutes" in done.stderr


def test_uv_asks_the_index_that_pip_is_set_to(place: Path) -> None:
    with zipfile.ZipFile(place / "uv-0.0.1-py3-none-any.whl", "w") as wheel:
        script = zipfile.ZipInfo("uv-0.0.1.data/scripts/uv")
        script.external_attr = 0o100755 << 16
        wheel.writestr(script, '#!/bin/sh\necho "$UV_DEFAULT_INDEX $SSL_CERT_FILE" >told\n')
        wheel.writestr("uv-0.0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 0.0.1\n")
        wheel.writestr("uv-0.0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("uv-0.0.1.dist-info/RECORD", "")
    (place / "pip.conf").write_text("[global]\nindex-url = http://index.example/simple\ncert = /own/cert.pem\n")
    settings = {"PIP_CONFIG_FILE": str(place / "pip.conf"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place)}
    done = install(place, {"uv": "0.0.1"}, **settings, PIP_CERT="", SSL_CERT_FILE="", UV_DEFAULT_INDEX="")
    assert done.returncode == 0, done.stderr
    assert (place / "told").read_text() == "http://index.example/simple /own/cert.pem\n"


@pytest.mark.parametrize("arguments", [(), ("nowhere", "requirements.lock"), (sys.prefix, "no.lock")])
def test_wrong_arguments_are_told_in_one_line(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([str(ROOT / "scripts/install-pins"), *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("install-pins: give") and done.stderr.count("\n") == 1

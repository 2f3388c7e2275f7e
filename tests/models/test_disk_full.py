"""A disk that is too small, or fills up meanwhile: told clearly, and the room that was taken is given back."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.lock import ROOT

SCENARIO = [sys.executable, "-m", "tests.models.small_disk"]


def run(command: list[str], limits: Callable[[], None] | None = None) -> dict[str, object]:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, preexec_fn=limits)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


def on_small_disk(folder: Path, how: str) -> dict[str, object]:
    inside = ["unshare", "--map-root-user", "--mount"]
    mount = 'mount -t tmpfs -o size=1m tmpfs "$1"'
    try:
        tried = subprocess.run([*inside, "sh", "-c", mount, "-", str(folder)], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("the command unshare is missing")
    if tried.returncode:
        pytest.skip(f"no file system can be mounted here: {tried.stderr.strip()}")
    rest = f'{mount} && folder=$1 && shift && exec "$@" "$folder" {how}'
    return run([*inside, "sh", "-c", rest, "-", str(folder), *SCENARIO])


def test_what_cannot_fit_is_not_begun(tmp_path: Path) -> None:
    found = on_small_disk(tmp_path, "announced")
    assert "not enough room" in str(found["told"]) and "3.0 MB are needed" in str(found["told"])
    assert found["left"] == ["models"]


def test_what_turns_out_not_to_fit_is_removed(tmp_path: Path) -> None:
    found = on_small_disk(tmp_path, "unannounced")
    assert "the disk filled up" in str(found["told"]) and "FLUX_MODELS__FOLDER" in str(found["told"])
    assert not [name for name in str(found["left"]).split() if ".part" in name or "voice.onnx" in name]


def test_a_disk_that_fills_up_meanwhile_is_left_as_it_was_and_later_it_works(tmp_path: Path) -> None:
    found = on_small_disk(tmp_path, "meanwhile")
    assert "the disk filled up" in str(found["told"])
    assert not [name for name in str(found["left"]).split() if ".part" in name or "voice.onnx" in name]
    assert found["again"] == "here"


def test_a_limit_on_the_size_of_files_is_told_like_a_full_disk(tmp_path: Path) -> None:
    """Needs no privilege: the kernel refuses the write just so."""
    found = run(
        [*SCENARIO, str(tmp_path), "limited"], lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    )
    assert "the disk filled up" in str(found["told"])
    assert not [name for name in str(found["left"]).split() if ".part" in name or "voice.onnx" in name]

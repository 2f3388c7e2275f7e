"""`flux-voice models` from the outside: what it prints, its exit codes, and Ctrl-C."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from models.catalog import CATALOG
from scripts.lock import ROOT
from tests.models.hub import LocalHub, local_hub, some_bytes, voice
from web.cli import main
from web.commands.progress import Lines, shown

FILES = {"voice.onnx.json": b"{}", "voice.onnx": some_bytes(400_000)}
WEIGHTS = voice(FILES)
NAME = WEIGHTS.name

FLUX_VOICE = """
import signal
import sys
from models.catalog import CATALOG
from tests.web.test_models_command import WEIGHTS
from web.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that runs in the background has it ignored
CATALOG[WEIGHTS.name] = WEIGHTS
main(sys.argv[1:])
"""
"""The true command, with one voice more in its catalog."""


@pytest.fixture
async def hub() -> AsyncIterator[LocalHub]:
    async with local_hub(dict(FILES)) as serving:
        yield serving


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
    yield {**kept, "FLUX_MODELS__FOLDER": str(tmp_path / "models")}


async def start(environment: dict[str, str], hub: LocalHub, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", FLUX_VOICE, "models", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**environment, "FLUX_MODELS__HUB": hub.address, "NO_PROXY": "127.0.0.1"},
    )


async def flux(environment: dict[str, str], hub: LocalHub, *arguments: str) -> tuple[int, str]:
    process = await start(environment, hub, *arguments)
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def begun(part: Path) -> None:
    def has_bytes() -> bool:
        return part.exists() and part.stat().st_size > 0

    while not has_bytes():  # noqa: ASYNC110 (another process writes it)
        await asyncio.sleep(0.01)


async def test_from_missing_to_here(environment: dict[str, str], hub: LocalHub, tmp_path: Path) -> None:
    code, told = await flux(environment, hub, "check", NAME)
    assert code == 1 and f"✗ {NAME} missing: not pulled → flux-voice models pull {NAME}" in told
    code, told = await flux(environment, hub, "path", NAME)
    assert code == 1 and told.startswith("Error: ") and told.count("\n") == 1
    code, told = await flux(environment, hub, "pull", NAME)
    assert code == 0 and f"✓ {NAME} is now in {tmp_path / 'models' / NAME}" in told
    assert await flux(environment, hub, "check", NAME) == (0, f"✓ {NAME}\n")
    assert await flux(environment, hub, "path", NAME) == (0, f"{tmp_path / 'models' / NAME}\n")
    code, told = await flux(environment, hub, "pull", NAME)
    assert code == 0 and "was already in" in told
    code, told = await flux(environment, hub, "list", "--profile", "cpu")
    assert code == 0 and "yes" in next(line for line in told.splitlines() if NAME in line)


async def test_bit_rot_is_found_unless_only_sizes_are_compared(
    environment: dict[str, str], hub: LocalHub, tmp_path: Path
) -> None:
    await flux(environment, hub, "pull", NAME)
    (tmp_path / "models" / NAME / "voice.onnx").write_bytes(b"?" + FILES["voice.onnx"][1:])
    code, told = await flux(environment, hub, "check", NAME)
    assert code == 1 and "damaged: voice.onnx is not what was received" in told
    assert (await flux(environment, hub, "check", NAME, "--sizes"))[0] == 0


async def test_ctrl_c_is_one_line_and_the_next_pull_goes_on(
    environment: dict[str, str], hub: LocalHub, tmp_path: Path
) -> None:
    hub.gate = asyncio.Event()
    process = await start(environment, hub, "pull", NAME)
    await begun(tmp_path / "models" / ".incoming" / NAME / "voice.onnx.part")
    process.send_signal(signal.SIGINT)
    output, _ = await process.communicate()
    assert process.returncode == 130
    assert b"Stopped. A download can go on where it was" in output and b"Traceback" not in output
    assert not (tmp_path / "models" / NAME).exists()
    hub.gate = None
    code, told = await flux(environment, hub, "pull", NAME)
    assert code == 0 and "going on at" in told
    assert hub.asked[-1][2] == 206


async def test_killed_outright_the_next_pull_goes_on(
    environment: dict[str, str], hub: LocalHub, tmp_path: Path
) -> None:
    hub.gate = asyncio.Event()
    process = await start(environment, hub, "pull", NAME)
    await begun(tmp_path / "models" / ".incoming" / NAME / "voice.onnx.part")
    process.kill()
    await process.communicate()
    hub.gate = None
    assert (await flux(environment, hub, "pull", NAME))[0] == 0
    assert hub.asked[-1][2] == 206
    assert not (tmp_path / "models" / ".incoming").exists()


async def test_to_a_box_without_internet(environment: dict[str, str], hub: LocalHub, tmp_path: Path) -> None:
    tar = str(tmp_path / "weights.tar")
    code, told = await flux(environment, hub, "export", tar)
    assert code == 1 and "there are no weights" in told
    await flux(environment, hub, "pull", NAME)
    code, told = await flux(environment, hub, "export", tar)
    assert code == 0 and NAME in told
    other = {**environment, "FLUX_MODELS__FOLDER": str(tmp_path / "other")}
    requests = len(hub.asked)
    assert (await flux(other, hub, "import", tar))[0] == 0
    assert (await flux(other, hub, "check", NAME))[0] == 0
    assert len(hub.asked) == requests


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pull", "lessac"], "did you mean en_US-lessac-medium"),
        (["pull", "qwen3:8b"], "run ollama pull qwen3:8b"),
        (["pull", "silero"], "comes with a package"),
        (["path", "silero"], "not kept in a folder"),
        (["import", "/nowhere.tar"], "there is no /nowhere.tar"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], told: str, environment: dict[str, str]) -> None:
    ran = CliRunner().invoke(main, ["models", *arguments], env=environment)
    assert ran.exit_code == 1
    assert told in ran.output and ran.output.startswith("Error: ") and ran.output.count("\n") == 1


def test_a_revision_goes_with_one_name(environment: dict[str, str]) -> None:
    ran = CliRunner().invoke(main, ["models", "pull", "--revision", "x", "base.en", "small.en"], env=environment)
    assert ran.exit_code == 2 and "exactly one NAME" in ran.output


def test_the_list_names_sizes_licences_and_profiles(environment: dict[str, str]) -> None:
    ran = CliRunner().invoke(main, ["models", "list"], env={**environment, "COLUMNS": "160"})
    assert ran.exit_code == 0
    row = next(line for line in ran.output.splitlines() if "large-v3-turbo" in line)
    assert row.split() == ["large-v3-turbo", "stt", "1.6", "GB", "MIT", "gpu", "no"]
    assert all(name in ran.output for name in CATALOG)
    assert "en_US-lessac-medium: recorded under a licence for research purposes only" in ran.output


@pytest.mark.parametrize("hub", ["ftp://x", "huggingface.co", "http://"])
def test_a_wrong_hub_is_told_by_its_name(hub: str, environment: dict[str, str]) -> None:
    ran = CliRunner().invoke(main, ["models", "check"], env={**environment, "FLUX_MODELS__HUB": hub})
    assert ran.exit_code == 1 and "FLUX_MODELS__HUB: must be an address" in ran.output


def test_the_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from web.settings import load_settings

    monkeypatch.delenv("FLUX_MODELS__FOLDER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert load_settings().models.folder == tmp_path / "flux-voice" / "models"
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert load_settings().models.folder == Path("/home/somebody/.local/share/flux-voice/models")
    monkeypatch.setenv("FLUX_MODELS__FOLDER", "~/weights")
    assert load_settings().models.folder == Path("/home/somebody/weights")


def test_without_a_terminal_a_line_comes_every_few_seconds() -> None:
    now = 0.0
    console = Console(record=True, width=200, file=io.StringIO(), highlight=False)
    lines = Lines(console, 3_000_000, clock=lambda: now)
    lines.turn_to(WEIGHTS)
    lines.at("a.onnx", 1_000_000, 2_000_000)  # kept of an earlier pull: no part of the speed
    for now in (1.0, 5.0, 6.0, 10.0):
        lines.at("a.onnx", 1_000_000 + int(now * 50_000), 2_000_000)
    assert console.export_text().splitlines() == [
        f"{NAME} a.onnx: 1.2 MB of 2.0 MB (62 %), 50.0 kB/s, 1.8 MB left in all, about 35 s",
        f"{NAME} a.onnx: 1.5 MB of 2.0 MB (75 %), 50.0 kB/s, 1.5 MB left in all, about 30 s",
    ]


def test_in_a_terminal_there_are_bars() -> None:
    console = Console(force_terminal=True, width=120, record=True, file=io.StringIO())
    with shown([WEIGHTS], console) as watcher:
        watcher.turn_to(WEIGHTS)
        watcher.at("voice.onnx.json", 2, 2)
        watcher.at("voice.onnx", 100_000, 400_000)
        watcher.at("voice.onnx", 400_000, 400_000)
        watcher.note("[done]")
    printed = console.export_text()
    assert (
        f"{NAME} voice.onnx" in printed and "in all" in printed and "400.0/400.0 kB" in printed and "[done]" in printed
    )

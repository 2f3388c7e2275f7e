"""Weights come all or not at all, are mended where they are damaged, and two processes do not disturb each other."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.catalog import CATALOG
from models.download import open_session
from models.errors import EngineError
from models.pull import pull
from models.store import Store
from scripts.lock import ROOT
from tests.models.hub import COMMIT, LocalHub, Told, content, everything, local_hub, some_bytes, voice

FILES = {"voice.onnx.json": b'{"sample_rate": 22050}', "voice.onnx": some_bytes(400_000)}
WEIGHTS = voice(FILES)


@pytest.fixture
async def hub() -> AsyncIterator[LocalHub]:
    async with local_hub(dict(FILES)) as serving:
        yield serving


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


async def bring(store: Store, hub: LocalHub, told: Told | None = None, *, revision: str | None = None) -> bool:
    async with open_session() as session:
        return await pull(store, WEIGHTS, session, told or Told(), hub=hub.address, revision=revision, pauses=())


async def test_all_files_and_a_manifest_come(hub: LocalHub, store: Store) -> None:
    assert (await store.standing(WEIGHTS)).state == "missing"
    assert await bring(store, hub)
    assert content(store, WEIGHTS) == FILES
    manifest = json.loads((store.place(WEIGHTS) / "manifest.json").read_text())
    assert manifest["revision"] == COMMIT and manifest["source"] == f"{hub.address}/Maker/voice"
    assert {file["checked"] for file in manifest["files"].values()} == {"catalog"}
    assert (await store.standing(WEIGHTS)).state == "here"
    assert everything(store.folder) == {WEIGHTS.name, *(f"{WEIGHTS.name}/{n}" for n in (*FILES, "manifest.json"))}


async def test_what_is_here_is_not_downloaded_again(hub: LocalHub, store: Store) -> None:
    await bring(store, hub)
    requests = len(hub.asked)
    assert not await bring(store, hub)
    assert len(hub.asked) == requests


async def test_interrupted_an_engine_finds_nothing_and_the_next_pull_goes_on(hub: LocalHub, store: Store) -> None:
    hub.cut_after = [200_000]
    with pytest.raises(EngineError, match="broke off"):
        await bring(store, hub)
    assert not store.place(WEIGHTS).exists()
    assert (await store.standing(WEIGHTS)).fix == f"flux-voice models pull {WEIGHTS.name}"
    await bring(store, hub)
    assert content(store, WEIGHTS) == FILES
    assert [name for name, _, status in hub.asked if status == 200] == [*FILES], "no file came twice from the start"
    assert hub.asked[-1][2] == 206


async def test_corrupted_nothing_half_is_left(hub: LocalHub, store: Store) -> None:
    hub.corrupt = 1
    with pytest.raises(EngineError, match="damaged"):
        await bring(store, hub)
    assert not store.place(WEIGHTS).exists()
    assert not [name for name in everything(store.folder) if "part" in name or name.endswith("voice.onnx")]


async def test_a_pull_that_never_got_a_byte_leaves_nothing(store: Store, hub: LocalHub) -> None:
    hub.files.clear()
    with pytest.raises(EngineError, match="404"):
        await bring(store, hub)
    assert everything(store.folder) == set()


@pytest.mark.parametrize("harm", ["bit", "short", "gone", "manifest"])
async def test_damage_is_found_and_mended_with_as_few_bytes_as_can_be(hub: LocalHub, store: Store, harm: str) -> None:
    await bring(store, hub)
    place = store.place(WEIGHTS) / "voice.onnx"
    match harm:
        case "bit":
            place.write_bytes(b"?" + FILES["voice.onnx"][1:])
        case "short":
            place.write_bytes(FILES["voice.onnx"][:-1])
        case "gone":
            place.unlink()
        case "manifest":
            (store.place(WEIGHTS) / "manifest.json").write_text("{")
    standing = await store.standing(WEIGHTS)
    assert standing.state == "damaged" and ("voice.onnx" in standing.why or harm == "manifest")
    assert (await store.standing(WEIGHTS, thorough=False)).state == ("here" if harm == "bit" else "damaged")
    before = len(hub.asked)
    await bring(store, hub)
    assert (await store.standing(WEIGHTS)).state == "here"
    assert [name for name, _, _ in hub.asked[before:]] == ([] if harm == "manifest" else ["voice.onnx"])


async def test_files_copied_by_hand_are_taken_over(hub: LocalHub, store: Store) -> None:
    store.place(WEIGHTS).mkdir(parents=True)
    for name, data in FILES.items():
        (store.place(WEIGHTS) / name).write_bytes(data)
    assert await bring(store, hub)
    assert hub.asked == []
    assert (await store.standing(WEIGHTS)).state == "here"


async def test_a_revision_of_ones_own_is_taken_at_the_hubs_word_and_remembered(hub: LocalHub, store: Store) -> None:
    hub.files = {"voice.onnx.json": b"{}", "voice.onnx": some_bytes(300_000, seed=2)}
    await bring(store, hub, revision="v2")
    assert content(store, WEIGHTS) == hub.files
    manifest = json.loads((store.place(WEIGHTS) / "manifest.json").read_text())
    assert manifest["asked"] == "v2" and {file["checked"] for file in manifest["files"].values()} == {"hub"}
    assert (await store.standing(WEIGHTS)).state == "here"
    (store.place(WEIGHTS) / "voice.onnx").unlink()
    assert (await store.standing(WEIGHTS)).fix.endswith("--revision v2")


async def test_after_the_first_file_the_others_are_of_the_same_commit(hub: LocalHub, store: Store) -> None:
    told = Told()
    unknown = voice(FILES, known=False)
    async with open_session() as session:
        await pull(store, unknown, session, told, hub=hub.address)
    manifest = json.loads((store.place(unknown) / "manifest.json").read_text())
    assert (manifest["asked"], manifest["revision"]) == ("main", COMMIT)


async def test_two_pulls_at_once_do_not_disturb_each_other(hub: LocalHub, store: Store) -> None:
    hub.gate = asyncio.Event()
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from tests.models.test_pull import *\n"
        "async def main():\n"
        "    class Prompt(Told):\n"
        "        def note(self, text): print(text, flush=True)\n"
        "    async with open_session() as session:\n"
        "        new = await pull(Store(Path(sys.argv[1])), WEIGHTS, session, Prompt(), hub=sys.argv[2])\n"
        "    print('new' if new else 'old', flush=True)\n"
        "asyncio.run(main())\n"
    )
    ours = asyncio.create_task(bring(store, hub))
    await hub.started.wait()
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(store.folder), hub.address, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert other.stdout is not None
    assert b"another process is at it; waiting" in await other.stdout.readline()
    hub.gate.set()
    assert await ours
    assert (await other.stdout.read()).strip() == b"old", "the other found everything done"
    assert await other.wait() == 0
    assert content(store, WEIGHTS) == FILES
    assert not any(name.startswith(".") for name in everything(store.folder))


async def test_a_killed_process_holds_no_lock(hub: LocalHub, store: Store) -> None:
    store.lock(WEIGHTS).parent.mkdir(parents=True)
    store.lock(WEIGHTS).touch()
    assert await bring(store, hub)
    assert not store.lock(WEIGHTS).exists()


@pytest.mark.parametrize(("name", "told"), [("qwen3:8b", "ollama pull qwen3:8b"), ("silero", "pip install")])
async def test_what_no_hub_has_is_told_with_the_right_command(store: Store, name: str, told: str) -> None:
    async with open_session() as session:
        with pytest.raises(EngineError, match=told):
            await pull(store, CATALOG[name], session, Told())


async def test_a_folder_that_cannot_be_written_is_told(hub: LocalHub, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file, not a folder")
    with pytest.raises(EngineError, match=r"cannot write in .*FLUX_MODELS__FOLDER"):
        await bring(Store(tmp_path / "models"), hub)


async def test_a_file_that_the_catalog_adds_later_is_missed(hub: LocalHub, store: Store) -> None:
    await bring(store, hub)
    hub.files["extra.json"] = b"[]"
    later = voice(hub.files)
    assert (await store.standing(later)).why == "extra.json is missing"
    async with open_session() as session:
        await pull(store, replace(later), session, Told(), hub=hub.address)
    assert content(store, later) == hub.files

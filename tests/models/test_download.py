"""A file comes whole or not at all, whatever the network, the server or the disk does."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.download import Received, Wanted, fetch, open_session
from models.errors import EngineError
from tests.models.hub import COMMIT, LocalHub, Told, everything, local_hub, some_bytes

NAME = "voice.onnx"
DATA = some_bytes(400_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
SMALL = b'{"sample_rate": 22050}'


@pytest.fixture
async def hub() -> AsyncIterator[LocalHub]:
    async with local_hub({NAME: DATA, "config.json": SMALL}) as serving:
        yield serving


def wanted(hub: LocalHub, folder: Path, name: str = NAME) -> Wanted:
    data = hub.files.get(name, DATA)
    return Wanted(hub.url(name), folder / name, len(data), hashlib.sha256(data).hexdigest())


async def get(file: Wanted, told: Told | None = None, *, tries: int = 0, stall: float = 30.0) -> Received:
    async with open_session(stall) as opened:
        return await fetch(opened, file, told or Told(), pauses=(0.0,) * tries)


async def interrupted(hub: LocalHub, folder: Path, at: int = 200_000) -> None:
    hub.cut_after = [at]
    with pytest.raises(EngineError, match="broke off"):
        await get(wanted(hub, folder))


async def test_a_file_comes_whole(hub: LocalHub, tmp_path: Path) -> None:
    told = Told()
    received = await get(wanted(hub, tmp_path), told)
    assert received == Received(len(DATA), SHA256, "catalog", COMMIT)
    assert (tmp_path / NAME).read_bytes() == DATA
    assert everything(tmp_path) == {NAME}
    assert told.seen[0] == (NAME, 0, len(DATA)) and told.seen[-1] == (NAME, len(DATA), len(DATA))


@pytest.mark.parametrize("name", [NAME, "config.json"])
async def test_without_a_known_digest_the_hub_is_taken_at_its_word(hub: LocalHub, tmp_path: Path, name: str) -> None:
    received = await get(Wanted(hub.url(name), tmp_path / name))
    assert (received.checked, received.sha256) == ("hub", hashlib.sha256(hub.files[name]).hexdigest())


async def test_a_server_that_declares_nothing_is_compared_by_length_alone(hub: LocalHub, tmp_path: Path) -> None:
    hub.plain = True
    assert (await get(Wanted(hub.url(NAME), tmp_path / NAME))).checked == "size"


async def test_an_interrupted_download_is_told_and_goes_on_where_it_was(hub: LocalHub, tmp_path: Path) -> None:
    hub.cut_after = [200_000]
    with pytest.raises(
        EngineError, match=r"voice\.onnx: the connection broke off at .* of 400\.0 kB; .* are kept: run"
    ):
        await get(wanted(hub, tmp_path))
    assert everything(tmp_path) == {f"{NAME}.part", f"{NAME}.part.json"}
    kept = (tmp_path / f"{NAME}.part").stat().st_size
    assert 0 < kept < len(DATA)

    told = Told()
    await get(wanted(hub, tmp_path), told)
    assert hub.asked[-1] == (NAME, f"bytes={kept}-", 206)
    assert told.notes == [f"{NAME}: going on at {kept / 1000:.1f} kB"]
    assert (tmp_path / NAME).read_bytes() == DATA
    assert everything(tmp_path) == {NAME}


async def test_a_broken_connection_is_tried_again_and_the_count_starts_anew_with_each_byte(
    hub: LocalHub, tmp_path: Path
) -> None:
    hub.cut_after = [50_000] * 4
    told = Told()
    await get(wanted(hub, tmp_path), told, tries=1)
    assert (tmp_path / NAME).read_bytes() == DATA
    assert [status for _, _, status in hub.asked] == [200, 206, 206, 206, 206]
    assert sum("trying again" in note for note in told.notes) == 4


async def test_a_server_that_falls_silent_is_left(hub: LocalHub, tmp_path: Path) -> None:
    hub.stall_after = [100_000]
    told = Told()
    await get(wanted(hub, tmp_path), told, tries=1, stall=0.2)
    assert "gave no more bytes" in told.notes[0]
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_cancelled_it_leaves_what_can_be_resumed_and_nothing_else(hub: LocalHub, tmp_path: Path) -> None:
    hub.gate = asyncio.Event()
    getting = asyncio.create_task(get(wanted(hub, tmp_path)))
    await hub.started.wait()
    getting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await getting
    assert NAME not in everything(tmp_path)
    hub.gate = None
    await get(wanted(hub, tmp_path))
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_a_corrupted_file_is_told_and_thrown_away(hub: LocalHub, tmp_path: Path) -> None:
    hub.corrupt = 1
    with pytest.raises(EngineError, match=f"damaged or was changed.* instead of {SHA256}; it was thrown away"):
        await get(wanted(hub, tmp_path), tries=3)
    assert everything(tmp_path) == set()
    await get(wanted(hub, tmp_path))
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_a_part_that_went_bad_on_the_disk_is_found_out_and_downloaded_anew(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    part = tmp_path / f"{NAME}.part"
    part.write_bytes(b"?" + part.read_bytes()[1:])
    told = Told()
    await get(wanted(hub, tmp_path), told)
    assert any("downloaded anew" in note for note in told.notes)
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_a_server_that_corrupts_every_time_is_given_up(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    hub.corrupt = 100
    with pytest.raises(EngineError, match="damaged"):
        await get(wanted(hub, tmp_path), tries=3)
    assert everything(tmp_path) == set()


async def test_a_file_that_changed_meanwhile_is_not_pieced_together(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    hub.files[NAME] = some_bytes(len(DATA), seed=1)
    told = Told()
    await get(wanted(hub, tmp_path), told)
    assert (tmp_path / NAME).read_bytes() == hub.files[NAME]
    assert hub.asked[-1][2] == 200, "the entity tag no longer fits, so the whole file came"


async def test_a_part_of_another_address_is_not_used(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    note = tmp_path / f"{NAME}.part.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "url": "http://elsewhere/voice.onnx"}))
    await get(wanted(hub, tmp_path))
    assert hub.asked[-1][1] is None


@pytest.mark.parametrize("note", ["", "{}", "[1]", "{broken", None])
async def test_a_part_of_unknown_origin_is_not_used(hub: LocalHub, tmp_path: Path, note: str | None) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"whatever")
    if note is not None:
        (tmp_path / f"{NAME}.part.json").write_text(note)
    await get(wanted(hub, tmp_path))
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_a_server_without_ranges_starts_from_the_beginning(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    hub.no_ranges = True
    told = Told()
    await get(wanted(hub, tmp_path), told)
    assert told.notes == [f"{NAME}: the server starts from the beginning"]
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_a_refused_range_starts_from_the_beginning(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    hub.statuses = [416]
    await get(wanted(hub, tmp_path))
    assert [status for _, _, status in hub.asked[1:]] == [416, 200]


async def test_a_part_that_is_complete_is_checked_without_asking(hub: LocalHub, tmp_path: Path) -> None:
    await interrupted(hub, tmp_path)
    (tmp_path / f"{NAME}.part").write_bytes(DATA)
    requests = len(hub.asked)
    assert (await get(wanted(hub, tmp_path))).checked == "catalog"
    assert len(hub.asked) == requests


@pytest.mark.parametrize(
    ("status", "told"),
    [(404, "is not there"), (401, "not open to everyone"), (403, "not open to everyone"), (206, "is not there")],
)
async def test_a_refusal_is_told_at_once(hub: LocalHub, tmp_path: Path, status: int, told: str) -> None:
    hub.statuses = [status]
    with pytest.raises(EngineError, match=f"{told} \\({status}\\).*FLUX_MODELS__HUB"):
        await get(wanted(hub, tmp_path), tries=3)
    assert everything(tmp_path) == set()
    assert len(hub.asked) == 1


async def test_a_busy_server_is_asked_again(hub: LocalHub, tmp_path: Path) -> None:
    hub.statuses = [503, 429]
    await get(wanted(hub, tmp_path), tries=2)
    assert (tmp_path / NAME).read_bytes() == DATA


async def test_a_file_of_another_length_is_refused_before_a_byte_is_kept(hub: LocalHub, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="has 400000 bytes instead of 399999"):
        await get(replace(wanted(hub, tmp_path), size=len(DATA) - 1))
    assert everything(tmp_path) == set()


async def test_a_hub_that_declares_another_digest_is_refused_before_a_byte_is_kept(
    hub: LocalHub, tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=f"declares the sha256 {SHA256} instead of {'0' * 64}"):
        await get(replace(wanted(hub, tmp_path), sha256="0" * 64))
    assert everything(tmp_path) == set()


async def test_more_bytes_than_promised_are_not_kept(hub: LocalHub, tmp_path: Path) -> None:
    hub.no_length, hub.extra = True, b"more"
    with pytest.raises(EngineError, match="sent more than the 400000 bytes"):
        await get(wanted(hub, tmp_path))
    assert everything(tmp_path) == set()


async def test_a_hub_out_of_reach_is_told_at_once_with_the_way_around(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot reach 127\.0\.0\.1:1 .*models export elsewhere and import here"):
        await get(Wanted("http://127.0.0.1:1/x", tmp_path / "x"), tries=3)
    assert everything(tmp_path) == set()


async def test_a_password_in_the_address_is_neither_told_nor_kept(hub: LocalHub, tmp_path: Path) -> None:
    secret = hub.url(NAME).replace("http://", "http://user:secret@")
    hub.cut_after = [200_000]
    with pytest.raises(EngineError) as failure:
        await get(replace(wanted(hub, tmp_path), url=secret))
    assert "secret" not in str(failure.value)
    assert "secret" not in (tmp_path / f"{NAME}.part.json").read_text()
    hub.statuses = [404]
    with pytest.raises(EngineError) as failure:
        await get(replace(wanted(hub, tmp_path), url=secret))
    assert "secret" not in str(failure.value)

"""Weights travel in a folder or a tar file, and what is wrong with either is refused whole."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from models.archive import export, take_in
from models.catalog import Weights
from models.download import open_session
from models.errors import EngineError
from models.pull import pull
from models.store import Store
from tests.models.hub import Told, content, everything, local_hub, some_bytes, voice

FILES = {"voice.onnx.json": b"{}", "voice.onnx": some_bytes(300_000)}
OTHER = {"other.onnx": some_bytes(1_000, seed=5)}
WEIGHTS = voice(FILES)
CATALOG = {one.name: one for one in (WEIGHTS, voice(OTHER, name="en_US-other-low"))}

Names = dict[str, bytes]


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    async with local_hub({**FILES, **OTHER}) as hub, open_session() as session:
        store = Store(tmp_path / "here")
        for weights in CATALOG.values():
            await pull(store, weights, session, Told(), hub=hub.address)
    return store


@pytest.fixture
def elsewhere(tmp_path: Path) -> Store:
    return Store(tmp_path / "there")


async def carry(store: Store, target: Path, weights: Weights = WEIGHTS) -> Path:
    await export(store, [weights], target, Told())
    return target


@pytest.mark.parametrize("target", ["usb", "weights.tar"])
async def test_what_is_exported_can_be_imported(store: Store, elsewhere: Store, tmp_path: Path, target: str) -> None:
    await export(store, [*CATALOG.values()], tmp_path / target, Told())
    assert not [name for name in everything(tmp_path) if "part" in name or ".incoming" in name]
    assert sorted(await take_in(elsewhere, tmp_path / target, [], Told(), CATALOG)) == sorted(CATALOG)
    assert content(elsewhere, WEIGHTS) == FILES
    assert (await elsewhere.standing(WEIGHTS)).state == "here"
    assert everything(elsewhere.folder) == everything(store.folder)


async def test_only_what_is_named_is_taken(store: Store, elsewhere: Store, tmp_path: Path) -> None:
    await export(store, [*CATALOG.values()], tmp_path / "w.tar", Told())
    assert await take_in(elsewhere, tmp_path / "w.tar", ["en_US-other-low"], Told(), CATALOG) == ["en_US-other-low"]
    assert not elsewhere.place(WEIGHTS).exists()
    with pytest.raises(EngineError, match=r"does not hold base\.en; it holds"):
        await take_in(elsewhere, tmp_path / "w.tar", ["base.en"], Told(), CATALOG)


async def test_what_is_not_here_or_damaged_is_not_exported(store: Store, tmp_path: Path) -> None:
    (store.place(WEIGHTS) / "voice.onnx").write_bytes(b"?" + FILES["voice.onnx"][1:])
    for target in ("usb", "w.tar"):
        with pytest.raises(EngineError, match="damaged"):
            await carry(store, tmp_path / target)
    (store.place(WEIGHTS) / "voice.onnx").unlink()
    with pytest.raises(EngineError, match="run flux-voice models pull"):
        await carry(store, tmp_path / "w.tar")
    assert not [name for name in everything(tmp_path) if name.startswith("w.tar")]
    assert "usb/en_US-test-medium" not in everything(tmp_path)


def repack(source: Path, change: Callable[[Names], Names]) -> None:
    with tarfile.open(source) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    with tarfile.open(source, "w") as tar:
        for name, data in change(files).items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def manifest_of(members: Names, **changes: object) -> Names:
    name = f"{WEIGHTS.name}/manifest.json"
    return {**members, name: json.dumps({**json.loads(members[name]), **changes}).encode()}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda files: {**files, "../outside": b"x"}, "not what models export writes"),
        (lambda files: {**files, f"{WEIGHTS.name}/../../outside": b"x"}, "not what models export writes"),
        (lambda files: {**files, "/etc/outside": b"x"}, "not what models export writes"),
        (lambda files: {**files, f"{WEIGHTS.name}/deep/er": b"x"}, "not what models export writes"),
        (lambda files: {**files, "unknown/manifest.json": b"{}"}, "holds unknown"),
        (lambda files: {**files, f"{WEIGHTS.name}/voice.onnx": FILES["voice.onnx"][:-1]}, "is damaged"),
        (lambda files: {**files, f"{WEIGHTS.name}/voice.onnx": FILES["voice.onnx"] + b"x"}, "is damaged"),
        (lambda files: {**files, f"{WEIGHTS.name}/voice.onnx": b"?" + FILES["voice.onnx"][1:]}, "is damaged"),
        (lambda files: {k: v for k, v in files.items() if not k.endswith("voice.onnx")}, "voice.onnx is not there"),
        (lambda files: {k: v for k, v in files.items() if "manifest" not in k}, "manifest.json is missing"),
        (lambda files: manifest_of(files, format=9), "manifest.json is missing or unreadable"),
        (lambda files: manifest_of(files, name="base.en"), "names other files than the catalog"),
        (lambda files: manifest_of(files, files={}), "names other files than the catalog"),
        (
            lambda files: manifest_of(
                files,
                files={name: {"size": 1, "sha256": "0" * 64, "checked": "catalog"} for name in FILES},
            ),
            "instead of the catalog's",
        ),
        (lambda files: {}, "no weights"),
    ],
)
async def test_what_export_did_not_write_is_refused(
    store: Store, elsewhere: Store, tmp_path: Path, change: Callable[[Names], Names], told: str
) -> None:
    source = await carry(store, tmp_path / "w.tar")
    repack(source, change)
    before = everything(tmp_path)
    with pytest.raises(EngineError, match=told):
        await take_in(elsewhere, source, [], Told(), CATALOG)
    assert everything(tmp_path) - {"there"} == before, "nothing was written anywhere"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
async def test_links_and_devices_are_refused(store: Store, elsewhere: Store, tmp_path: Path, kind: bytes) -> None:
    source = await carry(store, tmp_path / "w.tar")
    with tarfile.open(source, "a") as tar:
        member = tarfile.TarInfo(f"{WEIGHTS.name}/link")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(EngineError, match="not what models export writes"):
        await take_in(elsewhere, source, [], Told(), CATALOG)
    assert not elsewhere.folder.exists()


async def test_a_tar_that_was_copied_halfway_is_refused(store: Store, elsewhere: Store, tmp_path: Path) -> None:
    source = await carry(store, tmp_path / "w.tar")
    whole = source.read_bytes()
    for size in (0, 700, len(whole) // 2):
        source.write_bytes(whole[:size])
        with pytest.raises(EngineError):
            await take_in(elsewhere, source, [], Told(), CATALOG)
        assert not elsewhere.place(WEIGHTS).exists()


async def test_a_source_that_is_not_there_is_told(elsewhere: Store, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="there is no"):
        await take_in(elsewhere, tmp_path / "no.tar", [], Told(), CATALOG)
    (tmp_path / "text.tar").write_text("not a tar file at all")
    with pytest.raises(EngineError, match="not a whole tar file"):
        await take_in(elsewhere, tmp_path / "text.tar", [], Told(), CATALOG)


async def test_an_import_replaces_what_is_damaged(store: Store, elsewhere: Store, tmp_path: Path) -> None:
    source = await carry(store, tmp_path / "w.tar")
    await take_in(elsewhere, source, [], Told(), CATALOG)
    (elsewhere.place(WEIGHTS) / "voice.onnx").write_bytes(b"harmed")
    await take_in(elsewhere, source, [], Told(), CATALOG)
    assert (await elsewhere.standing(WEIGHTS)).state == "here"

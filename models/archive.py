"""Carries weights to boxes without internet: into a folder or a tar file, and from one, checked on both sides."""

import asyncio
import os
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import ValidationError

from models.catalog import CATALOG, Hub, Weights
from models.digests import BLOCK, Digests
from models.download import Watcher, ensure_room, no_room
from models.errors import EngineError
from models.lock import held
from models.store import MANIFEST, Manifest, Store

TAR: Final = ".tar"

_MANIFEST_LIMIT: Final = 1 << 20

Opener = Callable[[str], BinaryIO]
"""Opens one of the files of some weights; raises OSError or KeyError where it is not there."""


async def export(store: Store, weights: Sequence[Weights], target: Path, watcher: Watcher) -> None:
    """Write these weights to `target`, a folder or a file that ends in `.tar`; raises EngineError."""
    for one in weights:
        standing = await store.standing(one, thorough=False)
        if standing.state != "here":
            raise EngineError(f"{one.name} is {standing.state} ({standing.why}): run {standing.fix}")
    try:
        if target.suffix != TAR:
            for one in weights:
                manifest = _manifest(one, store.place(one))
                await _take_in(Store(target), one, manifest, _in_folder(store.place(one)), watcher)
            return
        ensure_room(_parent(target), sum(one.size or 0 for one in weights))
        unfinished = target.with_name(f"{target.name}.part")
        try:
            with tarfile.open(unfinished, "w", format=tarfile.PAX_FORMAT) as tar:
                for one in weights:
                    await _add(tar, store.place(one), _manifest(one, store.place(one)), watcher)
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise no_room(_parent(target), error) from error


async def take_in(
    store: Store,
    source: Path,
    names: Sequence[str],
    watcher: Watcher,
    catalog: Mapping[str, Weights] = CATALOG,
) -> Sequence[str]:
    """Bring weights of these names, or all, from what `export` wrote; returns their names. Raises EngineError."""
    try:
        with _opened(source) as openers:
            unknown = [name for name in names if name not in openers]
            if unknown:
                raise EngineError(f"{source} does not hold {', '.join(unknown)}; it holds {', '.join(openers)}")
            wanted = [name for name in openers if not names or name in names]
            strange = [name for name in wanted if not isinstance(getattr(catalog.get(name), "source", None), Hub)]
            if strange or not wanted:
                raise EngineError(f"{source} holds {', '.join(strange) or 'no weights'}: not what models export writes")
            for name in wanted:
                manifest = _read_manifest(catalog[name], openers[name])
                await _take_in(store, catalog[name], manifest, openers[name], watcher)
            return wanted
    except OSError as error:
        raise no_room(store.folder, error) from error
    except (tarfile.TarError, EOFError) as error:
        raise EngineError(f"{source} is not a whole tar file ({error}); copy it anew") from error


async def _take_in(store: Store, weights: Weights, manifest: Manifest, opener: Opener, watcher: Watcher) -> None:
    async with _putting_together(store, weights, watcher) as staging:
        ensure_room(staging, sum(record.size for record in manifest.files.values()))
        for name, record in manifest.files.items():
            try:
                file = opener(name)
            except (KeyError, FileNotFoundError) as error:
                raise EngineError(f"{weights.name}: {name} is not there; export it anew") from error
            with file, (staging / name).open("wb") as copy:
                digests = Digests(None)
                done = await _copy(file, copy, record.size, digests, partial(_at, watcher, name, record.size))
                copy.flush()
                os.fsync(copy.fileno())
            if done != record.size or digests.sha256 != record.sha256:
                raise EngineError(
                    f"{weights.name}: {name} is damaged: its sha256 is {digests.sha256} instead of {record.sha256}; "
                    "nothing of it was kept. Copy it anew"
                )
        manifest.write(staging)
        store.install(weights)


@asynccontextmanager
async def _putting_together(store: Store, weights: Weights, watcher: Watcher) -> AsyncIterator[Path]:
    """Give the empty folder in which weights are put together; it is gone afterwards."""
    try:
        async with held(
            store.lock(weights), lambda: watcher.note(f"{weights.name}: another process is at it; waiting")
        ):
            store.clear(weights)
            store.staging(weights).mkdir(parents=True)
            try:
                yield store.staging(weights)
            finally:
                store.clear(weights)
    finally:
        store.tidy()


async def _add(tar: tarfile.TarFile, place: Path, manifest: Manifest, watcher: Watcher) -> None:
    for name in (MANIFEST, *manifest.files):
        member = tarfile.TarInfo(f"{manifest.name}/{name}")
        member.size = (place / name).stat().st_size
        member.mtime = int(manifest.received.timestamp())
        member.mode = 0o644
        with (place / name).open("rb") as file:
            digests = Digests(None)
            await digests.read(file)
            if name != MANIFEST and digests.sha256 != manifest.files[name].sha256:
                raise EngineError(
                    f"{manifest.name}: {name} is damaged: run flux-voice models pull {manifest.name}, then export anew"
                )
            file.seek(0)
            tar.addfile(member, file)
            watcher.at(name, member.size, member.size)


async def _copy(source: BinaryIO, target: BinaryIO, size: int, digests: Digests, at: Callable[[int], None]) -> int:
    done = 0
    # One byte beyond what is due is read, to notice what is too long, and never more.
    while block := source.read(min(BLOCK, size + 1 - done)):
        target.write(block)
        digests.update(block)
        done += len(block)
        at(done)
        await asyncio.sleep(0)
    return done


@contextmanager
def _opened(source: Path) -> Iterator[Mapping[str, Opener]]:
    """Give what opens the files of each of the weights that a folder or a tar file holds."""
    if source.is_dir():
        places = sorted(path for path in source.iterdir() if (path / MANIFEST).is_file())
        yield {place.name: _in_folder(place) for place in places}
        return
    if not source.exists():
        raise EngineError(f"there is no {source}")
    with tarfile.open(source, "r:") as tar:
        members: dict[str, dict[str, tarfile.TarInfo]] = {}
        for member in tar:
            weights, _, file = member.name.partition("/")
            # Whatever could land elsewhere or be something else than a file is no work of `export`.
            if not member.isfile() or not _plain(weights) or not _plain(file) or file in members.get(weights, {}):
                raise EngineError(f"{source} holds {member.name!r}: not what models export writes; nothing was taken")
            members.setdefault(weights, {})[file] = member
        yield {name: _in_tar(tar, files) for name, files in members.items()}


def _at(watcher: Watcher, name: str, size: int, done: int) -> None:
    watcher.at(name, done, size)


def _parent(path: Path) -> Path:
    return path.absolute().parent


def _plain(name: str) -> bool:
    return name not in ("", ".", "..") and "/" not in name and "\\" not in name and "\0" not in name


def _in_folder(place: Path) -> Opener:
    return lambda name: (place / name).open("rb")


def _in_tar(tar: tarfile.TarFile, files: Mapping[str, tarfile.TarInfo]) -> Opener:
    def opened(name: str) -> BinaryIO:
        file = tar.extractfile(files[name])
        if file is None:
            raise KeyError(name)
        return file  # type: ignore[return-value]

    return opened


def _manifest(weights: Weights, place: Path) -> Manifest:
    return _read_manifest(weights, _in_folder(place))


def _read_manifest(weights: Weights, opener: Opener) -> Manifest:
    """Return the manifest of weights from outside; raises EngineError where it is not of these weights."""
    try:
        with opener(MANIFEST) as file:
            manifest = Manifest.model_validate_json(file.read(_MANIFEST_LIMIT))
    except (KeyError, FileNotFoundError, ValidationError) as error:
        raise EngineError(f"{weights.name}: {MANIFEST} is missing or unreadable; export it anew") from error
    source = weights.source
    if (
        not isinstance(source, Hub)
        or manifest.name != weights.name
        or set(manifest.files) != {file.name for file in source.files}
    ):
        raise EngineError(f"{weights.name}: {MANIFEST} names other files than the catalog; nothing was taken")
    for known in source.files:
        record = manifest.files[known.name]
        # The word of whoever wrote the manifest counts only where the catalog has none of its own.
        if manifest.asked == source.revision and known.sha256 not in (None, record.sha256):
            raise EngineError(
                f"{weights.name}: {known.name} has the sha256 {record.sha256} instead of the catalog's {known.sha256}; "
                "nothing was taken"
            )
    return manifest

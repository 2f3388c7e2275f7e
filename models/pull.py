"""Brings weights from a hub into the folder of the weights, all of their files or none."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import aiohttp

from models.catalog import File, Hub, Ollama, Package, Weights
from models.digests import sha256_of
from models.download import PAUSES, Wanted, Watcher, ensure_room, fetch, no_room, without_user
from models.errors import EngineError
from models.licences import ENGINES
from models.lock import held
from models.store import Manifest, Record, Store

DEFAULT_HUB: Final = "https://huggingface.co"


async def pull(
    store: Store,
    weights: Weights,
    session: aiohttp.ClientSession,
    watcher: Watcher,
    *,
    hub: str = DEFAULT_HUB,
    revision: str | None = None,
    pauses: Sequence[float] = PAUSES,
) -> bool:
    """Bring these weights, or what is missing or damaged of them; returns False where all was here and well.

    `revision` is a commit, tag or branch other than the catalog's, whose checksums then do not apply. Two processes
    that pull the same wait for each other. Raises EngineError.
    """
    source = _pullable(weights)
    lock = store.lock(weights)
    try:
        async with held(lock, lambda: watcher.note(f"{weights.name}: another process is at it; waiting")):
            try:
                return await _Pull(store, weights, source, revision or source.revision, hub).run(
                    session, watcher, pauses
                )
            finally:
                store.drop_unless_resumable(weights)
    except OSError as error:
        raise no_room(store.folder, error) from error
    finally:
        store.tidy()


def _pullable(weights: Weights) -> Hub:
    match weights.source:
        case Hub():
            return weights.source
        case Ollama():
            raise EngineError(f"{weights.name} is kept by Ollama: run {Ollama.command(weights.name)}")
        case Package(engine=engine):
            raise EngineError(f"{weights.name} comes with a package: run {ENGINES[engine].install}")


class _Pull:
    def __init__(self, store: Store, weights: Weights, source: Hub, asked: str, hub: str) -> None:
        self._store = store
        self._weights = weights
        self._source = source
        self._asked = asked
        self._hub = hub
        self._staging = store.staging(weights)

    async def run(self, session: aiohttp.ClientSession, watcher: Watcher, pauses: Sequence[float]) -> bool:
        sound = await self._store.sound(self._weights, self._asked)
        present = Manifest.read(self._store.place(self._weights))
        missing = [file for file in self._source.files if file.name not in sound]
        if not missing and present is not None and present.files == sound:
            self._store.clear(self._weights)
            return False
        manifest = await self._begin(sound)
        self._ensure_room(missing, manifest)
        for name, record in manifest.files.items():  # here already, or an interrupted pull had got so far
            watcher.at(name, record.size, record.size)
        for file in missing:
            if file.name in manifest.files:
                continue
            # What is pulled together belongs to one commit, even if the branch moves meanwhile.
            url = self._source.url(self._hub, file.name, manifest.revision)
            pinned = self._asked == self._source.revision
            wanted = Wanted(
                url, self._staging / file.name, file.size if pinned else None, file.sha256 if pinned else None
            )
            received = await fetch(session, wanted, watcher, pauses)
            record = Record(size=received.size, sha256=received.sha256, checked=received.checked)
            manifest.files[file.name] = record
            manifest.revision = received.revision or manifest.revision
            manifest.write(self._staging)
        manifest.received = datetime.now(UTC)
        manifest.write(self._staging)
        self._store.install(self._weights)
        return True

    async def _begin(self, sound: dict[str, Record]) -> Manifest:
        """Return what an interrupted pull of the same has put together, or make a start."""
        manifest = Manifest.read(self._staging)
        source = f"{without_user(self._hub).rstrip('/')}/{self._source.repository}"
        if manifest is None or (manifest.source, manifest.asked) != (source, self._asked):
            self._store.clear(self._weights)
            manifest = Manifest(
                name=self._weights.name,
                source=source,
                asked=self._asked,
                revision=self._asked,
                received=datetime.now(UTC),
                files={},
            )
        staged = {}
        for name, record in manifest.files.items():
            path = self._staging / name
            if path.is_file() and await sha256_of(path) == record.sha256:
                staged[name] = record
        manifest.files = {**staged, **sound}
        self._staging.mkdir(parents=True, exist_ok=True)
        manifest.write(self._staging)
        return manifest

    def _ensure_room(self, missing: Sequence[File], manifest: Manifest) -> None:
        needed = 0
        for file in missing:
            if file.name not in manifest.files:
                part = self._staging / f"{file.name}.part"
                needed += (file.size or 0) - (part.stat().st_size if part.exists() else 0)
        ensure_room(self._staging, needed)

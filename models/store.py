"""The folder of the weights on this box: where each lies, whether it is whole, and how new ones take their place.

`FOLDER/NAME/` holds the files under their makers' names and `manifest.json`, which says what they are. Whatever is not
whole yet lies in `FOLDER/.incoming/`, so that an engine never finds half a model.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from models.catalog import File, Hub, Ollama, Package, Weights
from models.digests import sha256_of
from models.download import Checked
from models.errors import EngineError
from models.licences import ENGINES

MANIFEST: Final = "manifest.json"
INCOMING: Final = ".incoming"

State = Literal["here", "missing", "damaged", "elsewhere"]
"""How weights stand; `elsewhere`: another server keeps them, and nothing here can tell."""


class Record(BaseModel):
    """One file as it was received: `size` in bytes, what its digest was compared with."""

    model_config = ConfigDict(extra="forbid")

    size: NonNegativeInt
    sha256: str
    checked: Checked


class Manifest(BaseModel):
    """What lies in one folder of weights; `asked` is the revision asked for, `revision` the commit that came."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    name: str
    source: str
    asked: str
    revision: str
    received: datetime
    files: dict[str, Record]

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the manifest in a folder, or None where there is none that can be read."""
        try:
            return cls.model_validate_json((folder / MANIFEST).read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, folder: Path) -> None:
        """Put the manifest into a folder, whole or not at all; raises OSError."""
        unfinished = folder / f"{MANIFEST}.part"
        try:
            unfinished.write_text(self.model_dump_json(indent=2) + "\n")
            os.replace(unfinished, folder / MANIFEST)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


@dataclass(frozen=True, slots=True)
class Standing:
    """How weights stand on this box: `why` where they are not well, `fix` the command that mends it."""

    state: State
    why: str = ""
    fix: str = ""


class Store:
    """The weights in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, weights: Weights) -> Path:
        """Return the folder of these weights, whether or not they are there."""
        return self.folder / weights.name

    def staging(self, weights: Weights) -> Path:
        """Return the folder in which these weights are put together."""
        return self.folder / INCOMING / weights.name

    def lock(self, weights: Weights) -> Path:
        """Return the file by which one process at a time works on these weights."""
        return self.folder / INCOMING / f"{weights.name}.lock"

    async def standing(self, weights: Weights, *, thorough: bool = True) -> Standing:
        """Return how these weights stand; `thorough` reads every byte, otherwise only the lengths are compared."""
        match weights.source:
            case Ollama():
                return Standing("elsewhere", "kept by Ollama", Ollama.command(weights.name))
            case Package(engine=engine):
                info = ENGINES[engine]
                if info.version is None:
                    return Standing("missing", f"the package {info.distribution} is not installed", info.install)
                return Standing("here")
            case Hub():
                return await self._standing(weights, weights.source, thorough)

    async def sound(self, weights: Weights, asked: str) -> dict[str, Record]:
        """Return the files here that are, byte for byte, those of revision `asked`, as far as it can be known.

        Raises OSError.
        """
        place, source = self.place(weights), _hub(weights)
        manifest = Manifest.read(place)
        sound: dict[str, Record] = {}
        for file in source.files:
            path = place / file.name
            known = file.sha256 if asked == source.revision else None
            record = manifest.files.get(file.name) if manifest is not None and manifest.asked == asked else None
            expected = known or (record.sha256 if record else None)
            if expected is None or not path.is_file() or await sha256_of(path) != expected:
                continue
            checked: Checked = "catalog" if known else record.checked if record else "size"
            sound[file.name] = Record(size=path.stat().st_size, sha256=expected, checked=checked)
        return sound

    def install(self, weights: Weights) -> None:
        """Move what was put together into its place; raises OSError."""
        staging, place = self.staging(weights), self.place(weights)
        if place.is_dir():
            # Some of it was here before: what is new replaces it file by file, the manifest last.
            for path in sorted(staging.iterdir(), key=lambda path: path.name == MANIFEST):
                os.replace(path, place / path.name)
        else:
            os.rename(staging, place)
        self.clear(weights)

    def clear(self, weights: Weights) -> None:
        """Remove what was being put together."""
        shutil.rmtree(self.staging(weights), ignore_errors=True)

    def drop_unless_resumable(self, weights: Weights) -> None:
        """Remove what was being put together if it holds no byte that a further pull could go on from."""
        staging = self.staging(weights)
        if staging.is_dir() and not any(
            path.stat().st_size
            for path in staging.iterdir()
            if path.name != MANIFEST and not path.name.endswith(".part.json")
        ):
            self.clear(weights)

    def tidy(self) -> None:
        """Remove the folder of unfinished things if nothing is in it."""
        with suppress(OSError):  # something is in it still, or another process was faster
            (self.folder / INCOMING).rmdir()

    async def _standing(self, weights: Weights, source: Hub, thorough: bool) -> Standing:
        place = self.place(weights)
        fix = f"flux-voice models pull {weights.name}"
        if not place.is_dir():
            return Standing("missing", "not pulled", fix)
        manifest = Manifest.read(place)
        if manifest is None:
            return Standing("damaged", f"{MANIFEST} is missing or unreadable", fix)
        if manifest.asked != source.revision:
            fix += f" --revision {manifest.asked}"
        bad = [problem for file in source.files if (problem := await self._problem(place, manifest, file, thorough))]
        return Standing("damaged", "; ".join(bad), fix) if bad else Standing("here")

    async def _problem(self, place: Path, manifest: Manifest, file: File, thorough: bool) -> str | None:
        record = manifest.files.get(file.name)
        try:
            size = (place / file.name).stat().st_size
            if record is None:
                return f"{file.name} is not in {MANIFEST}"
            if size != record.size:
                return f"{file.name} has {size} bytes instead of {record.size}"
            if thorough and await sha256_of(place / file.name) != record.sha256:
                return f"{file.name} is not what was received: its sha256 has changed"
        except FileNotFoundError:
            return f"{file.name} is missing"
        except OSError as error:
            return f"{file.name} cannot be read: {error.strerror}"
        return None


def downloadable(weights: Sequence[Weights]) -> list[Weights]:
    """Return those that a hub has; the others come with packages or are kept by Ollama."""
    return [one for one in weights if isinstance(one.source, Hub)]


def _hub(weights: Weights) -> Hub:
    if not isinstance(weights.source, Hub):
        raise EngineError(f"{weights.name} is not kept in the folder of the weights")
    return weights.source

"""Pulls onto a disk of 1 MB and prints, as JSON, what was told and what is left; run by test_disk_full.py.

The first argument is a folder, on the small disk; the second says how the disk comes to be too small.
"""

import asyncio
import json
import sys
from pathlib import Path

from models.download import open_session
from models.errors import EngineError
from models.pull import pull
from models.store import Store
from tests.models.hub import Told, everything, local_hub, some_bytes, voice


class Begun(Told):
    """Tells when bytes of the large file have been written."""

    def __init__(self) -> None:
        super().__init__()
        self.event = asyncio.Event()

    def at(self, file: str, done: int, total: int | None) -> None:
        if file == "voice.onnx" and done:
            self.event.set()


async def main(folder: Path, how: str) -> None:
    files = {
        "config.json": b"{}",
        "voice.onnx": some_bytes(3_000_000 if how in ("announced", "unannounced") else 400_000),
    }
    weights = voice(files, known=how != "unannounced")
    begun = Begun()
    store, filler = Store(folder / "models"), folder / "filler"
    async with local_hub(files) as hub, open_session() as session:
        if how == "unannounced":
            hub.no_length = hub.plain = True
        if how == "meanwhile":
            hub.gate = asyncio.Event()
        pulling = asyncio.create_task(pull(store, weights, session, begun, hub=hub.address, pauses=()))
        if how == "meanwhile":
            await begun.event.wait()
            fill(filler)
            assert hub.gate is not None
            hub.gate.set()
        try:
            await pulling
            told = ""
        except EngineError as error:
            told = str(error)
        left = sorted(everything(folder))
        again = ""
        if how == "meanwhile":
            filler.unlink()
            await pull(store, weights, session, Told(), hub=hub.address, pauses=())
            again = (await store.standing(weights)).state
    print(json.dumps({"told": told, "left": left, "again": again}))


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))

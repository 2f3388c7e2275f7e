"""What a server that has stopped left in its database, read as a stranger would."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def kept(folder: Path, table: str) -> list[dict[str, Any]]:
    """Return every row of `table` in the database of `benchmarks.own_server.own_server(folder)`."""
    with closing(sqlite3.connect(folder / "flux.db")) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]

"""What `doctor` says of the database."""

import asyncio
import os
from pathlib import Path
from typing import Final

from dao.database import database_address
from dao.errors import DaoError
from dao.migrations import newest, revision_of
from web.findings import Finding
from web.settings import Settings

PATIENCE: Final = 5.0
"""Seconds that a database server has to answer."""


async def database(settings: Settings) -> Finding:
    """Check that SQLite's file can be written, or that the server of another database answers and what it holds."""
    try:
        url = database_address(settings.dao.database_url)
    except DaoError as error:
        return Finding("database", False, str(error), "set FLUX_DAO__DATABASE_URL")
    if url.get_backend_name() == "sqlite":
        return _file(url.database or "")
    place = f"{url.get_backend_name()} {url.database} on {url.host or 'this box'}"
    fix = "start it, or correct FLUX_DAO__DATABASE_URL"
    try:
        async with asyncio.timeout(PATIENCE):
            revision = await revision_of(settings.dao.database_url)
    except DaoError as error:
        return Finding("database", False, str(error), fix)
    except TimeoutError:
        return Finding("database", False, f"{place}: no answer within {PATIENCE:g} s", fix)
    if revision == newest():
        return Finding("database", True, f"{place}, schema {revision}")
    found = "without tables of ours" if revision is None else f"schema {revision}"
    return Finding("database", True, f"{place}, {found}: the next start brings it to {newest()}")


def _file(name: str) -> Finding:
    file = Path(name).expanduser().absolute()
    place = next(one for one in (file, *file.parents) if one.exists())
    writable = os.access(place, os.W_OK) and (not file.exists() or os.access(file.parent, os.W_OK))
    return Finding("database", writable, str(file), f"make {place} writable, or set FLUX_DAO__DATABASE_URL")

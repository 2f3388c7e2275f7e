"""An empty PostgreSQL database to try on: the one that `FLUX_TEST_POSTGRES` names, or a server of one's own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from benchmarks.own_server import free_ports

VARIABLE: Final = "FLUX_TEST_POSTGRES"
_INSTALLED: Final = Path("/usr/lib/postgresql")


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the database's URL; skips where no database is named and no server is installed."""
    if named := os.environ.get(VARIABLE):
        yield named
        return
    programs = _programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL is installed, and {VARIABLE} names no empty database")
    # PostgreSQL refuses to run as root.
    owner = _unprivileged() if os.geteuid() == 0 else None
    place = Path(tempfile.mkdtemp(prefix="flux-postgres-"))
    try:
        if owner is not None:
            shutil.chown(place, owner)
        yield from _serve(programs, place, owner)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _serve(programs: Path, place: Path, owner: str | None) -> Iterator[str]:
    data = place / "data"
    (port,) = free_ports(1)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, user=owner, cwd=place, stdout=subprocess.DEVNULL, timeout=120)

    run("initdb", "--no-sync", "-U", "flux", "--auth=trust", "-E", "UTF8")
    run("pg_ctl", "-w", "-l", str(place / "log"), "-o", options, "start")
    try:
        yield f"postgresql://flux@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(_INSTALLED.glob("*/bin"), key=lambda place: float(place.parent.name), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _unprivileged() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

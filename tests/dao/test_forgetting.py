"""What waits for a deleted conversation is let go of, in memory and on disk."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from dao.client import DaoClient
from dao.courier import Courier
from dao.entries import Entry
from dao.owner_client import OwnerRecords
from dao.records import DeletionDraft
from dao.refused import REFUSED
from dao.spool import Spool
from tests.dao import samples
from tests.dao.samples import ALICE, CALL

OTHER = uuid4()
SECRET = "an elephant in the cellar"


def say(spool: Spool, words: str, conversation: UUID = CALL, tenant: str = "home") -> None:
    spool.put(tenant, "message", conversation, samples.message(conversation_id=conversation, content=words))


def on_disk(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.iterdir())


async def waiting(spool: Spool) -> list[str]:
    said = []
    for _ in range(spool.depth):
        said.append((await spool.next()).body["content"])
        spool.done()
    return said


async def test_it_is_nowhere_any_more_and_all_else_waits_in_order(tmp_path: Path) -> None:
    with Spool.open(tmp_path) as spool:
        say(spool, "delivered " + SECRET)
        await spool.next()
        spool.done()
        for words, conversation in (("1", OTHER), (SECRET, CALL), ("2", OTHER), (SECRET, CALL), ("3", OTHER)):
            say(spool, words, conversation)
        say(spool, "of another tenant", tenant="other")
        with spool.withholding({("home", CALL)}) as count:
            assert (count, spool.depth) == (2, 4)
            spool.forget({("home", CALL)})
        assert SECRET not in on_disk(tmp_path)
        say(spool, SECRET)  # what comes late is dropped
        assert SECRET not in on_disk(tmp_path)
        assert spool.depth == 4
    with Spool.open(tmp_path) as spool:  # as after a kill
        assert await waiting(spool) == ["1", "2", "3", "of another tenant"]


async def test_without_a_deletion_it_waits_again(tmp_path: Path) -> None:
    with Spool.open(tmp_path) as spool:
        say(spool, "1")
        say(spool, "2", OTHER)
        with pytest.raises(RuntimeError), spool.withholding({("home", CALL)}):
            assert spool.depth == 1
            raise RuntimeError
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(spool.delivered(CALL), 0.01)
        assert await waiting(spool) == ["1", "2"]
        await spool.delivered(CALL)


async def test_the_one_that_is_being_delivered_is_left_to_the_service_but_not_to_the_disk(tmp_path: Path) -> None:
    with Spool.open(tmp_path) as spool:
        say(spool, SECRET)
        say(spool, "2", OTHER)
        assert (await spool.next()).conversation == CALL
        with spool.withholding({("home", CALL)}) as count:
            assert count == 0
            spool.forget({("home", CALL)})
        assert SECRET not in on_disk(tmp_path)
        spool.done()
        assert await waiting(spool) == ["2"]


async def test_what_was_refused_goes_too_and_a_users_conversations_are_found(tmp_path: Path) -> None:
    with Spool.open(tmp_path) as spool:
        spool.put("home", "conversation", CALL, samples.conversation())
        entry = await spool.next()
        spool.done()
        spool.set_aside(entry, "DaoRejected")
        spool.set_aside(Entry("home", "message", CALL, {"content": SECRET}, 0.0), "DaoRejected")
        spool.set_aside(Entry("home", "message", OTHER, {"content": "stays"}, 0.0), "DaoRejected")
        spool.put("home", "user", OTHER, samples.user())
        spool.put("other", "user", uuid4(), samples.user())
        assert spool.conversations_of("home", ALICE) == {CALL, OTHER}
        with spool.withholding({("home", CALL)}) as count:
            assert count == 2
            spool.forget({("home", CALL)})
        left = (tmp_path / REFUSED).read_text()
        assert "stays" in left and SECRET not in left and str(CALL) not in left


async def test_a_disk_that_refuses_loses_nothing_and_may_be_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Spool.open(tmp_path) as spool:
        say(spool, "1", OTHER)
        say(spool, SECRET)

        def full(*_: object) -> int:
            raise OSError("the disk is full")

        monkeypatch.setattr("dao.segment.os.write", full)
        with pytest.raises(OSError, match="full"), spool.withholding({("home", CALL)}):
            spool.forget({("home", CALL)})
        monkeypatch.undo()
        with spool.withholding({("home", CALL)}):
            spool.forget({("home", CALL)})
        assert SECRET not in on_disk(tmp_path)
        assert await waiting(spool) == ["1"]


async def test_late_records_of_another_server_are_dropped_and_not_written_down(
    client: DaoClient, tmp_path: Path
) -> None:
    await client.put_user(samples.user())
    await client.put_conversation(samples.conversation())
    await OwnerRecords(client).delete_conversation(CALL, DeletionDraft(deleted_by="loopback"))
    with Spool.open(tmp_path / "spool") as spool:
        courier = Courier(spool, client.of)
        spool.put("default", "conversation", CALL, samples.conversation())
        say(spool, SECRET, tenant="default")
        running = asyncio.create_task(courier.run())
        await spool.empty()
        running.cancel()
        assert courier.refused == 0
    assert not (tmp_path / "spool" / REFUSED).exists()
    assert await client.messages(CALL) == []

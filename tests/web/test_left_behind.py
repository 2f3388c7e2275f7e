"""A call that is over, however it ended, leaves no task, thread or file handle."""

import asyncio
import gc
import os
import threading

import pytest

from tests.e2e.peer import Peer
from tests.web.scripted import serve


def held() -> tuple[int, int, int]:
    gc.collect()
    return len(asyncio.all_tasks()), threading.active_count(), len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("ending", ["hang up", "vanish", "shutdown", "conversation"])
async def test_nothing_is_left_of_a_call(ending: str) -> None:
    before = None
    for _ in range(3):  # the first call may load what stays: the executor's threads, libraries
        async with serve() as server, Peer(server.url) as peer:
            await peer.connect()
            conversation = server.conversations[0]
            await asyncio.wait_for(conversation.attached.wait(), 5)
            if ending == "hang up":
                peer.send("disconnect-bot")
                await peer.until(lambda: peer.pc.connectionState == "closed")
            elif ending == "conversation":
                conversation.end("goodbye")
                await peer.until(lambda: peer.own_messages("call_ended"))
            elif ending == "vanish":
                await peer.close()
                await asyncio.wait_for(conversation.detached.wait(), 10)
        await asyncio.sleep(0.05)
        now = held()
        tasks, _, handles = now
        if before is not None:
            assert tasks == before[0]
            assert handles <= before[2]
        before = now
    assert before is not None and before[0] == 1
    assert conversation.ending.done()

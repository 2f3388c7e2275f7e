"""A spoken conversation whose speech goes through Deepgram's protocol both ways: what was said is kept."""

from pathlib import Path
from uuid import UUID

import pytest

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from benchmarks.own_server import own_server
from dao.client import DaoClient
from intents.agent import load_agent
from tests.deepgram.emulator import KEY
from tests.deepgram.served import emulated
from tests.e2e.conversing import answered, caller, greeted, loudness, said, say
from tests.e2e.peer import Peer


async def test_a_spoken_task_is_heard_kept_and_answered_over_connections_that_break(tmp_path: Path) -> None:
    who = caller()
    async with emulated(tmp_path / "emulator", load_agent("flux").vocabulary) as (emulator, cloud):
        settings = {
            "FLUX_STT__ENGINE": "deepgram",
            "FLUX_TTS__ENGINE": "deepgram",
            "FLUX_DEEPGRAM__URL": str(cloud.url),
            "FLUX_DEEPGRAM__API_KEY": KEY,
            # The emulator's decoder is slower than Deepgram.
            "FLUX_DEEPGRAM__FINALIZE_TIMEOUT": "5",
        }
        async with own_server(tmp_path, settings=settings) as server, Peer(server.url, start=who) as peer:
            await greeted(peer)
            assert emulator.spoken and max(loudness(frame.pcm) for frame in peer.received) > 0.01
            await say(peer, "call_mom_rms")
            await answered(peer, 1)
            assert any("When" in phrase for phrase in said(peer))
            emulator.cuts.append(0.7)
            await say(peer, "tomorrow_at_noon_rms")
            await answered(peer, 2)
            async with DaoClient(server.dao_url) as dao:
                tasks = await dao.tasks(UUID(who["user_id"]))
        assert [task.title.lower() for task in tasks] == ["call mom"]
        assert tasks[0].trigger_at is not None
        assert not emulator.cuts, "the second turn lost its connection"
        assert any("Finalize" in session.messages for session in emulator.listened)

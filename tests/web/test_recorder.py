"""What happens in a call is kept in order, also when the DAO is away for a while."""

import asyncio
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from dao.client import DaoClient
from dao.errors import DaoRejected, DaoUnavailable
from pipeline.events import MessageKept, ToolInProgress, ToolStopped, TurnLatency, UserStartedSpeaking
from tests.clock import run_on_fake_clock
from web.conversations import CallOptions
from web.recorder import MAX_WAITING, Recorder

CALLER = CallOptions(UUID(int=1), UUID(int=2), ZoneInfo("Europe/Berlin"))
GOAL = UUID(int=3)


class ScriptedDao:
    """Notes every write; fails as often as it is told to."""

    def __init__(self, *, unavailable: int = 0, rejects: str = "") -> None:
        self.writes: list[tuple[str, Any]] = []
        self.unavailable = unavailable
        self.rejects = rejects

    def __getattr__(self, name: str) -> Any:
        async def write(*values: Any) -> None:
            if self.unavailable:
                self.unavailable -= 1
                raise DaoUnavailable("away")
            if name == self.rejects:
                raise DaoRejected("wrong")
            self.writes.append((name, values[-1]))

        return write

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.writes]


def record(dao: ScriptedDao) -> None:
    async def call() -> None:
        recorder = Recorder(
            cast(DaoClient, dao), CALLER, agent="flux", session_id="s", routes={"submit_goal_intent": "GOAL"}
        )
        running = asyncio.create_task(recorder.run())
        recorder.watch(UserStartedSpeaking())
        recorder.watch(MessageKept("user", "learn guitar", "voice", 1))
        arguments = {"goal_statement": "learn guitar"}
        recorder.watch(ToolInProgress("1:0:0", "submit_goal_intent", arguments))
        goal = {"kind": "goal", "id": str(GOAL)}
        recorder.watch(ToolStopped("1:0:0", "submit_goal_intent", arguments, "Done.", "done", goal, 0.1))
        recorder.watch(MessageKept("assistant", "Done.", "voice", 1, interrupted=True))
        recorder.watch(TurnLatency(1, {"audio_out": 900.0, "transcript": None}))
        recorder.finish("goodbye")
        await running

    run_on_fake_clock(call())


ALL = [
    "put_user",
    "put_conversation",
    "put_message",
    "put_tool_call",
    "update_conversation",
    "put_message",
    "put_turn",
    "update_conversation",
]


def test_everything_is_kept_in_order() -> None:
    dao = ScriptedDao()
    record(dao)
    assert dao.names == ALL
    assert dao.writes[0][1].timezone == "Europe/Berlin"
    intent = dao.writes[4][1]
    assert (intent.extracted_intent, intent.linked_goal_id, intent.linked_task_id) == ("GOAL", GOAL, None)
    assert dao.writes[5][1].metadata == {"turn": 1, "interrupted": True}
    assert dao.writes[6][1].marks == {"audio_out": 900.0, "transcript": None}
    end = dao.writes[-1][1]
    assert end.status == "ended" and end.ended_at is not None and end.duration_seconds is not None


def test_what_the_client_measured_is_kept_with_its_turn_and_all_that_was_known_of_it() -> None:
    dao = ScriptedDao()

    async def call() -> None:
        recorder = Recorder(cast(DaoClient, dao), CALLER, agent="flux", session_id="s")
        for turn in (1, 2):
            recorder.watch(TurnLatency(turn, {"audio_out": 100.0 * turn}))
        recorder.heard(1, 812.5)
        recorder.heard(7, 1.0)
        recorder.finish("goodbye")
        await recorder.run()

    run_on_fake_clock(call())
    turns = [draft for name, draft in dao.writes if name == "put_turn"]
    assert [(turn.index, turn.client_voice_to_voice_ms) for turn in turns] == [(1, None), (2, None), (1, 812.5)]
    assert turns[2].marks == turns[0].marks and turns[2].created_at == turns[0].created_at


def test_writes_wait_for_a_dao_that_is_away() -> None:
    dao = ScriptedDao(unavailable=7)
    record(dao)
    assert [name for name in dao.names if name != "put_user"] == [name for name in ALL if name != "put_user"]


def test_one_rejected_record_does_not_hold_up_the_others() -> None:
    dao = ScriptedDao(rejects="put_message")
    record(dao)
    assert dao.names == [name for name in ALL if name != "put_message"]


def test_what_waits_is_bounded_but_the_end_is_never_lost() -> None:
    dao = ScriptedDao()

    async def call() -> None:
        recorder = Recorder(cast(DaoClient, dao), CALLER, agent="flux", session_id="s")
        for turn in range(MAX_WAITING + 50):
            recorder.watch(TurnLatency(turn, {}))
        recorder.finish("error")
        await recorder.run()

    run_on_fake_clock(call())
    assert len(dao.writes) <= MAX_WAITING + 3
    assert dao.writes[-1][1].status == "failed"

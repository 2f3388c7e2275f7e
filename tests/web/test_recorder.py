"""What happens in a call is put into the spool in order, each record whole."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dao.entries import Kind
from dao.records import ConversationUpdate, MessageDraft, ToolCallDraft, Wire
from pipeline.events import MessageKept, ToolInProgress, ToolStopped, TurnLatency, UserStartedSpeaking
from web.conversations import CallOptions
from web.posted_calls import PostedCalls
from web.recorder import Recorder

CALLER = CallOptions(UUID(int=1), UUID(int=2), ZoneInfo("Europe/Berlin"), "home")
GOAL = UUID(int=3)


class ScriptedSpool:
    """Notes every record."""

    def __init__(self) -> None:
        self.puts: list[tuple[Kind, Any]] = []
        self.tenants: set[tuple[str, UUID]] = set()

    def put(self, tenant: str, kind: Kind, conversation: UUID, draft: Wire | None = None) -> bool:
        self.puts.append((kind, draft))
        self.tenants.add((tenant, conversation))
        return True

    @property
    def kinds(self) -> list[Kind]:
        return [kind for kind, _ in self.puts]


def recorder(spool: ScriptedSpool, posted: PostedCalls | None = None) -> Recorder:
    routes = {"submit_goal_intent": "GOAL"}
    return Recorder(spool, CALLER, agent="flux", session_id="s", routes=routes, posted=posted)


def test_everything_is_kept_in_order() -> None:
    spool = ScriptedSpool()
    keeping = recorder(spool)
    keeping.watch(UserStartedSpeaking())
    keeping.watch(MessageKept("user", "learn guitar", "voice", 1))
    arguments = {"goal_statement": "learn guitar"}
    keeping.watch(ToolInProgress("1:0:0", "submit_goal_intent", arguments))
    goal = {"kind": "goal", "id": str(GOAL)}
    keeping.watch(ToolStopped("1:0:0", "submit_goal_intent", arguments, "Done.", "done", goal, 0.1))
    keeping.watch(MessageKept("assistant", "Done.", "voice", 1, interrupted=True))
    keeping.watch(TurnLatency(1, {"audio_out": 900.0, "transcript": None}))
    keeping.finish("goodbye")
    keeping.finish("error")
    assert spool.kinds == [
        "user",
        "conversation",
        "message",
        "tool_call",
        "tool_call",
        "update",
        "message",
        "turn",
        "end",
    ]
    drafts = [draft for _, draft in spool.puts]
    assert spool.tenants == {("home", CALLER.conversation_id)}
    assert drafts[0].timezone == "Europe/Berlin"
    assert (drafts[1].voice_session_id, drafts[1].agent) == ("s", "flux")
    begun, ended = drafts[3:5]
    assert isinstance(begun, ToolCallDraft) and (begun.status, begun.arguments) == ("running", arguments)
    assert begun.intent == ended.intent == "GOAL"
    assert (ended.status, ended.result, ended.started_at) == ("done", "Done.", begun.started_at)
    assert (drafts[5].extracted_intent, drafts[5].linked_goal_id, drafts[5].linked_task_id) == ("GOAL", GOAL, None)
    assert isinstance(drafts[6], MessageDraft) and drafts[6].metadata == {"turn": 1, "interrupted": True}
    assert drafts[7].marks == {"audio_out": 900.0, "transcript": None}
    end = drafts[8]
    assert isinstance(end, ConversationUpdate) and end.status == "ended"
    assert end.ended_at is not None and end.duration_seconds is not None


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_the_truth_about_a_tool_whose_end_is_not_known_is_looked_up(status: Any) -> None:
    spool = ScriptedSpool()
    keeping = recorder(spool)
    keeping.watch(ToolInProgress("1:0:0", "submit_goal_intent", {}))
    keeping.watch(ToolStopped("1:0:0", "submit_goal_intent", {}, "I could not confirm it.", status, None, 5.0))
    kind, draft = spool.puts[-1]
    assert (kind, draft.status, draft.result) == ("settle", status, "I could not confirm it.")


@pytest.mark.parametrize("status", ["done", "failed", "cancelled"])
def test_of_a_call_that_the_client_posted_only_its_run_says_what_came_of_it(status: Any) -> None:
    spool, posted = ScriptedSpool(), PostedCalls()
    keeping = recorder(spool, posted)
    posted.begin("1:0:0")
    posted.keep("1:0:0")
    keeping.watch(ToolStopped("1:0:0", "submit_goal_intent", {}, "Which one?", status, None, 0.1))
    assert spool.kinds == ["user", "conversation"]
    posted.begin("1:0:1")
    keeping.watch(ToolStopped("1:0:1", "submit_goal_intent", {}, "It did not answer.", status, None, 0.1))
    (kind, draft) = spool.puts[-1]
    expected = "cancelled" if status == "cancelled" else "failed"
    assert (kind, draft.status, draft.result) == ("settle", expected, "It did not answer.")


def test_posted_calls_are_not_remembered_for_ever() -> None:
    posted = PostedCalls()
    for number in range(1000):
        posted.begin(str(number))
        posted.keep(str(number))
    posted.begin("999")
    assert posted.kept("999") and "0" not in posted and not posted.kept("0")


def test_what_the_client_measured_is_kept_with_its_turn_and_all_that_was_known_of_it() -> None:
    spool = ScriptedSpool()
    keeping = recorder(spool)
    for turn in (1, 2):
        keeping.watch(TurnLatency(turn, {"audio_out": 100.0 * turn}))
    keeping.heard(1, 812.5)
    keeping.heard(7, 1.0)
    turns = [draft for kind, draft in spool.puts if kind == "turn"]
    assert [(turn.index, turn.client_voice_to_voice_ms) for turn in turns] == [(1, None), (2, None), (1, 812.5)]
    assert turns[2].marks == turns[0].marks and turns[2].created_at == turns[0].created_at


def test_a_call_that_breaks_is_kept_as_failed() -> None:
    spool = ScriptedSpool()
    recorder(spool).finish("error")
    assert spool.puts[-1][1].status == "failed"

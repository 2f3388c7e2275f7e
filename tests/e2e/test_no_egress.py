"""Nothing leaves the box: conversations in a network that holds local addresses only, every packet out of it watched.

Not that it works without a network alone: nothing is even tried, by the server from its start to its stop, and by the
page.
"""

from pathlib import Path

import pytest

from tests.e2e import namespace_silence
from tests.e2e.namespace import refusal, run_inside
from tests.e2e.namespace_records import kept


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)


def test_whatever_is_sent_is_seen() -> None:
    facts = run_inside(namespace_silence.deliberate, within=60)
    assert facts["before"] == []
    assert facts["sent"] == [
        "tcp 192.0.2.1:443",
        "udp 127.0.0.1:53 asks for telex.example",
        "udp 192.0.2.53:53 asks for telex.example",
    ]


def test_the_server_sends_nothing_from_start_to_stop(tmp_path: Path) -> None:
    facts = run_inside(namespace_silence.peer_call, tmp_path, within=150)
    assert "guitar" in facts["heard"][-1].lower()
    assert facts["tools"][-1] == ["submit_goal_intent", "done"]
    assert "learn guitar" in facts["said"][-1].lower()
    assert facts["loudness"] > 0.01
    assert [goal["statement"].lower() for goal in kept(tmp_path, "goals")] == ["learn guitar"]
    assert [call["status"] for call in kept(tmp_path, "conversations")] == ["ended"]
    assert facts["sent"] == []
    assert set(facts["left"]) <= {".cache", "flux-voice"}, "what a library leaves in a home may be sent another day"


@pytest.mark.browser
def test_a_browser_and_the_server_need_and_ask_nobody_else(chromium: str, tmp_path: Path) -> None:
    facts = run_inside(namespace_silence.browser_call, tmp_path, chromium, within=180)
    assert facts["fault"] is None
    assert "guitar" in facts["heard"].lower()
    assert facts["tools"] == [["submit_goal_intent", "done"]]
    assert "learn guitar" in facts["answer"].lower()
    assert facts["audible"]
    assert [goal["statement"].lower() for goal in kept(tmp_path, "goals")] == ["learn guitar"]
    assert [call["status"] for call in kept(tmp_path, "conversations")] == ["ended"]
    assert facts["requests"] == [facts["server"]]
    assert facts["refused"] == ["beacon", "code", "fetched", "picture", "socket"]
    assert facts["sent"] == []

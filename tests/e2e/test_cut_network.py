"""A call outlives its link: Chromium's network is cut in the middle of a call, and comes back in time, or too late."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e import namespace_cut
from tests.e2e.namespace import Facts, refusal, run_inside
from tests.e2e.namespace_records import kept

pytestmark = pytest.mark.browser

QUESTION = ["Remind me to call mom", "When should I remind you?"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cut")


@pytest.fixture(scope="module")
def scenarios(chromium: str, folder: Path) -> Iterator[dict[str, Future[Facts]]]:
    """Both at once, each in a network of its own: they do little but wait."""
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    with ThreadPoolExecutor() as threads:
        running = {}
        for scenario in (namespace_cut.restored, namespace_cut.lost):
            place = folder / scenario.__name__
            place.mkdir()
            running[scenario.__name__] = threads.submit(run_inside, scenario, place, chromium, within=240)
        yield running


def test_a_call_goes_on_when_the_network_is_back(scenarios: dict[str, Future[Facts]], folder: Path) -> None:
    facts, place = scenarios["restored"].result(), folder / "restored"
    assert facts["before"][1:] == QUESTION
    assert facts["away"].startswith("Reconnecting")
    first, *others = facts["offers"]
    assert first == {"pc_id": None, "restart_pc": False}
    assert others and all(offer["restart_pc"] for offer in others)
    assert len({offer["pc_id"] for offer in others} - {None}) == 1
    assert facts["after"][:3] == facts["before"]
    assert facts["after"][3] == "Tomorrow at noon"
    assert facts["meanwhile"] == ["active"]

    [call] = kept(place, "conversations")
    assert call["status"] == "ended" and call["ended_at"] is not None
    [task] = kept(place, "tasks")
    assert task["title"].lower() == "call mom" and task["trigger_at"] is not None
    said = [message["content"] for message in kept(place, "messages")]
    assert said[1:4] == [*QUESTION, "Tomorrow at noon"]


def test_a_call_ends_when_the_network_stays_away(scenarios: dict[str, Future[Facts]], folder: Path) -> None:
    facts, place = scenarios["lost"].result(), folder / "lost"
    assert facts["fault"] == "call-gone"
    assert "This call is over" in facts["told"] and "disconnected" in facts["told"]
    assert facts["after"] == facts["before"]
    [call] = facts["calls"]
    assert call["status"] == "ended" and call["ended_at"] is not None
    assert "reason=link_lost" in (place / "server.log").read_text()
    assert len(facts["again"]) == 1
    assert len(kept(place, "conversations")) == 2

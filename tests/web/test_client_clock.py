"""What a client says that it measured is taken once for each answer, within bounds, and can harm nobody."""

import json
from typing import Any

import pytest

from pipeline.events import TurnLatency
from tests.web.scripted import ScriptedConversation
from web.client_clock import LEEWAY, OPEN_TURNS, ClientClock
from web.transport import RtviTransport

SPOKEN = {"endpoint": 300.0, "audio_out": 420.0}


class Client:
    """A client of one conversation whose clock stands at `now`; `taken` is what became of its figures."""

    def __init__(self) -> None:
        self.now = 11.0
        self.taken: list[tuple[int, float]] = []
        self.clock = ClientClock(lambda: self.now)
        self.clock.listen(lambda turn, milliseconds: self.taken.append((turn, milliseconds)))
        self._said: list[str] = []

    def answer(self, turn: int, **marks: float | None) -> None:
        self.clock.watch(TurnLatency(turn, {**SPOKEN, **marks}, speech_end=10.0))

    def ask(self, wanted: Any, *, link: ClientClock | None = None) -> dict[str, Any]:
        """Send a request over a fresh link and return the answer to it."""
        transport = RtviTransport(
            ScriptedConversation("x"),
            self._said.append,
            ready=lambda: None,
            pinged=lambda: None,
            now=lambda: self.now,
            clock=link or self.clock,
        )
        data = {"t": "voice_to_voice", "d": wanted}
        transport.take(json.dumps({"label": "rtvi-ai", "type": "client-message", "id": "9", "data": data}))
        answer: dict[str, Any] = json.loads(self._said.pop())
        assert answer["id"] == "9" and not self._said
        return answer


@pytest.fixture
async def client() -> Client:
    return Client()


async def test_a_figure_is_taken_once_for_its_turn_whatever_the_link(client: Client) -> None:
    client.answer(1)
    client.answer(2)
    assert client.ask({"turn": 2, "ms": 812})["type"] == "server-response"
    again = client.ask({"turn": 2, "ms": 5})
    assert (again["type"], again["data"]) == ("error-response", {"error": "no figure is awaited for this turn"})
    client.ask({"turn": 1, "ms": 640.25})
    assert client.taken == [(2, 812), (1, 640.25)]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (None, "d"),
        ({}, "d.turn"),
        ({"turn": 1}, "d.ms"),
        ({"turn": 1, "ms": 0}, "d.ms"),
        ({"turn": 1, "ms": -3.0}, "d.ms"),
        ({"turn": 1, "ms": 60_001}, "d.ms"),
        ({"turn": 1, "ms": "640"}, "d.ms"),
        ({"turn": 1, "ms": True}, "d.ms"),
        ({"turn": 1, "ms": float("nan")}, "d.ms"),
        ({"turn": 1, "ms": float("inf")}, "d.ms"),
        ({"turn": 1, "ms": 10**400}, "d.ms"),
        ({"turn": 1.5, "ms": 640}, "d.turn"),
        ({"turn": "1", "ms": 640}, "d.turn"),
        ({"turn": 0, "ms": 640}, "d.turn"),
        ({"turn": 2**31, "ms": 640}, "d.turn"),
    ],
)
async def test_what_is_no_figure_is_refused_by_its_field(client: Client, wanted: Any, named: str) -> None:
    client.answer(1)
    answer = client.ask(wanted)
    assert answer["type"] == "error-response" and answer["data"]["error"].startswith(named)
    assert client.taken == []


async def test_only_spoken_turns_that_were_answered_aloud_are_awaited(client: Client) -> None:
    client.answer(1, endpoint=None)
    client.answer(2, audio_out=None)
    client.clock.watch(TurnLatency(3, SPOKEN))
    for turn in (1, 2, 3, 4):
        assert client.ask({"turn": turn, "ms": 500})["type"] == "error-response"
    assert client.taken == []


async def test_nobody_has_waited_longer_than_the_turn_is_ago(client: Client) -> None:
    client.answer(1)
    assert "longer" in client.ask({"turn": 1, "ms": 1000 * (1 + LEEWAY) + 1})["data"]["error"]
    client.ask({"turn": 1, "ms": 1000 * (1 + LEEWAY)})
    assert len(client.taken) == 1


async def test_turns_that_nobody_tells_of_are_forgotten(client: Client) -> None:
    for turn in range(1, 1000):
        client.answer(turn)
    taken = [turn for turn in range(1, 1000) if client.ask({"turn": turn, "ms": 500})["type"] == "server-response"]
    assert taken == list(range(1000 - OPEN_TURNS, 1000))


async def test_a_server_that_takes_no_figures_says_that_it_does_not_know_them() -> None:
    said: list[str] = []
    transport = RtviTransport(
        ScriptedConversation("x"), said.append, ready=lambda: None, pinged=lambda: None, now=lambda: 0.0
    )
    transport.take('{"type":"client-message","id":"9","data":{"t":"voice_to_voice","d":{"turn":1,"ms":5}}}')
    assert json.loads(said[0])["data"] == {"error": "this request is not known"}

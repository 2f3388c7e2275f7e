"""Whatever comes over the data channel is obeyed or refused, and at a bearable rate; nothing raises."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.events import TurnLatency
from tests.web.fuzz import fuzzed
from web import client_messages as client
from web.client_clock import ClientClock
from web.conversations import LiveConversation
from web.flood import Bucket, Limit, MessageLimit
from web.rtvi import MAX_MESSAGE
from web.transport import RtviTransport

TYPES = [
    "client-ready",
    "disconnect-bot",
    "client-message",
    "send-text",
    "append-to-context",
    "dtmf",
    "llm-function-call-result",
    "signalling",
    "no-such-type",
]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
TYPED = st.fixed_dictionaries({"content": st.text(max_size=10) | st.just("x" * 4_001)}, optional={"options": JSON})
ASKED = st.fixed_dictionaries(
    {
        "t": st.sampled_from(["about", "mute", "voice_to_voice", ""]),
        "d": st.fixed_dictionaries({"muted": st.booleans()})
        | st.fixed_dictionaries({"turn": st.integers(-1, 3) | JSON, "ms": st.floats() | JSON})
        | JSON,
    }
)
PRESSED = st.fixed_dictionaries({"buttons": st.lists(st.sampled_from("019*#x"), max_size=40)})
TRACK = st.fixed_dictionaries(
    {"type": st.sampled_from(["trackStatus", "else"]), "receiver_index": st.integers(-1, 3), "enabled": JSON}
)
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | JSON},
    optional={
        "id": st.text(max_size=140) | JSON,
        "label": st.just("rtvi-ai") | JSON,
        "data": TYPED | ASKED | PRESSED | JSON,
        "message": TRACK | JSON,
    },
)


def cut(text: str, at: int) -> str:
    return text[: at % (len(text) + 1)]


RAW: st.SearchStrategy[str | bytes] = st.one_of(
    MESSAGES.map(json.dumps),
    st.builds(cut, MESSAGES.map(json.dumps), st.integers(0, 400)),
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf"]), max_size=20),
    st.binary(max_size=200),
    st.sampled_from(["ping: 1", "ping", "[" * 30_000, '{"a":' * 9_000, "9" * 9_000, "x" * (MAX_MESSAGE + 1), "\ud800"]),
    st.sampled_from([b"", b"\xff" * 100_000, b"ping: 1"]),
)


@fuzzed(1_200)
@given(RAW)
def test_any_message_is_understood_or_refused(raw: str | bytes) -> None:
    said = client.parse(raw)
    assert not isinstance(said, client.Refused) or (said.reason and len(said.reason) <= 300)


class Listener:
    """Takes what a conversation may be asked for, and checks what it is given."""

    id, speech_rate = "x", 22_050

    def send_text(self, text: str, *, interrupt: bool = True, spoken: bool = True) -> None:
        assert text.strip() and len(text) <= client.MAX_TYPED

    def mute(self, muted: bool) -> None:
        assert isinstance(muted, bool)

    def end(self, reason: str) -> None:
        assert reason == "caller"


@fuzzed(2_200)
@given(st.lists(RAW, min_size=1, max_size=2))
def test_any_messages_are_obeyed_or_answered(raws: list[str | bytes]) -> None:
    said: list[str] = []
    listener: Any = Listener()
    conversation: LiveConversation = listener
    clock = ClientClock(lambda: 2.0)
    clock.watch(TurnLatency(1, {"endpoint": 300.0, "audio_out": 420.0}, speech_end=1.0))
    heard: list[tuple[int, float]] = []
    clock.listen(lambda turn, milliseconds: heard.append((turn, milliseconds)))
    transport = RtviTransport(
        conversation, said.append, ready=lambda: None, pinged=lambda: None, now=lambda: 0.0, clock=clock
    )
    for raw in raws:
        transport.take(raw)
    assert len(said) <= len(raws)
    assert len(heard) <= 1 and all(turn == 1 and 0 < ms <= 60_000 for turn, ms in heard)
    for text in said:
        answer = json.loads(text)
        assert answer["label"] == "rtvi-ai" and len(text) < 1_000
        assert answer["data"].get("error") != "that could not be done; please try again"


@fuzzed(300)
@given(flow=st.lists(st.tuples(st.floats(0, 3), st.integers(0, 300_000)), max_size=400))
def test_no_flow_gets_more_through_than_its_limit(flow: list[tuple[float, int]]) -> None:
    limit = Limit(rate=1_000, burst=300_000, patience=500_000)
    now, passed = 100.0, 0
    for wait, size in flow:
        now += wait
        passed += size if limit.judge(size, now) == "pass" else 0
    assert passed <= 300_000 + 1_000 * (now - 100.0) + 1e-3


@fuzzed(300)
@given(waits=st.lists(st.floats(0.05, 2), max_size=400), size=st.integers(0, 3_000))
def test_a_client_within_the_rate_is_never_hit(waits: list[float], size: int) -> None:
    limit, now = MessageLimit(), 0.0
    for wait in waits:
        now += wait
        assert limit.judge(size, now) == "pass"


@fuzzed(200)
@given(amounts=st.lists(st.floats(0, 10), max_size=50))
def test_a_clock_that_goes_back_fills_no_bucket(amounts: list[float]) -> None:
    bucket = Bucket(rate=1, size=10)
    taken = sum(amount for back, amount in enumerate(amounts) if bucket.take(amount, -float(back)))
    assert taken <= 10 + 1e-9

"""A chain of models on a fake clock: who is asked when, and how soon it is known that none answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.llm import Delta, Message, TextDelta, ToolSpec, Usage
from models.llm.circuit import Circuit
from models.llm.failures import ModelUnavailable
from models.llm.fallback import FallbackModel
from models.standing import check
from tests.clock import run_on_fake_clock
from tests.models.llm_contract import respond, words

HELLO = [Message("user", "hello")]
DOWN = ModelUnavailable("it is down")
FOR_EVER = 1e6

Story = Sequence[str | float | Exception]


class Scripted:
    """A model whose `story` is text, seconds of waiting and failures; it can be changed at any time."""

    def __init__(self, *story: str | float | Exception) -> None:
        self.story: Story = story
        self.asked: list[float] = []
        self.read_ahead = 0
        self.running = 0
        self.closed = False

    async def warm(self) -> None:
        for event in self.story:
            if isinstance(event, Exception):
                raise event

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        self.read_ahead += 1
        for event in self.story:
            if isinstance(event, Exception):
                raise event

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        self.asked.append(asyncio.get_running_loop().time())
        self.running += 1
        try:
            for event in self.story:
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, str):
                    yield TextDelta(event)
                else:
                    await asyncio.sleep(event)
            yield Usage()
        finally:
            self.running -= 1

    async def close(self) -> None:
        self.closed = True


class Watching(Scripted):
    """Its `story` is also what comes of being asked how it is."""

    async def check(self) -> None:
        for event in self.story:
            if isinstance(event, Exception):
                raise event
            if isinstance(event, float):
                await asyncio.sleep(event)


def test_a_chain_is_well_while_one_of_it_would_be_asked_and_answers() -> None:
    async def run() -> None:
        first, second = Watching(DOWN), Watching("hi")
        await check(chain(first, second))
        await check(chain(Watching(FOR_EVER), Scripted("hi")))
        with pytest.raises(ModelUnavailable, match="m0: it is down; m1: no answer"):
            await check(chain(first, Watching(FOR_EVER)))
        failing = chain(Scripted(DOWN), Scripted(DOWN))
        with pytest.raises(EngineError):
            await respond(failing, HELLO, ())
        with pytest.raises(ModelUnavailable, match="m0 failed just now"):
            await check(failing)
        await asyncio.sleep(16)
        await check(failing)  # the next turn finds out

    run_on_fake_clock(run())


def chain(*models: Scripted, cool_down: float = 15.0) -> FallbackModel:
    return FallbackModel([(f"m{place}", model) for place, model in enumerate(models)], cool_down=cool_down)


@pytest.mark.parametrize(
    "story", [(DOWN,), (0.5, DOWN), (FOR_EVER, "late"), (ValueError("a bug"),), (EngineError("no"),)]
)
def test_the_next_is_asked_within_the_turn(story: Story) -> None:
    async def turn() -> None:
        first, second = Scripted(*story), Scripted("Hello", " there.")
        assert words(await respond(chain(first, second), HELLO)) == "Hello there."
        assert asyncio.get_running_loop().time() < 1.2
        assert (first.running, second.running) == (0, 0)

    run_on_fake_clock(turn())


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("story", [(DOWN,), (FOR_EVER,), (0.3, DOWN), (0.0, FOR_EVER)])
def test_when_all_are_down_it_is_known_within_two_seconds(story: Story, count: int) -> None:
    async def turn() -> None:
        models = [Scripted(*story) for _ in range(count)]
        with pytest.raises(ModelUnavailable, match="no model answered: m0: "):
            await respond(chain(*models), HELLO)
        assert asyncio.get_running_loop().time() < 1.6
        assert all(len(model.asked) == 1 and not model.running for model in models)

    run_on_fake_clock(turn())


def test_once_an_answer_has_begun_it_may_take_its_time_and_its_failure_is_the_caller_s() -> None:
    async def turn() -> None:
        second = Scripted("no")
        assert words(await respond(chain(Scripted("Well, ", 10.0, "yes."), second), HELLO)) == "Well, yes."
        with pytest.raises(ModelUnavailable, match=r"^it is down$"):
            await respond(chain(Scripted("Well, ", DOWN), second), HELLO)
        assert second.asked == []

    run_on_fake_clock(turn())


def test_what_failed_is_passed_over_for_a_while_and_then_tried_again() -> None:
    async def turns() -> None:
        first, second = Scripted(DOWN), Scripted("second")
        model = chain(first, second)
        for wait, asked in ((0, 1), (10, 1), (6, 2), (10, 2)):
            await asyncio.sleep(wait)
            assert words(await respond(model, HELLO)) == "second"
            assert len(first.asked) == asked
        first.story = ("first",)
        await asyncio.sleep(6)
        assert [words(await respond(model, HELLO)) for _ in range(2)] == ["first", "first"]

    run_on_fake_clock(turns())


def test_an_answer_that_breaks_off_counts_as_a_failure_of_the_model() -> None:
    async def turns() -> None:
        model = chain(Scripted("Well, ", DOWN), Scripted("second"))
        with pytest.raises(EngineError):
            await respond(model, HELLO)
        assert words(await respond(model, HELLO)) == "second"

    run_on_fake_clock(turns())


def test_a_refused_request_does_not_keep_other_callers_from_the_model() -> None:
    async def turns() -> None:
        first, second = Scripted(EngineError("too long")), Scripted("second")
        model = chain(first, second)
        assert words(await respond(model, HELLO)) == "second"
        first.story = ("first",)
        assert words(await respond(model, HELLO)) == "first"

    run_on_fake_clock(turns())


def test_when_all_failed_lately_all_are_asked_all_the_same() -> None:
    async def turns() -> None:
        first, second = Scripted(DOWN), Scripted(DOWN)
        model = chain(first, second)
        with pytest.raises(EngineError):
            await respond(model, HELLO)
        second.story = ("back",)
        assert words(await respond(model, HELLO)) == "back"

    run_on_fake_clock(turns())


def test_dropped_drafts_leave_nothing_running_and_no_model_passed_over() -> None:
    async def turns() -> None:
        first, second = Scripted("one ", 5.0, "two"), Scripted("second")
        model = chain(first, second)
        async with aclosing(model.stream(HELLO, ())) as deltas:  # type: ignore[type-var]
            assert await anext(deltas) == TextDelta("one ")
        first.story = (0.5, "late")
        waiting = asyncio.create_task(respond(model, HELLO))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert first.running == 0
        assert words(await respond(model, HELLO)) == "late"
        assert second.asked == []

    run_on_fake_clock(turns())


def test_only_one_caller_at_a_time_finds_out_whether_a_model_is_back() -> None:
    async def turns() -> None:
        first, second = Scripted(DOWN), Scripted("second")
        model = chain(first, second)
        await respond(model, HELLO)
        await asyncio.sleep(20)
        first.story = (FOR_EVER,)
        answers = await asyncio.gather(*(respond(model, HELLO) for _ in range(5)))
        assert [words(answer) for answer in answers] == ["second"] * 5
        assert len(first.asked) == 2

    run_on_fake_clock(turns())


async def test_warming_fails_only_where_none_can_answer() -> None:
    first, second = Scripted(DOWN), Scripted("second")
    model = chain(first, second)
    await model.warm()
    assert words(await respond(model, HELLO)) == "second" and first.asked == []
    with pytest.raises(EngineError, match="m0: it is down; m1: it is down"):
        await chain(Scripted(DOWN), Scripted(DOWN)).warm()
    await model.close()
    assert first.closed and second.closed


def test_the_model_that_would_answer_next_reads_ahead() -> None:
    async def calls() -> None:
        first, second = Scripted("first"), Scripted("second")
        model = chain(first, second)
        await model.prefill(HELLO, ())
        assert (first.read_ahead, second.read_ahead) == (1, 0)
        first.story = (DOWN,)
        await model.prefill(HELLO, ())
        assert (first.read_ahead, second.read_ahead) == (2, 1)
        assert words(await respond(model, HELLO)) == "second"
        assert first.asked == [], "it is known to be down"
        await model.prefill(HELLO, ())
        assert (first.read_ahead, second.read_ahead) == (2, 2)
        second.story = (DOWN,)
        for told in ("m1: it is down", "all failed lately"):
            with pytest.raises(ModelUnavailable, match=f"no model reads ahead: {told}"):
                await model.prefill(HELLO, ())

    run_on_fake_clock(calls())


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["worked", "failed", "abandoned"])), max_size=20))
def test_a_circuit_admits_unless_it_failed_within_the_cool_down(events: list[tuple[float, str]]) -> None:
    circuit, now, failed = Circuit(15.0), 0.0, None
    for wait, outcome in events:
        now += wait
        assert circuit.admits(now) is (failed is None or now >= failed + 15.0)
        if not circuit.admits(now):
            continue
        circuit.began()
        if failed is not None:
            assert not circuit.admits(now), "one attempt is enough to find out"
        if outcome == "worked":
            circuit.worked()
            failed = None
        elif outcome == "failed":
            circuit.failed(now)
            failed = now
        else:
            circuit.abandoned()


def test_the_end_of_an_answer_tells_who_gave_it() -> None:
    async def turn() -> None:
        for models, name in (((Scripted(DOWN), Scripted("second")), "m1"), ((Scripted("first"), Scripted()), "m0")):
            assert (await respond(chain(*models), HELLO))[-1] == Usage(answered_by=name)

    run_on_fake_clock(turn())

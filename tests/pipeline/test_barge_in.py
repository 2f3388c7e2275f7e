"""The agent falls silent at once, goes on for who only listens, and loses the word to who wants it."""

import asyncio
from dataclasses import dataclass

import pytest

from intents.toolbox import ToolOutcome
from models.audio import SAMPLE_RATE, Pcm, silence
from models.llm import ToolCall
from models.vad.silero import SileroModel
from pipeline.barge_in import BRIEF, HESITATION, BargeIn
from pipeline.ear import Ear
from pipeline.echo import EchoGuard
from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, MessageKept, PhraseFinished, UserTurn
from pipeline.settings import PipelineSettings
from pipeline.turns import FixedSilence, Started
from tests.clock import on_fake_clock
from tests.pipeline.scripted import Call, ScriptedTools, call
from tests.pipeline.test_echo import AGENT, FRAME, in_a_room, late, quiet
from tests.speech import load

ANSWER = "one two three four five six seven eight nine ten."


async def begin_counting(c: Call) -> float:
    """Let the agent say a long sentence; returns when it began."""
    await c.caller.until(AgentStoppedSpeaking)
    c.conversation.send_text("count")
    await c.caller.until(AgentStartedSpeaking, 2)
    begun = asyncio.get_running_loop().time()
    await asyncio.sleep(0.5)
    return begun


@pytest.mark.parametrize("words", ["uh-huh", "okay", "I see", ""])
@on_fake_clock
async def test_who_only_listens_takes_no_turn_and_hears_the_whole_sentence(words: str) -> None:
    async with call([words], [[ANSWER]]) as c:
        await begin_counting(c)
        spoke = asyncio.get_running_loop().time()
        await c.caller.speak(0.4)
        finished = [e for e in await c.caller.until(PhraseFinished, 2) if e.text == ANSWER]
        assert not finished[0].interrupted
        assert not c.caller.loud_between(spoke + 0.2, spoke + 0.5)
        assert c.caller.loud_between(spoke + 0.4 + PipelineSettings().pause, spoke + 0.8)
        await c.caller.until(MessageKept, 3)
        await asyncio.sleep(2)
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count"]


@on_fake_clock
async def test_the_agent_goes_on_before_the_turn_of_a_listener_is_over() -> None:
    """Words decide at the first pause: the end of the turn would be half a second of silence later."""
    async with call(["okay"], [[ANSWER]]) as c:
        await begin_counting(c)
        await c.caller.speak(0.3)
        spoken = asyncio.get_running_loop().time()
        await c.caller.until(AgentStartedSpeaking, 3)
        assert asyncio.get_running_loop().time() - spoken < PipelineSettings().pause + 0.1


@pytest.mark.parametrize("words", ["stop", "no wait", "okay but tomorrow"])
@on_fake_clock
async def test_who_wants_the_word_gets_it(words: str) -> None:
    async with call([words], [[ANSWER], ["Fine."]]) as c:
        await begin_counting(c)
        await c.caller.speak(0.6)
        await c.caller.until_said("Fine.")
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count", words]
        cut = next(e for e in c.caller.all(PhraseFinished) if e.text == ANSWER)
        assert cut.interrupted and cut.heard.startswith("one two")


@pytest.mark.parametrize("words", ["the flood", "add a"])
@on_fake_clock
async def test_a_sound_too_brief_for_the_words_it_is_taken_for_takes_no_turn(words: str) -> None:
    """They are what pocketsphinx hears in "uh-huh" and in a cough."""
    async with call([words], [[ANSWER]]) as c:
        await begin_counting(c)
        await c.caller.speak(0.4)
        finished = [e for e in await c.caller.until(PhraseFinished, 2) if e.text == ANSWER]
        assert not finished[0].interrupted
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count"]


@pytest.mark.parametrize(("words", "seconds"), [("stop", 0.3), ("friday", 0.4), ("the flood", 0.8)])
@on_fake_clock
async def test_a_word_that_claims_the_turn_may_be_brief_and_others_may_be_long(words: str, seconds: float) -> None:
    async with call([words], [[ANSWER], ["Fine."]]) as c:
        await begin_counting(c)
        await c.caller.speak(seconds)
        await c.caller.until_said("Fine.")
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count", words]


@on_fake_clock
async def test_words_that_took_no_turn_belong_to_the_one_that_follows() -> None:
    async with call(["well then"], [[ANSWER], ["Fine."]]) as c:
        await begin_counting(c)
        await c.caller.speak(0.4)
        await c.caller.until(AgentStartedSpeaking, 3)  # it goes on meanwhile
        await asyncio.sleep(0.6)
        await c.caller.speak(0.4)
        await c.caller.until_said("Fine.")
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count", "well then"]


@on_fake_clock
async def test_a_word_into_silence_is_a_turn_however_brief() -> None:
    async with call(["milk"], [["Fine."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await asyncio.sleep(1)
        await c.caller.speak(0.3)
        await c.caller.until_said("Fine.")


@on_fake_clock
async def test_a_yes_into_a_question_is_its_answer() -> None:
    async with call(["yes"], [["shall i really write all of this down?"], ["Written."]]) as c:
        await begin_counting(c)
        await c.caller.speak(0.3)
        await c.caller.until_said("Written.")
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count", "yes"]


@on_fake_clock
async def test_an_okay_into_silence_is_a_turn() -> None:
    async with call(["okay"], [["Fine."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await asyncio.sleep(1)
        await c.caller.speak(0.4)
        await c.caller.until_said("Fine.")


@dataclass
class Heard:
    """What is heard of a caller."""

    in_turn: bool = False
    voiced: float = 0.0
    onset: float = 0.0
    calm: float = 0.0


def in_turn(voiced: float) -> Heard:
    return Heard(in_turn=True, voiced=voiced)


def test_only_fresh_speech_silences_an_agent_that_was_let_go_on() -> None:
    barge_in = BargeIn(0.1)
    barge_in.begin(speaking=True, thinking=True, asked=False)
    assert barge_in.heed(in_turn(0.0), speaking=False) is None
    assert barge_in.heed(in_turn(0.05), speaking=True) is None
    assert barge_in.heed(in_turn(0.05), speaking=False)
    assert barge_in.heed(in_turn(0.1), speaking=True)
    assert barge_in.forgive("the flood", 0.4) == barge_in.forgive("", 0.4) == HESITATION
    assert barge_in.forgive("uh-huh", 0.4) == 0
    assert barge_in.heed(in_turn(0.4), speaking=False) is None
    assert barge_in.heed(in_turn(0.45), speaking=True) is None
    assert barge_in.heed(in_turn(0.51), speaking=True)
    barge_in.begin(speaking=False, thinking=False, asked=False)
    assert barge_in.heed(in_turn(0.1), speaking=True)


def test_an_agent_that_was_startled_goes_on_where_no_turn_begins() -> None:
    barge_in = BargeIn(0.06)
    assert barge_in.heed(Heard(onset=0.032), speaking=True) is None
    assert barge_in.heed(Heard(onset=0.064), speaking=False) is None, "it says nothing"
    assert barge_in.heed(Heard(onset=0.064), speaking=True)
    assert barge_in.heed(Heard(calm=0.032), speaking=False) is None
    assert barge_in.heed(Heard(calm=0.064), speaking=False) is False
    assert barge_in.heed(Heard(calm=0.096), speaking=True) is None, "once"


def test_an_agent_that_fell_silent_for_a_turn_waits_for_its_words() -> None:
    barge_in = BargeIn(0.06)
    assert barge_in.heed(Heard(onset=0.064), speaking=True)
    barge_in.begin(speaking=True, thinking=True, asked=False)
    barge_in.heed(in_turn(0.1), speaking=False)
    assert barge_in.heed(Heard(calm=1.0), speaking=False) is None


def test_words_are_those_of_the_oldest_turn_that_is_not_understood() -> None:
    barge_in = BargeIn(0.1)
    barge_in.begin(speaking=True, thinking=True, asked=False)
    barge_in.begin(speaking=False, thinking=False, asked=False)
    assert barge_in.takes_no_turn("okay", 2 * BRIEF)
    barge_in.understood()
    assert not barge_in.takes_no_turn("okay", 2 * BRIEF)


def test_what_is_brief_takes_the_turn_only_by_a_word_that_claims_it() -> None:
    barge_in = BargeIn(0.1)
    barge_in.begin(speaking=True, thinking=True, asked=False)
    assert barge_in.takes_no_turn("the flood", BRIEF - 0.01) and not barge_in.takes_no_turn("the flood", BRIEF)
    assert barge_in.takes_no_turn("okay", 2 * BRIEF)
    assert not barge_in.takes_no_turn("Stop!", 0.2) and not barge_in.takes_no_turn("on Tuesday", 0.2)
    assert barge_in.takes_no_turn("nobody", 0.2)
    barge_in.understood()
    barge_in.begin(speaking=False, thinking=False, asked=False)
    assert not barge_in.takes_no_turn("the flood", 0.2)


def test_over_an_agent_that_thinks_only_a_backchannel_takes_no_turn() -> None:
    barge_in = BargeIn(0.1)
    barge_in.begin(speaking=False, thinking=True, asked=False)
    assert barge_in.takes_no_turn("okay", 0.3) and not barge_in.takes_no_turn("to Bob", 0.3)
    barge_in.understood()
    barge_in.begin(speaking=False, thinking=True, asked=True)
    assert not barge_in.takes_no_turn("okay", 0.3)


@on_fake_clock
@pytest.mark.parametrize(("words", "turns"), [("okay", ["count"]), ("to ten", ["count", "to ten"])])
async def test_words_while_the_agent_thinks(words: str, turns: list[str]) -> None:
    async with call([words], [[ANSWER], ["Fine."]], chat_pace=2.0) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("count")
        await c.caller.until(UserTurn)
        await c.caller.speak(0.4)
        await c.caller.until(AgentStartedSpeaking, 2)
        assert [turn.text for turn in c.caller.all(UserTurn)] == turns


@on_fake_clock
@pytest.mark.parametrize(("words", "ran"), [("uh-huh", ["goal"]), ("no wait a half marathon", [])])
async def test_a_tool_waits_for_the_end_of_what_is_said_against_it(words: str, ran: list[str]) -> None:
    tools = ScriptedTools({"goal": ToolOutcome("Goal created.", "done")})
    goal = ToolCall(None, "goal", {})
    async with call([words], [[goal], ["Fine."]], tools, chat_pace=1.0) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("run a marathon")
        await c.caller.until(UserTurn)
        await asyncio.sleep(0.5)
        await c.caller.speak(3.0)
        assert tools.runs == [], "the model asked for it two seconds ago"
        await c.caller.until_said("Fine.")
        assert [name for _, name, _ in tools.runs] == ran


def starts(microphone: Pcm, guard: EchoGuard) -> int:
    """Return how often a turn starts, as Silero hears it, while the agent speaks all the time."""
    ear, found = Ear(SileroModel().open(), PipelineSettings(), FixedSilence(0.7), guard), 0
    for number in range(min(len(AGENT), len(microphone)) // FRAME):
        guard.play(AGENT[number * FRAME : (number + 1) * FRAME])
        changes = ear.hear(microphone[number * FRAME : (number + 1) * FRAME], number * 0.02)
        found += sum(isinstance(change, Started) for change in changes)
    return found


class Deaf(EchoGuard):
    """Knows no echo."""

    def echoes(self) -> bool:
        return False


@pytest.mark.parametrize("delay", [0.06, 0.3])
def test_the_agent_does_not_interrupt_itself(delay: float) -> None:
    echo = late(quiet(in_a_room(AGENT), 20), delay)
    assert starts(echo, Deaf(SAMPLE_RATE)) >= 1
    assert starts(echo, EchoGuard(SAMPLE_RATE)) == 0


def test_a_caller_is_heard_through_the_echo() -> None:
    echo = late(quiet(in_a_room(AGENT), 20), 0.2)
    words = load("goal_1_rms")
    caller = late(words, 1.0)
    both = echo.copy()
    both[: len(caller)] += caller[: len(both)]
    assert starts(both, EchoGuard(SAMPLE_RATE)) >= 1


def test_silence_starts_nothing() -> None:
    assert starts(silence(5 * SAMPLE_RATE), EchoGuard(SAMPLE_RATE)) == 0

"""Whole conversations on the fake clock, with scripted engines."""

import asyncio

import pytest

from intents.toolbox import ToolOutcome
from models.errors import EngineError
from models.llm import END_CALL, ToolCall
from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    ConversationEnded,
    Fault,
    LinkLost,
    LinkRestored,
    MessageKept,
    PhraseFinished,
    PhraseQueued,
    ReplyStopped,
    ToolInProgress,
    ToolStarted,
    ToolStopped,
    TurnLatency,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscript,
    UserTurn,
)
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock, run_on_fake_clock
from tests.pipeline.scripted import SAME_SILENCE, ScriptedChat, ScriptedTools, ToneTts, call

GOAL = ToolCall(None, "submit_goal_intent", {"goal_statement": "learn guitar"})
GOAL_DONE = ScriptedTools({"submit_goal_intent": ToolOutcome("Goal created.", "done", {"kind": "goal"})})


@on_fake_clock
async def test_a_turn_is_heard_answered_and_kept() -> None:
    async with call(["what time is it"], [["It is noon."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(1.5)
        await c.caller.until(AgentStoppedSpeaking, 2)
        caller = c.caller
        assert caller.all(UserTurn)[0].text == "what time is it"
        partials = [event.text for event in caller.all(UserTranscript) if not event.final]
        assert partials and all("what time is it".startswith(text) for text in partials)
        await asyncio.sleep(0.1)
        kept = [(event.role, event.content) for event in caller.all(MessageKept)]
        assert kept == [("assistant", "Hello."), ("user", "what time is it"), ("assistant", "It is noon.")]
        order = [type(event) for _, event in caller.events]
        assert order.index(UserStartedSpeaking) < order.index(UserStoppedSpeaking) < order.index(UserTurn)


@on_fake_clock
async def test_each_turn_is_understood_after_what_was_said_before_it() -> None:
    async with call(["what time is it", "thanks"], [["It is noon."], ["Sure."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(1.5)
        await c.caller.until(AgentStoppedSpeaking, 2)
        await c.caller.speak(1.0)
        await c.caller.until(AgentStoppedSpeaking, 3)
        assert c.stt.previous == ["Hello.", "Hello. what time is it It is noon."]


@on_fake_clock
async def test_marks_are_milliseconds_from_the_end_of_speech_and_the_answer_is_ready_before_the_endpoint() -> None:
    settings = PipelineSettings(endpoint=SAME_SILENCE)
    async with call(["hello there"], [["Hi."]], settings=settings) as c:
        await c.caller.until(AgentStoppedSpeaking)
        start = asyncio.get_running_loop().time()
        await c.caller.speak(1.0)
        marks = (await c.caller.until(TurnLatency))[0].marks
        stages = ("llm_first_token", "llm_first_phrase", "tts_first_audio", "endpoint", "audio_out")
        known = [value for name in stages if (value := marks[name]) is not None]
        assert len(known) == 5 and known == sorted(known)
        look, chat = c.stt.look_delay * 1000, 40
        assert known[0] == pytest.approx(settings.pause * 1000 + look + chat, abs=40)
        assert marks["endpoint"] == pytest.approx(SAME_SILENCE.usual * 1000, abs=40)
        found = settings.pause * 1000 + look + 100
        assert marks["transcript"] == pytest.approx(found, abs=40), "the final words were found in the pause"
        heard_at = next(at for at in c.caller.times(AgentStartedSpeaking) if at > start)
        assert marks["audio_out"] == pytest.approx((heard_at - start - 1.0) * 1000, abs=40)
        assert marks["audio_out"] == pytest.approx(marks["endpoint"], abs=21), "the next frame carries it"


@on_fake_clock
async def test_without_drafts_each_stage_follows_the_one_before() -> None:
    async with call(["hello there"], [["Hi."]], settings=PipelineSettings(drafts=0)) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(1.0)
        marks = (await c.caller.until(TurnLatency))[0].marks
        stages = ("endpoint", "transcript", "llm_first_token", "llm_first_phrase", "tts_first_audio", "audio_out")
        known = [value for name in stages if (value := marks[name]) is not None]
        assert len(known) == 6 and known == sorted(known)


@on_fake_clock
async def test_a_typed_turn_has_no_transcript_mark() -> None:
    async with call([], [["Typed answer."]], wants_audio=False) as c:
        c.conversation.send_text("hello")
        latency = await c.caller.until(TurnLatency)
        assert latency[0].marks["transcript"] is None
        assert latency[0].marks["audio_out"] is None
        assert latency[0].marks["llm_first_token"] is not None


@on_fake_clock
async def test_tool_calls_run_in_rounds_and_their_results_reach_the_model() -> None:
    tools = ScriptedTools({"submit_goal_intent": ToolOutcome("Goal created.", "done", {"kind": "goal"})})
    async with call(["i want to learn guitar"], [[GOAL], ["Goal created."]], tools) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(1.0)
        await c.caller.until(AgentStoppedSpeaking, 2)
        assert c.tools.runs == [("1:0:0", "submit_goal_intent", {"goal_statement": "learn guitar"})]
        kinds = [type(e) for _, e in c.caller.events if isinstance(e, ToolStarted | ToolInProgress | ToolStopped)]
        assert kinds == [ToolStarted, ToolInProgress, ToolStopped]
        assistant, result = c.chat.seen[1][-2:]
        assert assistant.tool_calls[0].id == result.tool_call_id == "1:0:0"
        assert (result.role, result.content, result.tool_name) == ("tool", "Goal created.", "submit_goal_intent")


@on_fake_clock
async def test_a_model_that_never_stops_calling_tools_is_bounded() -> None:
    tools = ScriptedTools({"submit_goal_intent": ToolOutcome("no good", "rejected")})
    async with call([], [[GOAL]] * 50, tools) as c:
        c.conversation.send_text("go")
        await c.caller.until(ReplyStopped)
        assert len(c.tools.runs) == PipelineSettings().max_rejections + 1
        await c.caller.until_said("Sorry, that failed.")


@on_fake_clock
async def test_barge_in_stops_the_sound_and_cuts_the_history_to_what_was_heard() -> None:
    story = "one two three four five six seven eight nine ten."
    async with call(["stop"], [[story], ["Stopped."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("tell me")
        await c.caller.until(AgentStartedSpeaking, 2)
        await asyncio.sleep(1.0)
        begun = asyncio.get_running_loop().time()
        await c.caller.speak(0.6)
        await c.caller.until(UserTurn, 2)
        silent_from = begun + PipelineSettings().barge_in + 0.1
        answered = c.caller.times(UserTurn)[1]
        assert c.caller.loud_between(begun, silent_from)
        assert not c.caller.loud_between(silent_from, answered)
        heard = next(e for e in c.caller.all(PhraseFinished) if e.interrupted).heard
        assert heard in ("one two three four", "one two three")
        assert c.chat.seen[1][-2].content == heard
        await c.caller.until(AgentStoppedSpeaking, 3)
        kept = [e for e in c.caller.all(MessageKept) if e.role == "assistant"]
        assert (kept[1].content, kept[1].interrupted) == (heard, True)


@on_fake_clock
async def test_a_noise_without_words_lets_the_agent_go_on_where_it_stopped() -> None:
    async with call([""], [["one two three four five six."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("count")
        start = asyncio.get_running_loop().time()
        await c.caller.until(AgentStartedSpeaking, 2)
        await asyncio.sleep(0.5)
        await c.caller.speak(0.5)
        finished = [e for e in await c.caller.until(PhraseFinished, 2) if e.text.startswith("one")]
        assert finished[0].heard == "one two three four five six." and not finished[0].interrupted
        loud = sum(1 for at, pcm in c.caller.sound if at >= start and abs(pcm).max() > 0.1) * 0.02
        assert loud == pytest.approx(6 * 0.3, abs=0.1)


@on_fake_clock
async def test_an_answer_does_not_begin_over_a_caller_who_goes_on() -> None:
    settings = PipelineSettings(endpoint=SAME_SILENCE, drafts=0)
    chat = ScriptedChat([["never said"], ["Fine."]], pace=0.1)
    async with call(["i want to", "learn guitar"], chat=chat, settings=settings) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(0.6)
        await asyncio.sleep(SAME_SILENCE.usual + 0.05)
        begun = asyncio.get_running_loop().time()
        await c.caller.speak(2.0)
        await c.caller.until_said("Fine.")
        assert not c.caller.loud_between(begun - 0.2, begun + 2.0)
        assert [e.text for e in c.caller.all(UserTurn)] == ["i want to", "learn guitar"]


@on_fake_clock
async def test_typed_text_that_does_not_interrupt_waits_its_turn() -> None:
    async with call([], [["one two three."], ["Next."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        c.conversation.send_text("and then", interrupt=False)
        await c.caller.until_said("Next.")
        assert not any(e.interrupted for e in c.caller.all(PhraseFinished))


@on_fake_clock
async def test_a_short_noise_does_not_interrupt() -> None:
    async with call([""], [["one two three four five six."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        await c.caller.speak(0.02)
        await c.caller.until(AgentStoppedSpeaking, 2)
        assert not c.caller.all(AgentStoppedSpeaking)[1].interrupted


@on_fake_clock
async def test_an_agent_that_fell_silent_for_a_noise_goes_on_at_once() -> None:
    async with call([""], [["one two three four five six."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        await c.caller.speak(0.06)
        await c.caller.until(AgentStartedSpeaking, 3)
        stopped, started = c.caller.times(AgentStoppedSpeaking)[1], c.caller.times(AgentStartedSpeaking)[2]
        assert started - stopped < 0.2
        await c.caller.until_said("one two three four five six.")
        assert not c.caller.all(UserStartedSpeaking)


@on_fake_clock
async def test_a_barge_in_during_a_tool_lets_the_tool_finish_once() -> None:
    tools = ScriptedTools({"submit_goal_intent": ToolOutcome("Goal created.", "done")}, delay=2.0)
    async with call([], [[GOAL], ["never said"]], tools) as c:
        c.conversation.send_text("goal")
        await c.caller.until(ToolInProgress)
        c.conversation.send_text("what is going on")
        await c.caller.until(UserTurn, 2)
        assert [run[0] for run in c.tools.runs] == ["1:0:0"]
        assert c.caller.all(ToolStopped)[0].status == "done"
        await c.caller.until(ReplyStopped, 2)
        roles = [message.role for message in c.chat.seen[1]]
        assert roles[-3:] == ["assistant", "tool", "user"]


@on_fake_clock
async def test_goodbye_is_spoken_before_the_call_ends() -> None:
    async with call(["goodbye"], [["Goodbye.", ToolCall(None, END_CALL.name, {})]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(0.6)
        assert await c.ended == "goodbye"
        assert [e for e in c.caller.all(PhraseFinished)][-1].heard == "Goodbye."
        assert c.caller.all(ConversationEnded)[0].reason == "goodbye"


@on_fake_clock
async def test_a_call_ended_before_it_ran_ends_at_once() -> None:
    async with call() as c:
        c.conversation.end("shutdown")
        assert await c.ended == "shutdown"
        assert asyncio.get_running_loop().time() < 1


@on_fake_clock
async def test_silence_is_prompted_and_then_ends_the_call() -> None:
    async with call() as c:
        assert await c.ended == "silence"
        prompts = [e.text for e in c.caller.all(PhraseQueued)]
        assert prompts == ["Hello.", "Are you still there?", "Are you still there?", "Goodbye."]


@on_fake_clock
async def test_a_slow_model_is_not_taken_for_a_silent_caller() -> None:
    async with call([], [["Late."]], chat_pace=13.0) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("think")
        await c.caller.until_said("Late.")
        assert [e.text for e in c.caller.all(PhraseQueued)] == ["Hello.", "Late."]


@on_fake_clock
async def test_a_cancelled_call_frees_the_stream_of_an_open_turn() -> None:
    async with call(["hello"]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        speaking = asyncio.create_task(c.caller.speak(1.0))
        await c.caller.until(UserStartedSpeaking)
        c.ended.cancel()
        await asyncio.wait([c.ended])
        assert c.stt.open_streams == 0
        assert c.caller.all(ConversationEnded)[0].reason == "shutdown"
        await speaking


@on_fake_clock
async def test_a_lost_link_pauses_the_timers_and_is_restored_with_its_history() -> None:
    async with call([], [["First."], ["Second."]]) as c:
        c.conversation.send_text("one")
        await c.caller.until(AgentStoppedSpeaking)
        c.caller.linked = False
        c.conversation.detach()
        await asyncio.sleep(25)
        assert not c.ended.done() and c.caller.all(LinkLost)
        c.conversation.attach(c.caller)
        c.caller.linked = True
        assert c.caller.all(LinkRestored)
        c.conversation.send_text("two")
        await c.caller.until(ReplyStopped, 2)
        assert [m.content for m in c.chat.seen[1] if m.role == "user"] == ["one", "two"]


@on_fake_clock
async def test_a_link_that_stays_lost_ends_the_call_after_the_grace() -> None:
    async with call() as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.detach()
        start = asyncio.get_running_loop().time()
        assert await c.ended == "link_lost"
        assert asyncio.get_running_loop().time() - start == pytest.approx(30, abs=0.5)


@on_fake_clock
async def test_a_client_that_is_on_its_way_when_the_grace_ends_is_waited_for() -> None:
    async with call() as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.expect(15)  # somebody is here: nothing to wait for
        c.conversation.detach()
        c.conversation.expect(5)  # less than is left
        await asyncio.sleep(29)
        c.conversation.expect(15)
        await asyncio.sleep(14.5)
        assert not c.ended.done()
        c.conversation.attach(c.caller)
        await asyncio.sleep(5)
        assert not c.ended.done()
        c.conversation.detach()
        await asyncio.sleep(29)
        c.conversation.expect(15)
        start = asyncio.get_running_loop().time()
        await asyncio.sleep(10)
        c.conversation.expect(15)  # tried in vain: not again and again
        assert await c.ended == "link_lost"
        assert asyncio.get_running_loop().time() - start == pytest.approx(15, abs=0.5)


@on_fake_clock
async def test_a_failing_model_is_apologised_for_and_the_next_turn_works() -> None:
    async with call([], [[EngineError("down")], ["Works."]]) as c:
        c.conversation.send_text("one")
        await c.caller.until(Fault)
        await c.caller.until(ReplyStopped)
        c.conversation.send_text("two")
        await c.caller.until_said("Works.")


@on_fake_clock
async def test_a_failing_voice_is_told_and_the_next_phrase_is_spoken() -> None:
    async with call([], [["Broken. Spoken."]], tts=ToneTts(failing=["Broken."])) as c:
        c.conversation.send_text("go")
        await c.caller.until(Fault)
        await c.caller.until_said("Broken.")
        await c.caller.until_said("Spoken.")


@on_fake_clock
async def test_failed_recognition_asks_the_caller_to_repeat() -> None:
    async with call([EngineError("worker died"), "hello"], [["Hi."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(0.6)
        await c.caller.until(Fault)
        await c.caller.until(AgentStoppedSpeaking, 2)
        await c.caller.speak(0.6)
        assert (await c.caller.until(UserTurn))[0].text == "hello"


@on_fake_clock
async def test_frames_that_stop_coming_do_not_hold_the_turn_open() -> None:
    async with call(["hello"], [["Hi."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(0.6)
        c.caller.linked = False
        assert (await c.caller.until(UserTurn, patience=3))[0].text == "hello"


@on_fake_clock
async def test_a_muted_caller_says_nothing() -> None:
    async with call(["secret"], [["Hi."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.mute(True)
        await c.caller.speak(2.0)
        assert not c.caller.all(UserStartedSpeaking)
        c.conversation.mute(False)
        await c.caller.speak(0.6)
        await c.caller.until(UserTurn)


@on_fake_clock
async def test_a_terminal_gets_text_without_sound() -> None:
    async with call([], [["Line one. Line two."]], wants_audio=False) as c:
        await c.caller.until(PhraseFinished)
        c.conversation.send_text("go")
        queued = await c.caller.until(PhraseQueued, 3)
        assert [(e.text, e.spoken) for e in queued] == [("Hello.", False), ("Line one.", False), ("Line two.", False)]


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.3, 0.71, 1.2, 1.9, 2.4, 3.5])
def test_a_call_cancelled_at_any_moment_leaves_nothing(moment: float) -> None:
    async def hang_up() -> None:
        async with call(["goal"], [[GOAL], ["All of it done."]], GOAL_DONE) as c:
            speaking = asyncio.create_task(c.caller.speak(1.0))
            await asyncio.sleep(moment)
            c.conversation.end("caller")
            assert await c.ended == "caller"
            await speaking

    run_on_fake_clock(hang_up())

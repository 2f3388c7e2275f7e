"""The conductor: turns, replies, barge-in, silence, end of call."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from models.audio import Pcm, silence
from models.errors import EngineError
from models.llm import ChatModel
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.vad import VoiceActivityDetector
from pipeline.ear import Ear
from pipeline.events import (
    AgentStartedSpeaking,
    ConversationEnded,
    EndReason,
    Event,
    Fault,
    LinkLost,
    LinkRestored,
    Modality,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscript,
)
from pipeline.history import History
from pipeline.latency import TurnMarks
from pipeline.listener import ListenedTurn
from pipeline.reply import Reply
from pipeline.seams import Persona, Transport
from pipeline.settings import PipelineSettings
from pipeline.silence import SilencePrompts
from pipeline.speaker import Speaker
from pipeline.studio import Studio, Tools, Turn
from pipeline.turns import Ended, EndpointPolicy, Paused, Resumed, Started, TurnChange

log = structlog.get_logger()


class Conversation:
    """One call, from greeting to goodbye; outlives its transports.

    `conversation_id` names it in logs. Engines are shared with other calls; the
    conversation frees every stream it opened. All methods are for the loop's thread.
    """

    def __init__(
        self,
        *,
        conversation_id: str,
        agent: Persona,
        tools: Tools,
        vad: VoiceActivityDetector,
        stt: SpeechToText,
        llm: ChatModel,
        tts: TextToSpeech,
        settings: PipelineSettings,
        endpoint: EndpointPolicy | None = None,
    ) -> None:
        self.id = conversation_id
        self._agent = agent
        self._tools = tools
        self._stt, self._llm, self._tts = stt, llm, tts
        self._settings = settings
        self._ear = Ear(vad.open(), settings, endpoint)
        self._history = History(agent.prompt, settings.history_messages)
        self._speaker = Speaker(tts.sample_rate, self._emit)
        self._silence = SilencePrompts(settings, self._prompt_silent_caller)
        self._observers: list[Callable[[Event], None]] = []
        self._transport: Transport | None = None
        self._studio: Studio | None = None
        self._end_reason: EndReason | None = None
        self._ending = asyncio.Event()
        self._ended = False
        self._turns: asyncio.Queue[Turn | str] = asyncio.Queue()
        self._marks: dict[int, TurnMarks] = {}
        self._turn_index = 0
        self._reply: Reply | None = None
        self._greeted = False
        self._muted = False
        self._grace: asyncio.TimerHandle | None = None

    @property
    def speech_rate(self) -> int:
        """Rate in Hz of what `read` returns."""
        return self._speaker.rate

    @property
    def ended(self) -> bool:
        """Whether the conversation is over."""
        return self._ended

    def watch(self, observer: Callable[[Event], None]) -> None:
        """Call `observer` with every event from now on, attached or not (recorder, metrics)."""
        self._observers.append(observer)

    async def run(self) -> EndReason:
        """Hold the conversation until it ends and return why; cancelling it ends it too."""
        reason: EndReason = "error"
        try:
            async with asyncio.TaskGroup() as tasks:
                self._studio = Studio(
                    llm=self._llm,
                    tts=self._tts,
                    tools=self._tools,
                    history=self._history,
                    speaker=self._speaker,
                    settings=self._settings,
                    apology=self._agent.text("apology"),
                    tell=self._emit,
                    tasks=tasks,
                )
                converse = tasks.create_task(self._converse(self._studio))
                clock = tasks.create_task(self._keep_time())
                await self._ending.wait()
                reason = self._end_reason or "caller"
                for task in (converse, clock):
                    task.cancel()
                await asyncio.wait((converse, clock))
                if self._reply is not None:
                    await self._reply.stop()
        except asyncio.CancelledError:
            reason = "shutdown"
            raise
        finally:
            await self._close(reason)
        return reason

    def attach(self, transport: Transport) -> None:
        """Bind a client's link, replacing any earlier one; the first attach brings the greeting."""
        back = self._greeted and self._transport is None
        self._transport = transport
        self._speaker.audible = transport.wants_audio
        self._ear.relink()
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        self._silence.resume(listening=transport.wants_audio)
        if back:
            self._emit(LinkRestored())
        self._greet()

    def detach(self) -> None:
        """Say that the link is lost: timers pause; after `reconnect_grace` the call ends."""
        if self._transport is None or self._ended:
            return
        self._emit(LinkLost())
        self._transport = None
        self._silence.pause()
        loop = asyncio.get_running_loop()
        self._grace = loop.call_later(self._settings.reconnect_grace, self.end, "link_lost")

    def hear(self, pcm: Pcm, at: float) -> None:
        """Take 16 kHz mono float32; `at` is the loop time of its first sample. Never blocks."""
        if self._studio is not None and not self._ended and pcm.size:
            self._follow(self._ear.hear(silence(pcm.size) if self._muted else pcm, at))

    def read(self, samples: int) -> Pcm:
        """Hand out the next `samples` of the agent's voice at `speech_rate`, zeros when it is silent."""
        return self._speaker.read(samples)

    def send_text(self, text: str, *, interrupt: bool = True, spoken: bool = True) -> None:
        """Take a typed turn; `interrupt` cuts what the agent is saying, `spoken` asks for a spoken answer."""
        if self._ended or not text.strip():
            return
        if interrupt:
            self._speaker.cut()
        marks = TurnMarks(asyncio.get_running_loop().time())
        self._take(text.strip(), "text", marks, spoken=spoken, interrupts=interrupt)

    def mute(self, muted: bool) -> None:
        """Say whether the caller's microphone is muted: muted audio is silence."""
        self._muted = muted

    def end(self, reason: EndReason) -> None:
        """End the conversation now, even before `run`, which returns once everything is closed."""
        self._end_reason = self._end_reason or reason
        self._ending.set()

    def _emit(self, event: Event) -> None:
        if isinstance(event, AgentStartedSpeaking) and self._reply is not None:
            self._reply.first_sound(asyncio.get_running_loop().time())
        for observer in (*self._observers, *((self._transport.tell,) if self._transport else ())):
            try:
                observer(event)
            except Exception:
                # One deaf observer must not end the caller's conversation.
                log.exception("an observer failed", event_type=type(event).__name__)

    def _greet(self) -> None:
        if not self._greeted:
            self._greeted = True
            self._turns.put_nowait(self._agent.greeting)

    def _follow(self, changes: Sequence[TurnChange]) -> None:
        for change in changes:
            match change:
                case Started():
                    self._start_listening()
                case Paused() | Resumed():
                    # Where a draft reply begins and is dropped once drafts are switched on.
                    pass
                case Ended(at=at, speech_end=speech_end):
                    self._end_turn(at, speech_end)
        if self._ear.in_turn:
            self._consider_barge_in()

    def _end_turn(self, at: float, speech_end: float) -> None:
        self._emit(UserStoppedSpeaking())
        if (listened := self._ear.take_turn()) is not None and self._studio is not None:
            marks = TurnMarks(speech_end)
            marks.stamp("endpoint", max(at, asyncio.get_running_loop().time()))
            self._studio.tasks.create_task(self._finish_listening(listened, marks))

    def _start_listening(self) -> None:
        if self._studio is None:
            return
        self._silence.caller_speaks()
        self._emit(UserStartedSpeaking())
        try:
            listened = ListenedTurn(self._stt, self._agent.vocabulary, self._studio.tasks, self._on_partial)
        except EngineError as error:
            self._misheard(error)
            return
        self._ear.follow(listened)

    def _on_partial(self, text: str) -> None:
        self._emit(UserTranscript(text, final=False))

    def _consider_barge_in(self) -> None:
        # Words decide whether the agent is cut (`_finish_listening`); until then it only falls silent,
        # and an answer that is still being made does not begin over the caller.
        sustained = self._ear.voiced >= self._settings.barge_in
        if self._reply is not None and (sustained or not self._speaker.speaking):
            self._speaker.hold()

    async def _finish_listening(self, listened: ListenedTurn, marks: TurnMarks) -> None:
        try:
            transcript = await listened.finish(self._settings.transcript_timeout)
        except EngineError as error:
            self._speaker.release()
            self._misheard(error)
            return
        finally:
            await listened.close()
        if not transcript.text.strip():
            self._speaker.release()
            self._silence.caller_silent()
            return
        marks.stamp("transcript", asyncio.get_running_loop().time())
        self._emit(UserTranscript(transcript.text, final=True))
        self._take(transcript.text, "voice", marks)

    def _misheard(self, error: EngineError) -> None:
        log.warning("speech recognition failed", error=str(error))
        self._emit(Fault("I could not understand that; please say it again.", fatal=False))
        self._turns.put_nowait(self._agent.text("misheard"))

    def _take(
        self, text: str, modality: Modality, marks: TurnMarks, *, spoken: bool = True, interrupts: bool = True
    ) -> None:
        self._silence.caller_answered()
        self._turn_index += 1
        self._marks[self._turn_index] = marks
        self._turns.put_nowait(Turn(self._turn_index, text, modality, spoken, interrupts))

    async def _converse(self, studio: Studio) -> None:
        while True:
            turn = await self._turns.get()
            if self._reply is not None:
                await (self._reply.stop() if not isinstance(turn, Turn) or turn.interrupts else self._reply.wait())
            self._speaker.release()
            if isinstance(turn, Turn):
                reply = Reply(studio, turn, self._marks.pop(turn.index, None))
                text = None
            else:
                reply = Reply(studio, None)
                text = turn
            self._reply = reply
            self._silence.agent_answers()
            reply.confirm()
            reply.start(text).add_done_callback(partial(self._reply_over, reply))

    def _reply_over(self, reply: Reply, task: "asyncio.Task[None]") -> None:
        if self._reply is reply:
            self._reply = None
            self._silence.agent_silent()
        if reply.ends_call and not task.cancelled() and task.exception() is None:
            self.end("goodbye")

    def _prompt_silent_caller(self, attempt: int) -> None:
        if attempt < self._settings.silence_prompts:
            self._turns.put_nowait(self._agent.text("silence_prompt"))
        else:
            self.end("silence")

    async def _keep_time(self) -> None:
        """Let time in the audio go on where frames stop coming, so that an open turn still ends."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.1)
            if self._transport is not None:
                self._follow(self._ear.lapse(loop.time()))

    async def _close(self, reason: EndReason) -> None:
        self._ended = True
        if (listened := self._ear.take_turn()) is not None:
            await listened.close()
        self._silence.close()
        if self._grace is not None:
            self._grace.cancel()
        self._emit(ConversationEnded(reason))
        self._transport = None
        self._studio = None

"""The conductor: turns, replies, barge-in, silence, end of call."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from models.audio import Pcm, silence
from models.llm import ChatModel
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.vad import VoiceActivityDetector
from pipeline.absence import Absence
from pipeline.answering import Answering
from pipeline.barge_in import BargeIn
from pipeline.drafts import DraftCount
from pipeline.ear import Ear
from pipeline.echo import EchoGuard
from pipeline.endpointing import Endpointing
from pipeline.events import (
    AgentStartedSpeaking,
    ConversationEnded,
    EndReason,
    Event,
    Fault,
    LinkLost,
    LinkRestored,
    PhraseFinished,
    UserStartedSpeaking,
)
from pipeline.history import History
from pipeline.latency import TurnMarks
from pipeline.listening import HeardTurn, Listening
from pipeline.seams import Persona, Transport
from pipeline.settings import PipelineSettings
from pipeline.silence import SilencePrompts
from pipeline.speaker import Speaker
from pipeline.studio import Notice, Studio, Tools

if TYPE_CHECKING:
    # Not otherwise: where the model is not installed, neither need be the library that runs it.
    from models.turn import TurnModel

log = structlog.get_logger()


class Conversation:
    """One call, from greeting to goodbye; outlives its transports.

    `conversation_id` names it in logs, `history` is what the model knows of it. Engines are shared with other
    calls; the conversation frees every stream it opened. All methods are for the loop's thread.
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
        turn_model: "TurnModel | None" = None,
    ) -> None:
        self.id = conversation_id
        self._agent = agent
        self._stt, self._turn_model = stt, turn_model
        self._settings = settings
        self._endpointing = Endpointing(settings.endpoint)
        self._barge_in = BargeIn(settings.barge_in)
        self._echo = EchoGuard(tts.sample_rate)
        self._ear = Ear(vad.open(), settings, self._endpointing, self._echo)
        self.history = History(agent.prompt, settings.history_messages)
        self._speaker = Speaker(tts.sample_rate, self._emit)
        self._silence = SilencePrompts(settings, self._prompt_silent_caller)
        self._observers: list[Callable[[Event], None]] = []
        self._transport: Transport | None = None
        self._listening: Listening | None = None
        self._end_reason: EndReason | None = None
        self._ending = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._caller_quiet = asyncio.Event()
        studio = Studio(
            llm=llm,
            tts=tts,
            tools=tools,
            history=self.history,
            speaker=self._speaker,
            settings=settings,
            text=agent.text,
            tell=self._emit,
            tasks=self._tasks,
            caller_quiet=self._caller_quiet,
        )
        self._answering = Answering(studio, self._silence, self.end)
        self._greeted = self._muted = False
        self._absence = Absence(lambda: self.end("link_lost"))

    @property
    def speech_rate(self) -> int:
        """Rate in Hz of what `read` returns."""
        return self._speaker.rate

    @property
    def drafted(self) -> DraftCount:
        """How many answers were drafted so far, and how many of them were used."""
        return self._answering.drafted

    @property
    def ready(self) -> int:
        """How many samples of voice `read` can hand out now without a gap."""
        return self._speaker.ready

    @property
    def caller_speaking(self) -> bool:
        """Whether the caller is in a turn, short pauses included."""
        return self._listening is not None and self._listening.in_turn

    @property
    def agent_busy(self) -> bool:
        """Whether an answer is being made or said."""
        return self._answering.busy

    def watch(self, observer: Callable[[Event], None]) -> None:
        """Call `observer` with every event from now on, attached or not (recorder, metrics)."""
        self._observers.append(observer)

    async def run(self) -> EndReason:
        """Hold the conversation until it ends and return why; cancelling it ends it too."""
        reason: EndReason = "error"
        if not self._greeted:
            self._absence.begin(self._settings.join_timeout)
        try:
            async with self._tasks as tasks:
                self._listening = self._listen(tasks)
                self._answering.prepare(self._agent.greeting)
                answering = tasks.create_task(self._answering.run())
                clock = tasks.create_task(self._listening.keep_time(lambda: self._transport is not None))
                try:
                    await self._ending.wait()
                finally:
                    self._ending.set()  # also when cancelled: a turn that begins now would never be closed
                reason = self._end_reason or "caller"
                for task in (answering, clock):
                    task.cancel()
                await asyncio.wait((answering, clock))
                await self._listening.close()
                await self._answering.stop()
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
        self._absence.end()
        self._silence.resume(listening=transport.wants_audio)
        if back:
            self._emit(LinkRestored())
        greeted, self._greeted = self._greeted, True
        if not greeted and not self._answering.turns:  # a caller who was quicker wants an answer, not a greeting
            self.say(self._agent.greeting)

    def detach(self) -> None:
        """Say that the link is lost: timers pause; after `reconnect_grace` the call ends."""
        if self._transport is None or self._ending.is_set():
            return
        self._emit(LinkLost())
        self._transport = None
        self._silence.pause()
        self._absence.begin(self._settings.reconnect_grace)

    def expect(self, within: float) -> None:
        """Say that a client is on its way: unless one is here, the call waits `within` s more, once in an absence."""
        self._absence.extend(within)

    def hear(self, pcm: Pcm, at: float) -> None:
        """Take 16 kHz mono float32; `at` is the loop time of its first sample. Never blocks."""
        caller = self._listening
        if caller is None or self._ending.is_set() or not pcm.size:
            return
        caller.hear(silence(pcm.size) if self._muted else pcm, at)
        # Words decide whether the agent is cut (`_take_heard`); until then it only falls silent.
        if self._answering.busy:
            silent = self._barge_in.heed(caller, speaking=self._speaker.speaking)
            if silent is not None:
                (self._speaker.hold if silent else self._speaker.release)()

    def read(self, samples: int) -> Pcm:
        """Hand out the next `samples` of the agent's voice at `speech_rate`, zeros when it is silent.

        It stands still while no client is attached: what nobody hears was not said.
        """
        pcm = self._speaker.read(samples) if self._transport is not None else silence(samples)
        self._echo.play(pcm)
        return pcm

    def send_text(self, text: str, *, interrupt: bool = True, spoken: bool = True) -> None:
        """Take a typed turn; `interrupt` cuts what the agent is saying, `spoken` asks for a spoken answer."""
        if self._ending.is_set() or not text.strip():
            return
        if self._answering.full:
            self._emit(Fault("Too many messages wait for their answer; please wait a moment.", fatal=False))
            return
        if interrupt:
            self._answering.interrupt()
        marks = TurnMarks(asyncio.get_running_loop().time())
        self._silence.caller_answered()
        self._answering.take(text.strip(), "text", marks, spoken=spoken, interrupts=interrupt)

    def say(self, text: str, *, interrupt: bool = False, ends_call: EndReason | None = None) -> bool:
        """Have the agent say `text`, at once with `interrupt`, and then end the call if told so; False: not taken."""
        if self._ending.is_set() or self._answering.full or not text.strip():
            return False
        self._answering.notify(Notice(text.strip(), interrupts=interrupt, ends_call=ends_call))
        return True

    def end_turn(self) -> None:
        """Take what the caller said so far for the whole of their turn; nothing where they are in none."""
        if self._listening is not None and not self._ending.is_set():
            self._listening.end_turn()

    def mute(self, muted: bool) -> None:
        """Say whether the caller's microphone is muted: muted audio is silence, and nobody is asked for an answer."""
        self._muted = muted
        self._silence.caller_muted(muted)

    def end(self, reason: EndReason) -> None:
        """End the conversation now, even before `run`, which returns once everything is closed."""
        self._end_reason = self._end_reason or reason
        self._ending.set()

    def take_leave(self, reason: EndReason) -> None:
        """End the conversation when the agent has said that it must go; at once where nobody is there to hear it."""
        if self._transport is None or not self.say(self._agent.text("leaving"), interrupt=True, ends_call=reason):
            self.end(reason)

    def _emit(self, event: Event) -> None:
        match event:
            case AgentStartedSpeaking():
                self._answering.first_sound(asyncio.get_running_loop().time())
            case UserStartedSpeaking():
                word, thinks = self._speaker.has_word, self._answering.busy
                self._barge_in.begin(speaking=word, thinking=thinks, asked=self._speaker.asking)
                self._silence.caller_speaks()
            case PhraseFinished(heard=heard) if heard:
                self._endpointing.asked(heard)
        for observer in (*self._observers, *((self._transport.tell,) if self._transport else ())):
            try:
                observer(event)
            except Exception:
                # One deaf observer must not end the caller's conversation.
                log.exception("an observer failed", event_type=type(event).__name__)

    def _listen(self, tasks: asyncio.TaskGroup) -> Listening:
        return Listening(
            self._ear,
            self._stt,
            self._agent.vocabulary,
            self._endpointing,
            self._turn_model,
            previous=self.history.recent,
            patience=self._settings.transcript_timeout,
            quiet=self._caller_quiet,
            tasks=tasks,
            tell=self._emit,
            paused=self._take_pause,
            resumed=self._answering.drop_draft,
            heard=self._take_heard,
        )

    def _take_pause(self, heard: HeardTurn) -> None:
        if self._listening is not None and self._barge_in.takes_no_turn(heard.text, heard.voiced):
            self._speaker.release(after=self._barge_in.forgive(heard.text, self._listening.voiced))
            self._answering.drop_draft()  # to words that the final ones are not
            # What follows may make it a turn after all, which must not lack these words then.
            self._endpointing.leave_open()
        else:
            self._answering.draft(heard.text, heard.marks)

    def _take_heard(self, heard: HeardTurn) -> None:
        only_listens = self._barge_in.takes_no_turn(heard.text, heard.voiced)
        self._barge_in.understood()
        if heard.text and heard.failure is None and not only_listens:
            self._silence.caller_answered()
            self._answering.take(heard.text, "voice", heard.marks)
            return
        self._answering.drop_draft()  # of words seen at a pause which were none
        if self._listening is None or not self._listening.in_turn:
            self._silence.caller_silent()
            self._speaker.release()
        if heard.failure is not None:
            log.warning("speech recognition failed", error=str(heard.failure))
            self._emit(Fault("I could not understand that; please say it again.", fatal=False, part="listen"))
            self._answering.notify(Notice(self._agent.text("misheard"), interrupts=True))

    def _prompt_silent_caller(self, attempt: int) -> None:
        if attempt < self._settings.silence_prompts:
            self._answering.notify(Notice(self._agent.text("silence_prompt")))
        else:
            self._answering.notify(Notice(self._agent.text("farewell"), ends_call="silence"))

    async def _close(self, reason: EndReason) -> None:
        self._ending.set()
        if self._listening is not None:
            await self._listening.close()
        self._silence.close()
        self._absence.end()
        self._emit(ConversationEnded(reason))
        self._transport = self._listening = None

"""A client of the Voice Agent protocol as the conversation sees it; knows no socket."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, ConversationEnded, EndReason, Event
from web.flood import Bucket
from web.transport import TYPED_BURST, TYPED_RATE
from web.voice_agent import client_messages as client
from web.voice_agent import server_messages as server
from web.voice_agent.audio import Inbound, Outbound
from web.voice_agent.client_messages import RefusedError
from web.voice_agent.conversation import AgentConversation
from web.voice_agent.persona import MAX_PROMPT
from web.voice_agent.server_messages import ServerMessage
from web.voice_agent.settings_message import AudioFormat, Function, OutputFormat, Settings, Think
from web.voice_agent.telling import Telling
from web.voice_agent.tools import CallTools

LEAD: Final = 10
"""Frames of 20 ms that are sent before their time. Over TCP a client needs something in hand, or each hesitation of
the network is heard; but what is sent counts as heard, and what the client drops at a barge-in was not: so a fifth of
a second, and not whole answers at once as Deepgram does."""

MUTED_AFTER: Final = 2.0
"""Seconds without sound after which a client that sends `KeepAlive` has its microphone off."""


ENGINE_UPDATED: Final[Mapping[client.EngineUpdate, server.EngineUpdate]] = {
    "UpdateSpeak": "SpeakUpdated",
    "UpdateListen": "ListenUpdated",
    "UpdateThink_Live": "ThinkLiveUpdated",
}


class AgentTransport:
    """Speaks the protocol with the client of `conversation`; satisfies `pipeline.seams.Transport`.

    `send` takes one message, text or sound, and never blocks; `now` is the loop's clock; `over` is called when the
    conversation is.
    """

    wants_audio = True

    def __init__(
        self,
        conversation: AgentConversation,
        settings: Settings,
        tools: CallTools,
        send: Callable[[str | bytes], None],
        *,
        now: Callable[[], float],
        over: Callable[[EndReason], None],
    ) -> None:
        self._conversation = conversation
        self._tools = tools
        self._send = send
        self._now = now
        self._over = over
        self._telling = Telling(tools.client_side, history=settings.wants_history)
        self._inbound = Inbound(settings.audio.input or AudioFormat())
        self._outbound = Outbound(settings.audio.output or OutputFormat(), conversation.speech_rate)
        self._ahead = 0
        self._speaking = False
        self._reading = False
        self._after_frame: list[ServerMessage] = []
        self._injected = Bucket(TYPED_RATE, TYPED_BURST)
        self._providers_told = False
        self._sound_at = now()
        self._muted = False

    def greet(self, settings: Settings) -> None:
        """Tell the client that its settings hold, and which of them do not."""
        self.say(server.SettingsApplied())
        agent = settings.described_agent
        if isinstance(settings.agent, str):
            self._warn(server.NOT_HONOURED, "no agents are stored here: the agent of this box answers")
        if agent.names_engines:
            self._tell_of_providers()
        if agent.think is not None:
            self._check_prompt(agent.think.prompt)
            self._tell_left_out(agent.think.functions)

    def tell(self, event: Event) -> None:
        """Send one event to the client."""
        match event:
            case AgentStartedSpeaking():
                self._speaking = True
            case AgentStoppedSpeaking(interrupted=interrupted):
                self._speaking = False
                self._ahead = 0 if interrupted else self._ahead
            case ConversationEnded(reason=reason):
                self._over(reason)
        for message in self._telling.messages(event):
            if self._reading and isinstance(message, server.AgentAudioDone):
                self._after_frame.append(message)  # the last sound is just being read
            else:
                self.say(message)

    def say(self, message: ServerMessage) -> None:
        """Send one message to the client."""
        self._send(message.encode())

    def frames(self, data: bytes) -> Sequence[bytes]:
        """Return the whole frames of 20 ms that a binary message brings, for `hear`."""
        return self._inbound.frames(data)

    def hear(self, frame: bytes) -> None:
        """Take one frame of the caller's sound."""
        self._sound_at = self._now()
        self._mute(False)
        for heard in self._inbound.take(frame, self._sound_at):
            self._conversation.hear(heard.pcm, heard.at)

    def tick(self) -> None:
        """Let 20 ms go by: what should have been heard is silence, and the agent's voice goes out."""
        for heard in self._inbound.idle(self._now()):
            self._conversation.hear(heard.pcm, heard.at)
        self._ahead -= 1
        if self._ahead < 0:
            self._ahead = 0
            self._pass_frame()
        while self._ahead < LEAD and self._conversation.ready >= self._outbound.samples:
            self._ahead += 1
            self._pass_frame()

    def take(self, message: client.Known) -> None:
        """Do what the client asks for; raises RefusedError where the protocol ends the call."""
        match message:
            case Settings():
                raise RefusedError("SETTINGS_ALREADY_APPLIED", "the settings of a call cannot be sent twice")
            case client.KeepAlive():
                self._mute(self._muted or self._now() - self._sound_at > MUTED_AFTER)
            case client.FunctionCallResponse(id=call_id, name=name, content=content):
                self._take_answer(call_id, name, content)
            case client.UpdatePrompt(prompt=prompt):
                self._instruct(prompt)
                self.say(server.PromptUpdated())
            case client.UpdateThink(think=think):
                self._update_think(think)
            case client.UpdateEngine(type=kind):
                self._warn(server.NOT_HONOURED, f"{kind} changes nothing: this box listens, thinks and speaks itself")
                self.say(server.EngineUpdated(type=ENGINE_UPDATED[kind]))  # clients wait for it
            case client.InjectAgentMessage():
                self._inject(message)
            case client.InjectUserMessage(content=content):
                self._inject_user(content)
            case client.ForceEndTurn():
                self._conversation.end_turn()

    def _pass_frame(self) -> None:
        spoke, self._reading = self._speaking, True
        try:
            pcm = self._conversation.read(self._outbound.samples)
        finally:
            self._reading = False
        if spoke or self._speaking:
            self._send(self._outbound.encode(pcm))
        after, self._after_frame = self._after_frame, []
        for message in after:
            self.say(message)

    def _mute(self, muted: bool) -> None:
        if muted != self._muted:
            self._muted = muted
            self._conversation.mute(muted)

    def _take_answer(self, call_id: str | None, name: str, content: str) -> None:
        answered = self._tools.take_answer(call_id, name, content)
        if answered is None:
            self._warn(server.NOT_HONOURED, "no function call waits for this response")
        else:
            self._telling.answered(answered)

    def _instruct(self, prompt: str) -> None:
        self._check_prompt(prompt)
        self._conversation.history.instruct(prompt[:MAX_PROMPT])

    def _update_think(self, think: Think) -> None:
        if think.prompt:
            self._instruct(think.prompt)
        if think.functions is not None:
            self._tools.offer(think.functions)
            self._tell_left_out(think.functions)
        if think.provider or think.endpoint:
            self._tell_of_providers()
        self.say(server.ThinkUpdated())

    def _inject(self, message: client.InjectAgentMessage) -> None:
        conversation = self._conversation
        if not message.message.strip():
            self._warn(server.NOT_HONOURED, "only an InjectAgentMessage with a message can be said")
            return
        if message.behavior == "default":
            busy = "USER" if conversation.caller_speaking else "AGENT" if conversation.agent_busy else None
            if busy is not None:
                text = f"the {'user' if busy == 'USER' else 'agent'} is speaking: use the behavior queue or interrupt"
                self.say(server.InjectionRefused(message=text))
                self._warn(f"INJECT_AGENT_MESSAGE_DURING_{busy}_SPEECH", text)
                return
        interrupt = message.behavior == "interrupt"
        if not self._injected.take(1, self._now()) or not conversation.say(message.message, interrupt=interrupt):
            self.say(server.InjectionRefused(message="too many messages at once; please wait a moment"))

    def _inject_user(self, content: str) -> None:
        if self._conversation.caller_speaking:
            self.say(server.InjectionRefused(message="the user is speaking"))
        elif not self._injected.take(1, self._now()):
            self.say(server.InjectionRefused(message="too many messages at once; please wait a moment"))
        else:
            self._conversation.send_text(content)

    def _check_prompt(self, prompt: str | None) -> None:
        if prompt and len(prompt) > MAX_PROMPT:
            self._warn("PROMPT_TOO_LONG", f"of the prompt only the first {MAX_PROMPT} characters are used")

    def _tell_left_out(self, functions: Sequence[Function] | None) -> None:
        if left_out := self._tools.left_out(functions or ()):
            names = ", ".join(left_out)
            self._warn(server.ENDPOINT_NOT_CALLED, f"nothing leaves this box, so no endpoint is called: {names}")

    def _tell_of_providers(self) -> None:
        if not self._providers_told:
            self._providers_told = True
            self._warn(
                server.PROVIDER_IGNORED, "providers, models and their endpoints are not used: this box has its own"
            )

    def _warn(self, code: str, description: str) -> None:
        self.say(server.Warning(description=description, code=code))

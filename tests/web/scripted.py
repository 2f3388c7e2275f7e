"""A conversation that only notes what is done to it, with the interface of the real one, and a server around it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from aiohttp import web

from models.audio import Pcm
from pipeline.events import ConversationEnded, EndReason, Event, LinkLost, LinkRestored
from pipeline.seams import Transport
from web.app import create_app, make_runner
from web.calls import Call
from web.console.parts import ConsoleParts
from web.desk import DeskParts
from web.metrics import Metrics
from web.openai_audio.route import AudioEngines
from web.own_settings import WebSettings
from web.readiness import Readiness
from web.rtc import PeerOptions
from web.sessions import CallFactory, Session
from web.voice_agent.conversation import AgentCallFactory

TONE = 440.0


class ScriptedConversation:
    """Notes everything; `voice` is what it says, a tone by default."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.speech_rate = 22_050
        self.calls: list[tuple[object, ...]] = []
        self.audio: list[tuple[Pcm, float]] = []
        self.transport: Transport | None = None
        self.observers: list[Callable[[Event], None]] = []
        self.ending: asyncio.Future[EndReason] = asyncio.get_running_loop().create_future()
        self.attached = asyncio.Event()
        self.detached = asyncio.Event()
        self._phase = 0

    def watch(self, observer: Callable[[Event], None]) -> None:
        self.observers.append(observer)

    async def run(self) -> EndReason:
        reason = await self.ending
        self.emit(ConversationEnded(reason))
        return reason

    def emit(self, event: Event) -> None:
        for observer in self.observers:
            observer(event)
        if self.transport is not None:
            self.transport.tell(event)

    def attach(self, transport: Transport) -> None:
        again = any(call[0] == "attach" for call in self.calls)
        self.transport = transport
        self.calls.append(("attach",))
        self.attached.set()
        if again:
            self.emit(LinkRestored())

    def detach(self) -> None:
        self.calls.append(("detach",))
        self.attached.clear()
        self.detached.set()
        self.transport = None
        self.emit(LinkLost())

    def expect(self, within: float) -> None:
        self.calls.append(("expect", within))

    def hear(self, pcm: Pcm, at: float) -> None:
        self.audio.append((pcm, at))

    def read(self, samples: int) -> Pcm:
        steps = np.arange(self._phase, self._phase + samples)
        self._phase += samples
        return (0.5 * np.sin(2 * np.pi * TONE * steps / self.speech_rate)).astype(np.float32)

    def send_text(self, text: str, *, interrupt: bool = True, spoken: bool = True) -> None:
        self.calls.append(("send_text", text, interrupt, spoken))

    def mute(self, muted: bool) -> None:
        self.calls.append(("mute", muted))

    def take_leave(self, reason: EndReason) -> None:
        self.calls.append(("take_leave", reason))

    def end(self, reason: EndReason) -> None:
        self.calls.append(("end", reason))
        if not self.ending.done():
            self.ending.set_result(reason)

    def named(self, name: str) -> list[tuple[object, ...]]:
        return [call for call in self.calls if call[0] == name]

    def heard(self) -> Pcm:
        return np.concatenate([pcm for pcm, _ in self.audio]) if self.audio else np.zeros(0, dtype=np.float32)


@dataclass
class Server:
    """A running application and the conversations it has begun."""

    url: str
    app: web.Application
    conversations: list[ScriptedConversation] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


@asynccontextmanager
async def serve(
    settings: WebSettings | None = None,
    peers: PeerOptions | None = None,
    call: CallFactory | None = None,
    desk: DeskParts | None = None,
    agent_call: AgentCallFactory | None = None,
    audio: AudioEngines | None = None,
    console: ConsoleParts | None = None,
) -> AsyncIterator[Server]:
    """Serve scripted conversations, or the calls that `call` makes, on a free port; with a `desk` the Flux API too.

    With `agent_call` Deepgram's clients may call, with `audio` OpenAI's.
    """

    def make_call(session: Session) -> Call:
        conversation = ScriptedConversation(str(session.caller.conversation_id))
        server.conversations.append(conversation)
        server.sessions.append(session)
        return Call(conversation, None, session.caller, peers or PeerOptions(ready_wait=0.5))

    settings = settings or WebSettings()
    app = create_app(
        settings,
        call or make_call,
        Readiness(),
        Metrics(),
        desk=desk,
        make_agent_call=agent_call,
        audio=audio,
        console=console,
    )
    server = Server("", app)
    runner = make_runner(server.app, settings)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()

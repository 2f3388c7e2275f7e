"""One peer connection of one call: sound both ways, the data channel, and whether the link lives."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
    RTCSessionDescription,
)

from web.answer import tuned, voice_codecs
from web.channel import ChatChannel
from web.client_clock import ClientClock
from web.conversations import LiveConversation
from web.errors import RequestError
from web.loudspeaker import Loudspeaker
from web.offer import MAX_CANDIDATES, Candidate, read_candidate, username
from web.receiving import Receiving
from web.traffic import Traffic
from web.transport import RtviTransport
from web.uplink import Tally

LINK_TIMEOUT: Final = 3.0
"""Seconds without a ping and without RTP after which a link counts as lost."""

READY_WAIT: Final = 2.0
"""Seconds a connected client has to say `client-ready`; one that does not speak RTVI is greeted without it."""

TICK: Final = 0.1
CLOSE_TIMEOUT: Final = 5.0

LinkState = Literal["up", "down", "failed"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PeerOptions:
    """How peer connections are made."""

    ice_servers: Sequence[RTCIceServer] = field(default_factory=list)
    connect_timeout: float = 15.0
    link_timeout: float = LINK_TIMEOUT
    ready_wait: float = READY_WAIT


class Peer:
    """A client's WebRTC link to `conversation`; tells `on_link` what becomes of it.

    `up` and `down` may alternate while pings stop and come back. `failed` means that no way to the client was found;
    then and after a last `down` the peer is over. `run` owns all of it.
    """

    def __init__(
        self,
        conversation: LiveConversation,
        options: PeerOptions,
        on_link: Callable[["Peer", LinkState], None],
        *,
        user_id: str = "",
        greeted: bool = False,
        clock: ClientClock | None = None,
    ) -> None:
        self._conversation = conversation
        self._options = options
        self._on_link = on_link
        # A list even when empty: None would mean Google's STUN server, and nothing may leave the box.
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=list(options.ice_servers)))
        self._channel = ChatChannel(self._take, self._channel_opened, self._flooded)
        self.transport = RtviTransport(
            conversation,
            self._channel.send,
            ready=self._client_ready,
            pinged=self._alive,
            now=asyncio.get_running_loop().time,
            user_id=user_id,
            clock=clock,
        )
        self._loudspeaker = Loudspeaker(conversation.read, conversation.speech_rate)
        self._receiving: Receiving | None = None
        self._remote: str | None = None  # the client's ICE user name
        self._greeted = greeted
        self._settled = asyncio.Event()  # connected or gone
        self._ready = asyncio.Event()
        self._gone = asyncio.Event()
        self._closing: asyncio.Event | None = None
        self._lost = False
        self._heard_of = 0.0
        self._checked = 0.0
        self._traffic = Traffic(self._pc)
        self._candidates = 0
        # Handlers come before the offer: aiortc emits while it is being applied.
        self._pc.on("datachannel", self._take_channel)
        self._pc.on("connectionstatechange", self._state_changed)

    @property
    def over(self) -> bool:
        """Whether this peer can serve no more."""
        return self._gone.is_set()

    @property
    def connected(self) -> bool:
        """Whether sound can flow."""
        return self._pc.connectionState == "connected"

    @property
    def connect_timeout(self) -> float:
        """Seconds in which a way to the client must be found."""
        return self._options.connect_timeout

    @property
    def unsent(self) -> int:
        """Bytes of messages that have not left yet."""
        return self._channel.unsent

    @property
    def tally(self) -> Tally:
        """What became of the packets of the caller's voice so far."""
        return self._receiving.tally if self._receiving is not None else Tally()

    def continues(self, sdp: str) -> bool:
        """Whether `sdp` renegotiates this connection; aiortc cannot restart ICE, so a new user name needs a new one."""
        return not self.over and username(sdp) == self._remote

    def owns(self, ufrag: str | None) -> bool:
        """Whether a candidate with this ICE user name is for this connection."""
        return ufrag is None or ufrag == self._remote

    async def answer(self, sdp: str) -> str:
        """Apply the (cleaned) offer and return the answer, complete with candidates."""
        first = self._remote is None
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        except Exception as error:  # aiortc raises what its parts happen to raise
            raise RequestError(400, "bad_sdp", "the offer cannot be applied") from error
        self._remote = username(sdp)
        microphone: RTCRtpReceiver | None = None
        for transceiver in self._pc.getTransceivers():
            if transceiver.kind == "audio" and microphone is None:
                microphone = transceiver.receiver
            else:  # video, and further microphones: nobody would read their frames, which aiortc queues without bound
                transceiver.direction = "inactive"
        if microphone is not None and first:
            self._pc.addTrack(self._loudspeaker)
        try:
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except Exception as error:
            raise RequestError(400, "bad_sdp", "the offer cannot be answered") from error
        answer = self._pc.localDescription.sdp
        if microphone is not None and first:
            self._agree(microphone, voice_codecs(answer))
        return tuned(answer)

    def _agree(self, microphone: RTCRtpReceiver, codecs: Sequence[RTCRtpCodecParameters]) -> None:
        """Take over sound both ways, before aiortc has connected and begins itself."""
        self._receiving = Receiving(codecs, self._conversation.hear, self._alive)
        self._receiving.attach(microphone)
        if codecs and codecs[0].mimeType.lower() == "audio/opus":
            self._loudspeaker.use_opus()

    async def add(self, candidate: Candidate) -> None:
        """Take one trickled candidate."""
        read = read_candidate(candidate)
        if read is None or self.over or self._candidates >= MAX_CANDIDATES:
            return
        self._candidates += 1
        try:
            await self._pc.addIceCandidate(read[0])
        except Exception as error:  # one candidate of many: the others may still do
            log.debug("a candidate was left aside", error=repr(error))

    def say_left(self) -> None:
        """Tell the client that its place was taken or the call is over."""
        self._channel.send('{"type":"signalling","message":{"type":"peerLeft"}}')

    async def run(self) -> None:
        """Serve the link until it is gone; closes everything."""
        try:
            async with asyncio.TaskGroup() as tasks:
                silence = tasks.create_task(self._keep_time())
                await self._serve()
                silence.cancel()
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the connection; safe to call twice and from several tasks."""
        self._gone.set()
        self._settled.set()
        if self._closing is not None:
            await self._closing.wait()
            return
        self._closing = asyncio.Event()
        try:
            self._loudspeaker.stop()
            if self._receiving is not None:
                self._receiving.stop()
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._pc.close()
        except TimeoutError:
            log.warning("the peer connection did not close in time")
        except Exception as error:  # half-made connections, as hostile offers leave them, cannot close themselves
            log.warning("the peer connection did not close cleanly", error=repr(error))
            await self._stop_transports()
        finally:
            self._closing.set()

    async def _stop_transports(self) -> None:
        for transceiver in self._pc.getTransceivers():
            with suppress(Exception):
                await transceiver.receiver.transport.stop()
                await transceiver.receiver.transport.transport.stop()

    async def _serve(self) -> None:
        try:
            async with asyncio.timeout(self._options.connect_timeout):
                await self._settled.wait()
        except TimeoutError:
            self._fail()
            return
        if not self.connected:
            self._fail()
            return
        self._alive()
        await self._wait(self._ready, self._options.ready_wait)
        if self.over:
            return
        self._on_link(self, "up")
        try:
            self._checked = asyncio.get_running_loop().time()
            while not await self._wait(self._gone, TICK):
                self._check()
        finally:
            if not self._lost:
                self._on_link(self, "down")

    def _fail(self) -> None:
        log.warning(
            "no media path to the client",
            seconds=self._options.connect_timeout,
            hint="open UDP from the client to this host, or set FLUX_ICE_SERVERS to a TURN server",
        )
        self._on_link(self, "failed")

    def _check(self) -> None:
        now = asyncio.get_running_loop().time()
        self._heard_of = min(now, self._heard_of + _stood_still(self._checked))
        self._checked = now
        if self._traffic.floods(now):
            self._flooded(True)
        lost = now - self._heard_of > self._options.link_timeout
        if lost != self._lost:
            self._lost = lost
            self._on_link(self, "down" if lost else "up")

    @staticmethod
    async def _wait(event: asyncio.Event, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await event.wait()
        except TimeoutError:
            return False

    async def _keep_time(self) -> None:
        """Let the caller's silence pass while nothing comes; on a lost link the conversation's timers pause too."""
        loop = asyncio.get_running_loop()
        while self._receiving is not None:
            began = loop.time()
            await asyncio.sleep(TICK)
            if not self._lost and not _stood_still(began):
                self._receiving.idle()

    def _alive(self) -> None:
        self._heard_of = asyncio.get_running_loop().time()

    def _take(self, raw: str | bytes) -> None:
        self.transport.take(raw)

    def _flooded(self, enough: bool) -> None:
        self.transport.flooded(enough)

    def _take_channel(self, channel: RTCDataChannel) -> None:
        self._channel.bind(channel)

    def _channel_opened(self) -> None:
        if self._greeted:  # a client that comes back does not say `client-ready` again
            self._ready.set()

    def _client_ready(self) -> None:
        self._ready.set()

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self._settled.set()
        elif state in ("failed", "closed", "disconnected"):
            self._gone.set()
            self._settled.set()


def _stood_still(since: float) -> float:
    """Return for how many s more than `TICK` our own loop slept since then; 0 for less than another `TICK`.

    What came meanwhile is still unread: that time proves nothing about the link.
    """
    stall = asyncio.get_running_loop().time() - since - TICK
    return stall if stall > TICK else 0.0

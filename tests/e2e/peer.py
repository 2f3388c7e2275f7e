"""A real WebRTC client for tests and benchmarks: what a browser with the SmallWebRTC transport does."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any

import aiohttp
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceCandidate,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_to_sdp
from av import AudioFrame, AudioResampler

from models.audio import SAMPLE_RATE, Pcm, from_int16, silence, to_int16

FRAME = SAMPLE_RATE // 50
STALL = 1.0
"""Seconds; a microphone that is further behind has lost sound; what is late by less is sent at once."""


@dataclass(frozen=True, slots=True)
class Received:
    """One 20 ms frame of the agent's voice: 48 kHz mono, and when it came (monotonic clock)."""

    pcm: Pcm
    at: float


@dataclass(slots=True)
class Utterance:
    """Audio that the microphone plays, and when its first and last sample left (monotonic clock)."""

    pcm: Pcm
    started: float | None = None
    ended: float | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


class MicrophoneTrack(MediaStreamTrack):
    """Plays what it is given in real time, over what `room` gives for each number of samples: by itself silence."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[Utterance] = deque()
        self._offset = 0
        self._pts = 0
        self._start: float | None = None
        self.room: Callable[[int], Pcm] = silence

    def play(self, pcm: Pcm) -> Utterance:
        utterance = Utterance(pcm)
        self._queue.append(utterance)
        return utterance

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        if self._start is None:
            self._start = time.monotonic()
        due = self._start + self._pts / SAMPLE_RATE
        if time.monotonic() - due > STALL:
            # Our own loop stood still. What is said now must not be sent as said then: that time is long silence.
            self._pts += int((time.monotonic() - due) * SAMPLE_RATE / FRAME) * FRAME
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        pcm = self.room(FRAME)
        if self._queue:
            now, current = time.monotonic(), self._queue[0]
            if current.started is None:
                current.started = now
            part = current.pcm[self._offset : self._offset + FRAME]
            pcm[: len(part)] += part
            self._offset += FRAME
            if self._offset >= len(current.pcm):
                current.ended = now + len(part) / SAMPLE_RATE
                current.done.set()
                self._queue.popleft()
                self._offset = 0
        frame = AudioFrame.from_ndarray(to_int16(pcm).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), self._pts
        self._pts += FRAME
        return frame


class RefusedError(Exception):
    """The server refused a request; `status` and `body` are its answer."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Peer:
    """A client of the server at `base_url`; use it as an async context manager, then `connect`.

    `trickle` sends the candidates by PATCH after the answer instead of within the offer. `ping` False makes a
    client that is silently gone. `messages` holds every RTVI message, `arrivals` when each came (monotonic clock),
    `signals` the signalling ones, `received` the agent's voice.
    """

    def __init__(
        self,
        base_url: str,
        *,
        start: Mapping[str, Any] | None = None,
        use_start: bool = True,
        trickle: bool = False,
        video: bool = True,
        ping: bool = True,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.session_id: str | None = None
        self.pc_id: str | None = None
        self.messages: list[dict[str, Any]] = []
        self.arrivals: list[float] = []
        self.signals: list[dict[str, Any]] = []
        self.received: list[Received] = []
        self.ping = ping
        self.headers: dict[str, str] = {}
        self._start_body = dict(start or {})
        self._use_start = use_start
        self._trickle = trickle
        self._video = video
        self._http = aiohttp.ClientSession()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._make()

    def _make(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = MicrophoneTrack()
        self.pc.addTrack(self.microphone)
        if self._video:
            self.pc.addTransceiver("video", direction="sendrecv")
        self.channel = self.pc.createDataChannel("chat", ordered=True)
        self.channel.on("message", self._take)
        self.channel.on("open", self._poke)
        self.channel.on("close", self._poke)
        self.pc.on("connectionstatechange", self._poke)
        self.pc.on("track", self._record)

    async def __aenter__(self) -> "Peer":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def offer_url(self) -> str:
        if self.session_id is None:
            return f"{self.base_url}/api/offer"
        return f"{self.base_url}/sessions/{self.session_id}/api/offer"

    @property
    def connected(self) -> bool:
        return self.pc.connectionState == "connected" and self.channel.readyState == "open"

    async def connect(self, *, ready: bool = True, within: float = 20.0) -> "Peer":
        """Start, offer, connect; with `ready` also `client-ready` → `bot-ready`."""
        if self._use_start and self.session_id is None:
            self.session_id = (await self.request("POST", f"{self.base_url}/start", self._start_body))["sessionId"]
        await self.negotiate()
        await self.until(lambda: self.connected, within)
        self._own(self._keep_alive())
        if ready:
            self.send("client-ready", {"version": "2.1.0", "about": {"library": "test-peer"}})
            await self.until(lambda: self.of_type("bot-ready"), within)
        return self

    async def negotiate(self, *, restart: bool = False) -> None:
        """Send an offer and apply the answer."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        sdp = self.pc.localDescription.sdp
        candidates: list[dict[str, Any]] = []
        if self._trickle:
            sdp, candidates = self._without_candidates(sdp)
        body: dict[str, Any] = {"sdp": sdp, "type": "offer", "pc_id": self.pc_id, "restart_pc": restart}
        if not self._use_start:
            body["requestData"] = self._start_body
        answer = await self.request("POST", self.offer_url, body)
        self.pc_id = answer["pc_id"]
        await self.pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
        if candidates:
            await self.send_candidates(candidates)

    async def send_candidates(self, candidates: list[dict[str, Any]]) -> None:
        """Trickle candidates, then the empty one that ends them."""
        end = {"candidate": "", "sdp_mid": "0", "sdp_mline_index": 0}
        await self.request("PATCH", self.offer_url, {"pc_id": self.pc_id, "candidates": [*candidates, end]})

    async def reconnect(self, *, within: float = 20.0) -> None:
        """Do what the client does after a network change: a new peer connection for the same conversation."""
        old = self.pc
        self._make()
        await self.negotiate(restart=True)
        await old.close()
        await self.until(lambda: self.connected, within)

    async def request(self, method: str, url: str, body: Any) -> Any:
        """Send JSON and return JSON; raises RefusedError for anything but 2xx."""
        async with self._http.request(method, url, json=body, headers=self.headers) as response:
            answer = await response.json()
            if response.status >= 300:
                raise RefusedError(response.status, answer)
            return answer

    def send(self, kind: str, data: Any = None, id: str = "1") -> None:
        """Send one RTVI message."""
        message: dict[str, Any] = {"label": "rtvi-ai", "type": kind, "id": id}
        if data is not None:
            message["data"] = data
        self.send_raw(json.dumps(message))

    def send_raw(self, text: str | bytes) -> None:
        """Send anything on the data channel."""
        self.channel.send(text)

    def mute(self, muted: bool) -> None:
        """Report the microphone's state as the SDK does."""
        status = {"type": "trackStatus", "receiver_index": 0, "enabled": not muted}
        self.send_raw(json.dumps({"type": "signalling", "message": status}))

    def play(self, pcm: Pcm) -> Utterance:
        """Speak: 16 kHz mono float32, in real time from now on."""
        return self.microphone.play(pcm)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return all messages of one RTVI type so far."""
        return [message for message in self.messages if message["type"] == kind]

    def own_messages(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of all server messages of one `type` so far."""
        return [one["data"] for one in self.of_type("server-message") if one["data"]["type"] == kind]

    def heard(self, since: float = 0.0) -> Pcm:
        """Return the agent's voice received since a moment of the monotonic clock, 48 kHz."""
        parts = [one.pcm for one in self.received if one.at >= since]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    async def until(self, predicate: Callable[[], Any], within: float = 20.0) -> Any:
        """Wait until `predicate` holds and return its value; it is asked after every message, frame and change.

        Raises TimeoutError, with what both have said.
        """
        try:
            async with asyncio.timeout(within), self._changed:
                while not (value := predicate()):
                    await self._changed.wait()
                return value
        except TimeoutError as error:
            raise TimeoutError(f"within {within:g} s; both said {self.talk()}") from error

    def talk(self) -> list[str]:
        """Return what the server heard and said so far: starts, stops, final transcripts and phrases."""
        shown = {"user-started-speaking": "<", "user-stopped-speaking": ">", "bot-stopped-speaking": "."}
        return [
            shown.get(message["type"]) or message["data"]["text"]
            for message in self.messages
            if message["type"] in (*shown, "bot-transcription")
            or (message["type"] == "user-transcription" and message["data"]["final"])
        ]

    async def close(self) -> None:
        """Leave: close everything this client holds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.microphone.stop()
        await self.pc.close()
        await self._http.close()

    def _take(self, raw: str | bytes) -> None:
        message = json.loads(raw)
        if message.get("type") == "signalling":
            self.signals.append(message)
        else:
            self.messages.append(message)
            self.arrivals.append(time.monotonic())
        self._poke()

    def _record(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._own(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=48_000)
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                now = time.monotonic()
                for part in resampler.resample(frame):
                    self.received.append(Received(from_int16(part.to_ndarray().reshape(-1).astype(np.int16)), now))
                await self._notify()
        except MediaStreamError:
            pass

    async def _keep_alive(self) -> None:
        while True:
            if self.ping and self.channel.readyState == "open":
                self.channel.send(f"ping: {time.time_ns() // 1_000_000}")
            await asyncio.sleep(1)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _poke(self) -> None:
        self._own(self._notify())

    def _own(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _without_candidates(self, sdp: str) -> tuple[str, list[dict[str, Any]]]:
        lines = [line for line in sdp.splitlines() if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
        gatherer = self.pc.getTransceivers()[0].sender.transport.transport.iceGatherer
        candidates = [self._wire(candidate) for candidate in gatherer.getLocalCandidates()]
        return "\r\n".join(lines) + "\r\n", candidates

    @staticmethod
    def _wire(candidate: RTCIceCandidate) -> dict[str, Any]:
        return {"candidate": f"candidate:{candidate_to_sdp(candidate)}", "sdp_mid": "0", "sdp_mline_index": 0}

"""A caller who talks into a long answer, and what was seen of it: on the wire, at the ear, and by the server's word."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import soxr

from benchmarks.barge_judge import QUIET, Outcome, State, Told, Trace, judge
from benchmarks.barge_sounds import Event
from benchmarks.sound import RECEIVED_RATE
from benchmarks.talk import spoken_out
from models.audio import SAMPLE_RATE, Pcm, silence
from tests.e2e.peer import FRAME, Peer, Received
from web.opus import OpusDecoder

SENTENCES: Final = 24
"""Of each answer: more than a minute."""

ENOUGH: Final = 5
"""Phrases that must still wait when something happens, lest the answer end by itself meanwhile."""

EARLIEST, LATEST = 1.0, 3.0
"""Seconds that the agent speaks undisturbed before each event."""

SETTLED: Final = 1.0
"""Seconds after the end of a caller's turn, or of a sound that made none, within which it is known what it was."""

LONGEST: Final = 8.0
"""Seconds after an event in which an agent that goes on has gone on: no turn, and no transcript, takes as long."""

NOISE: Final = 0.0008
"""Noise of the caller's room (-62 dBFS)."""

ECHO: Final = 0.1
"""-20 dB."""

TAIL: Final = 0.3
"""Seconds after which the room's own answer to a sound has died away, 60 dB down; it begins 12 dB below the sound."""

_LOOK: Final = 0.02


class Room:
    """What a microphone hears besides its speaker: noise, and on demand what the loudspeaker plays, as 16 kHz."""

    def __init__(self, received: Sequence[Received]) -> None:
        self._received = received
        self._chance = np.random.default_rng(0)
        self._taken = 0
        self._line: deque[Pcm] | None = None
        self._rate = soxr.ResampleStream(RECEIVED_RATE, SAMPLE_RATE, 1, dtype="float32")
        size = round(TAIL * SAMPLE_RATE)
        walls = np.random.default_rng(1).standard_normal(size) * np.exp(-6.9 * np.arange(size) / size)
        self._walls = np.concatenate(([1.0], walls * 0.25 / np.sqrt(np.sum(walls**2))))
        self._ringing = np.zeros(size)

    def echo(self, delay: float | None) -> None:
        """Let what is received from now on come back `delay` s later at -20 dB, or no more."""
        self._taken = len(self._received)
        self._rate.clear()
        self._ringing[:] = 0
        self._line = None if delay is None else deque([silence(round(delay * SAMPLE_RATE))])

    def __call__(self, samples: int) -> Pcm:
        """Return the next samples."""
        noise = self._chance.normal(0, NOISE, samples).astype(np.float32)
        return noise if self._line is None else noise + self._next(samples, self._line)

    def _next(self, samples: int, line: deque[Pcm]) -> Pcm:
        for frame in self._received[self._taken :]:
            line.append(self._rate.resample_chunk(frame.pcm))
        self._taken = len(self._received)
        played = np.zeros(samples)
        filled = 0
        while line and filled < samples:
            part = line.popleft()
            if len(part) > samples - filled:
                line.appendleft(part[samples - filled :])
                part = part[: samples - filled]
            played[filled : filled + len(part)] = part
            filled += len(part)
        return self._in_the_room(played)

    def _in_the_room(self, played: Any) -> Pcm:
        size = len(played) + len(self._walls) - 1
        power = 1 << (size - 1).bit_length()
        sound = np.fft.irfft(np.fft.rfft(played, power) * np.fft.rfft(self._walls, power), power)[:size]
        sound[: len(self._ringing)] += self._ringing
        self._ringing = sound[len(played) :]
        return np.asarray(ECHO * sound[: len(played)], dtype=np.float32)


class Wire:
    """What leaves the server, as its packets reach the client's socket: before any jitter buffer, loopback included."""

    def __init__(self, peer: Peer) -> None:
        self.trace = Trace()
        self._decoder = OpusDecoder(RECEIVED_RATE)
        (receiver,) = peer.pc.getReceivers()
        hand_on = receiver._handle_rtp_packet

        async def take(packet: Any, arrival_time_ms: int) -> None:
            self.trace.feed(self._decoder.decode(packet.payload), time.monotonic())
            await hand_on(packet, arrival_time_ms)

        # aiortc has no public place where a packet can be seen before it waits.
        setattr(receiver, "_handle_rtp_packet", take)  # noqa: B010


class BargingCaller:
    """One call of a `peer` without video that is not connected yet."""

    def __init__(self, peer: Peer, chance: random.Random) -> None:
        self._peer = peer
        self._chance = chance
        self._wire = Wire(peer)
        self._ear, self._heard = Trace(), 0
        self._told: list[Told] = []
        self._state = State()
        self._room = Room(peer.received)
        peer.microphone.room = self._room

    async def connect(self) -> None:
        """Begin the call and ask for a long answer."""
        await self._peer.connect()
        await self._ask()

    async def live_through(self, event: Event) -> Outcome:
        """Let an event happen while the agent speaks, and return what became of it; raises TimeoutError."""
        await self._until_agent_speaks()
        before = len(self._told)
        self._room.echo(event.echo)
        utterance = self._peer.play(event.pcm)
        await spoken_out(utterance)
        self._room.echo(None)
        assert utterance.started is not None and utterance.ended is not None
        await self._until_settled(before, utterance.ended)
        for frame in self._peer.received[self._heard :]:
            self._ear.feed(frame.pcm, frame.at)
        self._heard = len(self._peer.received)
        return judge(
            event.kind,
            event.name,
            self._told[before:],
            self._wire.trace,
            self._ear,
            onset=utterance.started + event.onset // FRAME * FRAME / SAMPLE_RATE,
            ended=utterance.ended,
            late=utterance.ended - utterance.started - len(event.pcm) / SAMPLE_RATE,
        )

    async def _ask(self) -> None:
        options = {"run_immediately": True, "audio_response": True}
        self._peer.send("send-text", {"content": "Please tell me a long story.", "options": options})
        await self._peer.until(lambda: self._look().waiting > ENOUGH)

    async def _until_agent_speaks(self) -> None:
        """Wait until the agent has spoken undisturbed for a while and has enough left to say."""
        while True:
            if self._look().waiting <= ENOUGH:
                await self._ask()
            await self._peer.until(lambda: self._look().agent_speaks)
            await asyncio.sleep(self._chance.uniform(EARLIEST, LATEST))
            here = self._look()
            if here.agent_speaks and not here.caller_speaks and here.waiting > ENOUGH:
                return

    async def _until_settled(self, before: int, ended: float) -> None:
        """Wait until it is known what became of an event that `ended` then."""
        while (now := time.monotonic()) < ended + LONGEST:
            here = self._look()
            decided = here.agent_speaks or any(one.cut for one in self._told[before:])
            if decided and not here.caller_speaks and now > max(ended + QUIET, here.caller_since) + SETTLED:
                return
            await asyncio.sleep(_LOOK)

    def _look(self) -> State:
        """Take what the server has told meanwhile and return how things stand."""
        peer, first = self._peer, len(self._told)
        for message, at in zip(peer.messages[first:], peer.arrivals[first:], strict=True):
            self._told.append(Told(at, message["type"], message.get("data")))
            self._state.follow(self._told[-1])
        return self._state

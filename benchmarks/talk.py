"""A caller who speaks clips and waits for the answers, and what was heard of each: the same for every system."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.sound import Heard, left_at, speech_end
from models.audio import SAMPLE_RATE, Pcm
from tests.e2e.peer import Peer, Utterance
from tests.speech import SENTENCES, load

PATIENCE: Final = 10.0
"""Seconds a caller waits for an answer; a turn without one counts as this long, which is less than it was."""

OVER: Final = 1.0
"""Seconds of silence after which an answer is over: longer than any pause between two of its sentences."""

LONGEST_REPLY: Final = 20.0
DISTURBED: Final = 100.0
"""How late, in ms, the caller's own loop may be while it speaks before the turn says more of the caller than of anybody
else: then the speech that was sent had a hole."""

SETS: Final = ("acceptance", "unseen", "general")
"""The clips that are spoken: whole sentences, of voices that the recogniser understands."""

_LOOK: Final = 0.02


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clip that is said: `end` is the number of samples up to the last one of speech."""

    name: str
    pcm: Pcm
    end: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What a caller heard after one clip; times in ms.

    `wait` is from the last sample of speech to the first audible one of the answer, None where none came; `early`
    that the agent spoke before the caller had finished, so that no wait can be told; `late` by how much the caller's
    own loop was behind while it spoke. `marks` are what the server says of the turn, where it does.
    """

    clip: str
    number: int
    wait: float | None
    early: bool
    late: float
    marks: dict[str, float | None] | None = None

    @property
    def disturbed(self) -> bool:
        """Whether the caller itself faltered."""
        return abs(self.late) > DISTURBED

    @property
    def counted(self) -> float | None:
        """The wait, or `PATIENCE` where there was no answer; None where the agent spoke too early."""
        if self.early:
            return None
        return PATIENCE * 1000 if self.wait is None else self.wait


def clips() -> list[Spoken]:
    """Return what is said, in the order of the index."""
    named = [(sentence.name, load(sentence.name)) for sentence in SENTENCES.values() if sentence.set in SETS]
    return [Spoken(name, pcm, speech_end(pcm)) for name, pcm in named]


def schedule(names: Sequence[Spoken], turns: int, seed: int = 0) -> list[Spoken]:
    """Return `turns` clips: all of them in a random order, and again in another one until there are enough."""
    chance = random.Random(seed)
    said: list[Spoken] = []
    while len(said) < turns:
        said += chance.sample(names, len(names))
    return said[:turns]


async def settle(peer: Peer, *, silent: float = 5.0, within: float = 20.0) -> None:
    """Hear the greeting to its end; an agent that has said nothing for `silent` s does not greet."""
    began = time.monotonic()
    heard = Heard()
    while (now := time.monotonic()) < began + within:
        _take(peer, heard)
        if now > (began + silent if heard.last is None else heard.last + OVER):
            return
        await asyncio.sleep(_LOOK)


async def say(peer: Peer, spoken: Spoken, number: int) -> Turn:
    """Speak one clip, hear the answer to its end, and return what was heard.

    Raises `ConnectionError` where the call takes no more sound.
    """
    told = len(peer.own_messages("turn_latency"))
    heard = Heard()
    _take(peer, Heard())  # what is left of the silence before
    utterance = peer.play(spoken.pcm)
    await spoken_out(utterance)
    assert utterance.started is not None and utterance.ended is not None
    end = left_at(len(spoken.pcm), spoken.end, utterance.ended)
    while time.monotonic() < end + PATIENCE:
        _take(peer, heard)
        if heard.first is not None:
            break
        await asyncio.sleep(_LOOK)
    while heard.last is not None and time.monotonic() < heard.last + OVER and time.monotonic() < end + LONGEST_REPLY:
        await asyncio.sleep(_LOOK)
        _take(peer, heard)
    late = utterance.ended - utterance.started - len(spoken.pcm) / SAMPLE_RATE
    early = heard.first is not None and heard.first < end
    wait = None if heard.first is None or early else round((heard.first - end) * 1000, 1)
    marks = [one["marks"] for one in peer.own_messages("turn_latency")[told:]]
    return Turn(spoken.name, number, wait, early, round(late * 1000, 1), marks[-1] if marks else None)


async def spoken_out(utterance: Utterance) -> None:
    """Wait until a clip was sent; raises `ConnectionError` where nobody fetches it, for the connection is gone."""
    try:
        async with asyncio.timeout(len(utterance.pcm) / SAMPLE_RATE + PATIENCE):
            await utterance.done.wait()
    except TimeoutError:
        raise ConnectionError("the call takes no more sound") from None


async def converse(peer: Peer, said: Sequence[Spoken]) -> AsyncIterator[Turn]:
    """Hold one call of a connected client: hear the greeting, then say one clip after the other."""
    await settle(peer)
    for number, spoken in enumerate(said, 1):
        yield await say(peer, spoken, number)


def as_json(turn: Turn) -> dict[str, Any]:
    """Return a turn as it is kept."""
    return asdict(turn)


def _take(peer: Peer, heard: Heard) -> None:
    for frame in peer.received:
        heard.feed(frame.pcm, frame.at)
    peer.received.clear()

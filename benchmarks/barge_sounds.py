"""What a caller and a room do while the agent speaks: words that want the turn, and sounds that do not."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, cycle, islice
from typing import Final, Literal

import numpy as np

from benchmarks import flite_words
from benchmarks.barge_noises import NOISES, hum
from benchmarks.sound import NOISE_FLOOR
from benchmarks.turn_clips import Caller, speak
from models.audio import SAMPLE_RATE, Pcm, silence

Kind = Literal["interruption", "backchannel", "noise", "echo"]
FALSE: Final[Sequence[Kind]] = ("backchannel", "noise", "echo")

PATTERN: Final[Sequence[Kind]] = (
    "backchannel",
    "noise",
    "backchannel",
    "echo",
    "backchannel",
    "noise",
    "backchannel",
    "noise",
    "backchannel",
    "echo",
)
"""What should not stop the agent, ten at a time, so that a short run holds the same mixture as a whole one."""

CALLERS: Final = (
    Caller("rms", "rms", 0.95, 0.0),
    Caller("f3", "espeak:en-us+f3", 1.0, 0.0),
    Caller("slt", "slt", 1.0, 0.0),
    Caller("rp", "espeak:en-gb-x-rp", 0.95, 0.0),
    Caller("awb", "awb", 1.05, 0.0),
    Caller("kal", "kal16", 0.95, 0.0),
)
INTERRUPTIONS: Final = (
    "Wait, that is not what I meant",
    "Stop, please",
    "No, the other one",
    "Remind me to call my mother tomorrow",
    "Hold on a second",
    "Actually, move it to Friday",
    "Sorry, can I say something",
    "Add a task to water the plants",
    "Excuse me, I have a question",
    "That is enough, thank you",
    "I want to learn guitar in three months",
    "Can you repeat that",
    "Let me stop you there",
    "Please move my dentist appointment",
    "What time is it now",
    "Wait a minute",
    "Never mind, cancel that",
    "My goal is to run a marathon",
    "Hello, are you listening",
    "You got that wrong",
)
HUM: Final = "mm-hm"
"""Not spoken by a voice, but made: voices spell it."""

BACKCHANNELS: Final = (
    "uh-huh",
    "okay",
    "yeah",
    "right",
    HUM,
    "I see",
    "sure",
    "yes",
    "got it",
    "oh",
    "all right",
    "great",
    "good",
)
ECHO_LASTS: Final = 4.0
NEAREST, FARTHEST = 0.08, 0.2
"""Seconds between what the agent is heard to say and its echo: the loudspeaker's buffer, the air, the microphone's."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens while the agent speaks: 16 kHz mono, whose first sample of sound is number `onset`.

    `echo` is how many seconds late the agent's own voice comes back meanwhile, None where it does not.
    """

    kind: Kind
    name: str
    pcm: Pcm
    onset: int = 0
    echo: float | None = None


def callers() -> Sequence[Caller]:
    """Return the voices that this machine has."""
    return [one for one in CALLERS if one.voice.startswith("espeak:") or flite_words.is_installed()]


def interruptions(wanted: int, voices: Sequence[Caller]) -> list[Event]:
    """Return so many interruptions: every sentence once before one is said again, then by another voice."""
    return [_said("interruption", *_spoken_by(number, INTERRUPTIONS, voices)) for number in range(wanted)]


def no_interruptions(wanted: int, voices: Sequence[Caller]) -> list[Event]:
    """Return so many events that should leave the agent its turn, in the order of `PATTERN`."""
    makers = {"backchannel": _backchannels(voices), "noise": _noises(), "echo": _echoes()}
    return [next(makers[kind]) for kind in islice(cycle(PATTERN), wanted)]


def _spoken_by(number: int, texts: Sequence[str], voices: Sequence[Caller]) -> tuple[str, Caller]:
    """Return text and voice such that the voice changes from text to text, and for each text from round to round."""
    turn, place = divmod(number, len(texts))
    return texts[place], voices[(turn + place) % len(voices)]


def _backchannels(voices: Sequence[Caller]) -> Iterator[Event]:
    for number in count():
        text, caller = _spoken_by(number, BACKCHANNELS, voices)
        if text == HUM:
            yield event("backchannel", f"{HUM} {number}", hum(np.random.default_rng(number)))
        else:
            yield _said("backchannel", text, caller)


def _noises() -> Iterator[Event]:
    # Every second one is a cough.
    names = chain.from_iterable(("cough", name) for name in cycle(name for name in NOISES if name != "cough"))
    for number, name in enumerate(names):
        yield event("noise", f"{name} {number}", NOISES[name](np.random.default_rng(number)))


def _echoes() -> Iterator[Event]:
    chance = random.Random("echoes")
    while True:
        delay = chance.uniform(NEAREST, FARTHEST)
        yield Event("echo", f"echo after {delay * 1000:.0f} ms", silence(int(ECHO_LASTS * SAMPLE_RATE)), echo=delay)


def _said(kind: Kind, text: str, caller: Caller) -> Event:
    return event(kind, f"{text} ({caller.name})", speak(text, caller)[0])


def event(kind: Kind, name: str, sound: Pcm) -> Event:
    """Return the event of a sound that begins anywhere in a frame of 20 ms, as sounds do; `name` says where."""
    lead = random.Random(name).randrange(SAMPLE_RATE // 50)
    pcm = np.concatenate((silence(lead), sound))
    return Event(kind, name, pcm, int(np.flatnonzero(np.abs(pcm) > NOISE_FLOOR)[0]))

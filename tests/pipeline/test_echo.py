"""The agent's own voice is known again through a room and noise; another voice is not taken for it."""

import numpy as np
import pytest

from models.audio import SAMPLE_RATE, Pcm, silence
from pipeline.echo import GLANCE, LATEST, EchoGuard
from tests.speech import load

FRAME = SAMPLE_RATE // 50
AGENT = np.concatenate([load(name) for name in ("goal_1_slt", "task_1_slt", "reschedule_1_slt")])
RATE = 22_050


def in_a_room(pcm: Pcm, seed: int = 1) -> Pcm:
    """Return the sound with a tail of 300 ms, 12 dB below it."""
    chance, size = np.random.default_rng(seed), round(0.3 * SAMPLE_RATE)
    tail = chance.standard_normal(size) * np.exp(-6.9 * np.arange(size) / size)
    tail *= 0.25 / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return np.convolve(pcm, tail)[: len(pcm)].astype(np.float32)


def late(pcm: Pcm, seconds: float) -> Pcm:
    return np.concatenate((silence(round(seconds * SAMPLE_RATE)), pcm))


def quiet(pcm: Pcm, decibels: float) -> Pcm:
    return np.asarray(pcm * 10 ** (-decibels / 20), dtype=np.float32)


def verdicts(microphone: Pcm) -> list[bool]:
    """Return the verdict of each moment with sound in it, while the agent speaks all the time."""
    guard, found = EchoGuard(RATE), []
    size = round(RATE / 50)
    spoken = np.interp(np.arange(0, len(AGENT), SAMPLE_RATE / RATE), np.arange(len(AGENT)), AGENT).astype(np.float32)
    glance = round(GLANCE * SAMPLE_RATE)
    for number in range(min(len(AGENT), len(microphone)) // FRAME - 1):
        guard.play(spoken[number * size : (number + 1) * size])
        guard.hear(microphone[number * FRAME : (number + 1) * FRAME])
        recent = microphone[max(0, (number + 1) * FRAME - glance) : (number + 1) * FRAME]
        if number % 3 == 0 and np.sqrt(np.mean(recent**2)) > 0.2 * np.sqrt(np.mean(microphone**2)):
            found.append(guard.echoes())
    assert len(found) > 20
    return found


@pytest.mark.parametrize("delay", [0.03, 0.25, 0.6])
@pytest.mark.parametrize("decibels", [6, 20, 40])
def test_an_echo_is_known(delay: float, decibels: float) -> None:
    assert np.mean(verdicts(late(quiet(in_a_room(AGENT), decibels), delay))) > 0.9


def test_an_echo_in_noise_is_known_mostly() -> None:
    echo = in_a_room(AGENT)
    noise = np.random.default_rng(2).standard_normal(len(echo)) * np.sqrt(np.mean(echo**2)) * 0.3
    assert np.mean(verdicts(late((echo + noise).astype(np.float32), 0.2))) > 0.75


@pytest.mark.parametrize("clip", ["goal_1_rms", "task_3_rms", "reschedule_1_rms"])
def test_another_voice_is_none(clip: str) -> None:
    words = load(clip)
    voice = np.tile(words, 1 + len(AGENT) // len(words))[: len(AGENT)]
    assert np.mean(verdicts(voice)) < 0.05
    # Nor is it where the agent is heard behind it.
    assert np.mean(verdicts(voice + quiet(in_a_room(AGENT), 20))) < 0.1


def test_silence_and_an_agent_that_is_silent_are_none() -> None:
    guard = EchoGuard(RATE)
    for number in range(100):
        guard.play(silence(441))
        guard.hear(AGENT[number * FRAME : (number + 1) * FRAME])
        assert not guard.echoes()
    for _ in range(100):
        guard.hear(silence(FRAME))
    assert not guard.echoes()


def test_what_was_played_long_ago_is_forgotten() -> None:
    guard = EchoGuard(SAMPLE_RATE)
    guard.play(AGENT[:SAMPLE_RATE])
    guard.hear(AGENT[: SAMPLE_RATE // 2])
    assert not guard.echoes()  # once may be chance
    assert guard.echoes()
    guard.play(silence(round((LATEST + GLANCE) * SAMPLE_RATE)))
    guard.hear(AGENT[SAMPLE_RATE // 2 : SAMPLE_RATE])
    assert not guard.echoes()


def test_the_room_rings_on_but_not_louder() -> None:
    guard = EchoGuard(SAMPLE_RATE)
    guard.play(AGENT[:SAMPLE_RATE])
    guard.hear(quiet(AGENT[: SAMPLE_RATE // 2], 20))
    assert guard.echoes() + guard.echoes() == 1
    words = load("goal_1_rms")[SAMPLE_RATE // 2 :][: round(GLANCE * SAMPLE_RATE)]
    guard.hear(quiet(words, 40))
    assert guard.echoes()
    guard.hear(words)
    assert not guard.echoes()
    guard.hear(silence(SAMPLE_RATE))
    guard.hear(quiet(words, 40))
    assert not guard.echoes()


def test_to_hear_a_caller_whom_the_agent_lets_speak_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at sound costs the loop milliseconds, and a caller's speech is looked at 31 times a second."""
    guard, looks = EchoGuard(RATE), 0

    def look(pcm: Pcm) -> Pcm:
        nonlocal looks
        looks += 1
        return pcm

    monkeypatch.setattr(guard, "_voice_band", look)
    guard.play(AGENT[: RATE // 2])
    guard.hear(AGENT[:FRAME])
    assert not guard.echoes() and looks == 2
    guard.play(silence(round((LATEST + GLANCE) * RATE)))
    assert not guard.echoes() and looks == 2

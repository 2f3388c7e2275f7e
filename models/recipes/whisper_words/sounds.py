"""What happens to speech on its way to the microphone, and what is heard when nobody speaks."""

from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm
from models.recipes.whisper_words.voices import resampled

Chance = np.random.Generator

_LONGEST_ECHO: Final = 0.25


def said_by_another(pcm: Pcm, chance: Chance) -> Pcm:
    """Return speech up to 9 % faster and higher, or slower and lower."""
    return resampled(pcm, SAMPLE_RATE, SAMPLE_RATE * chance.uniform(0.92, 1.09))


def in_a_room(pcm: Pcm, chance: Chance) -> Pcm:
    """Return speech with the echo of a small room."""
    length = int(chance.uniform(0.05, _LONGEST_ECHO) * SAMPLE_RATE)
    echo = chance.standard_normal(length) * np.exp(-np.linspace(0.0, 6.0, length))
    echo *= chance.uniform(0.1, 0.5) / np.sqrt(np.sum(np.square(echo)))
    echo[0] = 1.0
    return _convolved(pcm, echo.astype(np.float32))


def through_a_line(pcm: Pcm, chance: Chance) -> Pcm:
    """Return speech without its highest and lowest frequencies, and tilted, as microphones and codecs leave it."""
    size = _fast(len(pcm))
    spectrum, hertz = np.fft.rfft(pcm, size), np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    low, high = chance.uniform(20, 250), chance.uniform(3400, 8000)
    keep = 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 16)
    tilt = 10 ** (chance.uniform(-6, 6) / 20 * np.log2(np.maximum(hertz, 100) / 1000))
    return np.asarray(np.fft.irfft(spectrum * keep * tilt, size)[: len(pcm)], dtype=np.float32)


def in_noise(pcm: Pcm, chance: Chance) -> Pcm:
    """Return speech in noise that is 12 to 50 dB fainter."""
    noise = coloured_noise(len(pcm), chance)
    if chance.random() < 0.2:
        noise = noise + hum(len(pcm), chance)
    loudness = np.sqrt(np.mean(np.square(pcm))) / (np.sqrt(np.mean(np.square(noise))) + 1e-9)
    return np.asarray(pcm + noise * loudness * 10 ** (-chance.uniform(12, 50) / 20), dtype=np.float32)


def at_some_level(pcm: Pcm, chance: Chance) -> Pcm:
    """Return samples with a peak between 0.01 and 1, most often around 0.2."""
    peak = 10 ** np.clip(chance.normal(-0.7, 0.35), -2.0, 0.0)
    return np.asarray(pcm * (peak / max(1e-9, float(np.abs(pcm).max()))), dtype=np.float32)


def coloured_noise(length: int, chance: Chance) -> Pcm:
    """Return noise between white and brown."""
    size = _fast(length)
    spectrum = np.fft.rfft(chance.standard_normal(size, dtype=np.float32))
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 30.0)
    noise = np.fft.irfft(spectrum * hertz ** -chance.uniform(0.0, 1.0), size)[:length]
    return np.asarray(noise / np.abs(noise).max(), dtype=np.float32)


def hum(length: int, chance: Chance) -> Pcm:
    """Return a mains hum or a chord of steady tones."""
    seconds = np.arange(length) / SAMPLE_RATE
    base = chance.choice([50.0, 60.0, chance.uniform(80, 700)])
    waves = [np.sin(2 * np.pi * base * number * seconds) / number for number in range(1, int(chance.integers(2, 7)))]
    return np.asarray(np.sum(waves, axis=0) * chance.uniform(0.1, 0.5), dtype=np.float32)


def no_speech(chance: Chance) -> Pcm:
    """Return up to four seconds of noise, hum, melody, knocks or coughs, alone or two at once."""
    length = int(chance.uniform(0.4, 4.0) * SAMPLE_RATE)
    makers = (coloured_noise, hum, _melody, _bursts, _bursts, _swelling)
    first, second = chance.choice(len(makers), 2)
    pcm = makers[first](length, chance)
    if chance.random() < 0.4:
        pcm = pcm + chance.uniform(0.01, 0.5) * makers[second](length, chance)
    return at_some_level(pcm, chance)


def _melody(length: int, chance: Chance) -> Pcm:
    note = int(chance.uniform(0.1, 0.5) * SAMPLE_RATE)
    pitches = chance.uniform(150, 1200, length // note + 1)
    phase = np.cumsum(np.repeat(pitches, note)[:length]) / SAMPLE_RATE
    return np.asarray(np.sin(2 * np.pi * phase) * chance.uniform(0.3, 1.0), dtype=np.float32)


def _bursts(length: int, chance: Chance) -> Pcm:
    pcm = np.zeros(length, dtype=np.float32)
    for _ in range(int(chance.integers(1, 5))):
        burst = int(min(length, chance.uniform(0.02, 0.5) * SAMPLE_RATE))
        at = int(chance.integers(0, length - burst + 1))
        shape = np.exp(-np.linspace(0, chance.uniform(2, 8), burst))
        pcm[at : at + burst] += shape * coloured_noise(burst, chance) * chance.uniform(0.2, 1.0)
    return pcm


def _swelling(length: int, chance: Chance) -> Pcm:
    swell = np.abs(np.sin(np.linspace(0, chance.uniform(1, 12), length)))
    return np.asarray(swell * coloured_noise(length, chance), dtype=np.float32)


def _convolved(pcm: Pcm, response: Pcm) -> Pcm:
    size = _fast(len(pcm) + len(response))
    spectrum = np.fft.rfft(pcm, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(pcm)], dtype=np.float32)


def _fast(length: int) -> int:
    """Return a length, not much greater, whose Fourier transform is fast."""
    return -(-length // 8192) * 8192

"""How much of what was said through a bad network was heard: where, when, and which words."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.percentiles import percentile
from benchmarks.voice_link import SIZE, Ear
from models.audio import SAMPLE_RATE, Pcm, to_int16
from models.word_errors import word_error_rate

LOUD: Final = 0.03
"""Mean magnitude from which 20 ms count as speech: of silence no one can say where it was heard."""

ALIKE: Final = 0.7
"""Correlation from which a piece is what was said."""

SLACK: Final = 24
"""Samples, 1.5 ms, by which a piece may be off its place."""

BACK: Final = 60.0
STANDING: Final = 3.0
CALIBRATION: Final = 2.5
"""Seconds of speech by which the two time lines are laid upon each other."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What went into the network: the speech, when its frames were complete, when the relay saw their packets."""

    words: Pcm
    sentences: list[tuple[str, int, int]]
    said: list[float]
    seen: list[float]
    began: float
    ended: float
    trouble: float | None
    """When the last outage or burst ended."""


def judge(wire: Wire, ear: Ear) -> dict[str, Any]:
    """Return the share of speech in its place, the delays and the time to recover; `word_error_rates` uses the rest."""
    heard, times = ear.line()
    spoken = _spoken(wire)
    offset = _offset(spoken, heard)
    frames = range(*np.searchsorted(wire.seen, [wire.began, wire.ended - 0.3]))
    voiced = [i for i in frames if np.abs(spoken[i * SIZE : (i + 1) * SIZE]).mean() > LOUD]
    track = []
    for i in voiced:
        end = (i + 1) * SIZE + offset
        if _alike(spoken, heard, i, offset) and 0 <= end - 1 < len(times) and np.isfinite(times[end - 1]):
            track.append((wire.seen[i] - wire.began, (times[end - 1] - wire.seen[i]) * 1000))
    delays = [delay for _, delay in track]
    last = [delay for at, delay in track if at > wire.ended - wire.began - STANDING]
    return {
        "in_place": len(track) / len(voiced) if voiced else 0.0,
        "delay_ms": {
            "p50": _known(percentile(delays, 50)),
            "p95": _known(percentile(delays, 95)),
            "standing": _known(percentile(last, 50)),
        },
        "back_s": _back(wire, track),
        "track": track,
        "heard": [(text, heard[first + offset : end + offset]) for text, first, end in _whole(wire, frames)],
        "spoken": [(text, spoken[first:end]) for text, first, end in _whole(wire, frames)],
    }


def word_error_rates(rows: list[dict[str, Any]], *, wanted: bool) -> None:
    """Replace what was `heard` in each row by its word error rate, `wer`, and that of the undamaged sound."""
    if wanted:
        from pocketsphinx import Decoder

        decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
        known: dict[bytes, str] = {}

        def understood(pcm: Pcm) -> str:
            raw = to_int16(pcm).tobytes()
            if raw not in known:
                decoder.start_utt()
                decoder.process_raw(raw, full_utt=True)
                decoder.end_utt()
                known[raw] = decoder.hyp().hypstr if decoder.hyp() else ""
            return known[raw]

    for row in rows:
        for key, name in (("heard", "wer"), ("spoken", "wer_undamaged")):
            pieces = row.pop(key)
            row[name] = word_error_rate((text, understood(pcm)) for text, pcm in pieces) if wanted and pieces else None


def _spoken(wire: Wire) -> Pcm:
    """Return all that was said, frame by frame from the first packet on."""
    frames = wire.words.reshape(-1, SIZE)
    count = len(wire.seen) + 2
    return np.tile(frames, (count // len(frames) + 1, 1))[:count].reshape(-1)


def _offset(spoken: Pcm, heard: Pcm) -> int:
    """Return where on the heard line the first sample said lies, by the speech before the bad weather."""
    size = round(CALIBRATION * SAMPLE_RATE)
    said, got = spoken[:size], heard[: 2 * size]
    total = 1 << (len(said) + len(got)).bit_length()
    match = np.fft.irfft(np.fft.rfft(got, total) * np.conj(np.fft.rfft(said, total)), total)
    best = int(np.argmax(match))
    return best if best < len(got) else best - total


def _alike(spoken: Pcm, heard: Pcm, i: int, offset: int) -> bool:
    said = spoken[i * SIZE : (i + 1) * SIZE]
    start = i * SIZE + offset - SLACK
    if start < 0 or start + SIZE + 2 * SLACK > len(heard):
        return False
    views = np.lib.stride_tricks.sliding_window_view(heard[start : start + SIZE + 2 * SLACK], SIZE)
    likeness = views @ said / (np.linalg.norm(views, axis=1) * np.linalg.norm(said) + 1e-9)
    return float(likeness.max()) > ALIKE


def _whole(wire: Wire, frames: range) -> list[tuple[str, int, int]]:
    """Return the sentences that were said wholly within the weather, in samples of the spoken line."""
    length = len(wire.words) // SIZE
    found = []
    for text, first, end in wire.sentences:
        for again in range(0, frames.stop, length):
            if frames.start <= first + again and end + again <= frames.stop:
                found.append((text, (first + again) * SIZE, (end + again) * SIZE))
    return sorted(found, key=lambda sentence: sentence[1])


def _back(wire: Wire, track: list[tuple[float, float]]) -> float | None:
    """Return seconds from the last trouble until the delay stays low; -1 if it never does, None without trouble."""
    if wire.trouble is None:
        return None
    over = wire.trouble - wire.began
    after = [(at, delay) for at, delay in track if at >= over]
    slow = [at for at, delay in after if delay > BACK]
    if not after or (slow and slow[-1] > after[-1][0] - 1):
        return -1.0
    first_good = next(at for at, _ in after if not slow or at > slow[-1])
    return max(0.0, first_good - over) if slow else 0.0


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value

"""What the network is shown: one window after another, each made anew from the clips by chance."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from queue import Queue
from typing import Final

import numpy as np
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Pcm, silence
from models.recipes.whisper_words import sounds
from models.recipes.whisper_words.clips import Clip, Clips
from models.recipes.whisper_words.prompts import Prompts

NOTHING: Final = -100
"""Stands where no next token is learnt."""

_LONGEST: Final = 13 * SAMPLE_RATE
_NO_SPEECH: Final = 0.05
_SEVERAL: Final = 0.08
_PART: Final = 0.3
"""How often a part of a sentence is shown, in comparison with a whole one."""
_CUT: Final = 0.5
_PLAIN_VOICES: Final = ("flite:rms", "flite:slt", "flite:awb", "flite:kal16", "espeak-ng:en-us")
_FEW: Final = 9
_POOL: Final = 12
"""Batches that are drawn at once, so that windows of one length share a batch."""


@dataclass(frozen=True, slots=True)
class Example:
    """One window: `mel` is `(mels, frames)` without the zeros behind; `text` is None where nobody speaks."""

    mel: NDArray[np.float32]
    text: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one run, all padded to one length.

    `mel` is `(batch, mels, frames)`; `frames` are the lengths before padding. `tokens` is what the decoder reads,
    `next_tokens` what it is to say after each, `NOTHING` where that is not learnt. `guesses` marks the places where
    nobody spoke: any word would be a guess.
    """

    mel: NDArray[np.float32]
    frames: NDArray[np.int64]
    tokens: NDArray[np.int64]
    next_tokens: NDArray[np.int64]
    guesses: NDArray[np.bool_]
    texts: list[str]


class Examples:
    """Draws examples and batches from clips; with one seed always the same ones."""

    def __init__(self, clips: Clips, tokenizer: tokenizers.Tokenizer, seed: int) -> None:
        self._clips = clips
        self._tokenizer = tokenizer
        self._chance = np.random.default_rng(seed)
        self._prompts = Prompts(tokenizer, [clip.text for clip in clips.index if clip.whole], self._chance)
        self._by_voice: dict[str, list[Clip]] = {}
        for clip in clips.index:
            if clip.whole:
                self._by_voice.setdefault(clip.voice, []).append(clip)
        self._shares = _normed([1.0 if clip.whole else _PART for clip in clips.index])
        self._plain_shares = _normed(
            [clip.whole and clip.voice in _PLAIN_VOICES and len(clip.text.split()) <= _FEW for clip in clips.index]
        )
        self._extract = FeatureExtractor()
        number = tokenizer.get_vocab()
        self._start, self._end = number["<|startoftranscript|>"], number["<|endoftext|>"]
        self._no_times, self._nobody = number["<|notimestamps|>"], number["<|nocaptions|>"]

    def batches(self, size: int, plain: int) -> Iterator[Batch]:
        """Yield batches of `size` windows without end, made in a thread beside; the first `plain` ones are easy.

        Easy is a sentence of few words in one of a few voices, as it was spoken, without previous text.
        """
        ready: Queue[Batch] = Queue(_POOL)

        def make() -> None:
            made = 0
            while True:
                for batch in self._pool(size, plain=made < plain):
                    ready.put(batch)
                    made += 1

        threading.Thread(target=make, daemon=True).start()
        while True:
            yield ready.get()

    def _pool(self, size: int, *, plain: bool) -> list[Batch]:
        make = self._plain_example if plain else self._example
        shares = self._plain_shares if plain else self._shares
        order = self._chance.choice(len(shares), size * _POOL, p=shares)
        made = sorted((make(self._clips.index[at]) for at in order), key=lambda one: one.mel.shape[1])
        bounds = range(0, len(made) + 1, size)
        batches = [self._batch(made[start:end], told=not plain) for start, end in pairwise(bounds)]
        self._chance.shuffle(batches)
        return batches

    def _plain_example(self, clip: Clip) -> Example:
        before, after = (silence(int(self._chance.uniform(0.0, 0.3) * SAMPLE_RATE)) for _ in range(2))
        pcm = np.concatenate([before, self._clips.samples(clip), after])
        return Example(self._mel(sounds.at_some_level(pcm, self._chance)), clip.text)

    def _example(self, clip: Clip) -> Example:
        chance = self._chance
        if chance.random() < _NO_SPEECH:
            return Example(self._mel(sounds.no_speech(chance)), None)
        pcm, text, cut = self._said(clip)
        pcm = sounds.said_by_another(pcm, chance) if chance.random() < 0.3 else pcm
        pcm = sounds.in_a_room(pcm, chance) if chance.random() < 0.05 else pcm
        before = silence(int(chance.uniform(0.0, 0.6) * SAMPLE_RATE))
        after = silence(int((chance.uniform(0.0, 0.05) if cut else chance.uniform(0.0, 0.9)) * SAMPLE_RATE))
        pcm = np.concatenate([before, pcm, after])
        pcm = sounds.through_a_line(pcm, chance) if chance.random() < 0.1 else pcm
        pcm = sounds.in_noise(pcm, chance) if chance.random() < 0.2 else pcm
        return Example(self._masked(self._mel(sounds.at_some_level(pcm, chance))), text)

    def _said(self, clip: Clip) -> tuple[Pcm, str, bool]:
        """Return what is said, its text, and whether it is cut off in the middle."""
        pcm, text = self._clips.samples(clip), clip.text
        if clip.parts:
            first, second = (self._clips.index[part] for part in clip.parts)
            draw = self._chance.random()
            if draw < _CUT:
                # A part ends slower than the sentence goes on there, so both lengths are needed to find the place.
                lengths = [one.end - one.start for one in (first, second)]
                at = len(pcm) * lengths[0] / sum(lengths) + self._chance.uniform(-0.02, 0.06) * SAMPLE_RATE
                return pcm[: int(at)], first.text, True
            if draw < 0.9:
                return (
                    np.concatenate([self._clips.samples(first), self._pause(), self._clips.samples(second)]),
                    text,
                    False,
                )
        if not clip.whole:
            text = text[0].upper() + text[1:]
            return pcm, text if text[-1] in ".?" else f"{text}.", False
        others = self._by_voice[clip.voice]
        while self._chance.random() < _SEVERAL:
            other = others[self._chance.integers(len(others))]
            longer = np.concatenate([pcm, self._pause(), self._clips.samples(other)])
            if len(longer) > _LONGEST:
                break
            pcm, text = longer, f"{text} {other.text}"
        return pcm, text, False

    def _pause(self) -> Pcm:
        return silence(int(self._chance.uniform(0.1, 1.2) * SAMPLE_RATE))

    def _mel(self, pcm: Pcm) -> NDArray[np.float32]:
        # Just as models/stt/whisper_model.py does it.
        mel: NDArray[np.float32] = self._extract(pcm)[..., :-1]
        return mel

    def _masked(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a spectrogram with bands and moments missing (SpecAugment)."""
        chance, (bands, frames) = self._chance, mel.shape
        mel, mean = mel.copy(), float(mel.mean())
        for _ in range(int(chance.integers(0, 3))):
            width = chance.integers(0, 10)
            start = chance.integers(0, bands - width)
            mel[start : start + width] = mean
        for _ in range(int(chance.integers(0, 3))):
            width = chance.integers(0, min(12, frames // 4))
            start = chance.integers(0, frames - width)
            mel[:, start : start + width] = mean
        return mel

    def _batch(self, examples: Sequence[Example], *, told: bool) -> Batch:
        frames = np.array([example.mel.shape[1] for example in examples])
        # An even number with zeros at the end: see Whisper.hear.
        longest = (int(frames.max()) + 8) // 2 * 2
        mel = np.stack([np.pad(one.mel, ((0, 0), (0, longest - one.mel.shape[1]))) for one in examples])
        rows = [self._row(example.text, prompt) for example, prompt in self._prompted(examples, told)]
        most = max(len(tokens) for tokens, _, _ in rows)
        shape = (len(rows), most)
        tokens, next_tokens, guesses = np.zeros(shape, np.int64), np.full(shape, NOTHING), np.zeros(shape, np.bool_)
        for row, (read, learnt, guess) in enumerate(rows):
            tokens[row, : len(read)], next_tokens[row, : len(read)] = read, learnt
            guesses[row, : len(read)] = guess
        return Batch(mel, frames, tokens, next_tokens, guesses, [one.text or "" for one in examples])

    def _prompted(self, examples: Sequence[Example], told: bool) -> Iterator[tuple[Example, list[int]]]:
        length = self._prompts.draw_length() if told else 0
        for example in examples:
            yield example, self._prompts.draw(length, example.text)

    def _row(self, text: str | None, prompt: list[int]) -> tuple[list[int], list[int], list[bool]]:
        """Return what is read, what is learnt to come next, and where that is a guess."""
        if text is None:
            # Whisper must say something, for an empty text is suppressed: so it is taught to be unsure.
            words = self._chance.integers(256, self._start - 1, self._chance.integers(0, 4)).tolist()
            said, learnt = [self._no_times, *words], [self._nobody] + [self._end] * (len(words) + 1)
        else:
            said = [self._no_times, *self._tokenizer.encode(f" {text}").ids]
            learnt = [*said, self._end]
        tokens = [*prompt, self._start, *said]
        guesses = [text is None and at > len(prompt) for at in range(len(tokens))]
        return tokens, [NOTHING] * len(prompt) + learnt, guesses


def _normed(shares: Sequence[float]) -> NDArray[np.float64]:
    return np.array(shares, dtype=np.float64) / sum(shares)

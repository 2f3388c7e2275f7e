"""Makes a Whisper with random weights, in CTranslate2's format and without any download, for tests and benchmarks.

It writes what the true models have: weights through `ctranslate2.specs`, configuration, tokenizer, vocabulary and
preprocessor. What it hears is nonsense, but the same nonsense every time.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray

from models.recipes.whisper_files import all_tokens, write
from models.recipes.whisper_tokenizer import ENGLISH, MULTILINGUAL, build_tokenizer

_FRAMES: Final = 1500
_CONTEXT: Final = 448
_CONFIDENCE: Final = 6.0
_SHARPNESS: Final = 1.5
_SEED: Final = 2
"""With it different clips give different texts."""
_MANY: Final = 500_000
"""So many numbers are drawn in single precision, which is four times as fast: the shape of turbo needs 800 million."""

Floats = NDArray[np.float32]

WORDS: Final = (
    "I want to learn guitar in three months. Remind me to call mom tomorrow at noon. Push the grocery shopping to "
    "tomorrow evening. What do I have today? Yes, please. No. Cancel that. Thank you, goodbye. Pay the rent on Friday "
    "at nine. Run a marathon in one year. The weather was cold and the train left late, so they walked home again."
)
"""Whose words the tokenizer knows whole."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a model; those of OpenAI's are in its paper, table 1.

    `text_tokens` are the ordinary tokens. A text ends where prompt and text have `ends_at` tokens together.
    """

    width: int = 32
    heads: int = 2
    encoder_layers: int = 1
    decoder_layers: int = 1
    mels: int = 80
    text_tokens: int = 512
    ends_at: int = 24
    multilingual: bool = False


SHAPES: Final = {
    "test": Shape(),
    "tiny.en": Shape(384, 6, 4, 4, text_tokens=ENGLISH),
    "base.en": Shape(512, 8, 6, 6, text_tokens=ENGLISH),
    "small.en": Shape(768, 12, 12, 12, text_tokens=ENGLISH),
    # The true one knows one language more, which makes its vocabulary one token larger.
    "large-v3-turbo": Shape(1280, 20, 32, 4, mels=128, text_tokens=MULTILINGUAL + 1, multilingual=True),
}
"""Shapes by name: a tiny one, and those of true models."""


def make(
    folder: Path,
    shape: Shape = SHAPES["test"],
    *,
    texts: Sequence[str] = (WORDS,),
    seed: int = _SEED,
    quantization: str = "int8",
) -> None:
    """Write a model into `folder`, which is made; a minute for the shape of small.en.

    `quantization` is how the weights are stored: `float16` for CUDA.
    """
    tokenizer = build_tokenizer(texts, shape.text_tokens, multilingual=shape.multilingual)
    tokens = all_tokens(tokenizer)
    spec: Any = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    number = {token: index for index, token in enumerate(tokens)}
    words = {number[token] for text in texts for token in tokenizer.encode(text).tokens if token.startswith("Ġ")}
    _Weights(shape, seed).fill(spec, len(tokens), sorted(words), end=number["<|endoftext|>"])
    write(folder, spec, tokenizer, tokens, mels=shape.mels, quantization=quantization)


class _Weights:
    """Fills a specification with normal noise, so that a text depends on its audio, and its end on its length."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self._shape = shape
        self._random = np.random.default_rng(seed)

    def fill(self, spec: Any, tokens: int, words: Sequence[int], end: int) -> None:
        """Set every weight; of `tokens` tokens only `words` are ever said, and `end`, which ends a text."""
        width = self._shape.width
        self._conv(spec.encoder.conv1, self._shape.mels)
        self._conv(spec.encoder.conv2, width)
        spec.encoder.position_encodings.encodings = 0.1 * sinusoids(_FRAMES, width)
        ending = self._normal(width, scale=1.0)
        ending -= ending.mean()
        spec.decoder.position_encodings.encodings = self._normal(_CONTEXT, width, scale=1.0)
        spec.decoder.position_encodings.encodings[self._shape.ends_at :] += 1e3 * ending
        spec.decoder.embeddings.weight = self._normal(tokens, width, scale=0.3)
        # A true model's projection is its embedding and has no bias; here that would repeat a token for ever.
        rows = self._normal(tokens, width, scale=1.0)
        rows -= rows[words].mean(axis=0)
        spec.decoder.projection.weight = _CONFIDENCE * rows / np.linalg.norm(rows, axis=1, keepdims=True)
        spec.decoder.projection.weight[end] = 2 * _CONFIDENCE * ending / np.linalg.norm(ending)
        spec.decoder.projection.bias = np.full(tokens, -1e4, dtype=np.float32)
        spec.decoder.projection.bias[words] = 0.0
        spec.decoder.projection.bias[end] = -_CONFIDENCE * width**0.5
        for side in (spec.encoder, spec.decoder):
            self._norm(side.layer_norm)
            for layer in side.layer:
                self._attention(layer.self_attention, (3, 1))
                if side is spec.decoder:
                    self._attention(layer.attention, (1, 2, 1))
                    # Sharp, for the mean over all audio would be much the same for any.
                    layer.attention.linear[0].weight *= _SHARPNESS
                    layer.attention.linear[2].weight *= _SHARPNESS
                self._norm(layer.ffn.layer_norm)
                self._linear(layer.ffn.linear_0, 4 * width, width)
                self._linear(layer.ffn.linear_1, width, 4 * width)

    def _attention(self, spec: Any, fused: Sequence[int]) -> None:
        width = self._shape.width
        self._norm(spec.layer_norm)
        for linear, parts in zip(spec.linear, fused, strict=True):
            self._linear(linear, parts * width, width)

    def _linear(self, spec: Any, outputs: int, inputs: int) -> None:
        spec.weight = self._normal(outputs, inputs, scale=inputs**-0.5)
        spec.bias = np.zeros(outputs, dtype=np.float32)

    def _conv(self, spec: Any, inputs: int) -> None:
        spec.weight = self._normal(self._shape.width, inputs, 3, scale=(3 * inputs) ** -0.5)
        spec.bias = np.zeros(self._shape.width, dtype=np.float32)

    def _norm(self, spec: Any) -> None:
        spec.gamma = np.ones(self._shape.width, dtype=np.float32)
        spec.beta = np.zeros(self._shape.width, dtype=np.float32)

    def _normal(self, *shape: int, scale: float) -> Floats:
        if np.prod(shape) < _MANY:
            return (scale * self._random.standard_normal(shape)).astype(np.float32)
        many = self._random.standard_normal(shape, dtype=np.float32)
        many *= np.float32(scale)
        return many


def sinusoids(length: int, width: int) -> Floats:
    """Return Whisper's position encodings of audio, shape `(length, width)`."""
    rates = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(length)[:, None] * rates[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def main() -> None:
    """Make a model from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to put it")
    parser.add_argument("--shape", choices=SHAPES, default="test", help="its size (default: test, under 2 MB)")
    parser.add_argument("--mels", type=int, choices=(80, 128), help="mel bands (default: the shape's)")
    parser.add_argument("--quantization", choices=("int8", "float16"), default="int8", help="float16 for CUDA")
    parser.add_argument("--seed", type=int, default=_SEED, help=f"of the random weights (default {_SEED})")
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    shape = replace(shape, mels=options.mels or shape.mels)
    make(options.folder, shape, seed=options.seed, quantization=options.quantization)
    size = sum(path.stat().st_size for path in options.folder.iterdir())
    print(f"{options.folder}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""Makes a Piper voice with random weights in the shape of a true one, for timing: what it says is noise.

The shape is that of Piper's training code (VITS; Kim, Kong and Son, "Conditional Variational Autoencoder with
Adversarial Learning for End-to-End Text-to-Speech", 2021): text encoder, flow and HiFi-GAN decoder. Two small things
are left out: the duration predictor, so that every phoneme lasts equally long and every run does the same work, and
the relative positions in the encoder's attention.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

RATE: Final = 22_050

_SYMBOLS: Final = 256
_FRAMES: Final = 3.0
"""Frames of each id; half of the ids are pads, so that makes 14 phonemes a second."""
_SLOPE: Final = 0.1
_OPSET: Final = 17
_IR: Final = 8
_SEED: Final = 3

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class VoiceShape:
    """Sizes of a voice; the defaults are those of Piper's quality `medium`.

    The decoder makes `rates` times as many samples of each frame, step by step, from `channels` channels.
    """

    width: int = 192
    inner: int = 768
    heads: int = 2
    layers: int = 6
    flows: int = 4
    flow_layers: int = 4
    channels: int = 256
    rates: tuple[int, ...] = (8, 8, 4)
    kernels: tuple[int, ...] = (3, 5, 7)
    dilations: tuple[tuple[int, int], ...] = ((1, 2), (2, 6), (3, 12))


VOICE_SHAPES: Final = {
    "test": VoiceShape(width=16, inner=32, layers=1, flows=1, flow_layers=1, channels=16),
    "medium": VoiceShape(),
}


def make_voice(folder: Path, shape: VoiceShape) -> Path:
    """Write the voice and its configuration into `folder`, which is made, and return the ONNX file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "en_US-random-medium.onnx"
    onnx.save(_Graph(shape).model(), path)
    config = {
        "audio": {"sample_rate": RATE, "quality": "medium"},
        "espeak": {"voice": "en-us"},
        "language": {"code": "en_US"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": _SYMBOLS,
        "num_speakers": 1,
        "hop_length": int(np.prod(shape.rates)),
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    return path


class _Graph:
    """The graph in the making; sound and hidden values have the shape `(1, channels, time)`."""

    def __init__(self, shape: VoiceShape) -> None:
        self._shape = shape
        self._random = np.random.default_rng(_SEED)
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        width = self._shape.width
        text, ids = self._encoder()
        stats = self._conv(text, width, 2 * width)
        mean, spread = self._split(self._stretched(stats, ids))
        noise = self._add("Mul", self._add("RandomNormalLike", mean, seed=1.0), self._add("Exp", spread))
        quiet = self._add("Mul", noise, self._add("Gather", "scales", self._int(0)))
        sound = self._decoder(self._flow(self._add("Add", mean, quiet)))
        self._nodes.append(helper.make_node("Unsqueeze", [sound, self._int([1])], ["output"]))
        graph = helper.make_graph(
            self._nodes,
            "voice",
            [
                helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
                helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
                helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
            ],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "time"])],
            self._weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(model)
        return model

    def _encoder(self) -> tuple[str, str]:
        """Return the encoded text, and its ids in a row."""
        width, inner = self._shape.width, self._shape.inner
        ids = self._add("Reshape", "input", self._int([-1]))
        each = self._add("Gather", self._normal((_SYMBOLS, width), 1.0), "input")
        x = self._add("Transpose", each, perm=[0, 2, 1])
        for _ in range(self._shape.layers):
            x = self._norm(self._add("Add", x, self._attention(x)))
            hidden = self._add("Relu", self._conv(x, width, inner, 3))
            x = self._norm(self._add("Add", x, self._conv(hidden, inner, width, 3)))
        return x, ids

    def _attention(self, x: str) -> str:
        width, heads = self._shape.width, self._shape.heads
        split = self._int([1, heads, width // heads, -1])
        query, key, value = (self._add("Reshape", self._conv(x, width, width), split) for _ in range(3))
        query = self._add("Mul", query, self._float((width // heads) ** -0.5))
        scores = self._add("MatMul", self._add("Transpose", query, perm=[0, 1, 3, 2]), key)
        weights = self._add("Transpose", self._add("Softmax", scores, axis=-1), perm=[0, 1, 3, 2])
        heard = self._add("Reshape", self._add("MatMul", value, weights), self._int([1, width, -1]))
        return self._conv(heard, width, width)

    def _norm(self, x: str) -> str:
        width = self._shape.width
        gamma, beta = self._constant(np.ones(width, np.float32)), self._constant(np.zeros(width, np.float32))
        normed = self._add("LayerNormalization", self._add("Transpose", x, perm=[0, 2, 1]), gamma, beta, axis=-1)
        return self._add("Transpose", normed, perm=[0, 2, 1])

    def _stretched(self, x: str, ids: str) -> str:
        """Repeat what belongs to each id for as many frames as it lasts."""
        usual = self._add("Gather", self._constant(np.full(_SYMBOLS, _FRAMES, np.float32)), ids)
        # The only rounding up: that is how Piper's own tool finds how long each phoneme takes.
        frames = self._add("Ceil", self._add("Mul", usual, self._add("Gather", "scales", self._int(1))))
        ends = self._add("CumSum", self._add("Cast", frames, to=TensorProto.INT64), self._int(0))
        count = self._add("ReduceMax", ends, keepdims=0)
        times = self._add("Unsqueeze", self._add("Range", self._int(0), count, self._int(1)), self._int([1]))
        over = self._add("Cast", self._add("GreaterOrEqual", times, ends), to=TensorProto.INT64)
        return self._add("Gather", x, self._add("ReduceSum", over, self._int([1]), keepdims=0), axis=2)

    def _flow(self, x: str) -> str:
        width = self._shape.width
        backwards = self._int(np.arange(width)[::-1])
        for _ in range(self._shape.flows):
            kept, changed = self._split(self._add("Gather", x, backwards, axis=1))
            hidden = self._conv(kept, width // 2, width)
            skipped: list[str] = []
            for layer in range(self._shape.flow_layers):
                is_last = layer == self._shape.flow_layers - 1
                tanh, gate = self._split(self._conv(hidden, width, 2 * width, 5))
                gated = self._add("Mul", self._add("Tanh", tanh), self._add("Sigmoid", gate))
                both = self._conv(gated, width, width if is_last else 2 * width)
                if is_last:
                    skipped.append(both)
                else:
                    more, skip = self._split(both)
                    hidden = self._add("Add", hidden, more)
                    skipped.append(skip)
            mean = self._conv(self._sum(skipped), width, width // 2)
            x = self._add("Concat", kept, self._add("Sub", changed, mean), axis=1)
        return x

    def _decoder(self, x: str) -> str:
        channels = self._shape.channels
        x = self._conv(x, self._shape.width, channels, 7)
        for rate in self._shape.rates:
            weight = self._normal((channels, channels // 2, 2 * rate), (2 * channels) ** -0.5)
            x = self._add("LeakyRelu", x, alpha=_SLOPE)
            x = self._add("ConvTranspose", x, weight, strides=[rate], pads=[rate // 2, rate // 2])
            channels //= 2
            blocks = []
            for kernel, dilations in zip(self._shape.kernels, self._shape.dilations, strict=True):
                block = x
                for dilation in dilations:
                    hidden = self._add("LeakyRelu", block, alpha=_SLOPE)
                    block = self._add("Add", block, self._conv(hidden, channels, channels, kernel, dilation))
                blocks.append(block)
            x = self._add("Div", self._sum(blocks), self._float(len(blocks)))
        return self._add("Tanh", self._conv(self._add("LeakyRelu", x, alpha=_SLOPE), channels, 1, 7))

    def _conv(self, x: str, inputs: int, outputs: int, kernel: int = 1, dilation: int = 1) -> str:
        weight = self._normal((outputs, inputs, kernel), (inputs * kernel) ** -0.5)
        bias = self._constant(np.zeros(outputs, np.float32))
        edge = dilation * (kernel - 1) // 2
        return self._add("Conv", x, weight, bias, pads=[edge, edge], dilations=[dilation])

    def _split(self, x: str) -> tuple[str, str]:
        name = f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node("Split", [x], [f"{name}a", f"{name}b"], axis=1))
        return f"{name}a", f"{name}b"

    def _sum(self, values: Sequence[str]) -> str:
        return self._add("Sum", *values)

    def _add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def _normal(self, shape: tuple[int, ...], scale: float) -> str:
        return self._constant((scale * self._random.standard_normal(shape)).astype(np.float32))

    def _int(self, value: Any) -> str:
        return self._constant(np.array(value, dtype=np.int64))

    def _float(self, value: float) -> str:
        return self._constant(np.array(value, dtype=np.float32))

    def _constant(self, value: Array) -> str:
        name = f"constant{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(value, name))
        return name

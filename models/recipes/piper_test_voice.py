"""Make a tiny Piper voice: `python -m models.recipes.piper_test_voice FOLDER`.

It has the format, the inputs and the outputs of a trained voice (VITS, opset 15) and speaks in tones: each phoneme has
a pitch of its own, punctuation and spaces are silent, and every run gives the same samples. About 5 kB; needs `onnx`
and `piper-tts`.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

NAME: Final = "en_US-tones-x_low"
RATE: Final = 16_000
HOP: Final = 256
"""Samples of one frame."""

_SYMBOLS: Final = 256
_PAD: Final = 0
_SILENT: Final = " ,.;:!?_^$"
_ACCENTS: Final = "\u02c8\u02cc\u02d0"
_OPSET: Final = 15
_IR: Final = 8
_QUIETER: Final = 0.5
"""Every other tone has this share of the loudest."""


def make_voice(folder: Path, *, tells: bool = True, tone: float = 0.3, text: bool = False, hides: bool = False) -> Path:
    """Write the voice and its configuration into `folder` and return the ONNX file.

    `tells`: has the second output, frames per phoneme id; otherwise that tensor is within the graph, as in most
    published voices, or with `hides` cannot be told from others. `tone` is the loudest sample. `text`: letters are
    the phonemes, and espeak-ng is not asked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.onnx"
    onnx.save(_model(tells, tone, hides), path)
    config = {
        "audio": {"sample_rate": RATE, "quality": "x_low"},
        "espeak": {"voice": "en-us"},
        "language": {"code": "en_US"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "text" if text else "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": _SYMBOLS,
        "num_speakers": 1,
        "hop_length": HOP,
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(config, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def _model(tells: bool, tone: float, hides: bool) -> onnx.ModelProto:
    frames, cycles, levels = _tables(tone)
    constants: dict[str, NDArray[Any]] = {
        "frames_of": frames,
        "cycles_of": cycles,
        "levels_of": levels,
        "wave": (2 * math.pi * np.arange(HOP, dtype=np.float32) / HOP)[np.newaxis],
        "zero": np.array(0, dtype=np.int64),
        "one": np.array(1, dtype=np.int64),
        "second_scale": np.array([1], dtype=np.int64),
        "flat": np.array([-1], dtype=np.int64),
        "last": np.array([1], dtype=np.int64),
        "mono": np.array([1, 1, -1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Reshape", ["input", "flat"], ["ids"]),
        helper.make_node("Gather", ["frames_of", "ids"], ["usual"]),
        helper.make_node("Gather", ["scales", "second_scale"], ["slower"]),
        helper.make_node("Mul", ["usual", "slower"], ["exact"]),
        helper.make_node("Ceil", ["exact"], ["frames"]),
        helper.make_node("Cast", ["frames"], ["whole"], to=TensorProto.INT64),
        # Which id is heard in a frame: as many as have ended by then.
        helper.make_node("CumSum", ["whole", "zero"], ["ends"]),
        helper.make_node("ReduceSum", ["whole"], ["count"], keepdims=0),
        helper.make_node("Range", ["zero", "count", "one"], ["time"]),
        helper.make_node("Unsqueeze", ["time", "last"], ["times"]),
        helper.make_node("GreaterOrEqual", ["times", "ends"], ["over"]),
        helper.make_node("Cast", ["over"], ["ended"], to=TensorProto.INT64),
        helper.make_node("ReduceSum", ["ended", "last"], ["place"], keepdims=0),
        helper.make_node("Gather", ["ids", "place"], ["heard"]),
        helper.make_node("Gather", ["cycles_of", "heard"], ["cycles"]),
        helper.make_node("Gather", ["levels_of", "heard"], ["levels"]),
        helper.make_node("Unsqueeze", ["cycles", "last"], ["each_cycles"]),
        helper.make_node("Unsqueeze", ["levels", "last"], ["each_level"]),
        helper.make_node("Mul", ["each_cycles", "wave"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["sine"]),
        helper.make_node("Mul", ["sine", "each_level"], ["tones"]),
        helper.make_node("Reshape", ["tones", "mono"], ["output"]),
    ]
    if hides:
        nodes.append(helper.make_node("Ceil", ["usual"], ["another"]))
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])]
    if tells:
        outputs.append(helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["phonemes"]))
    graph = helper.make_graph(
        nodes,
        NAME,
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    return model


def _tables(tone: float) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return, by id: frames, cycles in a frame (whole ones, so that tones join without a click) and loudness."""
    frames = np.full(_SYMBOLS, 2, dtype=np.float32)
    cycles = (3 + np.arange(_SYMBOLS) % 24).astype(np.float32)
    levels = np.where(np.arange(_SYMBOLS) % 2, tone, tone * _QUIETER).astype(np.float32)
    for symbol in _SILENT:
        levels[DEFAULT_PHONEME_ID_MAP[symbol]] = 0.0
    for symbol in _ACCENTS:
        frames[DEFAULT_PHONEME_ID_MAP[symbol]] = 1
    frames[_PAD] = 1
    return frames, cycles, levels


if __name__ == "__main__":
    print(make_voice(Path(sys.argv[1])))

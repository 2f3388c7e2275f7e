"""How small ONNX models are run: on the CPU, in the thread that asks."""

from pathlib import Path
from typing import Any

import onnxruntime


def single_threaded(path: Path) -> Any:
    """Return an inference session of the file at `path` that starts no threads; raises whatever onnxruntime does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

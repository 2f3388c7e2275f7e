"""Engines: each file wraps one speech or language engine behind a small protocol."""

import os

# The wheels of onnxruntime report to their maker from 1.29 on. This variable, set before the library is loaded, makes
# them be silent altogether: nothing leaves the box. Worker processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

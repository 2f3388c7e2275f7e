"""A voice chat of FastRTC as its documentation has it: `Stream(ReplyOnPause(...))` on FastAPI, 0.0.34.

Runs in FastRTC's environment. Recognition of the whole turn, then the chat model through OpenAI's client, then the
voice. Better than the documented examples, which wait for the whole answer: each sentence is spoken when it is there.
Pause detection is the default, with the very model that FastRTC loads from a hub (here from faster-whisper's wheel).
"""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import uvicorn
from fastapi import FastAPI
from fastrtc import ReplyOnPause, Stream
from fastrtc.pause_detection.silero import SileroVADModel
from openai import OpenAI

from benchmarks.peer_engines import CHAT, PROMPT, Recogniser, Voice


class LocalSilero(SileroVADModel):
    """The detector with its model from this machine."""

    @staticmethod
    def download_model() -> str:
        """Return where the model lies."""
        spec = find_spec("faster_whisper")
        assert spec is not None and spec.submodule_search_locations
        return str(Path(spec.submodule_search_locations[0]) / "assets" / "silero_vad.onnx")


def sentences(pieces: Iterator[str]) -> Iterator[str]:
    """Yield each sentence of a streamed text once it is complete."""
    text = ""
    for piece in pieces:
        text += piece
        if text.rstrip().endswith((".", "!", "?")):
            yield text.strip()
            text = ""
    if text.strip():
        yield text.strip()


def serve(port: int) -> None:
    """Serve until interrupted."""
    recogniser, voice = Recogniser(streaming=False), Voice()
    chat = OpenAI(base_url=os.environ[CHAT], api_key="none")

    def reply(audio: tuple[int, Any]) -> Iterator[tuple[int, Any]]:
        rate, samples = audio
        pcm = librosa.resample(samples.reshape(-1).astype(np.float32), orig_sr=rate, target_sr=16_000)
        text = recogniser.whole(pcm.astype(np.int16).tobytes()).result()
        answer = chat.chat.completions.create(
            model="stub",
            messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": text}],
            stream=True,
        )
        for sentence in sentences(chunk.choices[0].delta.content or "" for chunk in answer):
            for made in voice.speak(sentence):
                yield voice.rate, np.frombuffer(made, np.int16).reshape(1, -1)

    detector = LocalSilero()
    detector.warmup()
    # FastRTC takes a detector that fails for one that hears speech without end: say so, and do not measure it.
    if detector.vad((16_000, np.zeros(16_000, dtype=np.float32)), None)[0] != 0:
        raise SystemExit("the Silero model does not work: it must be of version 4")
    handler = ReplyOnPause(reply, model=detector, output_sample_rate=voice.rate)
    stream = Stream(handler, modality="audio", mode="send-receive", concurrency_limit=100)
    app = FastAPI()
    stream.mount(app)

    @app.get("/health")
    def health() -> str:
        return "ok"

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    serve(int(sys.argv[1]))

"""A bot of Pipecat as its own scaffold makes it (`pipecat init --transport smallwebrtc --mode cascade`, 1.14).

Runs in Pipecat's environment, with its development runner: turn taking, voice activity detection and text aggregation
are the defaults. Only the services are ours, after the models of Pipecat's own: `PIPECAT_STT` is `whole` (as its
WhisperSTTService: each segment of speech at once) or `streaming` (as its services for streaming recognisers: interim
texts, and a final one asked for when the voice stops), `stubs` replaces recognition and voice for `benchmarks/load.py`.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from typing import Any

from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    LLMRunFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.services.ollama.llm import OLLamaLLMService
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_transport import TransportParams
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from benchmarks.loop_lag import watch_loop
from benchmarks.peer_engines import CHAT, PROMPT, Recogniser, Voice
from benchmarks.stub_engines import HEARD, stub_speech

STT = os.environ.get("PIPECAT_STT", "whole")
_PRE_ROLL = 16_000
"""Bytes of audio before the onset: half a second, more than the detector takes to be sure."""

_STEP = 3_200
"""Bytes of audio that are decoded at once: a tenth of a second."""

_engines: dict[str, Any] = {}


class WholeSTT(SegmentedSTTService):
    """Decodes each segment of speech when the voice has stopped."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__(settings=STTSettings(model="pocketsphinx", language=None), ttfs_p99_latency=1.0)
        self._recogniser = recogniser

    @property
    def wants_wav_segments(self) -> bool:
        """Whether a segment comes as a WAV file: a local model reads samples."""
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Decode one segment."""
        text = await asyncio.wrap_future(self._recogniser.whole(audio))
        if text:
            yield TranscriptionFrame(text, self._user_id, time_now_iso8601())


class StreamingSTT(STTService):
    """Decodes while the caller speaks; the last word is soon there when the voice has stopped."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__(settings=STTSettings(model="pocketsphinx", language=None), ttfs_p99_latency=0.5)
        self._recogniser = recogniser
        self._audio = bytearray()
        self._shown = ""

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Decode the next step, or keep some audio from before the onset."""
        self._audio += audio
        if not self._user_speaking:
            del self._audio[:-_PRE_ROLL]
        elif len(self._audio) >= _STEP:
            self._recogniser.feed(bytes(self._audio)).add_done_callback(self._show_later)
            self._audio.clear()
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Ask for the final text when the voice stops."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._shown = ""
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            if self._audio:
                self._recogniser.feed(bytes(self._audio))
                self._audio.clear()
            self.request_finalize()
            self.create_task(self._finish(), name="finish")

    async def _finish(self) -> None:
        text = await asyncio.wrap_future(self._recogniser.finish())
        if text:
            self.confirm_finalize()
            await self.push_frame(TranscriptionFrame(text, self._user_id, time_now_iso8601()))

    def _show_later(self, future: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the call is over
            self.get_event_loop().call_soon_threadsafe(self._show, future)

    def _show(self, future: Any) -> None:
        text = future.result()
        if text and text != self._shown and self._user_speaking:
            self._shown = text
            self.create_task(
                self.push_frame(InterimTranscriptionFrame(text, self._user_id, time_now_iso8601())), name="interim"
            )


class StubSTT(SegmentedSTTService):
    """Hears the same words in every segment, at no cost."""

    def __init__(self) -> None:
        super().__init__(settings=STTSettings(model="stub", language=None), ttfs_p99_latency=0.1)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Return the words."""
        yield TranscriptionFrame(HEARD, self._user_id, time_now_iso8601())


class EspeakTTS(TTSService):
    """Speaks with espeak-ng in a thread, after Pipecat's PiperTTSService."""

    def __init__(self, voice: Voice) -> None:
        super().__init__(
            push_start_frame=True, push_stop_frames=True, settings=TTSSettings(model=None, voice=None, language=None)
        )
        self._voice = voice

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak one sentence."""
        async for frame in self._stream_audio_frames_from_iterator(
            self._voice.stream(text), in_sample_rate=self._voice.rate, context_id=context_id
        ):
            yield frame


class StubTTS(TTSService):
    """Speaks a hum as long as the words would take, at no cost."""

    def __init__(self) -> None:
        super().__init__(
            push_start_frame=True, push_stop_frames=True, settings=TTSSettings(model=None, voice=None, language=None)
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Hum."""

        async def hum() -> AsyncGenerator[bytes, None]:
            yield stub_speech(text, self.sample_rate)

        async for frame in self._stream_audio_frames_from_iterator(
            hum(), in_sample_rate=self.sample_rate, context_id=context_id
        ):
            yield frame


def services() -> tuple[STTService, TTSService]:
    """Return recognition and voice for one call."""
    if STT == "stubs":
        return StubSTT(), StubTTS()
    return {"whole": WholeSTT, "streaming": StreamingSTT}[STT](_engines["recogniser"]), EspeakTTS(_engines["voice"])


async def bot(arguments: RunnerArguments) -> None:
    """Hold one call."""
    logger.remove()
    logger.add(
        sys.stderr, level=os.environ.get("PEER_LOG", "WARNING")
    )  # the runner's own level writes every frame of note
    watch_loop()
    transport = await create_transport(
        arguments, {"webrtc": lambda: TransportParams(audio_in_enabled=True, audio_out_enabled=True)}
    )
    stt, tts = services()
    llm = OLLamaLLMService(
        base_url=os.environ[CHAT], settings=OLLamaLLMService.Settings(model="stub", system_instruction=PROMPT)
    )
    context = LLMContext()
    user, assistant = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    pipeline = Pipeline([transport.input(), stt, user, llm, tts, transport.output(), assistant])
    worker = PipelineWorker(pipeline, params=PipelineParams(enable_metrics=True, enable_usage_metrics=True))
    runner = WorkerRunner(handle_sigint=arguments.handle_sigint)
    await runner.add_workers(worker)

    @worker.rtvi.event_handler("on_client_ready")
    async def on_client_ready(rtvi: Any) -> None:
        context.add_message({"role": "developer", "content": "Start by concisely introducing yourself."})
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport: Any, client: Any) -> None:
        await runner.cancel()

    await runner.run()


if __name__ == "__main__":
    from pipecat.runner.run import main

    if STT != "stubs":
        _engines.update(recogniser=Recogniser(streaming=STT == "streaming"), voice=Voice())
    main()

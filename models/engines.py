"""Builds the engines that the settings name; all calls share them."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from time import monotonic

from models.errors import EngineError
from models.licences import ENGINES, EngineInfo, extra_command
from models.llm import ChatModel, ToolSpec
from models.settings import LlmSettings, SttSettings, TtsSettings, VadSettings
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.vad import VoiceActivityDetector


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine for each task."""

    vad: VoiceActivityDetector
    stt: SpeechToText
    llm: ChatModel
    tts: TextToSpeech

    async def warm(self) -> dict[str, float]:
        """Warm all engines at once and return how long each took, in seconds by section (`vad`, `stt`, …).

        Raises one EngineError that tells every engine that failed, by its section.
        """
        started = monotonic()
        seconds: dict[str, float] = {}
        failures: dict[str, EngineError] = {}

        async def one(section: str, warming: Awaitable[None]) -> None:
            try:
                await warming
                seconds[section] = monotonic() - started
            except EngineError as failure:
                failures[section] = failure

        async with asyncio.TaskGroup() as group:
            for section in self._sections():
                group.create_task(one(section, getattr(self, section).warm()))
        if failures:
            told = "; ".join(f"{section}: {failures[section]}" for section in self._sections() if section in failures)
            raise EngineError(told) from next(iter(failures.values()))
        return {section: seconds[section] for section in self._sections()}

    async def close(self) -> None:
        """Close all engines, even if one of them fails to; raises what failed."""
        outcomes = await asyncio.gather(
            *(getattr(self, section).close() for section in self._sections()), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _sections(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self))


def build_engines(
    *,
    vad: VadSettings,
    stt: SttSettings,
    llm: LlmSettings,
    tts: TtsSettings,
    vocabulary: Sequence[str] = (),
    tools: Sequence[ToolSpec] = (),
) -> Engines:
    """Build the engines of these settings, not yet warm.

    `vocabulary` is what the agent's callers are likely to say, `tools` what the agent can do.

    Raises EngineError, with the command to run, when an engine's packages are missing.
    """
    return Engines(build_vad(vad), build_stt(stt, vocabulary), build_llm(llm, tools), build_tts(tts))


def build_vad(settings: VadSettings) -> VoiceActivityDetector:
    """Build the engine that hears speech; raises EngineError."""
    with _needs(settings.engine):
        match settings.engine:
            case "silero":
                from models.vad.silero import SileroModel

                return SileroModel()


def build_stt(settings: SttSettings, vocabulary: Sequence[str] = ()) -> SpeechToText:
    """Build the engine that understands speech, biased toward `vocabulary`; raises EngineError."""
    with _needs(settings.engine):
        match settings.engine:
            case "pocketsphinx":
                from models.stt.pocketsphinx import PocketsphinxEngine

                return PocketsphinxEngine(settings.workers, vocabulary, cache=settings.cache)


def build_llm(settings: LlmSettings, tools: Sequence[ToolSpec] = ()) -> ChatModel:
    """Build the engine that answers, made ready for `tools` by its `warm`; raises EngineError."""
    with _needs(settings.engine):
        match settings.engine:
            case "sentences":
                from models.llm.sentences import SentencesModel

                return SentencesModel(tools)


def build_tts(settings: TtsSettings) -> TextToSpeech:
    """Build the engine that speaks; raises EngineError."""
    with _needs(settings.engine):
        match settings.engine:
            case "espeak":
                from models.tts.espeak import EspeakEngine

                return EspeakEngine(settings.voice, settings.words_per_minute)


def describe(*, vad: VadSettings, stt: SttSettings, llm: LlmSettings, tts: TtsSettings) -> Mapping[str, EngineInfo]:
    """Return what is known of each engine that the settings name, by section."""
    return {
        "vad": ENGINES[vad.engine],
        "stt": ENGINES[stt.engine],
        "llm": ENGINES[llm.engine],
        "tts": ENGINES[tts.engine],
    }


@contextmanager
def _needs(engine: str) -> Iterator[None]:
    try:
        yield
    except ImportError as cause:
        if (cause.name or "").startswith("models"):
            raise  # a fault of ours, which no installation mends
        extra = ENGINES[engine].extra
        raise EngineError(f"engine {engine} needs the extra {extra}: run {extra_command(extra)} ({cause})") from cause

"""Builds the engines that the settings name; all calls share them."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from models.errors import EngineError
from models.licences import ENGINES, EngineInfo, extra_command
from models.llm import ChatModel, ToolSpec
from models.llm.settings import OLLAMA_MODEL, ChatSettings
from models.settings import DeepgramSettings, LlmSettings, SttSettings, TtsSettings, VadSettings
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.vad import VoiceActivityDetector

if TYPE_CHECKING:
    from models.turn import TurnModel

log = structlog.get_logger(__name__)

NO_CLOUD: Final = DeepgramSettings()
"""Without a key: its engines cannot be built."""

NEEDED: Final = ("vad", "stt", "llm", "tts")
"""The engines that no call can do without."""


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine for each task; the one that hears the end of a turn may be missing."""

    vad: VoiceActivityDetector
    stt: SpeechToText
    llm: ChatModel
    tts: TextToSpeech
    turn: "TurnModel | None" = None

    async def warm(self) -> dict[str, float]:
        """Warm all engines at once and return how long each took, in seconds by section (`vad`, `stt`, …).

        Raises one EngineError that tells every engine that failed, by its section. Calls can do without `turn`: it is
        neither timed, nor is it a failure where it cannot be loaded.
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
            group.create_task(self._warm_turn())
            for section in NEEDED:
                group.create_task(one(section, getattr(self, section).warm()))
        if failures:
            told = "; ".join(f"{section}: {failures[section]}" for section in NEEDED if section in failures)
            raise EngineError(told) from next(iter(failures.values()))
        return {section: seconds[section] for section in NEEDED}

    async def close(self) -> None:
        """Close all engines, even if one of them fails to; raises what failed."""
        built = [engine for field in fields(self) if (engine := getattr(self, field.name)) is not None]
        outcomes = await asyncio.gather(*(engine.close() for engine in built), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _warm_turn(self) -> None:
        if self.turn is None:
            log.info("turns end by their words alone, not by their sound too", install=ENGINES["smart-turn"].install)
            return
        try:
            await self.turn.warm()
        except EngineError as failure:
            log.warning("turns end by their words alone, not by their sound too", error=str(failure))


def build_engines(
    *,
    vad: VadSettings,
    stt: SttSettings,
    llm: LlmSettings,
    tts: TtsSettings,
    deepgram: DeepgramSettings = NO_CLOUD,
    vocabulary: Sequence[str] = (),
    tools: Sequence[ToolSpec] = (),
    prompt: str = "",
    phrases: Sequence[str] = (),
    weights: Path | None = None,
) -> Engines:
    """Build the engines of these settings, not yet warm.

    `vocabulary` is what the agent's callers are likely to say, `tools` what the agent can do, `prompt` its system
    prompt, `phrases` what it says in the same words again and again, with no word of a caller in it. `weights` is the
    folder where models and voices lie under their names.

    Raises EngineError, with the command to run, when an engine's packages are missing.
    """
    return Engines(
        build_vad(vad),
        build_stt(stt, vocabulary, weights, deepgram),
        build_llm(llm, tools, prompt),
        build_tts(tts, phrases, weights, deepgram),
        build_turn(),
    )


def build_vad(settings: VadSettings) -> VoiceActivityDetector:
    """Build the engine that hears speech; raises EngineError."""
    with _needs(settings.engine):
        match settings.engine:
            case "silero":
                from models.vad.silero import SileroModel

                return SileroModel()


def build_turn() -> "TurnModel | None":
    """Build the engine that hears the end of a turn; None where its model is not installed."""
    with _needs("smart-turn"):
        from models.turn import SmartTurn, find_model
    try:
        return SmartTurn(find_model())
    except EngineError:
        return None


def build_stt(
    settings: SttSettings,
    vocabulary: Sequence[str] = (),
    weights: Path | None = None,
    deepgram: DeepgramSettings = NO_CLOUD,
) -> SpeechToText:
    """Build the engine that understands speech, biased toward `vocabulary`; raises EngineError.

    `weights` is the folder where models lie under their names, `deepgram` the account of that engine.
    """
    with _needs(settings.engine):
        match settings.engine:
            case "pocketsphinx":
                from models.stt.pocketsphinx import PocketsphinxEngine

                return PocketsphinxEngine(settings.workers, vocabulary, cache=settings.cache)
            case "whisper":
                from models.stt.whisper import WhisperEngine, find_model

                return WhisperEngine(
                    find_model(settings.model, weights),
                    vocabulary,
                    device=settings.device,
                    compute_type=settings.compute_type,
                    language=settings.language,
                    beam=settings.beam,
                    partial_interval=settings.partial_interval,
                    window=settings.batch_window,
                    max_batch=settings.max_batch,
                    threads=settings.threads,
                )
            case "deepgram":
                from models.stt.deepgram import DeepgramListener

                return DeepgramListener(deepgram, vocabulary, language=settings.language)


def build_llm(settings: LlmSettings, tools: Sequence[ToolSpec] = (), prompt: str = "") -> ChatModel:
    """Build the engine that answers, made ready for `tools` and `prompt` by its `warm`; raises EngineError."""
    models = [(one.title, build_chat(one, tools, prompt)) for one in settings.chain]
    if len(models) == 1:
        return models[0][1]
    from models.llm.fallback import FallbackModel

    return FallbackModel(models, first_token_deadline=settings.first_token_deadline, cool_down=settings.cool_down)


def build_chat(settings: ChatSettings, tools: Sequence[ToolSpec] = (), prompt: str = "") -> ChatModel:
    """Build one chat model, without its fallback; raises EngineError."""
    key = settings.api_key.get_secret_value() if settings.api_key else None
    with _needs(settings.engine):
        match settings.engine:
            case "sentences":
                from models.llm.sentences import SentencesModel

                return SentencesModel(tools)
            case "ollama":
                from models.llm.ollama import OllamaModel

                return OllamaModel(
                    settings.host,
                    settings.model or OLLAMA_MODEL,
                    options={
                        "num_ctx": settings.context,
                        "num_predict": settings.max_tokens,
                        "temperature": settings.temperature,
                    },
                    think=settings.think,
                    keep_alive=settings.keep_alive,
                    prompt=prompt,
                    tools=tools,
                    pull=settings.pull,
                    api_key=key,
                    connect_timeout=settings.connect_timeout,
                    stall_timeout=settings.stall_timeout,
                    load_timeout=settings.load_timeout,
                )
            case "openai":
                from models.llm.openai import OpenAIModel

                return OpenAIModel(
                    settings.base_url or "",  # the settings refuse this engine without either
                    settings.model or "",
                    temperature=settings.temperature,
                    max_tokens=settings.max_tokens,
                    think=settings.think,
                    prompt=prompt,
                    tools=tools,
                    api_key=key,
                    connect_timeout=settings.connect_timeout,
                    stall_timeout=settings.stall_timeout,
                    load_timeout=settings.load_timeout,
                )


def build_tts(
    settings: TtsSettings,
    phrases: Sequence[str] = (),
    weights: Path | None = None,
    deepgram: DeepgramSettings = NO_CLOUD,
) -> TextToSpeech:
    """Build the engine that speaks, made ready to say `phrases` by its `warm`; raises EngineError.

    `weights` is the folder where voices lie under their names, `deepgram` the account of that engine.
    """
    with _needs(settings.engine):
        match settings.engine:
            case "espeak":
                from models.tts.espeak import EspeakEngine

                return EspeakEngine(settings.voice, settings.words_per_minute)
            case "piper":
                from models.tts.phrase_cache import PhraseCache
                from models.tts.piper import PiperEngine
                from models.tts.piper_voice import find_voice

                piper = PiperEngine(
                    find_voice(settings.voice, weights),
                    threads=settings.threads,
                    use_cuda=settings.device == "cuda",
                    speed=settings.speed,
                )
                return PhraseCache(piper, phrases) if phrases else piper
            case "deepgram":
                from models.tts.deepgram import DeepgramSpeaker

                return DeepgramSpeaker(deepgram, speed=settings.speed)


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

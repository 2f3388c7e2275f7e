"""What `doctor` looks at of the engines: device, each engine with its model, weights, and a spoken self-test."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from models import engines
from models.audio import SAMPLE_RATE, Pcm, silence
from models.errors import EngineError
from models.licences import ENGINES, EngineInfo
from models.llm.settings import ChatSettings
from models.needs import needed
from models.reporting import Reporting
from models.store import Store, downloadable
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.word_errors import word_error_rate
from web.findings import Finding
from web.settings import Settings

SENTENCES = 4
"""Sentences of the spoken self-test."""
MOST_ERRORS = 0.5
"""Word error rate up to which the two suit each other; above it is no fault, for a robot is hard to understand."""
MARGIN = silence(SAMPLE_RATE // 2)
"""What is before and after speech in a call."""
GIGABYTE = 1e9
NVIDIA_SMI = ("nvidia-smi", "--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits")


class Warmable(Protocol):
    """What all engines have in common."""

    async def warm(self) -> None:
        """Load everything."""

    async def close(self) -> None:
        """Free everything."""


def device(settings: Settings) -> Finding:
    """Say what there is to compute with: processor, memory, and the GPU that the settings may ask for."""
    found = [f"{os.cpu_count()} CPU cores"]
    if memory := _memory():
        free, total = memory
        found.append(f"{free:.1f} of {total:.1f} GB memory free")
    gpus = _gpus()
    found += gpus or ["no NVIDIA GPU"]
    wanted = "cuda" in (settings.stt.device, settings.tts.device)
    fix = "install the NVIDIA driver until nvidia-smi shows the GPU, or set FLUX_PROFILE=cpu"
    return Finding("device", bool(gpus) if wanted else None, ", ".join(found), fix)


async def engine(section: str, settings: Settings) -> Finding:
    """Check that one engine can be imported, finds its model and gets warm."""
    chosen = getattr(settings, section)
    build: Callable[..., Warmable] = getattr(engines, f"build_{section}")
    info = ENGINES[chosen.engine]
    where = {"weights": settings.models.folder, "deepgram": settings.deepgram} if section in ("stt", "tts") else {}
    return await _warmed(f"{section}: {info.name}", info, lambda: build(chosen, **where), info.install)


async def turn_model() -> Finding:
    """Check what hears the end of a turn; without it turns end by their words alone."""
    info = ENGINES["smart-turn"]
    if info.version is None:
        return Finding("turn: smart-turn", None, f"not installed: turns end by words alone ({info.install})")
    from models.turn import SmartTurn

    return await _warmed("turn: smart-turn", info, SmartTurn, f"{info.install} --force-reinstall")


async def chat_model(settings: ChatSettings) -> Finding:
    """Check one model of the chain: its server, and whether it has the model and calls tools; pulls nothing."""
    info = ENGINES[settings.engine]
    asked = settings.model_copy(update={"pull": False})
    # What a model on another host lacks is told by the failure itself.
    fix = info.install if settings.engine == "sentences" else ""
    return await _warmed(f"llm: {settings.title}", info, lambda: engines.build_chat(asked), fix)


async def weights(settings: Settings) -> Finding:
    """Check that the weights of the engines are here, by their sizes; `flux-voice models check` reads every byte."""
    store = Store(settings.models.folder)
    wanted = downloadable(needed(settings))
    standings = {one.name: await store.standing(one, thorough=False) for one in wanted}
    bad = [f"{name} is {standing.state}" for name, standing in standings.items() if standing.state != "here"]
    sizes = [f"{one.name} ({one.size / GIGABYTE:.2g} GB)" if one.size else one.name for one in wanted]
    return Finding("weights", not bad, ", ".join(bad or sizes or ["in the packages"]), "flux-voice models pull")


async def voice(settings: Settings) -> Finding:
    """Let the agent's ear understand its own voice, in sentences its callers are likely to say."""
    from intents.agent import load_agent

    try:
        vocabulary = load_agent(settings.agent).vocabulary
        folder, cloud = settings.models.folder, settings.deepgram
        tts = engines.build_tts(settings.tts, weights=folder, deepgram=cloud)
        stt = engines.build_stt(settings.stt, vocabulary, folder, cloud)
    except EngineError as error:
        return Finding("voice", False, str(error))
    try:
        await tts.warm()
        await stt.warm()
        sentences = _spread([phrase for phrase in vocabulary if len(phrase.split()) > 3]) or ["hello world"]
        pairs = [(sentence, await _heard(sentence, tts, stt)) for sentence in sentences]
    except (EngineError, ValueError) as error:
        return Finding("voice", False, str(error), "see the engines above")
    finally:
        await tts.close()
        await stt.close()
    rate = word_error_rate(pairs)
    said, heard = max(pairs, key=lambda pair: word_error_rate([pair]))
    count = f"{len(pairs)} sentences said and heard" if len(pairs) > 1 else "a sentence said and heard"
    worst = f"; worst: said {said!r}, heard {heard!r}" if rate else ""
    detail = f"{count}, word error rate {rate:.0%}{worst}"
    well = (rate < MOST_ERRORS or None) if any(heard for _, heard in pairs) else False
    return Finding("voice", well, detail, "see the engines above")


async def _heard(sentence: str, tts: TextToSpeech, stt: SpeechToText) -> str:
    said = np.concatenate([speech.pcm async for speech in tts.speak(sentence)])
    stream = stt.open()
    try:
        stream.feed(np.concatenate((MARGIN, _at_hearing_rate(said, tts.sample_rate), MARGIN)))
        return (await stream.finish()).text
    finally:
        await stream.close()


def _at_hearing_rate(pcm: Pcm, rate: int) -> Pcm:
    moments = np.arange(0, len(pcm), rate / SAMPLE_RATE)
    heard: Pcm = np.interp(moments, np.arange(len(pcm)), pcm).astype(np.float32)
    return heard


def _spread(phrases: Sequence[str]) -> list[str]:
    step = max(1, len(phrases) // SENTENCES)
    return list(phrases[::step][:SENTENCES])


async def _warmed(part: str, info: EngineInfo, build: Callable[[], Warmable], fix: str) -> Finding:
    try:
        built = build()
    except EngineError as error:
        return Finding(part, False, str(error), info.install)
    try:
        await built.warm()
    except EngineError as error:
        return Finding(part, False, str(error), fix)
    finally:
        await built.close()
    report = f"{built.report}; " if isinstance(built, Reporting) else ""
    return Finding(part, True, f"{report}{info.distribution} {info.version or ''}, {info.licence}")


def _memory() -> tuple[float, float] | None:
    """Return how much of the box's memory is free and how much there is, in GB; None where it is not told."""
    told = Path("/proc/meminfo")
    if not told.exists():
        return None
    lines = dict(line.split(":", 1) for line in told.read_text().splitlines() if ":" in line)
    if not {"MemAvailable", "MemTotal"} <= set(lines):
        return None
    free, total = (int(lines[name].split()[0]) * 1024 / GIGABYTE for name in ("MemAvailable", "MemTotal"))
    return free, total


def _gpus() -> list[str]:
    try:
        told = subprocess.run(NVIDIA_SMI, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[field.strip() for field in line.split(",")] for line in told.splitlines() if line.count(",") == 3]
    return [
        f"{name}, {_mebibytes(free)} of {_mebibytes(total)} free, driver {driver}" for name, total, free, driver in rows
    ]


def _mebibytes(text: str) -> str:
    return f"{int(text) * 2**20 / GIGABYTE:.1f} GB" if text.isdigit() else text

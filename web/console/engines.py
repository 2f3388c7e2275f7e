"""How each engine stands: what it is, where it computes, whether it could serve a caller now."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from models.engines import Engines
from models.licences import ENGINES
from models.llm.settings import OLLAMA_MODEL, ChatSettings
from models.reporting import Reporting
from models.standing import check
from web.console.secrets import without_login
from web.console_state import EngineState
from web.origin import is_loopback
from web.readiness import CHECK_TIMEOUT
from web.settings import Settings

Part = Literal["vad", "turn", "stt", "llm", "tts"]
CLOUD: Final = "api.deepgram.com"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the settings say of one engine."""

    part: Part
    engine: str
    model: str | None
    device: str
    cloud: bool = False


async def engine_states(settings: Settings, engines: Engines, warm: Mapping[str, float]) -> list[EngineState]:
    """Tell of every engine, each model of the chat chain by itself; `warm` has the seconds that getting ready took."""
    asked = [(one, _engine(engines, one.part)) for one in _facts(settings)]
    return list(await asyncio.gather(*(_state(one, engine, warm.get(one.part)) for one, engine in asked)))


def _engine(engines: Engines, part: Part) -> object | None:
    found: object | None = getattr(engines, part)
    return found


async def _state(facts: _Facts, engine: object | None, seconds: float | None) -> EngineState:
    info = ENGINES[facts.engine]
    status: Literal["ok", "unavailable", "not installed"] = "ok"
    detail = engine.report if isinstance(engine, Reporting) else ""
    if engine is None:
        status, detail = "not installed", info.install
    else:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                await check(engine)
        except Exception as error:  # whatever ails it, the question how it is has an answer
            status, detail = "unavailable", str(error) or type(error).__name__
    return EngineState(
        part=facts.part,
        engine=facts.engine,
        model=facts.model,
        package=info.distribution,
        version=info.version,
        licence=info.licence,
        device=facts.device,
        cloud=facts.cloud,
        status=status,
        detail=without_login(detail),
        warm_seconds=seconds,
    )


def _facts(settings: Settings) -> Sequence[_Facts]:
    stt, tts, deepgram = settings.stt, settings.tts, settings.deepgram
    place = urlsplit(deepgram.url).hostname or CLOUD if deepgram.url else CLOUD
    away = deepgram.url is None
    hears = {
        "pocketsphinx": _Facts("stt", stt.engine, "en-us", "cpu"),
        "whisper": _Facts("stt", stt.engine, stt.model, stt.device),
        "deepgram": _Facts("stt", stt.engine, deepgram.listen_model, place, away),
    }
    speaks = {
        "espeak": _Facts("tts", tts.engine, tts.voice, "cpu"),
        "piper": _Facts("tts", tts.engine, tts.voice, tts.device),
        "deepgram": _Facts("tts", tts.engine, deepgram.speak_model, place, away),
    }
    return (
        _Facts("vad", settings.vad.engine, None, "cpu"),
        _Facts("turn", "smart-turn", None, "cpu"),
        hears[stt.engine],
        *(_chat(one) for one in settings.llm.chain),
        speaks[tts.engine],
    )


def _chat(chat: ChatSettings) -> _Facts:
    if chat.engine == "sentences":
        return _Facts("llm", chat.engine, None, "cpu")
    place = urlsplit(chat.host if chat.engine == "ollama" else chat.base_url or "").hostname or ""
    model = chat.model or (OLLAMA_MODEL if chat.engine == "ollama" else None)
    return _Facts("llm", chat.engine, model, place, not _is_near(place))


def _is_near(host: str) -> bool:
    """Whether a host is this box or one beside it, as far as its name tells."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return is_loopback(host) or "." not in host or host.endswith((".local", ".lan", ".internal"))

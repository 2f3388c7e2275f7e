"""What `doctor` looks at: each check says how one part stands and what to do about it."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from models import engines
from models.errors import EngineError
from models.licences import ENGINES, EngineInfo
from models.llm.settings import ChatSettings
from models.needs import needed
from models.store import Store, downloadable
from web.settings import Settings

MIN_PYTHON = (3, 11)
MIN_NODE = 20
PAGE = Path(__file__).parent / "ui" / "dist" / "index.html"


class Warmable(Protocol):
    """What all engines have in common."""

    async def warm(self) -> None:
        """Load everything."""

    async def close(self) -> None:
        """Free everything."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part stands; `fix` is what to do where it is not well, `well` None is a mere note."""

    part: str
    well: bool | None
    detail: str
    fix: str = ""


def python() -> Finding:
    """Check the interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    fix = f"use Python {'.'.join(map(str, MIN_PYTHON))} or newer"
    return Finding("python", sys.version_info >= MIN_PYTHON, version, fix)


def packages() -> Finding:
    """Check that WebRTC can be spoken."""
    missing = [name for name in ("aiortc", "av", "onnxruntime") if importlib.util.find_spec(name) is None]
    return Finding("webrtc", not missing, ", ".join(missing) or "aiortc, av", "pip install 'flux-voice[rtc]'")


async def engine(section: str, settings: Settings) -> Finding:
    """Check that one engine can be imported, finds its model and gets warm."""
    chosen = getattr(settings, section)
    build: Callable[..., Warmable] = getattr(engines, f"build_{section}")
    info = ENGINES[chosen.engine]
    where = {"weights": settings.models.folder} if section in ("stt", "tts") else {}
    return await _warmed(f"{section}: {info.name}", info, lambda: build(chosen, **where), info.install)


async def chat_model(settings: ChatSettings) -> Finding:
    """Check one model of the chain: its server, and whether it has the model and calls tools; pulls nothing."""
    info = ENGINES[settings.engine]
    asked = settings.model_copy(update={"pull": False})
    # What a model on another host lacks is told by the failure itself.
    fix = info.install if settings.engine == "sentences" else ""
    return await _warmed(f"llm: {settings.title}", info, lambda: engines.build_chat(asked), fix)


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
    return Finding(part, True, f"{info.distribution} {info.version or ''}, {info.licence}")


def page() -> Finding:
    """Check that the page is built."""
    return Finding("page", PAGE.is_file(), str(PAGE.parent), "make page")


def node() -> Finding:
    """Check Node, which only the building of the page needs."""
    found = shutil.which("node")
    if found is None:
        return Finding("node", PAGE.is_file() or None, "not found", f"install Node {MIN_NODE}+ to build the page")
    text = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    major = text.removeprefix("v").partition(".")[0]
    well = major.isdigit() and int(major) >= MIN_NODE
    return Finding("node", well, text, f"install Node {MIN_NODE}+ to build the page")


def database(settings: Settings) -> Finding:
    """Check that a SQLite database can be written where the settings put it."""
    try:
        url = make_url(settings.dao.database_url)
    except ArgumentError:
        return Finding("database", False, "the URL is not valid", "set FLUX_DAO__DATABASE_URL")
    if not url.drivername.startswith("sqlite") or not url.database:
        return Finding("database", None, f"{url.drivername}: not checked here")
    file = Path(url.database).absolute()
    place = next(one for one in (file, *file.parents) if one.exists())
    writable = os.access(place, os.W_OK) and (not file.exists() or os.access(file.parent, os.W_OK))
    return Finding("database", writable, str(file), f"make {place} writable, or set FLUX_DAO__DATABASE_URL")


def port(part: str, variable: str, host: str, number: int) -> Finding:
    """Check that a port is free."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            return Finding(part, False, f"{host}:{number}: {error.strerror}", f"stop what holds it, or set {variable}")
    return Finding(part, True, f"{host}:{number} is free")


def media(settings: Settings) -> Finding:
    """Check that there is an address for sound to go to: aiortc offers none on loopback."""
    from aioice.ice import get_host_addresses

    addresses = get_host_addresses(use_ipv4=True, use_ipv6=True)
    fix = "give this host an address besides loopback, e.g. ip addr add 10.9.9.1/32 dev lo"
    return Finding("media", bool(addresses), ", ".join(addresses) or "only loopback addresses", fix)


def microphone(settings: Settings) -> Finding:
    """Remind of what browsers ask for before they open a microphone."""
    return Finding("microphone", None, "browsers open it only on http://localhost, http://127.0.0.1 or https://", "")


async def weights(settings: Settings) -> Finding:
    """Check that the weights of the engines are here, by their sizes; `flux-voice models check` reads every byte."""
    store = Store(settings.models.folder)
    standings = {one.name: await store.standing(one, thorough=False) for one in downloadable(needed(settings))}
    bad = [f"{name} is {standing.state}" for name, standing in standings.items() if standing.state != "here"]
    return Finding("weights", not bad, ", ".join(bad or standings or ["in the packages"]), "flux-voice models pull")


async def voice(settings: Settings) -> Finding:
    """Let the agent's ear understand its own voice."""
    import numpy as np

    from models.audio import SAMPLE_RATE
    from models.engines import build_stt, build_tts

    phrase = "hello world"
    try:
        weights = settings.models.folder
        tts, stt = build_tts(settings.tts, weights=weights), build_stt(settings.stt, weights=weights)
    except EngineError as error:
        return Finding("voice", False, str(error))
    try:
        await tts.warm()
        await stt.warm()
        said = [speech.pcm async for speech in tts.speak(phrase)]
        stream = stt.open()
        try:
            pcm = np.concatenate(said)
            moments = np.arange(0, len(pcm), tts.sample_rate / SAMPLE_RATE)
            stream.feed(np.interp(moments, np.arange(len(pcm)), pcm).astype(np.float32))
            heard = (await stream.finish()).text
        finally:
            await stream.close()
    except (EngineError, ValueError) as error:
        return Finding("voice", False, str(error), "see the engines above")
    finally:
        await tts.close()
        await stt.close()
    return Finding("voice", bool(heard), f"said {phrase!r}, heard {heard!r}", "see the engines above")


Check = Callable[[], Finding | Awaitable[Finding]]


def all_checks(settings: Settings) -> Sequence[Check]:
    """Return every check of `doctor`, in the order of its table."""
    return [
        python,
        packages,
        lambda: engine("vad", settings),
        lambda: engine("stt", settings),
        *(lambda model=model: chat_model(model) for model in settings.llm.chain),
        lambda: engine("tts", settings),
        lambda: weights(settings),
        lambda: voice(settings),
        lambda: database(settings),
        page,
        node,
        lambda: port("port (web)", "FLUX_PORT", settings.host, settings.port),
        lambda: port("port (records)", "FLUX_DAO__PORT", settings.dao.host, settings.dao.port),
        lambda: media(settings),
        lambda: microphone(settings),
    ]

"""What `doctor` looks at: each check says how one part stands and what to do about it."""

import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from web.database_check import database
from web.engine_checks import chat_model, device, engine, turn_model, voice, weights
from web.errors import OpusMissingError
from web.findings import Finding
from web.settings import Settings
from web.tracing_check import tracing

MIN_PYTHON = (3, 11)
MIN_NODE = 20
PAGE = Path(__file__).parent / "ui" / "dist" / "index.html"


def python() -> Finding:
    """Check the interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    fix = f"use Python {'.'.join(map(str, MIN_PYTHON))} or newer"
    return Finding("python", sys.version_info >= MIN_PYTHON, version, fix)


def packages() -> Finding:
    """Check that WebRTC can be spoken."""
    missing = [name for name in ("aiortc", "av", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        return Finding("webrtc", False, ", ".join(missing), "pip install 'flux-voice[rtc]'")
    from web.opus import version

    try:
        return Finding("webrtc", True, f"aiortc, av, {version()}")
    except OpusMissingError as error:
        detail, _, fix = str(error).partition(": ")
        return Finding("webrtc", False, detail, fix)


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


def turn_taking(settings: Settings) -> Finding:
    """Tell what ends a caller's turn."""
    told = settings.pipeline.endpoint
    silence = f"{told.shortest:g} to {told.longest:g} s of silence end a turn, {told.usual:g} s where nothing is known"
    return Finding("turn taking", None, f"{silence}; one cut-off counts as {told.cut_off_cost:g} s of waiting")


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


Check = Callable[[], Finding | Awaitable[Finding]]


def all_checks(settings: Settings) -> Sequence[Check]:
    """Return every check of `doctor`, in the order of its table."""
    return [
        python,
        packages,
        lambda: device(settings),
        lambda: engine("vad", settings),
        turn_model,
        lambda: turn_taking(settings),
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
        lambda: tracing(settings.tracing),
    ]

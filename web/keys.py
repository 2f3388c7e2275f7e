"""What the handlers find in the application."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from web.auth import Auth
from web.console.deleting import Deleting
from web.console.parts import ConsoleParts
from web.desk import Desk
from web.metrics import Metrics
from web.page_choice import PageChoice
from web.readiness import Readiness
from web.sessions import Sessions

SESSIONS: Final = web.AppKey("sessions", Sessions)
DESK: Final = web.AppKey("desk", Desk)
CONSOLE: Final = web.AppKey("console", ConsoleParts)
DELETING: Final = web.AppKey("deleting", Deleting)
AUTH: Final = web.AppKey("auth", Auth)
ICE_CONFIG: Final[web.AppKey[Mapping[str, Any]]] = web.AppKey("ice_config", Mapping)
READINESS: Final = web.AppKey("readiness", Readiness)
PAGE: Final = web.AppKey("page", Path)
PAGE_CHOICE: Final = web.AppKey("page_choice", PageChoice)
METRICS: Final = web.AppKey("metrics", Metrics)
BODY_TIMEOUT: Final = web.AppKey("body_timeout", float)
OPERATIONS: Final[web.AppKey[tuple[Any, ...]]] = web.AppKey("operations", tuple)
"""Each `web.operations.Operation` that is served."""

"""What `doctor` looks at of traces, where they are switched on: the packages, and a collector that takes spans."""

from http import HTTPStatus

import aiohttp

from models.licences import extra_command
from web.findings import Finding
from web.own_settings import TracingSettings

_FIXES = {
    HTTPStatus.UNAUTHORIZED: "set FLUX_TRACING__HEADERS to what the collector wants",
    HTTPStatus.FORBIDDEN: "set FLUX_TRACING__HEADERS to what the collector wants",
    HTTPStatus.NOT_FOUND: "check the path of FLUX_TRACING__ENDPOINT; most collectors have /v1/traces",
    HTTPStatus.METHOD_NOT_ALLOWED: "check the path of FLUX_TRACING__ENDPOINT; most collectors have /v1/traces",
}


async def tracing(settings: TracingSettings) -> Finding:
    """Check that a collector takes spans, if one is set, by handing it none."""
    if settings.endpoint is None:
        return Finding("tracing", None, "off (FLUX_TRACING__ENDPOINT is not set)")
    try:
        import web.otlp  # noqa: F401 - only to see whether it can be
    except ImportError as error:
        return Finding("tracing", False, str(error), f"{extra_command('tracing')}, or unset FLUX_TRACING__ENDPOINT")
    try:
        status = await _answer(settings, settings.endpoint)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        reason = str(error) or f"no answer within {settings.timeout:g} s"
        fix = "start the collector, or check FLUX_TRACING__ENDPOINT; calls go on without it, their traces are lost"
        return Finding("tracing", False, f"{settings.place}: {reason}", fix)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return Finding("tracing", True, f"{settings.place} takes spans")
    fix = _FIXES.get(HTTPStatus(status), "the collector's log should say why")
    return Finding("tracing", False, f"{settings.place} answers {status}", fix)


async def _answer(settings: TracingSettings, endpoint: str) -> int:
    """Send what OTLP's protobuf makes of no spans, which is nothing, and return the status."""
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    limit = aiohttp.ClientTimeout(total=settings.timeout)
    async with (
        aiohttp.ClientSession(timeout=limit) as session,
        session.post(endpoint, data=b"", headers={**headers, "Content-Type": "application/x-protobuf"}) as answer,
    ):
        return answer.status

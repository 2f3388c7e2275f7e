"""What `doctor` says of traces."""

import sys

import pytest
from aiohttp import web as http
from aiohttp.test_utils import TestServer

from tests.e2e.collector import own_collector
from web import checks
from web.errors import SettingsError
from web.findings import Finding
from web.own_settings import TracingSettings
from web.settings import load_settings
from web.tracing_check import tracing

SECRET = "Bearer s3cret"


async def test_tracing_that_is_off_is_no_fault() -> None:
    found = await tracing(TracingSettings())
    assert found.well is None and "FLUX_TRACING__ENDPOINT" in found.detail


async def test_a_collector_that_takes_spans_is_well_and_is_sent_none() -> None:
    async with own_collector() as collector:
        settings = TracingSettings.model_validate({"endpoint": collector.url, "headers": {"Authorization": SECRET}})
        found = await tracing(settings)
        assert found == Finding("tracing", True, f"{settings.place} takes spans")
        assert [list(request.resource_spans) for request in collector.requests] == [[]]
        assert collector.headers[0]["Authorization"] == SECRET


@pytest.mark.parametrize(
    ("status", "fix"), [(401, "HEADERS"), (403, "HEADERS"), (404, "path"), (405, "path"), (503, "log")]
)
async def test_a_collector_that_refuses_is_told_with_what_to_do(status: int, fix: str) -> None:
    async def refuse(_: http.Request) -> http.Response:
        return http.Response(status=status)

    app = http.Application()
    app.router.add_post("/v1/traces", refuse)
    async with TestServer(app) as server:
        found = await tracing(TracingSettings(endpoint=str(server.make_url("/"))))
    assert found.well is False and f"answers {status}" in found.detail and fix in found.fix


async def test_a_collector_that_is_away_is_told_without_its_password() -> None:
    async with own_collector() as collector:
        address = collector.url.replace("http://", "http://me:pass@")
    found = await tracing(TracingSettings(endpoint=address))
    assert found.well is False and "FLUX_TRACING__ENDPOINT" in found.fix
    assert collector.url.removeprefix("http://") in found.detail
    assert "pass" not in found.detail + found.fix


async def test_packages_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
    monkeypatch.delitem(sys.modules, "web.otlp", raising=False)
    found = await tracing(TracingSettings(endpoint="http://127.0.0.1:9"))
    assert found.well is False and "opentelemetry" in found.detail and "flux-voice[tracing]" in found.fix


def test_doctor_ends_with_the_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[TracingSettings] = []
    monkeypatch.setattr(checks, "tracing", looked.append)
    settings = load_settings(tracing={"endpoint": "http://127.0.0.1:4318"})
    checks.all_checks(settings)[-1]()
    assert looked == [settings.tracing]


def test_doctor_tells_what_ends_a_turn() -> None:
    found = checks.turn_taking(load_settings(pipeline={"endpoint": {"longest": 2.5, "cut_off_cost": 4}}))
    assert found.well is None
    assert "to 2.5 s of silence" in found.detail and "4 s of waiting" in found.detail


def test_an_address_with_an_impossible_port_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="FLUX_TRACING__ENDPOINT"):
        load_settings(tracing={"endpoint": "http://127.0.0.1:99999"})

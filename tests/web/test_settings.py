"""Settings come from variables and a file; a wrong one is told in one line that names it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import main
from web.errors import SettingsError
from web.settings import load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [*os.environ]:
        if name.startswith("FLUX_") or name in ("DATABASE_URL", "DEEPGRAM_API_KEY"):
            monkeypatch.delenv(name)


def test_the_defaults_keep_everything_on_the_box() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.ice_servers, settings.agent) == ("127.0.0.1", 8080, [], "flux")
    assert settings.deepgram.api_key is None and settings.tts.engine == "espeak"
    assert settings.stt.engine == "pocketsphinx"


def test_variables_reach_every_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUX_PORT", "9000")
    monkeypatch.setenv("FLUX_PIPELINE__RECONNECT_GRACE", "5")
    monkeypatch.setenv("FLUX_ICE_SERVERS", '[{"urls": "turn:turn.lan:3478", "username": "u", "credential": "p"}]')
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///other.db")
    monkeypatch.setenv("DEEPGRAM_API_KEY", "secret")
    settings = load_settings()
    assert (settings.port, settings.pipeline.reconnect_grace) == (9000, 5)
    assert settings.ice_servers[0].urls == "turn:turn.lan:3478"
    assert settings.dao.database_url == "sqlite+aiosqlite:///other.db"
    assert settings.deepgram.api_key is not None and settings.deepgram.api_key.get_secret_value() == "secret"
    assert "secret" not in repr(settings) and "secret" not in settings.model_dump_json()


def test_a_flux_variable_wins_over_its_alias_and_both_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "flux.toml"
    config.write_text('port = 7000\ntimezone = "Europe/Berlin"\n[dao]\ndatabase_url = "sqlite+aiosqlite:///file.db"\n')
    monkeypatch.setenv("FLUX_CONFIG", str(config))
    settings = load_settings()
    assert (settings.port, settings.timezone, settings.dao.database_url[-7:]) == (7000, "Europe/Berlin", "file.db")
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///alias.db")
    monkeypatch.setenv("FLUX_PORT", "7001")
    assert load_settings().dao.database_url.endswith("alias.db")
    monkeypatch.setenv("FLUX_DAO__DATABASE_URL", "sqlite+aiosqlite:///own.db")
    settings = load_settings()
    assert (settings.port, settings.dao.database_url[-6:]) == (7001, "own.db")


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("FLUX_TRACING__ENDPOINT", "127.0.0.1:4318", "FLUX_TRACING__ENDPOINT: must be an address"),
        ("FLUX_TRACING__ENDPOINT", "http://localhost:otlp", "FLUX_TRACING__ENDPOINT: Port could not be cast"),
        ("FLUX_TRACING__QUEUE", "0", "FLUX_TRACING__QUEUE"),
        ("FLUX_DEEPGRAM__URL", "wss://deepgram.lan", "FLUX_DEEPGRAM__URL: must be an address"),
        ("FLUX_PORT", "eighty", "FLUX_PORT"),
        ("FLUX_PORT", "-1", "FLUX_PORT"),
        ("FLUX_STT__ENGINE", "magic", "FLUX_STT__ENGINE"),
        ("FLUX_DAO__NO_SUCH", "1", "FLUX_DAO__NO_SUCH"),
        ("FLUX_TIMEZONE", "Mars/Olympus", "FLUX_TIMEZONE"),
        ("FLUX_ICE_SERVERS", "turn:x", "FLUX_ICE_SERVERS"),
        ("FLUX_CONFIG", "/no/such/file.toml", "FLUX_CONFIG"),
        ("FLUX_PROFILE", "quantum", "FLUX_PROFILE"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=named) as told:
        load_settings()
    assert "\n" not in str(told.value)
    ran = CliRunner().invoke(main, ["dao"])
    assert ran.exit_code == 1
    assert ran.output.count("\n") == 1 and named in ran.output and "Traceback" not in ran.output


def test_a_broken_file_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "flux.toml"
    config.write_text("port = = 1")
    monkeypatch.setenv("FLUX_CONFIG", str(config))
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings()

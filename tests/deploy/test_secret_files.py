"""Settings may lie in files, one each, as containers hand out secrets."""

import os
from pathlib import Path

import pytest

from web.errors import SettingsError
from web.settings import load_settings


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [*os.environ]:
        if name.startswith("FLUX_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("FLUX_SECRETS", str(tmp_path))
    return tmp_path


def test_a_file_named_as_a_variable_holds_that_setting(secrets: Path) -> None:
    (secrets / "flux_dao__database_url").write_text("postgresql://flux:hush@/flux?host=/run/postgresql\n")
    (secrets / "FLUX_LLM__API_KEY").write_text("key\n")
    (secrets / "flux_ice_servers").write_text('[{"urls": "turn:10.0.0.5:3478", "username": "u", "credential": "p"}]')
    (secrets / "flux_auth__keys").write_text(f'[{{"sha256": "{"a" * 64}", "tenant": "acme"}}]')
    (secrets / "postgres_password").write_text("somebody else's")
    settings = load_settings()
    assert [key.tenant for key in settings.auth.keys] == ["acme"]
    assert settings.dao.database_url == "postgresql://flux:hush@/flux?host=/run/postgresql"
    assert settings.llm.api_key is not None and settings.llm.api_key.get_secret_value() == "key"
    assert settings.ice_servers[0].credential == "p"


def test_a_variable_wins_over_a_file_and_a_file_over_the_rest(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("config") / "flux.toml"
    config.write_text("port = 7000\n[dao]\nport = 7001\n")
    monkeypatch.setenv("FLUX_CONFIG", str(config))
    monkeypatch.setenv("DATABASE_URL", "sqlite:///alias.db")
    (secrets / "flux_dao__database_url").write_text("sqlite:///file.db")
    (secrets / "flux_port").write_text("7002")
    settings = load_settings()
    assert (settings.dao.database_url, settings.port, settings.dao.port) == ("sqlite:///file.db", 7002, 7001)
    monkeypatch.setenv("FLUX_DAO__DATABASE_URL", "sqlite:///variable.db")
    assert load_settings().dao.database_url == "sqlite:///variable.db"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("flux_dao__databse_url", b"x", "FLUX_DAO__DATABSE_URL: there is no such setting"),
        ("flux_port", b"many", "FLUX_PORT"),
        ("flux_ice_servers", b"turn:x", "FLUX_ICE_SERVERS: the value is not valid JSON"),
        ("flux_llm__api_key", b"\xff\xfe", "is not text in UTF-8"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_without_its_content(
    secrets: Path, name: str, content: bytes, told: str
) -> None:
    (secrets / name).write_bytes(content)
    with pytest.raises(SettingsError, match=told) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = secrets / "flux_port"
    locked.write_text("7000")

    def refuse(self: Path, encoding: str | None = None) -> str:
        raise PermissionError(13, "Permission denied", str(self))  # as root, a test cannot have it for real

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError, match=f"{locked} cannot be read"):
        load_settings()


def test_a_folder_that_is_not_there_is_named(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUX_SECRETS", str(secrets / "nowhere"))
    with pytest.raises(SettingsError, match=f"FLUX_SECRETS: there is no folder {secrets / 'nowhere'}"):
        load_settings()

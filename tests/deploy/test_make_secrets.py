"""deploy/make-secrets writes what docker-compose.yml hands out, and never locks anybody out of the database."""

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url

from scripts.compose_check import compose_file
from scripts.lock import ROOT
from web.settings import load_settings


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "SECRETS": str(folder)}
    command = [str(ROOT / "deploy/make-secrets"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_every_secret_of_the_compose_file_is_written(tmp_path: Path) -> None:
    assert make(tmp_path, "--turn", "192.0.2.10").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == set(compose_file()["secrets"])


def test_the_settings_read_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "--turn", "192.0.2.10")
    monkeypatch.setenv("FLUX_SECRETS", str(tmp_path))
    settings = load_settings()
    url = make_url(settings.dao.database_url)
    assert url.password == (tmp_path / "postgres_password").read_text().strip()
    assert (url.username, url.database, url.query["host"]) == ("flux", "flux", "/var/run/postgresql")
    (server,) = settings.ice_servers
    assert server.urls == ["turn:192.0.2.10:3478?transport=udp", "turn:192.0.2.10:3478?transport=tcp"]
    assert f"user={server.username}:{server.credential}" in (tmp_path / "turnserver.conf").read_text().splitlines()


def test_the_password_of_the_database_stays_and_that_of_turn_is_renewed(tmp_path: Path) -> None:
    make(tmp_path, "--turn", "192.0.2.10")
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    make(tmp_path, "--turn", "192.0.2.10")
    after = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {name for name in before if before[name] == after[name]}
    assert kept == {"postgres_password", "flux_dao__database_url"}
    make(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == after


def test_without_turn_clients_are_told_of_no_server(tmp_path: Path) -> None:
    make(tmp_path)
    assert json.loads((tmp_path / "flux_ice_servers").read_text()) == []
    assert not (tmp_path / "turnserver.conf").exists()


def test_only_the_owner_enters_the_folder_and_every_service_can_read_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


@pytest.mark.parametrize(
    ("addresses", "lines"),
    [
        (("192.0.2.10",), {"listening-ip=192.0.2.10", "allowed-peer-ip=192.0.2.10"}),
        (("203.0.113.5", "10.0.0.4"), {"listening-ip=10.0.0.4", "external-ip=203.0.113.5/10.0.0.4"}),
        (("2001:db8::5",), {"listening-ip=2001:db8::5", "relay-ip=2001:db8::5"}),
    ],
)
def test_turn_leads_to_the_box_and_nowhere_else(tmp_path: Path, addresses: tuple[str, ...], lines: set[str]) -> None:
    make(tmp_path, "--turn", *addresses)
    written = (tmp_path / "turnserver.conf").read_text().splitlines()
    assert lines <= set(written)
    assert [line for line in written if line.startswith("allowed-peer-ip")] == [f"allowed-peer-ip={addresses[-1]}"]
    assert "denied-peer-ip=0.0.0.0-255.255.255.255" in written
    outer = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    assert f"turn:{outer}:3478?transport=udp" in (tmp_path / "flux_ice_servers").read_text()


@pytest.mark.parametrize("arguments", [("--turn",), ("--turn", "example.org"), ("--turn", "1.2.3.4; rm x"), ("now",)])
def test_wrong_arguments_write_nothing_of_turn_and_are_told_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = make(tmp_path, *arguments)
    assert done.returncode == 2 and re.fullmatch(r"make-secrets: .+\n", done.stderr)
    assert not (tmp_path / "turnserver.conf").exists()


def test_no_secret_can_be_committed_or_reach_an_image() -> None:
    asked = ["git", "check-ignore", "deploy/secrets/postgres_password", "deploy/secrets/x", "deploy/box.env"]
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert listed == asked[2:]
    from tests.deploy.docker_context import lets_in

    assert not any(lets_in(path) for path in listed)

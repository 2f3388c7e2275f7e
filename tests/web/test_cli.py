"""Each command explains itself, and none imports more than it needs."""

import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from web.cli import main

HEAVY = {"aiortc", "av", "onnxruntime", "pocketsphinx", "sqlalchemy"}


@pytest.mark.parametrize("command", [[], ["serve"], ["dao"], ["chat"], ["doctor"], ["models"], ["models", "pull"]])
def test_help_helps(command: list[str]) -> None:
    ran = CliRunner().invoke(main, [*command, "--help"])
    assert ran.exit_code == 0
    assert "Usage:" in ran.output


@pytest.mark.parametrize(
    ("script", "forbidden"),
    [
        ("from web.cli import main; main(['--help'], standalone_mode=False)", HEAVY),
        ("from web.cli import main; main(['dao', '--help'], standalone_mode=False)", HEAVY),
        ("from web.cli import main; main(['models', '--help'], standalone_mode=False)", HEAVY),
        ("import web.settings, dao.service", HEAVY - {"sqlalchemy"}),
    ],
)
def test_what_a_command_does_not_need_is_not_imported(script: str, forbidden: set[str]) -> None:
    code = f"{script}\nimport sys; print(*sorted(set(sys.modules) & {forbidden!r}), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr.strip() == ""


@pytest.mark.parametrize(
    ("command", "variable"),
    [(["dao"], "FLUX_DAO__PORT"), (["serve"], "FLUX_PORT"), (["serve", "--port", "0"], "FLUX_ALSO_PORT")],
)
def test_a_taken_port_is_one_line(command: list[str], variable: str, tmp_path: object) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {
            variable: str(taken.getsockname()[1]),
            "FLUX_DAO__DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/flux.db",
        }
        ran = CliRunner().invoke(main, command, env=environment)
    assert ran.exit_code == 1
    assert variable in ran.output
    assert ran.output.startswith("Error: ") and ran.output.count("\n") == 1

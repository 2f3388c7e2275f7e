"""The key that opens the console: how it is made and set."""

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from tests.web.api_server import KEYED
from web.auth import hash_of
from web.auth_settings import AuthSettings
from web.commands.key import key


def test_the_admin_key_is_no_tenants_key() -> None:
    with pytest.raises(ValidationError, match="key of its own"):
        AuthSettings(keys=KEYED.keys, admin_key=KEYED.keys[0].sha256)
    with pytest.raises(ValidationError, match="SHA-256"):
        AuthSettings(admin_key="fv_admin")
    assert AuthSettings(admin_key="").admin_key is None


def test_the_command_makes_a_key_that_the_setting_knows() -> None:
    told = CliRunner().invoke(key, ["--admin"]).output
    made, setting = (line.rpartition("  ")[2].strip() for line in told.splitlines())
    assert setting == f"FLUX_AUTH__ADMIN_KEY={hash_of(made)}"

"""What `doctor` says of the database."""

from pathlib import Path

import pytest

from dao.migrations import migrate, newest
from tests.dao.postgres import databases
from web.database_check import database
from web.settings import Settings


def naming(url: str) -> Settings:
    return Settings.model_validate({"dao": {"database_url": url}})


async def test_a_server_that_answers_is_told_with_its_schema() -> None:
    with databases() as server, server.fresh() as url:
        empty = await database(naming(url))
        await migrate(url)
        full = await database(naming(url))
    assert empty.well and "without tables of ours" in empty.detail and newest() in empty.detail
    assert full.well and full.detail.endswith(f"schema {newest()}")


@pytest.mark.parametrize("url", ["postgresql://flux:secret@127.0.0.1:1/flux", "postgresql://flux@nowhere.invalid/flux"])
async def test_a_server_that_does_not_answer_is_told_without_its_password(url: str) -> None:
    found = await database(naming(url))
    assert found.well is False and "secret" not in found.detail
    assert "FLUX_DAO__DATABASE_URL" in found.fix


async def test_a_file_must_be_writable(tmp_path: Path) -> None:
    found = await database(naming(f"sqlite+aiosqlite:///{tmp_path}/data/flux.db"))
    assert found.well and str(tmp_path) in found.detail


async def test_what_is_no_address_is_told() -> None:
    found = await database(naming("flux.db"))
    assert found.well is False

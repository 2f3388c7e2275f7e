"""The time zone that a user had before: for callers who name none."""

import asyncio
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from dao.client import DaoClient
from dao.errors import DaoError, DaoNotFound
from web.own_settings import zone

PATIENCE: Final = 1.0
"""Seconds that a call which begins waits for its caller's time zone."""

log = structlog.get_logger()


async def kept_zone(dao: DaoClient, user_id: UUID) -> ZoneInfo | None:
    """Return the zone in a user's record, None for one who is not known; raises DaoError. `dao` is their tenant's."""
    try:
        return zone((await dao.user(user_id)).timezone)
    except DaoNotFound:
        return None
    except ValueError:  # a record of before the zones were checked
        return ZoneInfo("UTC")


async def zone_for_call(dao: DaoClient, user_id: UUID, default: ZoneInfo) -> ZoneInfo | None:
    """Return the same, and `default` where the records do not tell in time: a call is held without them."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await kept_zone(dao, user_id)
    except (DaoError, TimeoutError) as error:
        log.warning("a caller's time zone cannot be looked up", error=repr(error))
        return default

"""PostgreSQL: how its connections behave, and what its refusals mean for an operator."""

from typing import Any, Final

from sqlalchemy import URL

from dao.errors import DaoNotKept

SETTING: Final = "FLUX_DAO__DATABASE_URL"
CONNECT_TIMEOUT: Final = 4.0
"""Seconds to open one connection; a writer's own deadline is a little longer."""
DELETING_TIMEOUT: Final = 60.0
"""Seconds that one statement of a deletion may take: the driver's own limit is a connection's, so it has its own."""

_SSL: Final = "sslmode"


def with_driver_options(url: URL) -> URL:
    """Write the options of a URL as the driver wants them: hosted databases give `sslmode`, it asks for `ssl`."""
    if _SSL not in url.query:
        return url
    mode = url.query[_SSL]
    return url.difference_update_query([_SSL]).update_query_dict({"ssl": mode})


def connect_options(statement_timeout: float) -> dict[str, Any]:
    """Give the options of each connection: nothing that it does may take longer than `statement_timeout` seconds.

    The server breaks a statement off by itself; the driver does a second later, for a server that cannot be heard any
    more. A transaction that is left open does not keep its locks for ever. With 0 everything may take its time.
    """
    settings = {"application_name": "flux-voice"}
    if not statement_timeout:
        return {"timeout": CONNECT_TIMEOUT, "server_settings": settings}
    milliseconds = str(round(1000 * statement_timeout))
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    return {
        "timeout": CONNECT_TIMEOUT,
        "command_timeout": statement_timeout + 1,
        "server_settings": settings | dict.fromkeys(limits, milliseconds),
    }


def no_connection(url: URL, error: Exception) -> DaoNotKept | None:
    """Say what to do about a connection that was refused; None for an error that is about something else."""
    where = f"{url.host or url.query.get('host') or 'localhost'}:{url.port or 5432}"
    state: str | None = getattr(error, "sqlstate", None)
    told = {
        "28P01": f"refuses the password of {url.username!r}; check {SETTING}",
        "28000": f"does not let {url.username!r} in ({error}); check {SETTING} and the server's pg_hba.conf",
        "3D000": f"has no database {url.database!r}; create it, or check {SETTING}",
        "53300": "has no connection left; lower FLUX_DAO__POOL_SIZE or raise the server's max_connections",
        "57P03": f"cannot answer yet ({error}); it starts or stops",
    }.get(state or "")
    if told is not None:
        return DaoNotKept(f"the PostgreSQL server at {where} {told}")
    if isinstance(error, OSError):  # a time-out is one
        why = str(error) or f"no answer within {CONNECT_TIMEOUT:g} s"
        return DaoNotKept(f"no PostgreSQL server answers at {where} ({why}); check {SETTING}, and that it runs")
    if state is not None:
        return DaoNotKept(f"the PostgreSQL server at {where} refuses a connection ({error}); check {SETTING}")
    return None

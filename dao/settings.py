"""What an operator can set about the DAO; `web/settings.py` composes it as FLUX_DAO__*."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# A service that listens everywhere is reached, from its own box, over loopback.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def http_url(host: str, port: int) -> str:
    """Give the base URL at which a service bound to `host` and `port` is reached from its own box."""
    reached = LOOPBACK_OF.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _own_url(values: dict[str, Any]) -> str:
    return http_url(values["host"], values["port"])


def _beside_the_database(values: dict[str, Any]) -> Path:
    """Put the spool beside a SQLite file, so that two servers with their own databases have their own spools too."""
    scheme, _, rest = values.get("database_url", "").partition(":///")
    file = rest.partition("?")[0]
    is_file = scheme.startswith("sqlite") and file and not file.startswith("file:")
    return Path(file if is_file else "data/flux.db").expanduser().with_name("spool")


class DaoSettings(BaseModel):
    """Where records are kept and where the DAO service is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(
        default="sqlite+aiosqlite:///data/flux.db",
        min_length=1,
        description="SQLAlchemy URL of the database; a relative SQLite path starts at the working directory.",
    )
    pool_size: int = Field(default=10, ge=1, le=1000, description="Connections to a PostgreSQL server, at most.")
    statement_timeout: float = Field(
        default=4.0, ge=0.1, le=600, description="Seconds that one statement may take on a PostgreSQL server."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that the service listens on.")
    port: int = Field(default=8001, ge=0, le=65_535, description="Port of the service; 0 takes a free one.")
    url: str = Field(
        default_factory=_own_url,
        pattern=r"^https?://",
        description="Where clients find the service; by default the address above.",
    )
    spool: Path = Field(
        default_factory=_beside_the_database,
        description="Folder in which a server that holds calls keeps what the service has not taken yet.",
    )
    spool_limit: int = Field(default=64, ge=1, le=100_000, description="MiB that may wait there.")

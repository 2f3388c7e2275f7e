"""All settings of the box as one tree, from FLUX_* variables, secret files and an optional TOML file."""

import os
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

import pydantic_settings
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dao.settings import DaoSettings
from models.settings import ModelSettings
from pipeline.settings import PipelineSettings
from web.errors import SettingsError
from web.own_settings import WebSettings

PREFIX: Final = "FLUX_"
CONFIG: Final = "FLUX_CONFIG"
SECRETS: Final = "FLUX_SECRETS"
"""Names a folder, such as /run/secrets; a file in it named as a variable holds that setting."""

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "DATABASE_URL": ("dao", "database_url"),
    "DEEPGRAM_API_KEY": ("deepgram", "api_key"),
}
"""Variables that existing Flux installations have set; a FLUX_ variable for the same setting wins."""


class Settings(ModelSettings, WebSettings, BaseSettings):
    """Every setting; `FLUX_STT__ENGINE=whisper` sets `stt.engine`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    dao: DaoSettings = Field(default_factory=DaoSettings)
    pipeline: PipelineSettings = Field(default_factory=PipelineSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, strongest first: arguments, FLUX_ variables, secret files, aliases, the TOML file."""
        sources = [init_settings, EnvSettingsSource(settings_cls)]
        secrets = os.environ.get(SECRETS)
        if secrets:
            sources.append(NestedSecretsSettingsSource(file_secret_settings, secrets_dir=secrets))
        sources.append(InitSettingsSource(settings_cls, _aliases()))
        config = os.environ.get(CONFIG)
        if config:
            sources.append(TomlConfigSettingsSource(settings_cls, toml_file=config))
        return tuple(sources)


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; raises SettingsError with one line that names what is wrong."""
    config = os.environ.get(CONFIG)
    if config and not os.path.isfile(config):
        raise SettingsError(f"{CONFIG}: there is no file {config}")
    secrets = os.environ.get(SECRETS)
    if secrets and not os.path.isdir(secrets):
        raise SettingsError(f"{SECRETS}: there is no folder {secrets}")
    try:
        return _fitting(Settings(**overrides))
    except ValidationError as error:
        raise SettingsError(_line(error)) from error
    except pydantic_settings.SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        name = PREFIX + found.group(1).upper() if found else "a setting"
        raise SettingsError(f"{name}: the value is not valid JSON") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{CONFIG}: {config} is not valid TOML: {error}") from error
    except OSError as error:
        raise SettingsError(
            f"{error.filename} cannot be read ({error.strerror}): let the user that the server runs as read it"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"a file that {CONFIG} or {SECRETS} names is not text in UTF-8") from error


def _fitting(settings: Settings) -> Settings:
    if settings.page_backend == "deepgram" and settings.deepgram.api_key is None:
        raise SettingsError("FLUX_PAGE_BACKEND: deepgram needs a key of Deepgram's; set DEEPGRAM_API_KEY")
    return settings


def _line(error: ValidationError) -> str:
    """Name the first wrong setting as its variable; the value is left out, it may be a secret."""
    first, *others = error.errors(include_url=False, include_input=False)
    name = PREFIX + "__".join(str(part).upper() for part in first["loc"])
    if first["type"] == "extra_forbidden":
        problem = "there is no such setting"
    else:
        problem = " ".join(first["msg"].removeprefix("Value error, ").split())
    more = f" ({len(others)} more settings are wrong)" if others else ""
    return f"{name}: {problem}{more}"


def _aliases() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for variable, path in ALIASES.items():
        value = os.environ.get(variable)
        if value:
            branch = tree
            for part in path[:-1]:
                branch = branch.setdefault(part, {})
            branch[path[-1]] = value
    return tree

"""The settings as they are in force, one by one."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from web.console.secrets import HIDDEN, shown
from web.console_state import SettingShown, SettingsShown

PREFIX: Final = "FLUX_"
OWN: Final = "server"
"""The section of settings that are in none."""


def settings_shown(settings: BaseModel) -> SettingsShown:
    """Tell every setting, without secrets."""
    return SettingsShown(profile=str(getattr(settings, "profile", "")), settings=list(_told(settings, ())))


def _told(section: BaseModel, path: tuple[str, ...]) -> Iterator[SettingShown]:
    for name, field in type(section).model_fields.items():
        value, at = getattr(section, name), (*path, name)
        if isinstance(value, BaseModel):
            yield from _told(value, at)
            continue
        told = shown(name, value)
        hidden = told == HIDDEN
        yield SettingShown(
            name=".".join(at),
            variable=PREFIX + "__".join(at).upper(),
            section=at[0] if len(at) > 1 else OWN,
            description=field.description or "",
            value=None if hidden else told,
            hidden=hidden,
            is_set=_is_set(value),
            changed=_changed(field, value, section),
        )


def _is_set(value: Any) -> bool:
    if isinstance(value, SecretStr | SecretBytes):
        return bool(value.get_secret_value())
    return value is not None and value not in ("", (), [], {})


def _changed(field: FieldInfo, value: Any, section: BaseModel) -> bool:
    others = {name: getattr(section, name) for name in type(section).model_fields}
    default = field.get_default(call_default_factory=True, validated_data=others)
    return bool(default != value)

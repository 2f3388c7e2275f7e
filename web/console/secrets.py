"""What of a setting may be shown: secrets are hidden wherever they are, in lists, in objects and in addresses."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic_core import to_jsonable_python

HIDDEN: Final = "••••••"
SECRET_WORDS: Final = frozenset(
    ("key", "keys", "private", "pwd", "auth", "authorization", "cookie", "headers", "hash", "sha256", "sig", "salt")
)
SECRET_PARTS: Final = ("password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "signature")
"""What makes a secret of a name wherever it stands in it, as in `sslpassword`."""

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_LOGIN: Final = re.compile(r"(?P<scheme>[a-zA-Z][\w+.-]*://)(?P<login>.*)@", re.DOTALL)
_OPTION: Final = re.compile(r"(?P<name>[\w.-]+)=(?P<value>[^&\s]+)")


def is_secret(name: str) -> bool:
    """Whether a setting of this name holds a secret: its words say so."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return bool(words & SECRET_WORDS) or any(part in name.lower() for part in SECRET_PARTS)


def shown(name: str, value: Any) -> Any:
    """Return a value as it may be shown, fit for JSON; `HIDDEN` stands for what may not.

    Numbers and switches are shown under any name: `max_tokens` is no secret.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, SecretStr | SecretBytes):
        return HIDDEN if value.get_secret_value() else ""
    if isinstance(value, BaseModel):
        return {field: shown(field, getattr(value, field)) for field in type(value).model_fields}
    if is_secret(name) and not _is_models(value):
        return HIDDEN if value else to_jsonable_python(value)
    if isinstance(value, Mapping):
        return {str(key): shown(str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(name if not _is_models(value) else "", one) for one in value]
    told = to_jsonable_python(value)
    return without_login(told) if isinstance(told, str) else told


def without_login(text: str) -> str:
    """Return a text with the passwords of its addresses hidden, and their options that hold secrets."""

    def login(found: re.Match[str]) -> str:
        user, colon, _ = found["login"].partition(":")
        return f"{found['scheme']}{user + ':' if colon else ''}{HIDDEN}@"

    def option(found: re.Match[str]) -> str:
        return f"{found['name']}={HIDDEN}" if is_secret(found["name"]) else found[0]

    return _OPTION.sub(option, _LOGIN.sub(login, text))


def _is_models(value: Any) -> bool:
    """Whether a list holds models, each field of which has a name of its own to judge by."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, BaseModel) for one in value)

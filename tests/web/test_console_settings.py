"""The settings in force are told without any secret, wherever one is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr

from web.auth_settings import ApiKey, AuthSettings
from web.console.secrets import HIDDEN, is_secret, shown, without_login
from web.console.settings import settings_shown
from web.own_settings import TracingSettings
from web.settings import Settings, load_settings

MARK = "s3cret-0123456789-0123456789-0123456789"
HASH = "ab" * 32


def with_secrets() -> Settings:
    return load_settings(
        profile="cpu",
        auth={
            "keys": [{"sha256": HASH, "tenant": "acme"}],
            "admin_key": "cd" * 32,
            "signing_key": MARK,
        },
        deepgram={"api_key": MARK, "url": f"https://me:{MARK}@deepgram.lan"},
        llm={
            "engine": "openai",
            "model": "m",
            "base_url": f"http://{MARK}@llm.lan/v1",
            "host": f"http://me:{MARK}@ollama.lan:1",
            "api_key": MARK,
            "fallback": [{"engine": "openai", "model": "n", "base_url": f"http://u:{MARK}@b.lan", "api_key": MARK}],
        },
        dao={
            "database_url": f"postgresql://flux:{MARK}@db.lan/flux?password={MARK}&ssl=require&sslpassword={MARK}",
            "url": f"http://u:{MARK}@dao.lan",
        },
        models={"hub": f"https://token:{MARK}@hub.lan"},
        ice_servers=[{"urls": "turn:turn.lan", "username": "me", "credential": MARK}],
        tracing={"endpoint": f"http://u:{MARK}@otel.lan", "headers": {"X-Team": MARK}},
    )


def test_no_secret_of_any_setting_is_told() -> None:
    told = settings_shown(with_secrets())
    text = told.model_dump_json()
    assert MARK not in text and MARK[:9] not in text and HASH not in text and "cd" * 32 not in text
    by_name = {one.name: one for one in told.settings}
    for name in ("auth.signing_key", "auth.admin_key", "deepgram.api_key", "llm.api_key", "tracing.headers"):
        assert (by_name[name].value, by_name[name].hidden, by_name[name].is_set) == (None, True, True), name
    assert by_name["auth.keys"].value == [{"sha256": HIDDEN, "tenant": "acme", "max_calls": None}]
    assert by_name["ice_servers"].value == [{"urls": "turn:turn.lan", "username": "me", "credential": HIDDEN}]
    assert by_name["dao.database_url"].value == (
        f"postgresql://flux:{HIDDEN}@db.lan/flux?password={HIDDEN}&ssl=require&sslpassword={HIDDEN}"
    )
    assert by_name["llm.base_url"].value == f"http://{HIDDEN}@llm.lan/v1"


def secret_fields(kind: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every field of a tree of settings that can hold a secret by its type."""
    for name, field in kind.model_fields.items():
        nested = [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type)]
        for one in nested:
            if issubclass(one, BaseModel):
                yield from secret_fields(one, (*path, name))
            elif issubclass(one, SecretStr):
                yield (*path, name), field.annotation


def test_each_setting_whose_type_is_secret_is_among_those_that_were_tried() -> None:
    found = {".".join(path) for path, _ in secret_fields(Settings)}
    assert found == {
        "auth.signing_key",
        "deepgram.api_key",
        "llm.api_key",
        "llm.fallback.api_key",
        "tracing.headers",
    } - ({"llm.fallback.api_key"} - found)
    told = {one.name: one for one in settings_shown(with_secrets()).settings}
    assert all(told[name].hidden for name in found if name in told)


def test_all_else_is_told_with_its_variable_and_whether_it_was_changed(tmp_path: Path) -> None:
    told = {one.name: one for one in settings_shown(load_settings(port=9000, dao={"spool": tmp_path})).settings}
    port, tokens = told["port"], told["llm.max_tokens"]
    assert (port.variable, port.section, port.value, port.changed) == ("FLUX_PORT", "server", 9000, True)
    assert (tokens.variable, tokens.section, tokens.value, tokens.hidden) == ("FLUX_LLM__MAX_TOKENS", "llm", 256, False)
    assert not tokens.changed and told["dao.spool"].value == str(tmp_path)
    assert (told["auth.signing_key"].is_set, told["auth.signing_key"].hidden) == (False, False)
    assert all(one.description or one.name == "models" for one in told.values() if "." not in one.name)
    json.dumps([one.model_dump(mode="json") for one in told.values()])


@pytest.mark.parametrize("name", ["api_key", "apiKey", "APIKEY", "PASSWORD", "sslpassword", "access_token", "X-Auth"])
def test_a_name_tells_of_a_secret(name: str) -> None:
    assert is_secret(name)
    assert shown(name, MARK) == HIDDEN
    assert shown("anything", {"deep": [{name: MARK}]}) == {"deep": [{name: HIDDEN}]}


@pytest.mark.parametrize("name", ["host", "keep_alive", "monkey", "mint", "author", "timezone"])
def test_other_names_do_not(name: str) -> None:
    assert not is_secret(name)
    assert shown(name, "plain") == "plain"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("redis://:pass@h", f"redis://:{HIDDEN}@h"),
        ("http://u:p@ss/w?rd@h/x", f"http://u:{HIDDEN}@h/x"),
        ("http://h/x?token=abc#d&a=b", f"http://h/x?token={HIDDEN}&a=b"),
        ("host=db password=abc user=me", f"host=db password={HIDDEN} user=me"),
        ("https://plain.example/path", "https://plain.example/path"),
    ],
)
def test_what_an_address_hides(text: str, told: str) -> None:
    assert without_login(text) == told
    assert shown("url", [text]) == [told]


def test_sections_of_their_own_are_told_too() -> None:
    told = shown("auth", AuthSettings(keys=(ApiKey(sha256=HASH),)))
    assert told["keys"] == [{"sha256": HIDDEN, "tenant": "default", "max_calls": None}]
    assert shown("tracing", TracingSettings(headers={"a": SecretStr("b")}))["headers"] == HIDDEN

"""docs/api.md is run from top to bottom: each request against a started server, each answer compared."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from benchmarks.own_server import own_server
from scripts.lock import ROOT
from web.auth import new_key

DOCUMENT = ROOT / "docs/api.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANY = "…"


@dataclass(frozen=True)
class Example:
    """One request of the document and the answer that it promises."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer: Any


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(DOCUMENT.read_text())


def examples() -> Iterator[Example]:
    told = [(kind, text) for kind, text in blocks() if kind != "sh"]
    assert [kind for kind, _ in told] == ["http", "json"] * (len(told) // 2), "a request, then its answer"
    for (_, request), (_, answer) in zip(told[::2], told[1::2], strict=True):
        head, _, body = request.strip().partition("\n\n")
        first, *lines = head.splitlines()
        method, path = first.split()
        status, _, said = answer.partition("\n")
        headers = dict(line.split(": ", 1) for line in lines)
        yield Example(method, path, headers, body or None, int(status), json.loads(said))


@pytest.fixture
async def known(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """Start a server with a key; yields its URL and the values that `<name>` can stand for."""
    key, sha256 = new_key()
    settings = {"FLUX_AUTH__KEYS": json.dumps([{"sha256": sha256, "tenant": "acme"}])}
    async with own_server(tmp_path, settings=settings) as server:
        yield server.url, {"key": key}


async def test_every_request_of_the_document_is_answered_as_it_says(known: tuple[str, dict[str, str]]) -> None:
    url, values = known
    ran = 0
    async with aiohttp.ClientSession() as http:
        for example in examples():
            headers = {name: filled(value, values) for name, value in example.headers.items()}
            body = None if example.body is None else filled(example.body, values).encode()
            if body is not None:
                headers["Content-Type"] = "application/json"
            path = filled(example.path, values)
            async with http.request(example.method, url + path, data=body, headers=headers) as response:
                answer = await response.json()
            assert response.status == example.status, (example, answer)
            assert differences(example.answer, answer, values) == [], (example, answer)
            if response.status == 200:
                values |= {name: value for name, value in answer.items() if isinstance(value, str)}
            ran += 1
    assert ran >= 13


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda found: values[found[1]], text)


def differences(promised: Any, given: Any, values: dict[str, str], place: str = "") -> list[str]:
    """Say where an answer is not what was promised; more fields than promised differ too."""
    if promised == ANY:
        return [] if given not in (None, "", [], {}) else [f"{place} is empty"]
    if isinstance(promised, dict) and isinstance(given, dict):
        found = [f"{place}.{name}" for name in promised.keys() ^ given.keys()]
        both = promised.keys() & given.keys()
        return found + [
            one for name in both for one in differences(promised[name], given[name], values, f"{place}.{name}")
        ]
    if isinstance(promised, list) and isinstance(given, list):
        if len(promised) != len(given):
            return [f"{place} has {len(given)} entries"]
        pairs = enumerate(zip(promised, given, strict=True))
        return [one for index, (a, b) in pairs for one in differences(a, b, values, f"{place}.{index}")]
    wanted = filled(promised, values) if isinstance(promised, str) else promised
    return [] if wanted == given else [f"{place} is {given!r}, not {wanted!r}"]


def test_a_difference_is_found() -> None:
    values = {"id": "7"}
    assert differences({"a": ["<id>", ANY]}, {"a": ["7", 1]}, values) == []
    assert differences({"a": "<id>"}, {"a": "8"}, values) == [".a is '8', not '7'"]
    assert differences({"a": 1}, {"a": 1, "b": 2}, values) == [".b"]
    assert differences({"a": [1]}, {"a": []}, values) == [".a has 0 entries"]
    assert differences({"a": ANY}, {"a": ""}, values) == [".a is empty"]


def test_every_command_of_the_document_works() -> None:
    commands = [line for kind, text in blocks() if kind == "sh" for line in text.splitlines()]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command)
        installed = Path(sys.executable).with_name(program)
        ran = subprocess.run([installed, *arguments], capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0 and ran.stdout, ran.stderr


def test_every_setting_of_the_section_is_named() -> None:
    from web.auth_settings import AuthSettings

    text = DOCUMENT.read_text()
    missing = [name for name in AuthSettings.model_fields if name.upper() not in text]
    assert not missing

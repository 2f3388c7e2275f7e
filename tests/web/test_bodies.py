"""Requests that are huge, slow, broken or nonsense: a clear 4xx, and the calls hear nothing of it."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from tests.web.attackers import undisturbed
from tests.web.scripted import Server, serve
from web.own_settings import WebSettings
from web.sessions import MAX_SESSIONS


def request(
    body: bytes = b"{}", *, path: str = "/api/offer", kind: str = "application/json", headers: str = "", size: int = -1
) -> bytes:
    length = len(body) if size < 0 else size
    host = "" if "Host:" in headers else "Host: localhost\r\n"
    head = f"POST {path} HTTP/1.1\r\n{host}Content-Type: {kind}\r\nContent-Length: {length}\r\n{headers}\r\n"
    return head.encode("latin-1") + body


async def exchange(server: Server, sent: bytes) -> tuple[int, Any]:
    """Send bytes as they are; return status and JSON of the answer, or 0 when the connection is closed without."""
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        body = await reader.readexactly(length)
        return int(head.split()[1]), json.loads(body) if b"application/json" in head else body
    except asyncio.IncompleteReadError:
        return 0, None
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (request(b"{"), 400, "bad_json"),
        (request(b"\xff\xfe\x00"), 400, "bad_json"),
        (request(b"[" * 100_000), 400, "bad_json"),
        (request(b"9" * 100_000), 400, "bad_json"),
        (request(b'{"sdp":"\\ud800","type":"offer"}'), 400, "bad_request"),
        (request(b'{"sdp":NaN,"type":"offer"}'), 400, "bad_request"),
        (request(b'{"sdp":{"a":1},"type":["offer"]}'), 400, "bad_request"),
        (request(kind="application/json; charset=no-such-charset"), 400, "bad_request"),
        (request(b"\x80" * 200_000, kind="application/json; charset=punycode"), 400, "bad_json"),
        (request(b"no gzip", headers="Content-Encoding: gzip\r\n"), 400, "bad_body"),
        (request(gzip.compress(b" " * 50_000_000), headers="Content-Encoding: gzip\r\n"), 413, "too_large"),
        (request(b" " * 10_000_000), 413, "too_large"),
        (request(b"sdp=v", kind="application/x-www-form-urlencoded"), 415, "not_json"),
        (request(headers="Host: localhost:99999999\r\n"), 400, "bad_host"),
        (request(headers="Host: \xff\xfe\r\n"), 400, "bad_host"),
        (request(headers="Host: example.com\r\n"), 403, "foreign_host"),
        (request(path="/sessions/%00%ff/api/offer", body=b'{"sdp":"v","type":"offer"}'), 400, "bad_sdp"),
        (request(path="/nowhere"), 405, "method_not_allowed"),
    ],
)
async def test_what_is_wrong_is_a_clear_4xx(sent: bytes, status: int, code: str) -> None:
    async with serve() as server:
        answered, body = await exchange(server, sent)
        assert (answered, body["error"]["code"]) == (status, code)
        assert (await exchange(server, request(path="/start")))[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST /start HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_http_is_a_400(sent: bytes) -> None:
    async with serve() as server:
        assert (await exchange(server, sent))[0] == 400
        assert (await exchange(server, request(path="/start")))[0] == 200


async def test_slow_bodies_and_slow_headers_are_cut_off_while_others_talk() -> None:
    async with serve(WebSettings(body_timeout=0.3, idle_timeout=0.6)) as server, undisturbed(server):
        slow_bodies = [exchange(server, request(b"{", size=100)) for _ in range(20)]
        slow_headers = [exchange(server, b"POST /api/offer HTTP/1.1\r\nHost: loc") for _ in range(20)]
        answers = await asyncio.gather(*slow_bodies, *slow_headers)
    assert [status for status, _ in answers] == [408] * 20 + [0] * 20
    assert answers[0][1]["error"]["code"] == "too_slow"


async def test_a_dripping_body_gains_no_time() -> None:
    async with serve(WebSettings(body_timeout=0.3)) as server:
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(b"{", size=1_000))
        answer = asyncio.create_task(reader.readuntil(b"\r\n"))
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=0.02)
        writer.close()
    assert b"408" in answer.result()


async def test_an_idle_connection_is_closed_after_its_answer() -> None:
    async with serve(WebSettings(idle_timeout=0.3)) as server:
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(path="/start"))
        assert b"200" in await reader.readuntil(b"\r\n")
        await reader.read()  # until the server closes
        writer.close()


async def test_large_bodies_do_not_stop_the_calls() -> None:
    async with serve() as server, undisturbed(server):
        sent = request(b"x" * 10_000_000)
        answers = await asyncio.gather(*(exchange(server, sent) for _ in range(8)))
    assert [status for status, _ in answers] == [413] * 8


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault_of_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serve() as server:
        port = int(server.url.rpartition(":")[2])
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request(b"{", size=100))
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        assert (await exchange(server, request(path="/start")))[0] == 200
    assert "Traceback" not in capsys.readouterr().out


async def test_a_thousand_sessions_that_nobody_uses_lock_nobody_out() -> None:
    async with serve() as server, undisturbed(server):
        for _ in range(MAX_SESSIONS // 50 + 1):
            started = await asyncio.gather(*(exchange(server, request(path="/start")) for _ in range(50)))
            assert {status for status, _ in started} == {200}
        newest = started[-1][1]["sessionId"]
        status, body = await exchange(
            server, request(b'{"sdp":"v","type":"offer"}', path=f"/sessions/{newest}/api/offer")
        )
    assert (status, body["error"]["code"]) == (400, "bad_sdp")

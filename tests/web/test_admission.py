"""Credentials as Deepgram's and OpenAI's clients send them."""

import pytest
from aiohttp.test_utils import make_mocked_request

from web.admission import Credential, credential


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Authorization": "Token abc"}, Credential("token", "abc")),
        ({"Authorization": "bearer a.b.c"}, Credential("bearer", "a.b.c")),
        ({"Authorization": "BEARER a.b.c "}, Credential("bearer", "a.b.c")),
        ({"Authorization": "Basic abc"}, None),
        ({"Authorization": "Token"}, None),
        ({"Sec-WebSocket-Protocol": "token, abc"}, Credential("token", "abc")),
        ({"Sec-WebSocket-Protocol": "Bearer,a.b.c"}, Credential("bearer", "a.b.c")),
        ({"Sec-WebSocket-Protocol": "token"}, None),
        ({"Authorization": "Token abc", "Sec-WebSocket-Protocol": "token, other"}, Credential("token", "abc")),
    ],
)
def test_a_credential_is_found_in_either_place_with_its_scheme_in_any_case(
    headers: dict[str, str], expected: Credential | None
) -> None:
    assert credential(make_mocked_request("GET", "/", headers=headers)) == expected

"""Credentials as our own, Deepgram's and OpenAI's clients send them."""

import pytest
from aiohttp.test_utils import make_mocked_request

from web.credentials import Shown, shown


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Shown()),
        ({"Authorization": "Token abc"}, Shown("abc")),
        ({"Authorization": "bearer a.b.c"}, Shown(None, "a.b.c")),
        ({"Authorization": "BEARER a.b.c "}, Shown(None, "a.b.c")),
        ({"Authorization": "Basic abc"}, Shown()),
        ({"Authorization": "Token"}, Shown()),
        ({"Sec-WebSocket-Protocol": "token, abc"}, Shown("abc")),
        ({"Sec-WebSocket-Protocol": "Bearer,a.b.c"}, Shown(None, "a.b.c")),
        ({"Sec-WebSocket-Protocol": "token"}, Shown()),
        ({"X-Api-Key": "abc", "Authorization": "Bearer a.b.c"}, Shown("abc", "a.b.c")),
        ({"X-Api-Key": "abc", "Authorization": "Bearer other"}, Shown("abc")),
        ({"Authorization": "Token abc", "Sec-WebSocket-Protocol": "token, other"}, Shown("abc")),
    ],
)
def test_a_credential_is_found_in_either_place_with_its_scheme_in_any_case(
    headers: dict[str, str], expected: Shown
) -> None:
    assert shown(make_mocked_request("GET", "/", headers=headers)) == expected

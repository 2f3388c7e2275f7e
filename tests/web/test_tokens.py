"""Session tokens: what is not ours, too old, or for something else is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from web.errors import RequestError
from web.tokens import Tokens

KEY = "k" * 32
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SESSION = ("session", uuid4(), uuid4(), "acme")


def refusal(tokens: Tokens, token: str) -> str:
    with pytest.raises(RequestError) as refused:
        tokens.read(token)
    assert refused.value.status == 401
    return refused.value.code


def test_a_token_says_whose_it_is_until_it_expires() -> None:
    now = [NOW]
    tokens = Tokens(KEY, 60, lambda: now[0])
    token, expires = tokens.make(*SESSION)
    claims = tokens.read(token)
    assert (claims.session_id, claims.conversation_id, claims.user_id, claims.tenant_id) == SESSION
    assert expires == claims.expires_at == NOW + timedelta(seconds=60)
    now[0] += timedelta(seconds=59)
    tokens.read(token)
    now[0] += timedelta(seconds=1)
    assert refusal(tokens, token) == "expired_token"
    assert tokens.read(token, expired=True) == claims


def forged(**changes: Any) -> dict[str, Any]:
    claims = {"aud": "flux-voice", "iat": NOW, "exp": NOW + timedelta(hours=1), "sub": str(uuid4())}
    claims |= {"sid": "s", "cid": str(uuid4()), "tid": "acme"}
    return {key: value for key, value in (claims | changes).items() if value is not None}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        "\udcff.\udcff.\udcff",
        jwt.encode(forged(), "another key, as long as it has to be", algorithm="HS256"),
        jwt.encode(forged(), "", algorithm="none"),
        jwt.encode(forged(), KEY * 2, algorithm="HS512"),
        jwt.encode(forged(aud="other"), KEY, algorithm="HS256"),
        jwt.encode(forged(exp=None), KEY, algorithm="HS256"),
        jwt.encode(forged(exp=10**30), KEY, algorithm="HS256"),
        jwt.encode(forged(sid=None), KEY, algorithm="HS256"),
        jwt.encode(forged(cid="7"), KEY, algorithm="HS256"),
    ],
)
def test_what_is_not_ours_is_refused(token: str) -> None:
    assert refusal(Tokens(KEY, 60, lambda: NOW), token) == "bad_token"


def test_a_forged_one_would_be_taken_if_only_it_were_signed() -> None:
    Tokens(KEY, 60, lambda: NOW).read(jwt.encode(forged(), KEY, algorithm="HS256"))


def test_servers_without_a_key_of_their_own_do_not_take_each_others_tokens() -> None:
    token, _ = Tokens(None, 60).make(*SESSION)
    assert refusal(Tokens(None, 60), token) == "bad_token"

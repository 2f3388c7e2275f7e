"""Whose address counts, behind proxies that are believed and hops that are not."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from web.origin import Proxies

PROXIES = Proxies((ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")))


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.8"], "203.0.113.8"),
        ("127.0.0.1", ["203.0.113.8, 10.0.0.2"], "203.0.113.8"),
        ("127.0.0.1", ["203.0.113.8", "10.0.0.2, 10.0.0.3"], "203.0.113.8"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.8, 10.0.0.2"], "203.0.113.8"),
        ("127.0.0.1", ["nonsense"], "nonsense"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("2001:db8::1", [], "2001:db8::/64"),
        ("2001:db8::2:3:4:5", [], "2001:db8::/64"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
    ],
)
def test_the_caller_is_whom_the_first_proxy_that_we_believe_saw(
    remote: str, forwarded: list[str], address: str
) -> None:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)
    assert PROXIES.address(request) == address

"""Where a request comes from and under which address it reached us, behind a reverse proxy or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import web

LOCAL_NAMES: Final = frozenset({"localhost", "ip6-localhost"})
FORWARDED: Final = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via")
SITE: Final = 64
"""Bits of an IPv6 address that name a site: a home has as many addresses as it likes below them."""


def is_loopback(host: str) -> bool:
    """Whether a host's name or address means this box."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


@dataclass(frozen=True, slots=True)
class Proxies:
    """The reverse proxies whose word is taken."""

    networks: Sequence[IPv4Network | IPv6Network]

    def address(self, request: web.Request) -> str:
        """Return the address of whom the request is from, as the first proxy that we believe saw it.

        Of an IPv6 address it is the network: who has one address there has all of them.
        """
        address = request.remote or ""
        if self._trusted(address):
            seen = [hop.strip() for line in request.headers.getall("X-Forwarded-For", ()) for hop in line.split(",")]
            for hop in reversed(seen):
                address = hop
                if not self._trusted(hop):
                    break
        return _network(address)

    def local(self, request: web.Request) -> bool:
        """Whether the request comes from this box itself: from loopback, and not handed on by a proxy."""
        return is_loopback(request.remote or "") and not any(name in request.headers for name in FORWARDED)

    def base_url(self, request: web.Request) -> str:
        """Return the address under which the client reached us, without a slash at its end."""
        scheme, host = request.scheme, request.host
        if self._trusted(request.remote or ""):
            scheme = _last(request, "X-Forwarded-Proto") or scheme
            host = _last(request, "X-Forwarded-Host") or host
        return f"{'https' if scheme in ('https', 'wss') else 'http'}://{host}"

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)


def _last(request: web.Request, header: str) -> str:
    return request.headers.get(header, "").rpartition(",")[2].strip()


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, SITE), strict=False))
    return str(parsed)

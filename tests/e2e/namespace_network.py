"""The network inside a namespace: local addresses, one wire to nowhere, and a switch that cuts it.

Only for a process in a namespace of its own (`tests.e2e.namespace`): it would take down the machine's own network.
"""

import subprocess
from pathlib import Path
from typing import Final

WIRE: Final = "veth0"
FAR_END: Final = "veth1"

IPV6_SETTINGS: Final = Path("/proc/sys/net/ipv6/conf")
HAS_IPV6: Final = IPV6_SETTINGS.exists()

MEDIA: Final = ("10.77.0.1/32", WIRE)
"""Neither aiortc nor Chromium offers a candidate on loopback."""

ADDRESSES: Final = (MEDIA, ("fd00:77::1/128", "lo")) if HAS_IPV6 else (MEDIA,)
"""The second is not on the wire because the kernel would tell the neighbours about it."""


def lay() -> None:
    """Give the namespace its addresses, and a default route by a wire whose far end nobody answers at.

    The kernel itself says nothing on it: there is no neighbour to be looked for, and no IPv6 router or multicast group,
    so that every packet on the wire is one that a program wanted to send.
    """
    if HAS_IPV6:
        for setting, value in (
            ("disable_ipv6", 0),
            ("accept_ra", 0),
            ("router_solicitations", 0),
            ("addr_gen_mode", 1),
        ):
            (IPV6_SETTINGS / "default" / setting).write_text(str(value))
        (IPV6_SETTINGS / "lo" / "disable_ipv6").write_text("0")
    _ip("link", "set", "lo", "up")
    _ip("link", "add", WIRE, "type", "veth", "peer", "name", FAR_END)
    for end in (WIRE, FAR_END):
        _ip("link", "set", end, "arp", "off", "up")
    _add_addresses()


def cut() -> None:
    """Take the whole network down, loopback too, where the page is served: browsers open no microphone elsewhere."""
    for interface in (WIRE, "lo"):
        _ip("link", "set", interface, "down")


def cut_media() -> None:
    """Take away the way of the sound only; the page still reaches its server."""
    address, interface = MEDIA
    _ip("address", "del", address, "dev", interface)


def restore() -> None:
    """Bring the network back as it was; sockets outlive a cut."""
    for interface in ("lo", WIRE):
        _ip("link", "set", interface, "up")
    _add_addresses()


def _add_addresses() -> None:
    for address, interface in ADDRESSES:
        _ip("address", "replace", address, "dev", interface, *(["nodad"] if ":" in address else []))
        _ip("route", "replace", "default", "dev", WIRE, "src", address.partition("/")[0])


def _ip(*arguments: str) -> None:
    family = ["-6"] if any(":" in each for each in arguments) else []
    done = subprocess.run(["ip", *family, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"ip {' '.join(arguments)}: {done.stderr.strip()}")

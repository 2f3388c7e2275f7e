"""Sees every packet that leaves for another host, and every question for a name, inside a namespace."""

import socket
import threading
import time
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Final

from tests.e2e.namespace_network import FAR_END, HAS_IPV6

ALL_PROTOCOLS: Final = 0x0003
IPV4: Final = 0x0800
IPV6: Final = 0x86DD
PROTOCOLS: Final = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 58: "icmp"}
NAME_PORTS: Final = (53, 5353)
WAIT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Packet:
    """What was sent: `place` is `host:port` or, where there are no ports, the host; `name` is what was asked for."""

    protocol: str
    place: str
    payload: bytes = b""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.protocol} {self.place}" + (f" asks for {self.name}" if self.name else "")


class Watcher:
    """A context manager that collects `packets`.

    It looks at the far end of the wire, where all that is not local arrives, and on loopback for questions about names:
    a resolver may live there, and it would ask others.
    """

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._arrived = threading.Condition()
        self._wire = self._open(FAR_END)
        self._loopback = self._open("lo")
        self._threads = [
            threading.Thread(target=self._watch, args=args, daemon=True)
            for args in ((self._wire, False), (self._loopback, True))
        ]

    def __enter__(self) -> "Watcher":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._wire, self._loopback):
            each.close()

    def take(self) -> list[str]:
        """Return the packets since the last call, after a deliberate one of each family and on loopback was seen.

        What is on its way when this is called comes before the deliberate ones, so nothing is missed; that they are
        seen proves that the watcher would have seen any other. Raises AssertionError where they are not.
        """
        marker = time.monotonic_ns().to_bytes(8, "big")
        examples = [
            (socket.AF_INET, "127.0.0.1", NAME_PORTS[0]),
            (socket.AF_INET, "192.0.2.1", 9),
            (socket.AF_INET6, "2001:db8::1", 9),
        ][: 2 + HAS_IPV6]
        for family, address, port in examples:
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                sender.sendto(marker, (address, port))
        with self._arrived:
            seen = self._arrived.wait_for(lambda: self._marked(marker) == len(examples), WAIT)
            assert seen, f"the watcher is blind: {self._marked(marker)} of {len(examples)} deliberate packets were seen"
            taken, self.packets = self.packets, []
        return [str(packet) for packet in taken if packet.payload != marker]

    def _marked(self, marker: bytes) -> int:
        return len({packet.place for packet in self.packets if packet.payload == marker})

    @staticmethod
    def _open(interface: str) -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
        opened.bind((interface, ALL_PROTOCOLS))
        return opened

    def _watch(self, wire: socket.socket, names_only: bool) -> None:
        while True:
            try:
                data, (_, kind, direction, *_) = wire.recvfrom(65_535)
            except OSError:
                return
            if direction == socket.PACKET_OUTGOING:  # on loopback each packet comes by twice
                continue
            packet, port = _read(kind, data)
            if not names_only or port in NAME_PORTS:
                with self._arrived:
                    self.packets.append(packet)
                    self._arrived.notify_all()


def _read(kind: int, data: bytes) -> tuple[Packet, int | None]:
    """Return the packet and the port it was sent to."""
    if kind == IPV4:
        number, address, start = data[9], data[16:20], (data[0] & 15) * 4
    elif kind == IPV6:
        number, address, start = data[6], data[24:40], 40
    else:
        return Packet(f"ethernet {kind:#06x}", "-"), None
    protocol, host = PROTOCOLS.get(number, f"ip {number}"), ip_address(address)
    if protocol not in ("tcp", "udp"):
        return Packet(protocol, str(host)), None
    port = int.from_bytes(data[start + 2 : start + 4], "big")
    place = f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"
    if protocol == "tcp":
        return Packet(protocol, place), port
    payload = data[start + 8 :]
    return Packet(protocol, place, payload, _name(payload) if port in NAME_PORTS else ""), port


def _name(question: bytes) -> str:
    """Return the first name in a DNS question."""
    parts, at = [], 12
    while at < len(question) and 0 < (length := question[at]) < 64:
        parts.append(question[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(parts)

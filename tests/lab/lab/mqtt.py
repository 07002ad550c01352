"""As much of MQTT as a scripted broker and a publisher need (3.1.1 and 5.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channels import Channel

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 12, 13, 14


class Closed(Exception):
    """The stream ended."""


@dataclass(frozen=True)
class Packet:
    kind: int
    flags: int
    body: bytes

    def packet_id(self) -> bytes:
        """Of PUBLISH with QoS > 0, of its acknowledgements, and of SUBSCRIBE."""
        at = 2 + int.from_bytes(self.body[:2], "big") if self.kind == PUBLISH else 0
        return self.body[at : at + 2]

    def payload(self) -> bytes:
        """Of PUBLISH in 3.1.1."""
        return self.body[2 + int.from_bytes(self.body[:2], "big") + (2 if self.qos() else 0) :]

    def topic(self) -> str:
        """Of PUBLISH."""
        return self.body[2 : 2 + int.from_bytes(self.body[:2], "big")].decode()

    def qos(self) -> int:
        return (self.flags >> 1) & 3

    def protocol_version(self) -> int:
        """Of CONNECT."""
        return self.body[2 + int.from_bytes(self.body[:2], "big")]


def encode(kind: int, body: bytes, flags: int = 0) -> bytes:
    left, length = len(body), b""
    while True:
        left, digit = left >> 7, left & 0x7F
        length += bytes([digit | 0x80 if left else digit])
        if not left:
            return bytes([kind << 4 | flags]) + length + body


def text(value: str) -> bytes:
    return len(value).to_bytes(2, "big") + value.encode()


def connect(client_id: str, clean: bool = True, keep_alive: int = 0) -> bytes:
    """3.1.1."""
    flags = b"\x02" if clean else b"\x00"
    return encode(CONNECT, text("MQTT") + b"\x04" + flags + keep_alive.to_bytes(2, "big") + text(client_id))


def publish(topic: str, payload: bytes, version: int = 4) -> bytes:
    """With QoS 0."""
    return encode(PUBLISH, text(topic) + (b"\x00" if version == 5 else b"") + payload)


def publish_with_id(topic: str, payload: bytes, qos: int, packet_id: int, duplicate: bool) -> bytes:
    """With QoS 1 or 2, in 3.1.1."""
    return encode(PUBLISH, text(topic) + packet_id.to_bytes(2, "big") + payload, qos << 1 | duplicate << 3)


def acknowledgement(kind: int, packet_id: int) -> bytes:
    return encode(kind, packet_id.to_bytes(2, "big"), 2 if kind == PUBREL else 0)


def subscribe(packet_id: int, filters: dict[str, int]) -> bytes:
    """Filters and their QoS, in 3.1.1."""
    return encode(
        SUBSCRIBE,
        packet_id.to_bytes(2, "big") + b"".join(text(one) + bytes([qos]) for one, qos in filters.items()),
        2,
    )


def connack(version: int) -> bytes:
    return encode(CONNACK, b"\x00\x00" + (b"\x00" if version == 5 else b""))


def suback(request: Packet, version: int) -> bytes:
    """For one filter."""
    return encode(SUBACK, request.packet_id() + (b"\x00" if version == 5 else b"") + b"\x00")


def read_packet(stream: Channel) -> Packet:
    first = _exactly(stream, 1)[0]
    length = shift = 0
    while True:
        digit = _exactly(stream, 1)[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            return Packet(first >> 4, first & 0x0F, _exactly(stream, length))


def _exactly(stream: Channel, count: int) -> bytes:
    parts = []
    while count > 0:
        part = stream.recv(min(count, 1 << 16))
        if not part:
            raise Closed
        parts.append(part)
        count -= len(part)
    return b"".join(parts)

"""The MQTT packets that the client has sent, as a capture of plain TCP shows them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from . import mqtt, network
from .capture import ahead, frames


@dataclass(frozen=True)
class Sent:
    time: int  # of the segment with its first byte
    kind: int

    @property
    def is_ping(self) -> bool:
        return self.kind == mqtt.PINGREQ

    @property
    def is_publish(self) -> bool:
        return self.kind == mqtt.PUBLISH


def read_sent(pcap: bytes, offset: int) -> list[Sent]:
    """Of whole frames. A stream whose beginning is not in the capture must be between two packets where it begins."""
    streams: dict[int, _Stream] = {}
    for time, frame in frames(pcap, offset):
        if frame[26:30] == network.address(network.FAR_END):
            continue
        tcp = 14 + (frame[14] & 0x0F) * 4
        port, _, seq = struct.unpack_from(">HHI", frame, tcp)
        length = struct.unpack_from(">H", frame, 16)[0]
        payload = frame[tcp + (frame[tcp + 12] >> 4) * 4 : 14 + length]
        if payload:
            streams.setdefault(port, _Stream()).segment(time, seq, payload)
    return sorted((sent for stream in streams.values() for sent in stream.sent), key=lambda sent: sent.time)


class _Stream:
    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._next: int | None = None
        self._pending: list[tuple[int, int]] = []  # bytes that are no whole packet yet: each with its segment's time

    def segment(self, time: int, seq: int, payload: bytes) -> None:
        if self._next is None:
            self._next = seq
        known = -ahead(seq, self._next)
        if known < 0:
            raise ValueError("the capture has a gap")  # the client's own interface sends in order
        if known >= len(payload):
            return  # again
        self._pending += [(byte, time) for byte in payload[known:]]
        self._next = (seq + len(payload)) & 0xFFFFFFFF
        while self._take():
            pass

    def _take(self) -> bool:
        data = bytes(byte for byte, _ in self._pending[:5])
        length = shift = 0
        for at, digit in enumerate(data[1:], start=1):
            length |= (digit & 0x7F) << shift
            shift += 7
            if not digit & 0x80:
                break
        else:
            return False
        end = at + 1 + length
        if len(self._pending) < end:
            return False
        self.sent.append(Sent(self._pending[0][1], data[0] >> 4))
        del self._pending[:end]
        return True

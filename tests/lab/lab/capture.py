"""Packet captures at the client's interface, and what they say about the far end's last sign of life."""

from __future__ import annotations

import signal
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, TypeVar

from . import network
from .clock import boottime_minus_realtime
from .processes import Child, CommandFailed

T = TypeVar("T")

_FIN, _RST = 0x01, 0x04


@dataclass
class Flow:
    """The packets of one TCP connection that came from the far end."""

    payload: list[int] = field(default_factory=list)  # when the stream got longer
    progress: list[int] = field(default_factory=list)  # when more of our stream was acknowledged
    closes: list[int] = field(default_factory=list)  # FIN and RST


def last_before(times: list[int], limit: int) -> int | None:
    return max((time for time in times if time <= limit), default=None)


class Capture:
    """tcpdump in the client's namespace. A context manager."""

    def __init__(self, namespace: str, port: int, file: Path, both_ways: bool, whole: bool = False) -> None:
        self._file = file
        self._offset = boottime_minus_realtime()
        tcp = f"tcp port {port}"
        self._child = Child(
            ["tcpdump", "-i", "c0", "-n", "-s", "0" if whole else "96", "-B", "8192", "-U", "--immediate-mode"]
            + ["--time-stamp-precision=nano", "-w", str(file)]
            + [tcp if both_ways else f"{tcp} and src host {network.FAR_END}"],
            namespace,
            stderr=subprocess.PIPE,
        )

    def __enter__(self) -> Capture:
        assert self._child.process.stderr is not None
        said = b""
        while b"listening on" not in said:
            line = self._child.process.stderr.readline()
            if not line:
                self._child.end()
                raise CommandFailed(f"tcpdump: {said.decode(errors='replace').strip()}")
            said += line
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end(signal.SIGINT)
        self._child.close()

    def drift(self) -> int:
        """By how much the wall clock was set since the start, in nanoseconds."""
        return boottime_minus_realtime() - self._offset

    def flows(self) -> list[Flow]:
        """Call it after the end."""
        return self.read(read_flows)

    def read(self, reader: Callable[[bytes, int], T]) -> T:
        """What a reader makes of the file and of the offset to this machine's clock. Call it after the end."""
        return reader(self._file.read_bytes(), self._offset)


def frames(pcap: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """The frames with TCP over IPv4 of a pcap file with nanoseconds, and when they passed."""
    if len(pcap) < 24 or struct.unpack_from("<I", pcap)[0] != 0xA1B23C4D:
        raise CommandFailed("tcpdump wrote no capture")
    at = 24
    while at + 16 <= len(pcap):
        seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", pcap, at)
        frame = pcap[at + 16 : at + 16 + length]
        at += 16 + length
        if len(frame) >= 54 and frame[12:14] == b"\x08\x00":
            yield seconds * 1_000_000_000 + nanoseconds + offset, frame


def read_flows(pcap: bytes, offset: int) -> list[Flow]:
    """The flows of a pcap file, in order of their first packet."""
    trackers: dict[int, _Tracker] = {}
    for time, frame in frames(pcap, offset):
        if frame[26:30] != network.address(network.FAR_END):
            continue
        tcp = 14 + (frame[14] & 0x0F) * 4
        port, seq, ack = struct.unpack_from(">HII", frame, tcp + 2)
        flags = frame[tcp + 13]
        ip_length = struct.unpack_from(">H", frame, 16)[0]
        payload = ip_length - (tcp - 14) - (frame[tcp + 12] >> 4) * 4
        tracker = trackers.setdefault(port, _Tracker())
        tracker.packet(time, seq, ack, payload, flags)
    return [tracker.flow for tracker in trackers.values()]


class _Tracker:
    """Follows one connection: which packets told the client's kernel something new."""

    def __init__(self) -> None:
        self.flow = Flow()
        self._next: int | None = None  # the next byte of the far end's stream
        self._acked: int | None = None
        self._early: list[tuple[int, int]] = []  # came before a gap

    def packet(self, time: int, seq: int, ack: int, payload: int, flags: int) -> None:
        if flags & (_FIN | _RST):
            self.flow.closes.append(time)
        if flags & _RST:
            return
        if flags & 0x02:  # SYN
            self._next, self._acked = (seq + 1) & 0xFFFFFFFF, ack
            return
        if self._acked is None or ahead(ack, self._acked) > 0:
            if self._acked is not None:
                self.flow.progress.append(time)
            self._acked = ack
        if payload > 0:
            if self._next is None:
                self._next = seq
            self._early.append((seq, payload))
            if self._advance():
                self.flow.payload.append(time)

    def _advance(self) -> bool:
        assert self._next is not None
        before = self._next
        self._early.sort(key=lambda piece: ahead(piece[0], before))
        rest = []
        for seq, length in self._early:
            if ahead(seq, self._next) > 0:
                rest.append((seq, length))
            elif ahead(seq + length, self._next) > 0:
                self._next = (seq + length) & 0xFFFFFFFF
        self._early = rest
        return self._next != before


def ahead(a: int, b: int) -> int:
    """a - b in sequence space."""
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000

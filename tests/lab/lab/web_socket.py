"""As much of WebSocket as brokers, relays and a client of the lab need (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channels import Channel

BINARY, PING, PONG = 2, 9, 10

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_MAX = 16384


class WebSocket:
    """The stream inside the data frames; pings are answered, pongs are dropped. A channel itself."""

    def __init__(self, below: Channel, masks: bool, already: bytes = b"") -> None:
        self._below = below
        self._masks = masks
        self._wire = bytearray(already)
        self._payload = memoryview(b"")
        self._sending = threading.Lock()

    def recv(self, count: int, /) -> bytes:
        while not self._payload:
            frame = self._frame()
            if frame is None:
                return b""
            kind, payload = frame
            match kind:
                case 0 | 1 | 2:  # CONTINUATION, TEXT, BINARY
                    self._payload = memoryview(payload)
                case 8:  # CLOSE
                    return b""
                case 9:  # PING
                    self.send_frame(PONG, payload)
        part, self._payload = bytes(self._payload[:count]), self._payload[count:]
        return part

    def sendall(self, data: bytes, /) -> None:
        self.send_frame(BINARY, data)

    def send_frame(self, kind: int, payload: bytes) -> None:
        key = os.urandom(4) if self._masks else b""
        length = len(payload)
        small = length if length < 126 else 126 if length < 1 << 16 else 127
        head = bytes([0x80 | kind, small | (0x80 if self._masks else 0)])
        if small >= 126:
            head += length.to_bytes(2 if small == 126 else 8, "big")
        with self._sending:
            self._below.sendall(head + key + _masked(payload, key))

    def _frame(self) -> tuple[int, bytes] | None:
        """The next one; none at the end of the stream."""
        if not self._fill(2):
            return None
        kind, small = self._wire[0] & 0x0F, self._wire[1] & 0x7F
        extra = {126: 2, 127: 8}.get(small, 0)
        at = 2 + extra + (4 if self._wire[1] & 0x80 else 0)
        if not self._fill(at):
            return None
        length = int.from_bytes(self._wire[2 : 2 + extra], "big") if extra else small
        key = bytes(self._wire[2 + extra : at])
        if not self._fill(at + length):
            return None
        payload = bytes(self._wire[at : at + length])
        del self._wire[: at + length]
        return kind, _masked(payload, key)

    def _fill(self, count: int) -> bool:
        while len(self._wire) < count:
            data = self._below.recv(1 << 16)
            if not data:
                return False
            self._wire += data
        return True

    def settimeout(self, seconds: float | None, /) -> None:
        self._below.settimeout(seconds)

    def shutdown(self, how: int, /) -> None:
        self._below.shutdown(how)

    def close(self) -> None:
        self._below.close()


def _masked(payload: bytes, key: bytes) -> bytes:
    if not key or not payload:
        return payload
    pad = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(payload), "big")


def read_head(channel: Channel) -> tuple[list[str], bytes]:
    """The lines of an HTTP head, and what came after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = channel.recv(4096)
        if not part or len(data) > _HEAD_MAX:
            raise OSError("no HTTP head came")
        data += part
    head, rest = data.split(b"\r\n\r\n", 1)
    return head.decode("latin-1").split("\r\n"), rest


def accept(channel: Channel) -> WebSocket:
    lines, rest = read_head(channel)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    key = headers.get("sec-websocket-key", "").encode()
    answer = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
    channel.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + f"Sec-WebSocket-Accept: {answer}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n".encode()
    )
    return WebSocket(channel, masks=False, already=rest)


def connect(channel: Channel, host: str) -> WebSocket:
    key = base64.b64encode(os.urandom(16)).decode()
    channel.sendall(
        f"GET /mqtt HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n".encode()
        + f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n".encode()
    )
    lines, rest = read_head(channel)
    if " 101 " not in lines[0]:
        raise OSError(f"no upgrade: {lines[0]}")
    return WebSocket(channel, masks=True, already=rest)

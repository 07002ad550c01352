"""Byte streams with the layers of a transport: both ends of TLS here, of WebSocket in web_socket.py."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Protocol

from . import web_socket
from .transports import Transport


class Channel(Protocol):
    """What a socket does, and what a layer over one does too. One thread receives, any may send."""

    def recv(self, count: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> None: ...

    def settimeout(self, seconds: float | None, /) -> None: ...

    def shutdown(self, how: int, /) -> None: ...

    def close(self) -> None: ...


class Tls:
    """TLS over a socket. OpenSSL's objects are no place for two threads, and a blocking SSLSocket would stay in one while
    it waits for input: here the waiting is done outside."""

    def __init__(self, below: Channel, context: ssl.SSLContext, server_side: bool, name: str | None = None) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side, name)
        self._state = threading.Lock()
        self._sending = threading.Lock()  # taken before _state

    def handshake(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
                self._below.sendall(self._outgoing.read())
                return
            except ssl.SSLWantReadError:
                self._below.sendall(self._outgoing.read())
                self._feed()

    def _feed(self) -> None:
        data = self._below.recv(1 << 16)
        with self._state:
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def recv(self, count: int, /) -> bytes:
        while True:
            try:
                with self._state:
                    return self._tls.read(count)
            except ssl.SSLWantReadError:
                pass
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            self._feed()

    def sendall(self, data: bytes, /) -> None:
        with self._sending:
            for start in range(0, len(data), 1 << 14):
                with self._state:
                    self._tls.write(data[start : start + (1 << 14)])
                    records = self._outgoing.read()
                self._below.sendall(records)

    def settimeout(self, seconds: float | None, /) -> None:
        self._below.settimeout(seconds)

    def shutdown(self, how: int, /) -> None:
        self._below.shutdown(how)

    def close(self) -> None:
        self._below.close()


def accept(connection: socket.socket, transport: Transport, context: ssl.SSLContext | None) -> Channel:
    """The server's side: returns when the layers stand."""
    channel: Channel = connection
    if transport.tls:
        assert context is not None
        tls = Tls(connection, context, server_side=True)
        tls.handshake()
        channel = tls
    if transport.web_socket:
        channel = web_socket.accept(channel)
    return channel


def connect(connection: Channel, host: str, scheme: str, ca: str | None) -> Channel:
    """The client's side, by the URI's scheme."""
    channel: Channel = connection
    if scheme in ("mqtts", "wss"):
        tls = Tls(connection, ssl.create_default_context(cafile=ca), server_side=False, name=host)
        tls.handshake()
        channel = tls
    if scheme in ("ws", "wss"):
        channel = web_socket.connect(channel, host)
    return channel

"""Servers that begin what a client waits for and never end it, one for each stage of connecting."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from contextlib import suppress
from enum import Enum
from typing import Iterator

from . import web_socket
from .channels import Channel, Tls
from .network import FAR_END, Network, inside
from .transports import Transport


class Stall(Enum):
    PROXY_SILENT = "a proxy that accepts and says nothing"
    PROXY_HALF = "a proxy that says half of its answer's first line"
    PROXY_TRICKLES = "a proxy whose answer comes byte by byte and does not end"
    TLS_SILENT = "a TLS server that accepts and says nothing"
    TLS_HELLO = "a TLS server that says hello and no more"
    TLS_TRICKLES = "a TLS server whose handshake comes byte by byte"
    UPGRADE_SILENT = "a WebSocket server that does not answer the upgrade"
    UPGRADE_HALF = "a WebSocket server that says half of its answer's first line"
    UPGRADE_TRICKLES = "a WebSocket server whose answer comes byte by byte and does not end"


class Stalling:
    """Listens where the client's TCP connects. A context manager."""

    def __init__(self, network: Network, transport: Transport, context: ssl.SSLContext | None, stall: Stall) -> None:
        self._transport = transport
        self._context = context
        self._stall = stall
        self._over = threading.Event()
        self._connections: list[socket.socket] = []
        with inside(network.far_end):
            self._listener = socket.create_server((FAR_END, transport.entrance))

    def __enter__(self) -> Stalling:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for one in (self._listener, *self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            channel: Channel = connection
            if self._transport.tls and self._stall.name.startswith("UPGRADE"):
                tls = Tls(connection, self._tls_context(), server_side=True)
                tls.handshake()
                channel = tls
            self._say(channel)

    def _say(self, channel: Channel) -> None:
        """What is said, all of it; the connection then stays as it is."""
        match self._stall:
            case Stall.PROXY_HALF if self._transport.proxy == "http":
                web_socket.read_head(channel)
                channel.sendall(b"HTTP/1.1 200 Conn")
            case Stall.PROXY_HALF:
                channel.recv(512)
                channel.sendall(b"\x05")
            case Stall.PROXY_TRICKLES if self._transport.proxy == "http":
                web_socket.read_head(channel)
                self._trickle(channel, _endless(b"HTTP/1.1 200 Connected\r\nVia: "))
            case Stall.PROXY_TRICKLES:
                channel.recv(512)
                channel.sendall(b"\x05\x00")
                channel.recv(512)
                # The address at which it is bound is a name of 255 letters.
                self._trickle(channel, _endless(b"\x05\x00\x00\x03\xff"))
            case Stall.TLS_HELLO:
                flight = self._flight(channel)
                channel.sendall(flight[: 5 + int.from_bytes(flight[3:5], "big")])
            case Stall.TLS_TRICKLES:
                self._trickle(channel, (bytes([byte]) for byte in self._flight(channel)))
            case Stall.UPGRADE_SILENT:
                web_socket.read_head(channel)
            case Stall.UPGRADE_HALF:
                web_socket.read_head(channel)
                channel.sendall(b"HTTP/1.1 101 Swit")
            case Stall.UPGRADE_TRICKLES:
                web_socket.read_head(channel)
                self._trickle(channel, _endless(b"HTTP/1.1 101 Switching Protocols\r\nX-Wait: "))

    def _trickle(self, channel: Channel, pieces: Iterator[bytes]) -> None:
        for piece in pieces:
            channel.sendall(piece)
            if self._over.wait(0.2):
                return

    def _flight(self, channel: Channel) -> bytes:
        """The server's answer to the client's hello: records, the first of which is its own hello."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._tls_context().wrap_bio(incoming, outgoing, server_side=True)
        while not outgoing.pending:
            data = channel.recv(1 << 16)
            if not data:
                raise OSError("the client left")
            incoming.write(data)
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
        return outgoing.read()

    def _tls_context(self) -> ssl.SSLContext:
        assert self._context is not None
        return self._context


def _endless(opening: bytes) -> Iterator[bytes]:
    return itertools.chain((bytes([byte]) for byte in opening), itertools.repeat(b"a"))

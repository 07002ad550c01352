"""Relays of the lab's own in the middle: one that can be slow, one that speaks WebSocket for the broker."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from typing import Callable, Self

from . import channels, web_socket
from .channels import Channel
from .clock import now
from .network import FAR_END, Network, inside
from .transports import PLAIN_PORT, Transport
from .web_socket import WebSocket


class _Relay:
    """Carries bytes between the client and the broker. A context manager."""

    def __init__(self, network: Network, transport: Transport, behind: int) -> None:
        self._network = network
        self._behind = behind  # the broker's port
        self._over = threading.Event()
        self._sockets: list[socket.socket] = []
        with inside(network.middle):
            self._listener = socket.create_server((FAR_END, transport.entrance))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            client = self._layers(connection)
            with inside(self._network.middle):
                broker = socket.create_connection((self._network.broker_address, self._behind))
            broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(broker)
            threading.Thread(target=self._carry, args=(broker, client, connection, self._down), daemon=True).start()
            self._carry(client, broker, broker, self._up)

    def _carry(self, source: Channel, sink: Channel, end: socket.socket, send: Callable[[Channel, bytes], None]) -> None:
        """Until the end of the source, which it hands on to `end`."""
        with suppress(OSError):
            while data := source.recv(4096):
                send(sink, data)
        with suppress(OSError):
            end.shutdown(socket.SHUT_WR)

    def _layers(self, connection: socket.socket) -> Channel:
        return connection

    def _up(self, sink: Channel, data: bytes) -> None:
        sink.sendall(data)

    def _down(self, sink: Channel, data: bytes) -> None:
        sink.sendall(data)


class SlowRelay(_Relay):
    """Hands the bytes on as they are, TLS records and all; once told so, those to the client in a trickle."""

    BYTES, SECONDS = 160, 0.4  # 0.4 kB/s: a full record takes 40 s

    def __init__(self, network: Network, transport: Transport) -> None:
        super().__init__(network, transport, transport.port)
        self._slow = threading.Event()

    def slow_down(self) -> None:
        self._slow.set()

    def _down(self, sink: Channel, data: bytes) -> None:
        while data and self._slow.is_set() and not self._over.wait(self.SECONDS):
            sink.sendall(data[: self.BYTES])
            data = data[self.BYTES :]
        if data:
            sink.sendall(data)


class PingingRelay(_Relay):
    """The end of the client's WebSocket (and TLS), with plain MQTT behind; it answers pings itself, and pings."""

    def __init__(self, network: Network, transport: Transport, context: ssl.SSLContext | None) -> None:
        super().__init__(network, transport, PLAIN_PORT)
        self._transport = transport
        self._context = context
        self._clients: list[WebSocket] = []
        self.last_byte_at: int | None = None  # when it handed on something of the broker's

    def _layers(self, connection: socket.socket) -> Channel:
        client = channels.accept(connection, self._transport, self._context)
        assert isinstance(client, WebSocket)
        self._clients.append(client)
        return client

    def _down(self, sink: Channel, data: bytes) -> None:
        sink.sendall(data)
        self.last_byte_at = now()

    def ping_every(self, seconds: float) -> None:
        def ping() -> None:
            with suppress(OSError):
                while not self._over.wait(seconds):
                    for client in self._clients:
                        client.send_frame(web_socket.PING, b"lab")

        threading.Thread(target=ping, daemon=True).start()

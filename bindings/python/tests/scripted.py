"""A broker for one connection at a time, that keeps what it hears and says what a test wants."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from broker import CONNACK, PATIENCE

CONNECT, PUBLISH, PUBACK, PUBREL, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 4, 6, 8, 10, 12, 14


@dataclass(frozen=True)
class Packet:
    kind: int
    flags: int
    body: bytes

    @property
    def topic(self) -> str:
        """Of a PUBLISH."""
        length = int.from_bytes(self.body[:2], "big")
        return self.body[2 : 2 + length].decode()

    @property
    def identifier(self) -> bytes:
        """Of a packet that is answered, or of a PUBACK."""
        if self.kind == PUBLISH:
            start = 2 + len(self.topic)
            return self.body[start : start + 2]
        return self.body[:2]


class Scripted:
    """Answers CONNECT and SUBSCRIBE (QoS 1, or `granted`) by itself, PINGREQ while `answers_pings`, and
    UNSUBSCRIBE and publishes of QoS 1 and 2 while `acknowledges`, with `reason`. What acknowledges has
    `properties`."""

    def __init__(self, connack: bytes = CONNACK, granted: bytes = b"\x01") -> None:
        self._connack = connack
        self.granted = granted
        self.acknowledges = True
        self.answers_pings = True
        self.reason = 0
        self.properties = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connection: socket.socket | None = None
        self._sending = threading.Lock()
        self._heard: queue.SimpleQueue[Packet] = queue.SimpleQueue()
        self._sent = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                self._connection, _ = self._listener.accept()
            except OSError:  # the end
                return
            with self._connection as connection:
                try:
                    for packet in self._packets(connection):
                        self._heard.put(packet)
                        self._answer(packet)
                except OSError:
                    pass

    def _packets(self, connection: socket.socket) -> Iterator[Packet]:
        stream = connection.makefile("rb")
        while first := stream.read(1):
            length = shift = 0
            while True:
                byte = stream.read(1)[0]
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            yield Packet(first[0] >> 4, first[0] & 15, stream.read(length))

    def _answer(self, packet: Packet) -> None:
        if packet.kind == CONNECT:
            self.send(self._connack)
        elif packet.kind == SUBSCRIBE:
            self.send(_packet(0x90, packet.identifier + self._told() + self.granted))
        elif packet.kind == UNSUBSCRIBE and self.acknowledges:
            self.acknowledge_unsubscribe(packet)
        elif packet.kind == PINGREQ and self.answers_pings:
            self.send(b"\xd0\0")
        elif packet.kind == PUBLISH and packet.flags & 6 and self.acknowledges:
            self.acknowledge(packet)
        elif packet.kind == PUBREL:
            self.send(_packet(0x70, packet.identifier + b"\0" + self._told()))

    def _told(self) -> bytes:
        return bytes([len(self.properties)]) + self.properties

    def acknowledge_unsubscribe(self, packet: Packet) -> None:
        self.send(_packet(0xB0, packet.identifier + self._told() + bytes([self.reason]) * len(self.granted)))

    def acknowledge(self, packet: Packet) -> None:
        kind = 0x50 if packet.flags & 4 else 0x40
        details = bytes([self.reason]) + self._told() if self.reason or self.properties else b""
        self.send(_packet(kind, packet.identifier + details))

    def send(self, data: bytes) -> None:
        assert self._connection is not None
        with self._sending:
            self._connection.sendall(data)

    def publish(self, topic: str, *payloads: str, qos: int = 1) -> None:
        """Sends messages."""
        name = len(topic).to_bytes(2, "big") + topic.encode()
        for payload in payloads:
            self._sent += qos
            identifier = self._sent.to_bytes(2, "big") if qos else b""
            self.send(_packet(0x30 | qos << 1, name + identifier + b"\0" + payload.encode()))

    def hear(self, kind: int) -> Packet:
        """The next packet of this kind; what comes before is passed over."""
        while True:
            packet = self._heard.get(timeout=PATIENCE)
            if packet.kind == kind:
                return packet

    def before(self, kind: int, topic: str = "") -> list[Packet]:
        """All up to a packet of this kind (or a PUBLISH to this topic), without it."""
        packets = []
        while (packet := self._heard.get(timeout=PATIENCE)).kind != kind or (
            kind == PUBLISH and packet.topic != topic
        ):
            packets.append(packet)
        return packets

    def reset(self) -> None:
        """Ends the connection."""
        assert self._connection is not None
        self._connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        if self._connection is not None:
            try:
                self._connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._thread.join()
        self._listener.close()


def _packet(first: int, body: bytes) -> bytes:
    assert len(body) < 128
    return bytes([first, len(body)]) + body

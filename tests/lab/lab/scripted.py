"""A scripted broker, for what mosquitto would not do."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from . import channels, mqtt
from .brokers import Publisher
from .channels import Channel
from .clock import Cancelled, Stop
from .network import Network, inside
from .transports import PLAIN_PORT, TCP, Transport


@dataclass
class _Peer:
    """A client of the scripted broker."""

    stream: Channel
    version: int = 4
    subscribed: bool = False
    writing: threading.Lock = field(default_factory=threading.Lock)

    def send(self, packet: bytes) -> None:
        with self.writing:
            self.stream.sendall(packet)


class Scripted:
    """A broker that does what a fault needs; it enforces no keep-alive unless told so.

    `silence`: "all" says nothing after accepting, "half" sends half a CONNACK."""

    def __init__(
        self,
        network: Network,
        transport: Transport,
        context: ssl.SSLContext | None,
        stop: Stop,
        silence: str = "",
        kick_after: float | None = None,
    ) -> None:
        self._context = context
        self._silence = silence
        self._kick_after = kick_after
        self._stop = stop
        self._changed = threading.Condition()
        self._hold = False
        self._held = False
        self._kicked = False
        self._peers: list[_Peer] = []
        self._connections: list[socket.socket] = []
        self._listeners: list[tuple[socket.socket, Transport]] = []
        with inside(network.broker):
            for one in {PLAIN_PORT: TCP, transport.port: transport}.values():
                self._listeners.append((socket.create_server((network.broker_address, one.port)), one))

    def __enter__(self) -> Scripted:
        for listener, transport in self._listeners:
            threading.Thread(target=self._accept, args=(listener, transport), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._hold = False
            self._changed.notify_all()
        for one in (*(listener for listener, _ in self._listeners), *self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def hold_ping(self, seconds: float) -> bool:
        """Waits for the next PINGREQ, whose answer then waits for `release`."""
        with self._changed:
            self._hold = True
            return self._stop.wait_for(self._changed, lambda: self._held, seconds)

    def release(self) -> None:
        with self._changed:
            self._hold = False
            self._changed.notify_all()

    def wait_kicked(self, seconds: float) -> bool:
        """Waits until the keep-alive that it enforces has ended a connection."""
        with self._changed:
            return self._stop.wait_for(self._changed, lambda: self._kicked, seconds)

    def _accept(self, listener: socket.socket, transport: Transport) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection, transport), daemon=True).start()

    def _serve(self, accepted: socket.socket, transport: Transport) -> None:
        connection: Channel = accepted
        try:
            connection = channels.accept(accepted, transport, self._context)
            peer = _Peer(connection)
            self._peers.append(peer)
            peer.version = mqtt.read_packet(connection).protocol_version()
            if self._silence == "all":
                return
            answer = mqtt.connack(peer.version)
            if self._silence == "half":
                peer.send(answer[:2])
                return
            peer.send(answer)
            connection.settimeout(self._kick_after)
            while True:
                packet = mqtt.read_packet(connection)
                match packet.kind:
                    case mqtt.PINGREQ:
                        self._wait_while_held()
                        peer.send(mqtt.encode(mqtt.PINGRESP, b""))
                    case mqtt.SUBSCRIBE:
                        # Who has the SUBACK may have somebody publish at once.
                        peer.subscribed = True
                        peer.send(mqtt.suback(packet, peer.version))
                    case mqtt.PUBLISH if packet.qos() == 1:
                        peer.send(mqtt.encode(mqtt.PUBACK, packet.packet_id()))
                    case mqtt.PUBLISH if packet.topic() == Publisher.TOPIC:
                        # The lab's own publisher, which speaks 3.1.1.
                        payload = packet.body[2 + len(Publisher.TOPIC) :]
                        for subscriber in self._peers:
                            if subscriber.subscribed:
                                subscriber.send(mqtt.publish(Publisher.TOPIC, payload, subscriber.version))
                    case mqtt.DISCONNECT:
                        connection.close()
                        return
        except TimeoutError:
            connection.close()
            with self._changed:
                self._kicked = True
                self._changed.notify_all()
        except (OSError, mqtt.Closed, Cancelled):
            connection.close()

    def _wait_while_held(self) -> None:
        with self._changed:
            self._held = self._hold
            self._changed.notify_all()
            self._stop.wait_for(self._changed, lambda: not self._hold, 3600)
            self._held = False



"""The brokers: Debian's mosquitto, and a scripted one for what mosquitto would not do."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import mqtt
from .clock import Cancelled, Stop, now
from .network import BROKER, PORT, Network, inside
from .processes import Child, CommandFailed


class Mosquitto:
    def __init__(self, network: Network, directory: Path) -> None:
        self._network = network
        self._config = directory / "mosquitto.conf"
        self._config.write_text(
            f"listener {PORT} {BROKER}\nallow_anonymous true\npersistence false\nuser root\n"
            "sys_interval 0\nset_tcp_nodelay true\nmax_queued_bytes 0\nlog_dest stderr\n"
            "log_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
        )
        self._child: Child | None = None
        self._drain: threading.Thread | None = None

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGKILL)

    def start(self) -> None:
        child = Child(["mosquitto", "-c", str(self._config)], self._network.broker, stderr=subprocess.PIPE)
        self._child = child
        stderr = child.process.stderr
        assert stderr is not None
        said = b""
        while b"running" not in said:
            line = stderr.readline()
            if not line:
                child.end()
                raise CommandFailed(f"mosquitto did not start: {said.decode(errors='replace').strip()}")
            said += line
        log = self._config.with_suffix(".log").open("ab")

        def drain() -> None:
            with log:
                for line in stderr:
                    log.write(b"%d " % now() + line)

        self._drain = threading.Thread(target=drain, daemon=True)
        self._drain.start()

    def freeze(self) -> None:
        assert self._child is not None
        self._child.send(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._child is not None
        self._child.send(signal.SIGCONT)

    def thaw_or_start(self) -> None:
        """It runs afterwards, whatever was done to it."""
        if self._child is None:
            self.start()
        else:
            self.thaw()

    def terminate(self) -> None:
        """Closes its connections in an orderly way."""
        self._end(signal.SIGTERM)

    def _end(self, polite: signal.Signals) -> None:
        if self._child is None:
            return
        self._child.end(polite)
        assert self._drain is not None
        self._drain.join()
        self._child.close()
        self._child = None


@dataclass
class _Peer:
    """A client of the scripted broker."""

    stream: socket.socket
    version: int = 4
    subscribed: bool = False
    writing: threading.Lock = field(default_factory=threading.Lock)

    def send(self, packet: bytes) -> None:
        with self.writing:
            self.stream.sendall(packet)


class Scripted:
    """A broker that does what a fault needs; it enforces no keep-alive unless told so.

    `silence`: "all" says nothing after accepting, "half" sends half a CONNACK."""

    def __init__(self, network: Network, stop: Stop, silence: str = "", kick_after: float | None = None) -> None:
        self._silence = silence
        self._kick_after = kick_after
        self._stop = stop
        self._changed = threading.Condition()
        self._hold = False
        self._held = False
        self._kicked = False
        self._peers: list[_Peer] = []
        with inside(network.broker):
            self._listener = socket.create_server((BROKER, PORT))

    def __enter__(self) -> Scripted:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._hold = False
            self._changed.notify_all()
        for one in (self._listener, *(peer.stream for peer in self._peers)):
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

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                peer = _Peer(connection)
                self._peers.append(peer)
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: _Peer) -> None:
        connection = peer.stream
        try:
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
                        peer.send(mqtt.suback(packet, peer.version))
                        peer.subscribed = True
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


class Publisher:
    """Publishes to the adapter, from the broker's side of the router. A context manager."""

    TOPIC = "lab/down"

    def __init__(self, network: Network) -> None:
        with inside(network.broker):
            self._socket = socket.create_connection((BROKER, PORT), timeout=10)
        self._socket.sendall(mqtt.connect("lab-publisher"))
        if mqtt.read_packet(self._socket).kind != mqtt.CONNACK:
            raise CommandFailed("the broker refused the lab's publisher")
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()
        self._socket.close()

    def publish(self, length: int) -> None:
        self._socket.sendall(mqtt.publish(self.TOPIC, bytes(length)))

    def publish_every(self, seconds: float, length: int) -> None:
        def stream() -> None:
            # The broker's end, by a fault or otherwise, ends the stream too.
            with suppress(OSError):
                while not self._over.wait(seconds):
                    self.publish(length)

        self._thread = threading.Thread(target=stream, daemon=True)
        self._thread.start()

"""The broker: Debian's mosquitto. And who publishes to it in the lab's name."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from . import mqtt
from .authority import Authority
from .clock import now
from .network import Network, inside
from .processes import Child, CommandFailed
from .transports import PLAIN_PORT, Transport


class Mosquitto:
    """`keeps`: sessions outlive its process, and it queues as much as it is given."""

    def __init__(
        self,
        network: Network,
        transport: Transport,
        authority: Authority | None,
        directory: Path,
        keeps: bool = False,
    ) -> None:
        self._network = network
        self._config = directory / "mosquitto.conf"
        self._config.write_text(
            f"listener {PLAIN_PORT} {network.broker_address}\nallow_anonymous true\nuser root\n"
            + (self._persistence(directory) if keeps else "persistence false\n")
            + "sys_interval 0\nset_tcp_nodelay true\nmax_queued_bytes 0\nlog_dest stderr\n"
            "log_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
            + self._listener(network, transport, authority)
        )
        self._child: Child | None = None
        self._drain: threading.Thread | None = None

    @staticmethod
    def _persistence(directory: Path) -> str:
        """Written at its end: a kill destroys it."""
        return f"persistence true\npersistence_location {directory}/\nautosave_interval 0\nmax_queued_messages 0\n"

    @staticmethod
    def _listener(network: Network, transport: Transport, authority: Authority | None) -> str:
        """That of the transport, if it is another one."""
        if transport.port == PLAIN_PORT:
            return ""
        # Its WebSocket listeners take IPv6 unless told otherwise, and an address as a number of no meaning.
        lines = [f"listener {transport.port} {network.broker_address}", "socket_domain ipv4"]
        if transport.web_socket:
            lines.append("protocol websockets")
        if transport.tls:
            assert authority is not None
            lines += [f"certfile {authority.certificate}", f"keyfile {authority.key}"]
        return "\n".join(lines) + "\n"

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
        log = self._config.with_suffix(".log").open("ab", buffering=0)

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

    def kill(self) -> None:
        """No word to anybody; its kernel closes its connections."""
        self._end(signal.SIGKILL)

    def _end(self, polite: signal.Signals) -> None:
        if self._child is None:
            return
        # One that was told to end, and was killed before it had written its sessions down, has lost them:
        # that would be told as the client's loss.
        if not self._child.end(polite, patience=60.0):
            raise CommandFailed("mosquitto did not end within 60 s")
        assert self._drain is not None
        self._drain.join()
        self._child.close()
        self._child = None


class Publisher:
    """Publishes to the adapter, from the broker's own machine, over plain TCP. A context manager."""

    TOPIC = "lab/down"

    def __init__(self, network: Network) -> None:
        with inside(network.broker):
            self._socket = socket.create_connection((network.broker_address, PLAIN_PORT), timeout=10)
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

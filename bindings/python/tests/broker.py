"""Brokers that the tests start: Debian's mosquitto, and sockets that say what a test wants."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

CONNACK = b"\x20\x03\x00\x00\x00"
DISCONNECT = (b"\xe0\x00", b"\xe0\x02\x00\x00")

PATIENCE = 60.0
"""A net against hanging, in seconds."""

_numbers = itertools.count()


def unique_topic() -> str:
    return f"test/{next(_numbers)}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Mosquitto:
    """A mosquitto on a free port of the loopback interface."""

    def __init__(
        self,
        directory: Path,
        password: tuple[str, str] | None = None,
        listener: Sequence[str] = (),
        persistent: bool = False,
        port: int | None = None,
    ) -> None:
        self.port = free_port() if port is None else port
        self._config = config = directory / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", *listener, "max_queued_messages 0", "max_queued_bytes 0"]
        lines += ["max_inflight_messages 1000", "set_tcp_nodelay true", "user root"]
        # It says when it listens.
        lines += ["log_dest stderr", "log_type information"]
        if password is None:
            lines.append("allow_anonymous true")
        else:
            file = directory / "passwords"
            subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), *password], check=True)
            lines += ["allow_anonymous false", f"password_file {file}"]
        if persistent:
            lines += ["persistence true", f"persistence_location {directory}/"]
        config.write_text("\n".join(lines) + "\n")
        self.start()

    def start(self) -> None:
        """Starts it (again), on the same port."""
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "/usr/sbin/mosquitto", "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._running = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        if not self._running.wait(PATIENCE):
            self.end()
            raise AssertionError("mosquitto does not listen")

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                if line.endswith(b" running\n"):
                    self._running.set()

    def restart(self) -> None:
        """Ends it as the system does, so that it keeps what it is to keep, and starts it again."""
        # mosquitto 2.0 says that it runs, and only then clears what a signal has set: one that comes
        # between is forgotten, so it is sent until it is heeded.
        for _ in range(int(PATIENCE)):
            self.process.terminate()
            try:
                self.process.wait(1)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            raise AssertionError("mosquitto does not end")
        self._reader.join()
        self.start()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()


class Peer:
    """A broker that accepts one client, answers its CONNECT, and then only listens."""

    def __init__(self, answer: bytes = CONNACK) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self._connection: socket.socket | None = None

    def accept(self) -> None:
        """Takes the next client in; to be called after its connection was started."""
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(PATIENCE)
        assert self._connection.recv(4096)[0] == 0x10, "no CONNECT"
        self._connection.sendall(self._answer)

    def rest(self) -> bytes:
        """What the client sends until its connection ends."""
        assert self._connection is not None
        rest = b""
        try:
            while chunk := self._connection.recv(4096):
                rest += chunk
        except ConnectionResetError:
            pass
        return rest

    def end(self) -> None:
        """Ends the connection."""
        assert self._connection is not None
        self._connection.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.close()
        if self._connection is not None:
            self._connection.close()

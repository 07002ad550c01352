"""Debian's proxies between the client and the broker: tinyproxy (HTTP CONNECT) and microsocks (SOCKS5)."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

from .network import FAR_END, Network, inside
from .processes import Child, CommandFailed
from .transports import Transport

PROGRAMS = {"http": "tinyproxy", "socks5": "microsocks"}
_TO_START = 10.0


class Proxy:
    """Runs in the middle. A context manager."""

    def __init__(self, network: Network, transport: Transport, directory: Path) -> None:
        self._network = network
        self._port = transport.proxy_port
        self._log = directory / "proxy.log"
        if transport.proxy == "http":
            config = directory / "tinyproxy.conf"
            config.write_text(f"Port {self._port}\nListen {FAR_END}\nTimeout 600\nLogLevel Notice\nMaxClients 20\n")
            self._command = ["tinyproxy", "-d", "-c", str(config)]
        else:
            self._command = ["microsocks", "-i", FAR_END, "-p", str(self._port)]

    def __enter__(self) -> Proxy:
        with self._log.open("wb") as log:
            self._child = Child(self._command, self._network.middle, stderr=log)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self._child.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end(signal.SIGKILL)
        self._child.close()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _TO_START
        while True:
            try:
                with inside(self._network.middle):
                    socket.create_connection((FAR_END, self._port)).close()
                return
            except ConnectionRefusedError:
                if self._child.process.poll() is not None or time.monotonic() > deadline:
                    said = self._log.read_text(errors="replace").strip()
                    raise CommandFailed(f"{self._command[0]} did not start: {said}") from None
                time.sleep(0.02)

    def freeze(self) -> None:
        self._child.send(signal.SIGSTOP)

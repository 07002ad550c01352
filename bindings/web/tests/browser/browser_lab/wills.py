"""Whether the broker published a client's Will: the lab's own subscriber on the broker's machine."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from lab import mqtt
from lab.network import inside
from lab.processes import CommandFailed
from lab.transports import PLAIN_PORT

from .hub import Branch

TOPIC = "lab/will"


class Wills:
    """A context manager."""

    def __init__(self, branch: Branch) -> None:
        self.seen = False
        with inside(branch.broker):
            self._socket = socket.create_connection((branch.broker_address, PLAIN_PORT), timeout=10)
        self._socket.sendall(mqtt.connect("lab-wills") + mqtt.subscribe(1, {TOPIC: 0}))
        for kind in (mqtt.CONNACK, mqtt.SUBACK):
            if mqtt.read_packet(self._socket).kind != kind:
                raise CommandFailed("the broker refused the lab's subscriber")
        self._socket.settimeout(None)

    def __enter__(self) -> Wills:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _listen(self) -> None:
        with suppress(OSError, mqtt.Closed):
            while True:
                self.seen = mqtt.read_packet(self._socket).kind == mqtt.PUBLISH or self.seen

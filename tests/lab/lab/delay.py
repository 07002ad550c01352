"""A long path: every packet through the router waits in user space. (This kernel has no netem.)"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import threading
from collections import deque

from .clock import SECOND, now
from .network import TO_BROKER, TO_CLIENT, Network, inside
from .processes import run

_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x0001 | 0x1000


class Delay:
    """Delays both directions by `seconds` each until closed. A context manager.

    `rules` say which packets that come to the router it delays, for `ip rule`: all, unless told otherwise. Where there are
    several in one router, each has a device and a table of its own."""

    def __init__(
        self,
        network: Network,
        seconds: float,
        device: str = "delay0",
        table: int = 77,
        rules: tuple[str, ...] = (f"iif {TO_BROKER}", f"iif {TO_CLIENT}"),
    ) -> None:
        self._network = network
        self._wait = int(seconds * SECOND)
        self._name, self._table, self._rules = device, table, rules
        self._over = threading.Event()

    def __enter__(self) -> Delay:
        with inside(self._network.router):
            self._device = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        fcntl.ioctl(self._device, _TUNSETIFF, struct.pack("16sH22x", self._name.encode(), _IFF_TUN_NO_PI))
        router = self._network.router
        run(["ip", "-n", router, "link", "set", self._name, "up"])
        with inside(router):
            with open(f"/proc/sys/net/ipv4/conf/{self._name}/rp_filter", "w") as file:
                file.write("0")
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()
        run(
            ["ip", "-n", router, "-batch", "-"],
            f"route add default dev {self._name} table {self._table}\n"
            # What comes from the device itself is routed as usual.
            + "".join(f"rule add {rule} table {self._table}\n" for rule in self._rules),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._device)

    def _carry(self) -> None:
        waiting: deque[tuple[int, bytes]] = deque()
        while not self._over.is_set():
            idle = 0.1 if not waiting else min(0.1, max(0.0, (waiting[0][0] - now()) / SECOND))
            readable, _, _ = select.select([self._device], [], [], idle)
            if readable:
                waiting.append((now() + self._wait, os.read(self._device, 65536)))
            while waiting and waiting[0][0] <= now():
                os.write(self._device, waiting.popleft()[1])

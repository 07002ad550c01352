"""One clock for everything: CLOCK_BOOTTIME in nanoseconds, which is what the adapters print."""

from __future__ import annotations

import threading
import time
from typing import Callable

SECOND = 1_000_000_000


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def boottime_minus_realtime() -> int:
    """What to add to a wall-clock timestamp (a packet capture's) to get this clock's."""
    samples = []
    for _ in range(5):
        before = now()
        wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = now()
        samples.append((after - before, (before + after) // 2 - wall))
    # Of the sample that was least interrupted.
    return min(samples)[1]


class Cancelled(Exception):
    """The run is being ended (SIGINT, SIGTERM): unwind and clean up."""


class Stop:
    """Ends every wait of every job."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Lets the time of a scenario pass."""
        if self._event.wait(max(0.0, seconds)):
            raise Cancelled

    def wait_for(self, condition: threading.Condition, predicate: Callable[[], bool], seconds: float) -> bool:
        """Waits, with `condition` held, until `predicate()` is true; false if the time is over first."""
        deadline = now() + int(seconds * SECOND)
        while not predicate():
            self.check()
            left = (deadline - now()) / SECOND
            if left <= 0:
                return False
            condition.wait(min(left, 0.25))
        return True

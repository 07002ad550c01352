"""Whether the machine ran what was due: a thread that wants little, and notes how late it got it."""

from __future__ import annotations

import os
import threading
from collections import deque

from lab.clock import SECOND, now

_EVERY = 0.02
_WORTH_NOTING = SECOND // 20
_OVERLOAD = 6  # processes that want a core


class Witness:
    """A context manager."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._late: deque[tuple[int, int]] = deque(maxlen=10_000)

    def __enter__(self) -> Witness:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _watch(self) -> None:
        before = now()
        while not self._over.wait(_EVERY):
            at = now()
            late = at - before - int(_EVERY * SECOND)
            if late > _WORTH_NOTING:
                self._late.append((at, late))
            before = at

    @property
    def load(self) -> float:
        return os.getloadavg()[0]

    @property
    def is_overloaded(self) -> bool:
        """A hidden page's process has less of a claim to the processor than this thread."""
        return self.load > _OVERLOAD * (os.cpu_count() or 1)

    def latest(self, start: int, end: int) -> float:
        """The largest delay that ended between these instants, in seconds."""
        return max((late for at, late in list(self._late) if start <= at <= end), default=0) / SECOND

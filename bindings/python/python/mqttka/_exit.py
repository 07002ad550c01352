"""The interpreter's end. Clients live until all exit functions of the application have run, whenever
those were registered; then no thread of the library enters Python any more. The goodbye to the
broker is said by the library itself, when the interpreter has gone."""

from __future__ import annotations

import atexit
import os
import sys

from . import _mqttka

LIMIT = 2.0
"""For so many seconds callbacks that are running are waited for."""

_owner: int | None = None
_ending = False


class _Last:
    """The exit function that is registered. When it is called, others may follow; but when
    `atexit` lets go of it, all have run, and the interpreter is still whole."""

    def __init__(self) -> None:
        self._called = False

    def __call__(self) -> None:
        self._called = True

    def __del__(self) -> None:
        # Not called: somebody cleared all exit functions, and the interpreter goes on.
        if self._called and in_owner():
            _shut_down()


def watch() -> None:
    """A client is made."""
    global _owner
    if _owner is None:
        _owner = os.getpid()
        atexit.register(_Last())


def in_owner() -> bool:
    """Whether this is the process that used the library first, not a forked child."""
    return _owner == os.getpid()


def is_leak() -> bool:
    """Whether a client that goes away unclosed is worth a warning: at exit it is not."""
    return in_owner() and not _ending and not sys.is_finalizing()


def _shut_down() -> None:
    global _ending
    _ending = True
    _mqttka.shut_down(int(1000 * LIMIT))

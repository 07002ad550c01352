"""At the interpreter's end clients are closed, and no thread of the library enters Python any more.

Callbacks that are running are waited for, as Python waits for its own threads."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from typing import Protocol

from . import _mqttka


class _Closable(Protocol):
    def close(self) -> None: ...


_clients: weakref.WeakSet[_Closable] = weakref.WeakSet()
_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_owner: int | None = None


def close_at_exit(client: _Closable) -> None:
    """A client was made."""
    global _owner
    if _owner is None:
        _owner = os.getpid()
        atexit.register(_shut_down)
    _clients.add(client)


def wait_at_exit(thread: threading.Thread) -> None:
    """A thread that ends when its client is closed."""
    _threads.add(thread)


def in_owner() -> bool:
    """Whether this is the process that used the library first, not a forked child."""
    return _owner == os.getpid()


def _shut_down() -> None:
    if not in_owner():
        return
    for client in list(_clients):
        client.close()
    for thread in list(_threads):
        thread.join()
    _mqttka.shut_down()

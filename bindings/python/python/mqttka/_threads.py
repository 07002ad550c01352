"""Threads of the system, also where gevent or eventlet have put greenlets in their place: a greenlet
that waits for the library would hold up all others of its thread for ever."""

from __future__ import annotations

import _thread
import importlib.util
import threading
from collections.abc import Callable
from functools import cache
from importlib.machinery import BuiltinImporter
from types import BuiltinFunctionType
from typing import Any


def start(name: str, run: Callable[[], object]) -> None:
    """Starts a daemon thread. Raises RuntimeError where the system gives none."""
    if _are_greenlets():
        _unpatched().start_new_thread(run, ())
    else:
        threading.Thread(target=run, name=name, daemon=True).start()


def lock() -> _thread.LockType:
    """One of the system's."""
    if _are_greenlets():
        made: _thread.LockType = _unpatched().allocate_lock()
        return made
    return _thread.allocate_lock()


def may_be_main() -> bool:
    """Whether signals may be for the calling thread. Among greenlets nobody knows."""
    return _are_greenlets() or threading.get_ident() == threading.main_thread().ident


def _are_greenlets() -> bool:
    return not isinstance(_thread.start_new_thread, BuiltinFunctionType)


@cache
def _unpatched() -> Any:
    """A copy of the interpreter's own module, that nobody has patched."""
    spec = BuiltinImporter.find_spec("_thread")
    assert spec is not None and spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy

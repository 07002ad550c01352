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


def start(name: str, run: Callable[[], object]) -> None:
    """Starts a daemon thread. Raises RuntimeError where the system gives none."""
    if _are_greenlets():
        _start_new_thread()(run, ())
    else:
        threading.Thread(target=run, name=name, daemon=True).start()


def may_be_main() -> bool:
    """Whether signals may be for the calling thread. Among greenlets nobody knows."""
    return _are_greenlets() or threading.get_ident() == threading.main_thread().ident


def _are_greenlets() -> bool:
    return not isinstance(_thread.start_new_thread, BuiltinFunctionType)


@cache
def _start_new_thread() -> Callable[[Callable[[], object], tuple[()]], object]:
    """The interpreter's own, from a copy of its module that nobody has patched."""
    spec = BuiltinImporter.find_spec("_thread")
    assert spec is not None and spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    start: Callable[[Callable[[], object], tuple[()]], object] = copy.start_new_thread
    return start

"""The threads that call the application: one for a client's events, one for its messages, so that
whatever one call does never delays the other lane, or another client."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from . import _mqttka, _threads
from ._errors import InvalidType, StartupFailed
from ._options import Options

T = TypeVar("T")

_BATCH = 256


class _Source(Protocol[T]):
    def wait(self, max: int) -> list[T] | None: ...

    def done(self, count: int) -> None: ...


def check(name: str, callback: object, instead: str) -> None:
    """Refuses what cannot be called on a thread."""
    if callback is None:
        return
    check_callable(name, callback)
    if is_async(callback):
        raise InvalidType(
            f"{name} is an async function, but it is called on a thread, where nothing awaits it; "
            f"give a plain function, or use {instead}"
        )


def check_callable(name: str, callback: object) -> None:
    """Refuses what cannot be called."""
    if not callable(callback):
        raise InvalidType(f"{name} is of type {type(callback).__name__}; it must be callable")


def check_hooks(options: Options) -> None:
    """The same for what is asked in the middle of an attempt."""
    for name, hook in (
        ("socket_hook", options.get("socket_hook")),
        ("tls_verifier", options.get("tls_verifier")),
        ("packet_tap", options.get("packet_tap")),
    ):
        check(name, hook, "asyncio.run_coroutine_threadsafe inside it")


def is_async(callback: object) -> bool:
    """Whether calling it begins something that must be awaited."""
    functions = (callback, getattr(callback, "__call__", None))
    return any(map(inspect.iscoroutinefunction, functions)) or any(
        map(inspect.isasyncgenfunction, functions)
    )


class Lane:
    """Calls the application on a daemon thread, for one source after the other."""

    def __init__(self, name: str, callable: Callable[[Any], object] | None) -> None:
        self._name = name
        self._callback = None if callable is None else _mqttka.Callback(callable)
        self._running = _threads.lock()

    def follow(self, open: Callable[[], _Source[T]]) -> None:
        """Calls with all that comes out of what `open` opens, when what came before is at its end.

        Raises StartupFailed where the system gives no thread."""
        if self._callback is None:
            return
        source, caller = open(), self._callback.caller()
        before, self._running = self._running, _threads.lock()
        running = self._running
        running.acquire()

        def run() -> None:
            with before:
                pass
            try:
                _run(source, caller)
            finally:
                running.release()

        try:
            _threads.start(self._name, run)
        except RuntimeError as error:
            self._running = before
            raise StartupFailed(str(error)) from error


def _run(source: _Source[T], caller: _mqttka.Caller) -> None:
    # While it waits it keeps nothing of the application alive.
    while batch := source.wait(_BATCH):
        batch.reverse()
        while batch:
            if not _mqttka.enter():
                return
            try:
                _call(caller.get(), batch.pop())
                source.done(1)
            finally:
                _mqttka.leave()


def _call(callback: Callable[[T], object] | None, item: T) -> None:
    if callback is None:  # the client was garbage
        return
    try:
        result = callback(item)
        if inspect.iscoroutine(result):
            _refuse(result)
    except BaseException as error:  # SystemExit, too: the lane goes on
        _mqttka.report(error, callback)


def _refuse(coroutine: Coroutine[Any, Any, Any]) -> None:
    coroutine.close()
    raise TypeError("the callback gave a coroutine, which nothing awaits; give a plain function")

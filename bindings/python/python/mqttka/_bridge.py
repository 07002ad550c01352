"""From the library's threads to one event loop: one call_soon_threadsafe for all that is ready."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from ._errors import WrongEventLoop
from ._mqttka import Bell, Operation, awaited_with


class Bridge:
    """Belongs to one event loop. Clients, streams and whoever waits keep it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Weak: the bell, which the library holds, must not keep the loop.
        self.bell = Bell(_Ring(loop, weakref.ref(self)))
        self._operations: dict[int, asyncio.Future[Any]] = {}
        self._streams: weakref.WeakValueDictionary[int, asyncio.Event] = weakref.WeakValueDictionary()
        self._number = 0

    def is_here(self) -> bool:
        """Whether its event loop is the running one."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def future(self, operation: Operation[Any]) -> asyncio.Future[Any]:
        """What will come of it."""
        self._number += 1
        number = self._number
        future = self.loop.create_future()
        self._operations[number] = future
        operation.notify(self.bell, number)
        return future

    def stream(self, ready: asyncio.Event) -> int:
        """A number; when it is noted on the bell, the event is set."""
        self._number += 1
        self._streams[self._number] = ready
        return self._number

    def answer(self) -> None:
        """Tells everybody whose result is there."""
        for number, result in self.bell.take():
            if (ready := self._streams.get(number)) is not None:
                ready.set()
                continue
            future = self._operations.pop(number, None)
            if future is None or future.done():
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)


class _Ring:
    """Called on a thread of the library, perhaps while the collector takes the bridge away, which has then
    emptied this: an instance says so by an exception, a functools.partial would crash the interpreter."""

    __slots__ = ("_bridge", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, bridge: weakref.ref[Bridge]) -> None:
        self._loop = loop
        self._bridge = bridge

    def __call__(self) -> None:
        with suppress(AttributeError):  # nobody waits
            self._loop.call_soon_threadsafe(_answer, self._bridge)


def _answer(bridge: weakref.ref[Bridge]) -> None:
    if (alive := bridge()) is not None:
        alive.answer()


_bridges: weakref.WeakValueDictionary[int, Bridge] = weakref.WeakValueDictionary()
"""By the identities of their loops, which they keep."""


def here() -> Bridge:
    """That of the running event loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise WrongEventLoop(
            "there is no running event loop; call it in a coroutine, or use mqttka.sync.Client"
        ) from None
    bridge = _bridges.get(id(loop))
    if bridge is None:
        _bridges[id(loop)] = bridge = Bridge(loop)
    return bridge


def _awaiting(operation: Operation[Any]) -> Generator[Any, None, Any]:
    bridge = here()  # kept until it is there
    return (yield from bridge.future(operation))


awaited_with(_awaiting)

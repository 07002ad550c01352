"""From the library's threads to one event loop: one call_soon_threadsafe for all that is ready."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from ._mqttka import Bell


class Bridge:
    """Belongs to one client and one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Weak: the bell, which the library holds, must not keep the client.
        self.bell = Bell(partial(loop.call_soon_threadsafe, _answer, weakref.ref(self)))
        self._operations: dict[int, asyncio.Future[Any]] = {}
        self._streams: weakref.WeakValueDictionary[int, asyncio.Event] = weakref.WeakValueDictionary()
        self._number = 0

    def start(self, start: Callable[[Bell, int], object]) -> asyncio.Future[Any]:
        """What will come of that which `start` starts."""
        self._number += 1
        number = self._number
        start(self.bell, number)
        future = self.loop.create_future()
        self._operations[number] = future
        return future

    async def operation(self, start: Callable[[Bell, int], object]) -> Any:
        """What comes of that which `start` starts. Cancelling stops only the waiting."""
        return await self.start(start)

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


def _answer(bridge: weakref.ref[Bridge]) -> None:
    if (alive := bridge()) is not None:
        alive.answer()

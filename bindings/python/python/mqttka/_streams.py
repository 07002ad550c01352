"""Streams of messages and events, pulled from the library in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ._errors import WaitTimeout

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._bridge import Bridge
    from ._mqttka import Bell

T = TypeVar("T")

_BATCH = 256


class Source(Protocol[T]):
    """The native stream."""

    def wait(self, max: int, timeout: float | None = None) -> list[T] | None: ...

    def poll(self, max: int, bell: Bell, id: int) -> list[T] | None: ...


class AsyncStream(Generic[T]):
    """An asynchronous iterator that ends when its client is closed.

    It hears what comes from the call that made it on, over all connections of the client.
    Messages are acknowledged to the broker batch by batch, when the iterator asks for more, so a
    loop body that is slow slows the broker down. `aclose`, or leaving it as a context manager,
    gives up what was not read.
    """

    def __init__(self, source: Source[T], bridge: Bridge, owner: object) -> None:
        self._source: Source[T] | None = source
        self._bridge = bridge
        self._owner = owner  # whoever iterates keeps the client
        self._batch: deque[T] = deque()
        self._ready = asyncio.Event()
        self._number = bridge.stream(self._ready)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._batch:
            if self._source is None:
                raise StopAsyncIteration
            self._ready.clear()
            batch = self._source.poll(_BATCH, self._bridge.bell, self._number)
            if batch is None:
                await self._ready.wait()
            elif batch:
                self._batch.extend(batch)
                # However much comes, other tasks have their turn.
                await asyncio.sleep(0)
            else:
                raise StopAsyncIteration
        return self._batch.popleft()

    async def aclose(self) -> None:
        """Ends it; whoever waits in it hears the end."""
        self._source = None
        self._batch.clear()
        self._ready.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


class Stream(Generic[T]):
    """An iterator that waits for what comes, and ends when its client is closed.

    It hears what comes from the call that made it on, over all connections of the client.
    Messages are acknowledged to the broker batch by batch, when the iterator asks for more, so a
    loop body that is slow slows the broker down. One thread at a time uses it. `close`, or leaving
    it as a context manager, gives up what was not read.
    """

    def __init__(self, source: Source[T], owner: object) -> None:
        self._source: Source[T] | None = source
        self._owner = owner  # whoever iterates keeps the client
        self._batch: deque[T] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return self._next(None)

    def get(self, timeout: float) -> T:
        """The next one; raises WaitTimeout where none comes within `timeout` seconds.

        Raises StopIteration where nothing follows."""
        return self._next(timeout)

    def _next(self, timeout: float | None) -> T:
        if not self._batch:
            batch = [] if self._source is None else self._source.wait(_BATCH, timeout)
            if batch is None:
                raise WaitTimeout("timed out")
            if not batch:
                raise StopIteration
            self._batch.extend(batch)
        return self._batch.popleft()

    def close(self) -> None:
        """Ends it."""
        self._source = None
        self._batch.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

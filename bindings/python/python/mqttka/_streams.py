"""Streams of messages and events, pulled from the library in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ._bridge import here
from ._errors import WaitTimeout

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._mqttka import Bell

T = TypeVar("T")

_BATCH = 256


class Source(Protocol[T]):
    """The native stream."""

    def wait(self, max: int, timeout: float | None = None) -> list[T] | None: ...

    def poll(self, max: int, bell: Bell, id: int) -> list[T] | None: ...

    def done(self, count: int) -> None: ...


class _Reader(Generic[T]):
    """What the application has been given, and what comes next.

    A message is done, and acknowledged to the broker, when the next one is asked for. What was
    fetched ahead stays here, for whoever goes on."""

    def __init__(self, source: Source[T], owner: object) -> None:
        self._source: Source[T] | None = source
        self._owner = owner  # whoever iterates keeps the client
        self._batch: deque[T] = deque()
        self._given = False

    def _done(self) -> None:
        """The application goes on: what it was given last is done."""
        if self._given:
            self._given = False
            if self._source is not None:
                self._source.done(1)

    def _give(self) -> T:
        self._given = True
        return self._batch.popleft()

    def _give_up(self) -> None:
        """The library has back what is not done."""
        self._source = None
        self._given = False
        self._batch.clear()


class AsyncStream(_Reader[T]):
    """An asynchronous iterator that ends when its client is closed. Where a loop over messages ends for
    a reason that this program did not give, it raises ConnectionEnded, ConnectError or OperationError.

    It hears what comes from the call that made it on, over all connections of the client. A message
    is acknowledged to the broker when the next one is asked for, so a loop body that is slow slows
    the broker down. A loop that is left, cancelled or raises loses nothing: the next loop over the
    stream goes on with the next message. `aclose`, or leaving it as a context manager, ends it. The
    last message was then taken, but where an exception leaves the context manager, it was not. What
    was not taken goes to other streams that match, or waits for `unclaimed_timeout`.
    """

    def __init__(self, source: Source[T], owner: object) -> None:
        super().__init__(source, owner)
        self._bridge = bridge = here()
        self._ready = asyncio.Event()
        self._number = bridge.stream(self._ready)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        self._done()
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
        return self._give()

    async def aclose(self) -> None:
        """Ends it; whoever waits in it hears the end."""
        self._done()
        self._give_up()
        self._ready.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._give_up()
        await self.aclose()


class Stream(_Reader[T]):
    """An iterator that waits for what comes, and ends when its client is closed. Where a loop over
    messages ends for a reason that this program did not give, it raises ConnectionEnded, ConnectError
    or OperationError.

    It hears what comes from the call that made it on, over all connections of the client. A message
    is acknowledged to the broker when the next one is asked for, so a loop body that is slow slows
    the broker down. A loop that is left or raises loses nothing: the next loop over the stream goes
    on with the next message. `close`, or leaving it as a context manager, ends it. The last message
    was then taken, but where an exception leaves the context manager, it was not. What was not taken
    goes to other streams that match, or waits for `unclaimed_timeout`. One thread at a time uses it.
    """

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return self._next(None)

    def get(self, timeout: float) -> T:
        """The next one; raises WaitTimeout where none comes within `timeout` seconds.

        Raises StopIteration where nothing follows."""
        return self._next(timeout)

    def _next(self, timeout: float | None) -> T:
        self._done()
        if not self._batch:
            batch = [] if self._source is None else self._source.wait(_BATCH, timeout)
            if batch is None:
                raise WaitTimeout("timed out")
            if not batch:
                raise StopIteration
            self._batch.extend(batch)
        return self._give()

    def close(self) -> None:
        """Ends it."""
        self._done()
        self._give_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._give_up()
        self.close()

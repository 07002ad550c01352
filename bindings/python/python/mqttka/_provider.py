"""What an attempt connects with, asked of the application."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from . import _lanes
from ._errors import StopReconnecting

if TYPE_CHECKING:
    from ._mqttka import Request
    from ._options import Options
    from ._requests import Connection


class LoopProvider:
    """Runs a coroutine function in the client's event loop, for one attempt at a time."""

    def __init__(self, function: Callable[[int, float], Coroutine[Any, Any, Connection]]) -> None:
        self._function = function
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: contextvars.Context | None = None
        self._task: asyncio.Task[None] | None = None
        self._request: Request | None = None  # dropped, it would fail an attempt that is not over yet

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Before the first attempt; with the context of whoever starts it."""
        self._loop = loop
        self._context = contextvars.copy_context()

    def __call__(self, request: Request) -> None:
        """An attempt begins; called on a thread of the library."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._start, request, context=self._context)
        except RuntimeError:
            request.fail("the event loop is closed", True)

    def end(self) -> None:
        """The attempt is over; any thread may say so."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _start(self, request: Request) -> None:
        assert self._loop is not None
        self._cancel()
        self._request = request
        self._task = task = self._loop.create_task(self._run(request))
        deadline = self._loop.call_later(request.time_left, self._cancel)
        task.add_done_callback(lambda _: deadline.cancel())

    async def _run(self, request: Request) -> None:
        try:
            request.provide(await self._function(request.attempt_number, request.time_left))
        except Exception as raised:
            _fail(request, raised)
        except BaseException as raised:  # cancelled, Ctrl-C
            # Where it is cancelled from here, the attempt says by itself how it ended.
            if self._task is asyncio.current_task():
                _fail(request, raised)
            raise


def prepare(options: Options) -> tuple[dict[str, object], LoopProvider | None]:
    """The options for the native module, of a client that has an event loop."""
    function = options.get("provider")
    if not _lanes.is_async(function):
        return prepare_plain(options), None
    provider = LoopProvider(cast("Callable[[int, float], Coroutine[Any, Any, Connection]]", function))
    return {**options, "provider": provider}, provider


def prepare_plain(options: Options) -> dict[str, object]:
    """The same, of a client that has none."""
    function = options.get("provider")
    _lanes.check("provider", function, "mqttka.Client")
    if function is None:
        return dict(options)

    def ask(request: Request) -> None:
        try:
            given = function(request.attempt_number, request.time_left)
            if inspect.iscoroutine(given):
                given.close()
                raise TypeError("the provider gave a coroutine; give an async function")
            request.provide(cast("Connection", given))
        except BaseException as raised:  # SystemExit, too: it is a thread of the library
            _fail(request, raised)

    return {**options, "provider": ask}


def _fail(request: Request, raised: BaseException) -> None:
    kind = type(raised).__name__
    fatal = isinstance(raised, StopReconnecting)
    words = str(raised) if fatal else f"{kind}: {raised}" if str(raised) else kind
    request.fail(words, fatal)

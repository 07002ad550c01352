"""Those that answer the requests of others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _mqttka, _patience
from ._errors import MqttkaError, QueueFull

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._mqttka import Client, Message, Operation, Outcome
    from ._requests import Payload

_MOST = 1024
"""So many answers of a coroutine function may be under way."""

_GOODBYE = 2.0
"""So long whoever ends a responder waits for the answer to UNSUBSCRIBE, in seconds."""


class AsyncResponder:
    """Answers requests until it is closed; `mqttka.Client.respond` makes it. As a context manager it is
    closed at the end."""

    outcome: Outcome
    """The broker's answer to SUBSCRIBE, with a reason code for each filter."""

    def __init__(self, outcome: Outcome, end: Callable[[], Operation[Outcome]]) -> None:
        self.outcome = outcome
        self._end: Callable[[], Operation[Outcome]] | None = end

    async def aclose(self) -> None:
        """Ends it with UNSUBSCRIBE, and waits for the broker's answer, at most 2 s."""
        end, self._end = self._end, None
        if end is not None:
            with suppress(MqttkaError):
                await _patience.within(end(), _GOODBYE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


class Responder:
    """Answers requests until it is closed; `mqttka.sync.Client.respond` makes it. As a context manager
    it is closed at the end."""

    outcome: Outcome
    """The broker's answer to SUBSCRIBE, with a reason code for each filter."""

    def __init__(self, outcome: Outcome, end: Callable[[], Operation[Outcome]]) -> None:
        self.outcome = outcome
        self._end: Callable[[], Operation[Outcome]] | None = end

    def close(self) -> None:
        """Ends it with UNSUBSCRIBE, and waits for the broker's answer, at most 2 s."""
        end, self._end = self._end, None
        if end is not None:
            with suppress(MqttkaError):
                end().wait(_GOODBYE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def in_loop(
    handler: Callable[[Message], Coroutine[Any, Any, Payload]],
    loop: asyncio.AbstractEventLoop,
    native: Client,
) -> Callable[[Message], None]:
    """A function for the library's thread, which has a coroutine function answer in its event loop."""
    tasks: set[asyncio.Task[None]] = set()
    # Those that the loop has not begun are among them: it may be busy with something else.
    room = threading.BoundedSemaphore(_MOST)

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        room.release()

    async def answer(request: Message) -> None:
        try:
            payload = await handler(request)
            if payload is not None:
                native.publish_message(request.reply(payload), None, False)
        except Exception as raised:
            _mqttka.report(raised, handler)

    def start(request: Message) -> None:
        task = loop.create_task(answer(request))
        tasks.add(task)
        task.add_done_callback(ended)

    def begin(request: Message) -> None:
        if not room.acquire(blocking=False):
            _mqttka.report(QueueFull(f"{_MOST} requests are being answered; one was dropped"), handler)
            return
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(start, request)

    return begin

"""Those that answer the requests of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _mqttka, _patience
from ._errors import Forked, MqttkaError

if TYPE_CHECKING:
    from typing_extensions import Self, TypeAlias

    from ._bridge import Bridge
    from ._mqttka import Client, Message, Operation, Outcome, ReceivedRequest, Requests
    from ._requests import Payload, SubscribeProperties, Subscription

    Begun: TypeAlias = tuple[Operation[Outcome], Callable[[], Operation[Outcome]]]
    """The broker's answer to SUBSCRIBE, and what ends it."""

_BATCH = 256

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


def on_thread(
    native: Client,
    subscriptions: list[Subscription],
    properties: SubscribeProperties,
    handler: Callable[[Message], object],
) -> Begun:
    """Has a plain function answer, on the library's thread."""
    responder, answer = native.respond(subscriptions, properties, handler)
    return answer, partial(native.unsubscribe_from, responder)


async def answer_all(
    requests: Requests,
    handler: Callable[[Message], Coroutine[Any, Any, Payload]],
    bridge: Bridge,
    tasks: set[asyncio.Task[None]],
) -> None:
    """Has a coroutine function answer, in tasks of its event loop, until nothing follows. How many at a time, the library
    says. It is cancelled as all tasks are when their loop ends, and then takes none of what they give back."""
    ready = asyncio.Event()
    number = bridge.stream(ready)
    while True:
        ready.clear()
        try:
            taken = requests.poll(_BATCH, bridge.bell, number)
        except Forked:
            return
        if taken is None:
            await ready.wait()
            continue
        if not taken:
            return
        for request in taken:
            keep(tasks, bridge.loop.create_task(_answer(request, handler)))
        del request, taken  # while it waits it holds back nobody's acknowledgement
        # However much comes, other tasks have their turn.
        await asyncio.sleep(0)


def keep(tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    """Until it has ended: event loops keep tasks weakly."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _answer(
    request: ReceivedRequest, handler: Callable[[Message], Coroutine[Any, Any, Payload]]
) -> None:
    try:
        if (message := request.message()) is not None:
            request.answer(await handler(message))
    except asyncio.CancelledError as error:
        if _is_cancelled():
            raise
        _failed(request, handler, error)
    except Exception as error:
        _failed(request, handler, error)
    finally:
        # Whoever has kept what was raised does not keep it.
        request.give_back()


def _failed(request: ReceivedRequest, handler: object, error: BaseException) -> None:
    """It would fail again: there is no answer."""
    request.answer(None)
    _mqttka.report(error, handler)


def _is_cancelled() -> bool:
    """Whether the running task is; else what it awaited was. Python 3.10 does not tell: there it counts as cancelled."""
    task: Any = asyncio.current_task()
    return not hasattr(task, "cancelling") or task.cancelling() > 0

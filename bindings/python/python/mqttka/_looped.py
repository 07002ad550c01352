"""What only a client for asyncio has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from . import _authenticating, _bridge, _lanes, _patience, _provider, _responding
from ._base import BaseClient, check_options
from ._errors import WrongEventLoop
from ._events import Event
from ._mqttka import Message, Operation
from ._options import Options

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._requests import Payload, SubscribeProperties, Subscription

T = TypeVar("T")


class LoopedClient(BaseClient):
    """See `mqttka.Client`."""

    def __init__(
        self,
        host: str | None = None,
        *,
        on_event: Callable[[Event], object] | None = None,
        wait_connected: bool = True,
        **options: Unpack[Options],
    ) -> None:
        check_options(options)
        _lanes.check("on_event", on_event, "`async for event in client.events()`")
        prepared, provider = _provider.prepare(options)
        replaced, self._authenticator = _authenticating.prepare(options, looped=True)
        prepared.update(replaced)
        self._bridge: _bridge.Bridge | None = None
        self._answers: set[asyncio.Task[None]] = set()
        super().__init__(host, prepared, provider, on_event, None, wait_connected)

    def _begin_again(self) -> None:
        self._bridge = None  # it may be another event loop now
        super()._begin_again()

    def _check_caller(self) -> None:
        known = self._bridge
        if known is not None and known.is_here():
            return
        bridge = _bridge.here()
        if known is not None:
            raise WrongEventLoop("this client is used in another event loop")
        self._bridge = bridge
        if self._provider is not None:
            self._provider.bind(bridge.loop)
        if self._authenticator is not None:
            self._authenticator.bind(bridge.loop)

    async def _wait(self, operation: Operation[T], timeout: float | None) -> T:
        try:
            if timeout is None and self._bridge is not None:  # as awaiting it, with less on the way
                return cast(T, await self._bridge.future(operation))
            return await _patience.within(operation, timeout)
        except asyncio.CancelledError:
            operation.cancel()
            raise

    def _begin_answering(
        self,
        subscriptions: list[Subscription],
        properties: SubscribeProperties,
        handler: Callable[[Message], Payload | Awaitable[Payload]],
    ) -> _responding.Begun:
        _lanes.check_callable("handler", handler)
        if not _lanes.is_async(handler):
            return _responding.on_thread(self._native, subscriptions, properties, handler)
        assert self._bridge is not None
        function = cast("Callable[[Message], Coroutine[Any, Any, Payload]]", handler)
        requests, answer = self._native.responding(subscriptions, properties)
        answering = _responding.answer_all(requests, function, self._bridge, self._answers)
        _responding.keep(self._answers, self._bridge.loop.create_task(answering))
        return answer, requests.unsubscribe

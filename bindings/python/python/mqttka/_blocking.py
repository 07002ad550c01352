"""What only a client for threads has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from . import _authenticating, _lanes, _provider, _responding
from ._base import BaseClient, check_options
from ._events import Event
from ._mqttka import Message, Operation
from ._options import Options

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._requests import Payload, SubscribeProperties, Subscription

T = TypeVar("T")


class BlockingClient(BaseClient):
    """See `mqttka.sync.Client`."""

    def __init__(
        self,
        host: str | None = None,
        *,
        on_event: Callable[[Event], object] | None = None,
        on_message: Callable[[Message], object] | None = None,
        wait_connected: bool = True,
        **options: Unpack[Options],
    ) -> None:
        check_options(options)
        _lanes.check("on_event", on_event, "mqttka.Client and its events()")
        _lanes.check("on_message", on_message, "mqttka.Client and its messages()")
        prepared = _provider.prepare_plain(options)
        prepared.update(_authenticating.prepare(options, looped=False)[0])
        super().__init__(host, prepared, None, on_event, on_message, wait_connected)

    def _wait(self, operation: Operation[T], timeout: float | None) -> T:
        try:
            return operation.wait(timeout)
        except KeyboardInterrupt:
            operation.cancel()
            raise

    def _begin_answering(
        self,
        subscriptions: list[Subscription],
        properties: SubscribeProperties,
        handler: Callable[[Message], Payload],
    ) -> _responding.Begun:
        _lanes.check_callable("handler", handler)
        _lanes.check("handler", handler, "mqttka.Client")
        return _responding.on_thread(self._native, subscriptions, properties, handler)

"""Subscriptions with a stream of their own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from ._errors import MqttkaError, WaitTimeout
from ._mqttka import Message
from ._streams import AsyncStream, Stream
from ._vocabulary import State

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._bridge import Bridge
    from ._mqttka import Messages, Operation, Outcome


_LOOK = 0.25
"""So often whoever waits for the answer to UNSUBSCRIBE looks whether there still is a connection."""


class _Client(Protocol):
    @property
    def state(self) -> State: ...


def _has_connection(client: _Client) -> bool:
    return client.state in (State.CONNECTED, State.DISCONNECTING)


class AsyncSubscription(AsyncStream[Message]):
    """The messages of a subscription; `mqttka.Client.subscription` makes it.

    As a context manager it waits for the broker's answer, and ends with UNSUBSCRIBE."""

    outcome: Outcome
    """The broker's answer, with a reason code for each filter; once the context was entered."""

    def __init__(
        self, messages: Messages, answer: asyncio.Future[Any], bridge: Bridge, client: _Client
    ) -> None:
        super().__init__(messages, bridge, client)
        self._client = client
        self._messages: Messages | None = messages
        self._answer = answer

    async def __aenter__(self) -> Self:
        try:
            self.outcome = await self._answer
        except BaseException as error:
            await self.__aexit__(type(error), error, None)
            raise
        return self

    async def aclose(self) -> None:
        """Ends it with UNSUBSCRIBE, and returns when the broker has answered or the connection has
        ended; whoever waits in it hears the end."""
        ending = self._unsubscribe()
        await super().aclose()
        # Without a connection it may come late: the client sends UNSUBSCRIBE all the same.
        while ending is not None and not ending.done() and _has_connection(self._client):
            await asyncio.wait([ending], timeout=_LOOK)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:  # in a hurry: nobody waits for the answer
            self._unsubscribe()
            self._give_up()
        await self.aclose()

    def _unsubscribe(self) -> asyncio.Future[Any] | None:
        messages, self._messages = self._messages, None
        if messages is None:
            return None
        with suppress(MqttkaError):  # nothing is there to end
            ending = self._bridge.start(messages.unsubscribe)
            ending.add_done_callback(lambda done: done.cancelled() or done.exception())  # it was seen
            return ending
        return None


class Subscription(Stream[Message]):
    """The messages of a subscription; `mqttka.sync.Client.subscription` makes it. It ends with
    UNSUBSCRIBE."""

    outcome: Outcome
    """The broker's answer, with a reason code for each filter."""

    def __init__(
        self, messages: Messages, answer: Operation[Outcome], timeout: float | None, client: _Client
    ) -> None:
        super().__init__(messages, client)
        self._client = client
        self._messages: Messages | None = messages
        try:
            self.outcome = answer.wait(timeout)
        except BaseException:
            self._unsubscribe()
            self._give_up()
            raise

    def close(self) -> None:
        """Ends it with UNSUBSCRIBE, and returns when the broker has answered or the connection has
        ended."""
        ending = self._unsubscribe()
        super().close()
        # Without a connection it may come late: the client sends UNSUBSCRIBE all the same.
        while ending is not None and _has_connection(self._client):
            try:
                ending.wait(_LOOK)
            except WaitTimeout:
                continue
            except MqttkaError:
                pass
            return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:  # in a hurry: nobody waits for the answer
            self._unsubscribe()
            self._give_up()
        self.close()

    def _unsubscribe(self) -> Operation[Outcome] | None:
        messages, self._messages = self._messages, None
        if messages is None:
            return None
        with suppress(MqttkaError):  # nothing is there to end
            return messages.unsubscribe()
        return None

"""Subscriptions with a stream of their own."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from . import _patience
from ._errors import MqttkaError, WaitTimeout
from ._mqttka import Message
from ._streams import AsyncStream, Stream
from ._vocabulary import State

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._mqttka import Messages, Operation, Outcome


_LOOK = 0.25
"""So often whoever waits for the answer to UNSUBSCRIBE looks whether there still is a connection."""


class _Client(Protocol):
    @property
    def state(self) -> State: ...


class _Ending:
    """What ends a subscription, once."""

    def __init__(self, messages: Messages, client: _Client) -> None:
        self._client = client
        self._messages: Messages | None = messages

    def begin(self) -> Operation[Outcome] | None:
        """Sends UNSUBSCRIBE, where that was not done."""
        messages, self._messages = self._messages, None
        if messages is None:
            return None
        with suppress(MqttkaError):  # nothing is there to end
            return messages.unsubscribe()
        return None

    def is_near(self) -> bool:
        """Whether the answer is worth waiting for. Without a connection it may come late: the client
        sends UNSUBSCRIBE all the same."""
        return self._client.state in (State.CONNECTED, State.DISCONNECTING)


class AsyncSubscription(AsyncStream[Message]):
    """The messages of a subscription; `mqttka.Client.subscription` makes it.

    As a context manager it waits for the broker's answer, and ends with UNSUBSCRIBE."""

    outcome: Outcome
    """The broker's answer, with a reason code for each filter; once the context was entered."""

    def __init__(
        self, messages: Messages, answer: Operation[Outcome], timeout: float | None, client: _Client
    ) -> None:
        super().__init__(messages, client)
        self._ending = _Ending(messages, client)
        self._answer = answer
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        try:
            self.outcome = await _patience.within(self._answer, self._timeout)
        except BaseException as error:
            await self.__aexit__(type(error), error, None)
            raise
        return self

    async def aclose(self) -> None:
        """Ends it with UNSUBSCRIBE, and returns when the broker has answered or the connection has
        ended; whoever waits in it hears the end."""
        ending = self._ending.begin()
        await super().aclose()
        while ending is not None and self._ending.is_near():
            try:
                await _patience.within(ending, _LOOK)
            except WaitTimeout:
                continue
            except MqttkaError:
                pass
            return

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:  # in a hurry: nobody waits for the answer
            self._ending.begin()
            self._give_up()
        await self.aclose()


class Subscription(Stream[Message]):
    """The messages of a subscription; `mqttka.sync.Client.subscription` makes it. It ends with
    UNSUBSCRIBE."""

    outcome: Outcome
    """The broker's answer, with a reason code for each filter."""

    def __init__(
        self, messages: Messages, answer: Operation[Outcome], timeout: float | None, client: _Client
    ) -> None:
        super().__init__(messages, client)
        self._ending = _Ending(messages, client)
        try:
            self.outcome = answer.wait(timeout)
        except BaseException:
            self._ending.begin()
            self._give_up()
            raise

    def close(self) -> None:
        """Ends it with UNSUBSCRIBE, and returns when the broker has answered or the connection has
        ended."""
        ending = self._ending.begin()
        super().close()
        while ending is not None and self._ending.is_near():
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
            self._ending.begin()
            self._give_up()
        self.close()

"""The client for asyncio: what waits. `generate` makes the one for threads of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from . import _requests
from ._base import with_options
from ._errors import AlreadyConnected, MqttkaError, WaitTimeout
from ._events import Connack, Event
from ._looped import LoopedClient
from ._mqttka import Message, Outcome
from ._patience import Deadline
from ._requests import PublishProperties, SubscribeProperties, Subscription
from ._responding import AsyncResponder
from ._streams import AsyncStream
from ._subscriptions import AsyncSubscription
from ._vocabulary import QoS, ReasonCode

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._requests import Payload, UserProperties


class Client(LoopedClient):
    """An MQTT client for asyncio, for the event loop that it is first used in.

    `async with Client(host, ...) as client` connects and, at the end, disconnects and closes. Where
    the first attempt fails, it raises and closes; with `wait_connected=False` it waits for none, so
    that a program can start while offline. The host may be a URI, such as "mqtts://broker.example".
    A client may be entered again when it was left: it begins anew, with the same options; streams of
    before have ended, and `on_event` goes on.

    The client comes back by itself (`reconnect`): subscriptions and their loops go on, and what is
    published meanwhile waits for the next connection. Where that does not help, the event
    ReconnectStopped says why.

    `on_event`, a plain function, is called with each lifecycle event on a daemon thread of its own,
    in time even though the event loop is blocked; `events()` gives the same to the loop. It may block
    without holding up anything but later events. What it raises, SystemExit included, is told to
    `sys.unraisablehook`.

    Calls raise NotConnected, QueueFull, ... (see MqttkaError) where they are refused. Those that wait
    take a `timeout` in seconds (default: no limit of their own) and raise WaitTimeout; what was asked
    for goes on, except for connect, publish, flush and request. Cancelled, what is still queued is
    withdrawn, and so are a flush and a request at any time; what else was sent goes on.

    When the last reference to a client goes, it is closed, with a ResourceWarning. In the forked child
    of a process that used the library every call raises Forked.
    """

    # --- connection ---

    async def connect(self, timeout: float | None = None) -> Connack:
        """Makes an attempt to connect, at once where the client waits to try again, and tells how it
        ends. Where it fails, the client goes on trying by itself (unless `reconnect=False`), until
        disconnect() or close(). Where `timeout` passes first, or it is cancelled, all that is ended; a
        new one waits for that end, and for the end of a connection that is disconnecting.

        Raises ConnectError within `connect_timeout`, AlreadyConnected, ClientClosed."""
        self._check_caller()
        deadline = Deadline(timeout)
        if self._ending is not None:
            await self._wait(self._ending, deadline.left())
        operation = self._native.connect()
        try:
            return await self._wait(operation, deadline.left())
        except MqttkaError as error:
            if isinstance(error, WaitTimeout):
                self._give_up()
            raise
        except BaseException:  # cancelled, Ctrl-C, or whatever a signal handler raises
            self._give_up()
            raise

    async def disconnect(
        self,
        reason_code: ReasonCode = ReasonCode.SUCCESS,
        timeout: float | None = None,
        *,
        drain_timeout: float | None = None,
        session_expiry_interval: int | None = None,
        reason_string: str | None = None,
        user_properties: UserProperties | None = None,
    ) -> None:
        """Sends what is queued and DISCONNECT, and returns when the connection has ended, within
        min(K/2, 2 s), K being the Keep Alive. With `drain_timeout` it first waits, at most so many
        seconds, until what was queued is acknowledged. A client that waits to try again stops.

        `session_expiry_interval`: how many seconds the broker is to keep the session from now on, 0 to
        4,294,967,295, for ever; above 0 only where the option of that name is. `reason_string` and
        `user_properties` are for the broker's log. These are for 5.0 only.

        Raises NotConnected, NotSupported, ClientClosed."""
        self._check_caller()
        ending = self._end(
            reason_code, drain_timeout, session_expiry_interval, reason_string, user_properties
        )
        await self._wait(ending, timeout)

    async def reauthenticate(self, *, timeout: float | None = None) -> None:
        """Proves to the broker anew who the client is, with its `authenticator`, while the connection
        goes on: for example before a token expires. A failure ends the connection.

        Raises ReauthenticationFailed, OperationRefused, NotConnected, InvalidArgument where there is no
        authenticator, ..."""
        self._check_caller()
        await self._wait(self._native.reauthenticate(), timeout)

    async def __aenter__(self) -> Self:
        if self._closed:
            self._begin_again()
        try:
            if self._wait_connected:
                await self.connect()
            else:
                self.connect_nowait()
        except AlreadyConnected:
            raise
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            with suppress(MqttkaError):
                await self.disconnect()
        finally:
            self.close()

    # --- messages out ---

    async def publish(
        self,
        topic: str,
        payload: Payload = None,
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        retain: bool = False,
        timeout: float | None = None,
        receipt: bool = False,
        **properties: Unpack[PublishProperties],
    ) -> Outcome:
        """Publishes; returns when QoS 0 was handed to the socket, at PUBACK for QoS 1, at PUBCOMP
        for QoS 2. Several may be under way at a time; giving up the wait recalls a message only while
        it is queued. Without a connection it waits for the next one. The payload is bytes or another buffer, a
        str (sent as UTF-8), an int or a float (as decimal digits), or None (empty).

        `timeout`, 0.001 to 31,536,000 seconds, is the message's own: when it has passed, the message
        is not sent (again), and PublishTimeout is raised. None: it waits for ever.

        With `receipt`, QoS 0 returns when the broker has read the message (Receipt.READ), as it
        answered a ping that followed it; that is not "delivered". Where the connection ends first, it
        raises ConnectionLost, and the message may have arrived.

        Raises OperationRefused, SessionLost, QueueFull, InvalidTopic, ...; with `reconnect=False`
        also ConnectionLost and NotConnected."""
        self._check_caller()
        if self._current_trace is not None:
            self._add_trace(properties)
        operation = self._native.publish(topic, payload, qos, retain, timeout, receipt, properties)
        return await self._wait(operation, None)

    async def publish_message(
        self, message: Message, *, timeout: float | None = None, receipt: bool = False
    ) -> Outcome:
        """As publish(), with a message's topic, payload, QoS, retain flag and properties: what
        Message.reply() makes, for example."""
        self._check_caller()
        return await self._wait(self._native.publish_message(message, timeout, receipt), None)

    async def flush(self, *, timeout: float | None = None) -> None:
        """Returns when the broker has read all that was queued before, QoS 0 included, as it answered a
        ping that followed it. Without a connection it waits for the next one. `timeout`: 0.001 to
        31,536,000 seconds.

        Raises PublishTimeout; ConnectionLost where the connection ended after all of that was sent
        and before the answer; QueueFull, ..."""
        self._check_caller()
        await self._wait(self._native.flush(timeout), None)

    async def request(
        self,
        topic: str,
        payload: Payload = None,
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        timeout: float = 30.0,
        **properties: Unpack[PublishProperties],
    ) -> Message:
        """Publishes a request and returns the response: the first message that comes to this client's
        response topic with the request's Correlation Data. Both properties are the library's; what is
        given of them is replaced. MQTT 5.0 only. `timeout`, 0.001 to 31,536,000 seconds, counts over
        connections that come and go.

        Raises PublishTimeout; OperationRefused where the broker refuses it, or says that nobody
        subscribes to its topic (QoS 1 and 2); NotSupported in 3.1.1; QueueFull, ..."""
        self._check_caller()
        if self._current_trace is not None:
            self._add_trace(properties)
        operation = self._native.request(topic, payload, qos, False, timeout, properties)
        return await self._wait(operation, None)

    async def respond(
        self,
        filters: str | Subscription | Iterable[str | Subscription],
        handler: Callable[[Message], Payload | Awaitable[Payload]],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        *,
        timeout: float | None = None,
        **properties: Unpack[SubscribeProperties],
    ) -> AsyncResponder:
        """Subscribes, and answers the requests that come: what `handler` returns goes to the request's
        Response Topic, with its Correlation Data and at its QoS; None is no answer. Messages that are
        no requests are dropped. A shared subscription ("$share/group/...") divides the requests among
        all responders of its group. MQTT 5.0 only.

        A plain function is called on a thread of the library, for one request after the other. A
        coroutine function (mqttka.Client only) runs in the client's event loop, up to 1,024 at a time,
        and no further one while those have 1 MiB of payload: the others wait. A request of QoS 1 or 2 is
        acknowledged when it was answered; one whose task is cancelled comes again. What a function
        raises is told to `sys.unraisablehook`, and there is no answer.

        Raises NotSupported in 3.1.1, OperationRefused where the broker refused one of the filters, ..."""
        self._check_caller()
        wanted = _requests.subscriptions(filters, qos)
        answer, end = self._begin_answering(wanted, properties, handler)
        try:
            outcome = await self._wait(answer, timeout)
        except BaseException:
            with suppress(MqttkaError):
                end()
            raise
        return AsyncResponder(outcome, end)

    # --- messages in ---

    async def subscribe(
        self,
        filters: str | Subscription | Iterable[str | Subscription],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        *,
        timeout: float | None = None,
        **properties: Unpack[SubscribeProperties],
    ) -> Outcome:
        """Subscribes to all filters at once; `qos` is for those given as str. The messages go to
        the streams of `messages()`;
        `subscription()` does both. Without a connection it waits for the next one; where a broker has
        lost the session, the client subscribes again by itself.

        Raises OperationRefused where the broker refused one of them, ..."""
        self._check_caller()
        wanted = _requests.subscriptions(filters, qos)
        return await self._wait(self._native.subscribe(wanted, properties), timeout)

    def subscription(
        self,
        filters: str | Subscription | Iterable[str | Subscription],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        *,
        outlive_connections: bool = False,
        manual_acknowledgement: bool = False,
        timeout: float | None = None,
        **properties: Unpack[SubscribeProperties],
    ) -> AsyncSubscription:
        """Opens a stream of the messages that match one of the filters, and then subscribes to them,
        so that no retained message is lost::

            async with client.subscription("a/#", qos=1) as messages:
                async for message in messages: ...

        Entering it waits for the broker's answer, and raises OperationRefused where the broker
        refused one of the filters. A loop goes on when the client comes back by itself. It ends where
        this program ended it, with `disconnect()` or `close()`, and raises ConnectionEnded or
        ConnectError, with the cause, when the client stops otherwise, unless the subscription is to
        outlive connections.

        With `manual_acknowledgement`, a QoS 1 or 2 message is acknowledged when Message.acknowledge()
        says so, or refused by Message.refuse(), in any order; one that is dropped without either comes
        again.

        Raises QueueFull, ..."""
        self._check_caller()
        wanted = _requests.subscriptions(filters, qos)
        messages, answer = self._native.subscription(
            wanted, properties, outlive_connections, manual_acknowledgement
        )
        return AsyncSubscription(messages, answer, timeout, self)

    async def unsubscribe(
        self,
        filters: str | Subscription | Iterable[str | Subscription],
        *,
        timeout: float | None = None,
        user_properties: UserProperties | None = None,
    ) -> Outcome:
        """Unsubscribes from all filters at once. Raises as subscribe does."""
        self._check_caller()
        properties = {"user_properties": user_properties}
        operation = self._native.unsubscribe(_requests.filters(filters), properties)
        return await self._wait(operation, timeout)

    def messages(self, filter: str | None = None) -> AsyncStream[Message]:
        """The messages that match `filter`, or all, from now on, and those that no consumer has taken
        yet. It subscribes to nothing itself.

        A loop goes on over connections, and ends where this program called close(). When the client
        stops for good otherwise, it raises ConnectionEnded or ConnectError, with the cause; the next
        loop over the stream goes on, should the client connect again."""
        self._check_caller()
        return AsyncStream(self._native.messages(filter), self)

    def events(self) -> AsyncStream[Event]:
        """The lifecycle events from now on, until close()."""
        self._check_caller()
        return AsyncStream(self._native.events(), self)


with_options(Client)

"""The client for asyncio."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, cast

from . import _exit, _lanes, _mqttka, _provider, _requests
from ._bridge import Bridge
from ._errors import AlreadyConnected, Forked, MqttkaError
from ._events import Connack, Event, Status
from ._mqttka import Message, Outcome
from ._requests import Options, PublishProperties, Subscription, SubscribeProperties
from ._streams import AsyncStream
from ._subscriptions import AsyncSubscription
from ._vocabulary import NetworkChange, QoS, ReasonCode, State

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._mqttka import Bell, Messages
    from ._requests import Payload, UserProperties


class Client:
    """An MQTT client for asyncio, for the event loop that it is first used in.

    `async with Client(host, ...) as client` connects and, at the end, disconnects and closes. Where
    the first attempt fails, it raises and closes; with `wait_connected=False` it waits for none, so
    that a program can start while offline. The host may be a URI, such as "mqtts://broker.example".
    Options are keyword arguments: see `Options`.

    The client comes back by itself (`reconnect`): subscriptions and their loops go on, and what is
    published meanwhile waits for the next connection. Where that does not help, the event
    ReconnectStopped says why.

    `on_event`, a plain function, is called with each lifecycle event on a daemon thread of its own,
    in time even though the event loop is blocked; `events()` gives the same to the loop. It may block
    without holding up anything but later events. What it raises, SystemExit included, is told to
    `sys.unraisablehook`.

    Calls raise NotConnected, QueueFull, ... (see MqttkaError) where they are refused. When the last
    reference to a client goes, it is closed, with a ResourceWarning. In the forked child of a
    process that used the library every call raises Forked.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        on_event: Callable[[Event], object] | None = None,
        wait_connected: bool = True,
        **options: Unpack[Options],
    ) -> None:
        self._closed = True
        self._wait_connected = wait_connected
        self._bridge: Bridge | None = None
        self._ending: asyncio.Future[None] | None = None
        _lanes.check("on_event", on_event, "`async for event in client.events()`")
        _lanes.check_hooks(options)
        prepared, self._provider = _provider.prepare(options)
        self._native = _mqttka.Client(host, prepared)
        _exit.watch()
        if on_event is not None:
            self._on_event = _mqttka.Callback(on_event)
            _lanes.start("mqttka-events", self._native.events(), self._on_event)
        self._closed = False
        self._host = self._native.host

    # --- connection ---

    async def connect(self) -> Connack:
        """Makes an attempt to connect, at once where the client waits to try again, and tells how it
        ends. Where it fails, the client goes on trying by itself (unless `reconnect=False`), until
        disconnect() or close(). Cancelling it ends all that; a new one waits for that end, and for
        the end of a connection that is disconnecting.

        Raises ConnectError within `connect_timeout`, AlreadyConnected, ClientClosed."""
        bridge = self._here()
        if self._ending is not None:
            await asyncio.wait([self._ending])
        try:
            return cast(Connack, await bridge.operation(self._native.connect))
        except MqttkaError:
            raise
        except BaseException:
            with suppress(MqttkaError):
                self._end(bridge, ReasonCode.SUCCESS, None)
            raise

    def connect_nowait(self) -> None:
        """Begins to connect and does not wait: events and `state` tell how it goes. What is published
        and subscribed waits for the connection.

        Raises AlreadyConnected, ClientClosed."""
        self._here()
        self._native.connect()

    async def disconnect(
        self,
        reason_code: ReasonCode = ReasonCode.SUCCESS,
        *,
        drain_timeout: float | None = None,
    ) -> None:
        """Sends what is queued and DISCONNECT, and returns when the connection has ended, within
        min(K/2, 2 s). With `drain_timeout` it first waits, at most so many seconds, until what was
        queued is acknowledged. A client that waits to try again stops.

        Raises NotConnected, ClientClosed."""
        await asyncio.wait([self._end(self._here(), reason_code, drain_timeout)])

    def _end(
        self, bridge: Bridge, reason_code: ReasonCode, drain_timeout: float | None
    ) -> asyncio.Future[None]:
        """Begins the end of the connection or attempt. Nobody cancels what it gives."""
        self._ending = bridge.start(
            lambda bell, number: self._native.disconnect(reason_code, drain_timeout, bell, number)
        )
        self._end_provider()
        return self._ending

    def _end_provider(self) -> None:
        if self._provider is not None:
            self._provider.end()

    def close(self) -> None:
        """Closes the client for good. It does not wait: a goodbye goes on, which sends what is
        queued and DISCONNECT, within min(K/2, 2 s). Any thread may call it, as often as it likes."""
        self._closed = True
        self._native.close()
        self._end_provider()

    def abort(self) -> None:
        """Closes the client for good and at once, without a word to the broker, which publishes the
        will. Any thread may call it, also after close()."""
        self._closed = True
        self._native.abort()
        self._end_provider()

    async def __aenter__(self) -> Self:
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
        payload: Payload = b"",
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        retain: bool = False,
        timeout: float | None = None,
        **properties: Unpack[PublishProperties],
    ) -> Outcome:
        """Publishes; returns when QoS 0 was handed to the socket, at PUBACK for QoS 1, at PUBCOMP
        for QoS 2. Several may be under way at a time; cancelling does not recall a message. Without
        a connection it waits for the next one.

        `timeout`, 0.001 to 31,536,000 seconds, is the message's own: when it has passed, the message
        is not sent (again), and PublishTimeout is raised. None: it waits for ever.

        Raises OperationRefused, SessionLost, QueueFull, InvalidTopic, ...; with `reconnect=False`
        also ConnectionLost and NotConnected."""
        outcome = await self._here().operation(
            lambda bell, number: self._native.publish(
                topic, payload, qos, retain, timeout, properties, bell, number
            )
        )
        return cast(Outcome, outcome)

    def publish_nowait(
        self,
        topic: str,
        payload: Payload = b"",
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        retain: bool = False,
        timeout: float | None = None,
        **properties: Unpack[PublishProperties],
    ) -> None:
        """Publishes without telling the outcome. Any thread may call it.

        Raises QueueFull, InvalidTopic, ... where the call is refused."""
        self._native.publish(topic, payload, qos, retain, timeout, properties)

    # --- messages in ---

    async def subscribe(
        self,
        filters: str | Subscription | Iterable[str | Subscription],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        **properties: Unpack[SubscribeProperties],
    ) -> Outcome:
        """Subscribes to all filters at once; `qos` is for those given as str. The messages go to
        the streams of `messages()`; `subscription()` does both. Without a connection it waits for
        the next one; where a broker has lost the session, the client subscribes again by itself.

        Raises OperationRefused where the broker refused one of them, ..."""
        wanted = _requests.subscriptions(filters, qos)
        outcome = await self._here().operation(
            lambda bell, number: self._native.subscribe(wanted, properties, bell, number)
        )
        return cast(Outcome, outcome)

    def subscription(
        self,
        filters: str | Subscription | Iterable[str | Subscription],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        *,
        outlive_connections: bool = False,
        **properties: Unpack[SubscribeProperties],
    ) -> AsyncSubscription:
        """Opens a stream of the messages that match one of the filters, and then subscribes to them,
        so that no retained message is lost:

            async with client.subscription("a/#", qos=1) as messages:
                async for message in messages: ...

        Entering it waits for the broker's answer, and raises OperationRefused where the broker
        refused one of the filters. A loop goes on when the client comes back by itself. It ends with
        `disconnect()` or `close()`, and raises ConnectionEnded or ConnectError, with the cause, when
        the client stops otherwise, unless the subscription is to outlive connections.

        Raises QueueFull, ..."""
        wanted = _requests.subscriptions(filters, qos)
        bridge = self._here()
        opened: list[Messages] = []

        def start(bell: Bell, number: int) -> None:
            messages, _ = self._native.subscription(
                wanted, properties, outlive_connections, bell, number
            )
            opened.append(messages)

        answer = bridge.start(start)
        return AsyncSubscription(opened[0], answer, bridge, self)

    async def unsubscribe(
        self, filters: str | Iterable[str], *, user_properties: UserProperties | None = None
    ) -> Outcome:
        """Unsubscribes from all filters at once. Raises as subscribe does."""
        named = _requests.filters(filters)
        properties = {"user_properties": user_properties}
        outcome = await self._here().operation(
            lambda bell, number: self._native.unsubscribe(named, properties, bell, number)
        )
        return cast(Outcome, outcome)

    def messages(self, filter: str | None = None) -> AsyncStream[Message]:
        """The messages that match `filter`, or all, from now on, and those that no consumer has taken
        yet. It subscribes to nothing itself.

        It goes on over connections and ends with close(); `events()` tells of disconnections."""
        return AsyncStream(self._native.messages(filter), self._here(), self)

    # --- what happens, and what the system knows ---

    def events(self) -> AsyncStream[Event]:
        """The lifecycle events from now on."""
        return AsyncStream(self._native.events(), self._here(), self)

    def probe_now(self, timeout: float) -> None:
        """Asks the broker for a sign of life now: where none comes within `timeout` seconds, the
        connection ends. Without a connection it does nothing. Any thread may call it."""
        self._native.probe_now(timeout)

    def network_changed(
        self,
        change: NetworkChange,
        *,
        metered: bool | None = None,
        validated: bool | None = None,
        captive_portal: bool | None = None,
        id: str = "",
    ) -> None:
        """The system says that its network changed, and what it knows of the one that there is now
        (`id` names it, for `adaptive_ping`): a connection whose local address is gone ends at once,
        another is probed; a client that waits to try again tries now, except after LOST. Any
        thread may call it."""
        self._native.network_changed(change, metered, validated, captive_portal, id)

    def reconnect_now(self) -> None:
        """Where the client waits to try again (State.RECONNECTING), it tries now; else it does
        nothing. Any thread may call it."""
        self._native.reconnect_now()

    def entered_background(self) -> None:
        """The application is in the background now: pings may be as rare as they are allowed to
        be. Any thread may call it."""
        self._native.entered_background()

    def entered_foreground(self) -> None:
        """The application is in the foreground now: the broker has 2 s to show that it lives; where
        the client waits to try again, it tries now. Any thread may call it."""
        self._native.entered_foreground()

    @property
    def status(self) -> Status:
        """What is known at this moment. Any thread may ask."""
        return self._native.status()

    @property
    def state(self) -> State:
        """Where the client stands at this moment. Any thread may ask."""
        return self._native.state

    def __repr__(self) -> str:
        with suppress(Forked):
            return f"<mqttka.Client {self._host!r} {self.state.name.lower()}>"
        return f"<mqttka.Client {self._host!r} forked>"

    def __del__(self) -> None:
        if not self._closed and _exit.is_leak():
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    def _here(self) -> Bridge:
        loop = asyncio.get_running_loop()
        if self._bridge is None:
            self._bridge = Bridge(loop)
            if self._provider is not None:
                self._provider.bind(loop)
        elif self._bridge.loop is not loop:
            raise RuntimeError("this client is used in another event loop")
        return self._bridge

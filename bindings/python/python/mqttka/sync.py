"""The client for threads: blocking calls, callbacks and iterators."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from . import _exit, _lanes, _mqttka, _provider, _requests
from ._errors import AlreadyConnected, Forked, MqttkaError, WaitTimeout
from ._events import Connack, Event, Status
from ._mqttka import Message, Operation, Outcome
from ._requests import Options, PublishProperties, SubscribeProperties
from ._streams import Stream
from ._subscriptions import Subscription
from ._vocabulary import NetworkChange, QoS, ReasonCode, State

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._requests import Payload, UserProperties

__all__ = ["Client", "Stream", "Subscription"]


class Client:
    """An MQTT client for threads. Every method may be called from any thread, and from callbacks.

    `with Client(host, ...) as client` connects and, at the end, disconnects and closes. Where the
    first attempt fails, it raises and closes; with `wait_connected=False` it waits for none, so that
    a program can start while offline. The host may be a URI, such as "mqtts://broker.example".
    Options are keyword arguments: see `mqttka.Options`.

    The client comes back by itself (`reconnect`): subscriptions and their loops go on, and what is
    published meanwhile waits for the next connection. Where that does not help, the event
    ReconnectStopped says why.

    `on_event` is called with each lifecycle event, `on_message` with each message (also with those
    that streams get), each on a daemon thread of its own: however long `on_message` takes,
    `on_event` comes in time. A message is acknowledged when `on_message` has returned. What they
    raise, SystemExit included, is told to `sys.unraisablehook`.

    Calls that wait take a `timeout` in seconds (default: no limit of their own) and raise
    WaitTimeout; what was asked for goes on, except for connect and publish. They wait without the
    GIL, and Ctrl-C ends the wait. When the last reference to a client goes, it is closed, with a
    ResourceWarning. In the forked child of a process that used the library every call raises
    Forked.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        on_event: Callable[[Event], object] | None = None,
        on_message: Callable[[Message], object] | None = None,
        wait_connected: bool = True,
        **options: Unpack[Options],
    ) -> None:
        self._closed = True
        self._wait_connected = wait_connected
        _lanes.check("on_event", on_event, "mqttka.Client and its events()")
        _lanes.check("on_message", on_message, "mqttka.Client and its messages()")
        _lanes.check_hooks(options)
        self._native = _mqttka.Client(host, _provider.prepare_plain(options))
        self._ending: Operation[None] | None = None
        _exit.watch()
        if on_event is not None:
            self._on_event = _mqttka.Callback(on_event)
            _lanes.start("mqttka-events", self._native.events(), self._on_event)
        if on_message is not None:
            self._on_message = _mqttka.Callback(on_message)
            _lanes.start("mqttka-messages", self._native.messages(None), self._on_message)
        self._closed = False
        self._host = self._native.host

    # --- connection ---

    def connect(self, timeout: float | None = None) -> Connack:
        """Makes an attempt to connect, at once where the client waits to try again, and tells how it
        ends. Where it fails, the client goes on trying by itself (unless `reconnect=False`), until
        disconnect() or close(). Where `timeout` passes first, all that is ended. A new one waits for
        that end, and for the end of a connection that is disconnecting.

        Raises ConnectError within `connect_timeout`, AlreadyConnected, ClientClosed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        if self._ending is not None:
            self._ending.wait(timeout)
        operation = self._native.connect()
        try:
            return operation.wait(None if deadline is None else max(0, deadline - time.monotonic()))
        except MqttkaError as error:
            if isinstance(error, WaitTimeout):
                self._give_up()
            raise
        except BaseException:  # Ctrl-C, or whatever a signal handler raises
            self._give_up()
            raise

    def connect_nowait(self) -> Operation[Connack]:
        """Begins to connect and returns at once; `wait` of what it returns tells how the attempt
        ends. What is published and subscribed waits for the connection.

        Raises AlreadyConnected, ClientClosed."""
        return self._native.connect()

    def _give_up(self) -> None:
        with suppress(MqttkaError):
            self._ending = self._native.disconnect(ReasonCode.SUCCESS, None)

    def disconnect(
        self,
        reason_code: ReasonCode = ReasonCode.SUCCESS,
        timeout: float | None = None,
        *,
        drain_timeout: float | None = None,
    ) -> None:
        """Sends what is queued and DISCONNECT, and returns when the connection has ended, within
        min(K/2, 2 s). With `drain_timeout` it first waits, at most so many seconds, until what was
        queued is acknowledged. A client that waits to try again stops.

        Raises NotConnected, ClientClosed."""
        self._ending = self._native.disconnect(reason_code, drain_timeout)
        self._ending.wait(timeout)

    def close(self) -> None:
        """Closes the client for good. It does not wait: a goodbye goes on, which sends what is
        queued and DISCONNECT, within min(K/2, 2 s). Repeating it does nothing."""
        self._closed = True
        self._native.close()

    def abort(self) -> None:
        """Closes the client for good and at once, without a word to the broker, which publishes the
        will; also after close()."""
        self._closed = True
        self._native.abort()

    def __enter__(self) -> Self:
        try:
            if self._wait_connected:
                self.connect()
            else:
                self.connect_nowait()
        except AlreadyConnected:
            raise
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            with suppress(MqttkaError):
                self.disconnect()
        finally:
            self.close()

    # --- messages out ---

    def publish(
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
        for QoS 2. Without a connection it waits for the next one.

        `timeout`, 0.001 to 31,536,000 seconds, is the message's own: when it has passed, the message
        is not sent (again), and PublishTimeout is raised. None: it waits for ever.

        Raises OperationRefused, SessionLost, QueueFull, InvalidTopic, ...; with `reconnect=False`
        also ConnectionLost and NotConnected."""
        return self._native.publish(topic, payload, qos, retain, timeout, properties).wait()

    def publish_nowait(
        self,
        topic: str,
        payload: Payload = b"",
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        retain: bool = False,
        timeout: float | None = None,
        **properties: Unpack[PublishProperties],
    ) -> Operation[Outcome]:
        """Publishes and returns at once; `wait` of what it returns gives the outcome.

        Raises QueueFull, InvalidTopic, ... where the call is refused."""
        return self._native.publish(topic, payload, qos, retain, timeout, properties)

    # --- messages in ---

    def subscribe(
        self,
        filters: str | _requests.Subscription | Iterable[str | _requests.Subscription],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        *,
        timeout: float | None = None,
        **properties: Unpack[SubscribeProperties],
    ) -> Outcome:
        """Subscribes to all filters at once; `qos` is for those given as str. The messages go to
        the streams of `messages()` and to `on_message`; `subscription()` does both. Without a
        connection it waits for the next one; where a broker has lost the session, the client
        subscribes again by itself.

        Raises OperationRefused where the broker refused one of them, ..."""
        wanted = _requests.subscriptions(filters, qos)
        return self._native.subscribe(wanted, properties).wait(timeout)

    def subscription(
        self,
        filters: str | _requests.Subscription | Iterable[str | _requests.Subscription],
        qos: QoS | int = QoS.AT_MOST_ONCE,
        *,
        outlive_connections: bool = False,
        timeout: float | None = None,
        **properties: Unpack[SubscribeProperties],
    ) -> Subscription:
        """Opens a stream of the messages that match one of the filters, and then subscribes to them,
        so that no retained message is lost:

            with client.subscription("a/#", qos=1) as messages:
                for message in messages: ...

        It waits for the broker's answer. A loop goes on when the client comes back by itself. It
        ends with `disconnect()` or `close()`, and raises ConnectionEnded or ConnectError, with the
        cause, when the client stops otherwise, unless the subscription is to outlive connections.

        Raises OperationRefused where the broker refused one of the filters, ..."""
        wanted = _requests.subscriptions(filters, qos)
        messages, answer = self._native.subscription(wanted, properties, outlive_connections)
        return Subscription(messages, answer, timeout, self)

    def unsubscribe(
        self,
        filters: str | Iterable[str],
        *,
        timeout: float | None = None,
        user_properties: UserProperties | None = None,
    ) -> Outcome:
        """Unsubscribes from all filters at once. Raises as subscribe does."""
        properties = {"user_properties": user_properties}
        return self._native.unsubscribe(_requests.filters(filters), properties).wait(timeout)

    def messages(self, filter: str | None = None) -> Stream[Message]:
        """The messages that match `filter`, or all, from now on, and those that no consumer has taken
        yet. It subscribes to nothing itself.

        It goes on over connections and ends with close(); `events()` tells of disconnections."""
        return Stream(self._native.messages(filter), self)

    # --- what happens, and what the system knows ---

    def events(self) -> Stream[Event]:
        """The lifecycle events from now on."""
        return Stream(self._native.events(), self)

    def probe_now(self, timeout: float) -> None:
        """Asks the broker for a sign of life now: where none comes within `timeout` seconds, the
        connection ends. It does not wait. Without a connection it does nothing."""
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
        another is probed; a client that waits to try again tries now, except after LOST."""
        self._native.network_changed(change, metered, validated, captive_portal, id)

    def reconnect_now(self) -> None:
        """Where the client waits to try again (State.RECONNECTING), it tries now; else it does
        nothing."""
        self._native.reconnect_now()

    def entered_background(self) -> None:
        """The application is in the background now: pings may be as rare as they are allowed to
        be."""
        self._native.entered_background()

    def entered_foreground(self) -> None:
        """The application is in the foreground now: the broker has 2 s to show that it lives; where
        the client waits to try again, it tries now."""
        self._native.entered_foreground()

    @property
    def status(self) -> Status:
        """What is known at this moment."""
        return self._native.status()

    @property
    def state(self) -> State:
        """Where the client stands at this moment."""
        return self._native.state

    def __repr__(self) -> str:
        with suppress(Forked):
            return f"<mqttka.sync.Client {self._host!r} {self.state.name.lower()}>"
        return f"<mqttka.sync.Client {self._host!r} forked>"

    def __del__(self) -> None:
        if not self._closed and _exit.is_leak():
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()


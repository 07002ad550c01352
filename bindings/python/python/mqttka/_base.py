"""What both clients have in common: all that does not wait."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from . import _exit, _lanes, _mqttka, _suggest
from ._errors import Forked, MqttkaError, StartupFailed
from ._events import Connack, Event, Status
from ._mqttka import Counters, Message, Operation, Outcome
from ._options import Options
from ._requests import PublishProperties
from ._vocabulary import LostPublish, NetworkChange, QoS, QueuePolicy, ReasonCode, State, Version

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._provider import LoopProvider
    from ._requests import Payload, Traced, UserProperties


class BaseClient:
    """See `mqttka.Client` and `mqttka.sync.Client`."""

    _closed = True
    _host = ""

    def __init__(
        self,
        host: str | None,
        prepared: dict[str, object],
        provider: LoopProvider | None,
        on_event: Callable[[Event], object] | None,
        on_message: Callable[[Message], object] | None,
        wait_connected: bool,
    ) -> None:
        self._wait_connected = wait_connected
        self._current_trace = _current_trace() if prepared.get("trace_context") else None
        self._provider = provider
        self._ending: Operation[None] | None = None
        self._native = _mqttka.Client(host, prepared)
        self._host = self._native.host
        self._event_lane = _lanes.Lane("mqttka-events", on_event)
        self._message_lane = _lanes.Lane("mqttka-messages", on_message)
        _exit.watch()
        self._begin()

    def _add_trace(self, properties: PublishProperties) -> None:
        """The caller's current trace, unless another one was given."""
        if self._current_trace is not None and "trace_context" not in properties:
            properties["trace_context"] = self._current_trace()

    def _begin(self) -> None:
        """The callbacks hear of this native client."""
        self._event_lane.follow(self._native.events)
        self._message_lane.follow(lambda: self._native.messages(None, False))
        self._closed = False

    def _begin_again(self) -> None:
        """A client that was closed is entered again."""
        self._native = self._native.again()
        self._ending = None
        self._begin()

    def _give_up(self) -> None:
        """Begins the end of the attempt."""
        with suppress(MqttkaError):
            self._end(ReasonCode.SUCCESS, None)

    def _end(
        self,
        reason_code: ReasonCode,
        drain_timeout: float | None,
        session_expiry_interval: int | None = None,
        reason_string: str | None = None,
        user_properties: UserProperties | None = None,
    ) -> Operation[None]:
        """Begins the end of the connection or attempt."""
        self._ending = ending = self._native.disconnect(
            reason_code, drain_timeout, session_expiry_interval, reason_string, user_properties
        )
        self._end_provider()
        return ending

    def _end_provider(self) -> None:
        if self._provider is not None:
            self._provider.end()

    def _check_caller(self) -> None:
        """Whether it may be used here. Any thread may, unless the client belongs to an event loop."""

    # --- connection ---

    def connect_nowait(self) -> Operation[Connack]:
        """Begins to connect and returns at once: events and `state` tell how it goes, and `wait` of
        what it returns, or awaiting it, how the attempt ends. What is published and subscribed waits
        for the connection.

        Raises AlreadyConnected, ClientClosed."""
        self._check_caller()
        return self._native.connect()

    def close(self) -> None:
        """Closes the client for good, but that it may be entered again. It does not wait: a goodbye
        goes on, which sends what is queued and DISCONNECT, within min(K/2, 2 s), K being the Keep
        Alive. Any thread may call it, as often as it likes."""
        self._closed = True
        self._native.close()
        self._end_provider()

    def abort(self) -> None:
        """Closes the client at once, without a word to the broker, which publishes the will. Any
        thread may call it, also after close()."""
        self._closed = True
        self._native.abort()
        self._end_provider()

    # --- messages out ---

    def publish_nowait(
        self,
        topic: str,
        payload: Payload = None,
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        retain: bool = False,
        timeout: float | None = None,
        receipt: bool = False,
        **properties: Unpack[PublishProperties],
    ) -> Operation[Outcome]:
        """Publishes and returns at once; `wait` of what it returns, or awaiting it, gives the outcome,
        which need not be asked for. The arguments are those of publish(). Any thread may call it.

        Raises QueueFull, InvalidTopic, ... where the call is refused."""
        if self._current_trace is not None:
            self._add_trace(properties)
        return self._native.publish(topic, payload, qos, retain, timeout, receipt, properties)

    def publish_message_nowait(
        self, message: Message, *, timeout: float | None = None, receipt: bool = False
    ) -> Operation[Outcome]:
        """As publish_nowait(), with a message's topic, payload, QoS, retain flag and properties. Any
        thread may call it."""
        return self._native.publish_message(message, timeout, receipt)

    def request_nowait(
        self,
        topic: str,
        payload: Payload = None,
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        timeout: float = 30.0,
        **properties: Unpack[PublishProperties],
    ) -> Operation[Message]:
        """Begins a request() and returns at once; `wait` of what it returns, or awaiting it, gives the
        response. Any thread may call it."""
        if self._current_trace is not None:
            self._add_trace(properties)
        return self._native.request(topic, payload, qos, False, timeout, properties)

    # --- what the system knows ---

    def probe_now(self, timeout: float) -> None:
        """Asks the broker for a sign of life now: where none comes within `timeout` seconds, 0.001 to
        86,400, the connection ends. It does not wait. Without a connection it does nothing. Any
        thread may call it."""
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
    def negotiated(self) -> Connack | None:
        """What the broker's CONNACK settled, with defaults filled in; None while not connected. Any
        thread may ask."""
        return self._native.negotiated()

    def counters(self) -> Counters:
        """What is counted, at this moment, over all connections since the client was entered. Any thread
        may ask, every second if it likes."""
        return self._native.counters()

    @property
    def status(self) -> Status:
        """What is known at this moment. Any thread may ask."""
        return self._native.status()

    @property
    def state(self) -> State:
        """Where the client stands at this moment. Any thread may ask."""
        return self._native.state

    def __repr__(self) -> str:
        kind = type(self)
        name = f"{kind.__module__}.{kind.__qualname__}"
        with suppress(Forked, AttributeError):  # in the middle of its making
            return f"<{name} {self._host!r} {self.state.name.lower()}>"
        return f"<{name} {self._host!r}>"

    def __del__(self) -> None:
        if not self._closed and _exit.is_leak():
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    if not TYPE_CHECKING:  # type checkers know by themselves what there is

        def __getattr__(self, name: str) -> Any:
            names = [] if name.startswith("_") else _public(type(self))
            raise _suggest.unknown_attribute(self, name, names)

        def __setattr__(self, name: str, value: object) -> None:
            if _suggest.is_foreign(name) and not hasattr(type(self), name):
                raise _suggest.unknown_attribute(self, name, ())
            object.__setattr__(self, name, value)


def _public(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


def check_options(options: Options) -> None:
    """Refuses unknown names, and hooks that cannot be called."""
    names = Options.__annotations__
    for name, value in options.items():
        # What is to be done without a context, the native module says.
        if name not in names and type(value).__name__ != "SSLContext":
            raise _suggest.unknown_option(name, [*names, "host"])
    _lanes.check_hooks(options)


def _current_trace() -> Callable[[], Traced | None]:
    try:
        from .opentelemetry import current_trace_context
    except ImportError as error:
        raise StartupFailed(
            f"trace_context needs OpenTelemetry ({error}); pip install mqttka[opentelemetry]"
        ) from error
    return current_trace_context


class _Type:
    """An annotation that is shown as it was written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


_ENUMS: dict[str, type[Version] | type[QueuePolicy] | type[LostPublish]] = {
    "protocol_version": Version,
    "queue_policy": QueuePolicy,
    "lost_qos1": LostPublish,
    "lost_qos2": LostPublish,
}


def with_options(kind: type[Any]) -> None:
    """Shows the options, which are kept in one place, in the client's signature and docstring."""
    init = kind.__init__
    defaults = _mqttka.option_defaults()
    for name, enum in _ENUMS.items():
        members = {**enum.__members__, **{str(one.value): one for one in enum}}
        defaults[name] = members[str(defaults[name]).upper()]
    own = inspect.signature(init)
    parameters = [one for one in own.parameters.values() if one.kind is not one.VAR_KEYWORD]
    for name, hint in Options.__annotations__.items():
        text = getattr(hint, "__forward_arg__", hint)
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults[name],
                annotation=_Type(str(text).replace('"', "'")),
            )
        )
    init.__signature__ = own.replace(parameters=parameters)
    # Python 3.13 takes the indentation away, others do not.
    documented = inspect.cleandoc(Options.__doc__ or "").partition("Attributes:\n")[2]
    own_words = inspect.cleandoc(kind.__doc__ or "")
    kind.__doc__ = f"{own_words}\n\nKeyword Arguments:\n{documented}"

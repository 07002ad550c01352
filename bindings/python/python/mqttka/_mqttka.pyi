from collections.abc import Callable, Mapping, Sequence
from types import GenericAlias
from typing import Any, Generic, TypeVar, final, overload

from typing_extensions import Buffer

from ._events import Connack, Event, Status
from ._requests import Connection, Subscription
from ._vocabulary import NetworkChange, QoS, ReasonCode, State

_T = TypeVar("_T")

__version__: str

@final
class Bell:
    def __new__(cls, ring: Callable[[], object]) -> Bell: ...
    def take(self) -> list[tuple[int, Any]]: ...

@final
class Operation(Generic[_T]):
    """A connect, disconnect, publish, subscribe or unsubscribe that was accepted."""

    def wait(self, timeout: float | None = None) -> _T: ...
    @classmethod
    def __class_getitem__(cls, key: object) -> GenericAlias: ...

@final
class Outcome:
    """The broker's answer to a publish, subscribe or unsubscribe."""

    @property
    def reason_code(self) -> ReasonCode: ...
    @property
    def reason_codes(self) -> list[ReasonCode]: ...
    @property
    def packet_id(self) -> int | None: ...
    @property
    def reason_string(self) -> str | None: ...

@final
class Message:
    """A message that came."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def qos(self) -> QoS: ...
    @property
    def retain(self) -> bool: ...
    @property
    def dup(self) -> bool: ...
    @property
    def connection_number(self) -> int: ...
    @property
    def content_type(self) -> str | None: ...
    @property
    def response_topic(self) -> str | None: ...
    @property
    def correlation_data(self) -> bytes | None: ...
    @property
    def message_expiry_interval(self) -> int | None: ...
    @property
    def payload_format_indicator(self) -> int | None: ...
    @property
    def subscription_identifiers(self) -> list[int]: ...
    @property
    def user_properties(self) -> list[tuple[str, str]]: ...

@final
class Messages:
    def wait(self, max: int, timeout: float | None = None) -> list[Message] | None: ...
    def poll(self, max: int, bell: Bell, id: int) -> list[Message] | None: ...
    def done(self, count: int) -> None: ...
    @overload
    def unsubscribe(self, bell: None = None, id: int = 0) -> Operation[Outcome]: ...
    @overload
    def unsubscribe(self, bell: Bell, id: int) -> None: ...

@final
class Events:
    def wait(self, max: int, timeout: float | None = None) -> list[Event] | None: ...
    def poll(self, max: int, bell: Bell, id: int) -> list[Event] | None: ...
    def done(self, count: int) -> None: ...

@final
class Callback:
    def __new__(cls, callable: Callable[[Any], object]) -> Callback: ...
    def caller(self) -> Caller: ...

@final
class Caller:
    def get(self) -> Callable[[Any], object] | None: ...

@final
class Records:
    def wait(self, max: int) -> list[tuple[int, str]]: ...

@final
class Request:
    @property
    def attempt_number(self) -> int: ...
    @property
    def time_left(self) -> float: ...
    def provide(self, given: Connection) -> None: ...
    def fail(self, message: str, fatal: bool) -> None: ...

@final
class Client:
    def __new__(
        cls,
        host: str | None,
        options: Mapping[str, object] | None,
    ) -> Client: ...
    @property
    def host(self) -> str: ...
    @overload
    def connect(self, bell: None = None, id: int = 0) -> Operation[Connack]: ...
    @overload
    def connect(self, bell: Bell, id: int) -> None: ...
    @overload
    def disconnect(
        self, reason_code: int, drain_timeout: float | None, bell: None = None, id: int = 0
    ) -> Operation[None]: ...
    @overload
    def disconnect(
        self, reason_code: int, drain_timeout: float | None, bell: Bell, id: int
    ) -> None: ...
    @overload
    def publish(
        self,
        topic: str,
        payload: str | Buffer,
        qos: int,
        retain: bool,
        timeout: float | None,
        properties: Mapping[str, object] | None = None,
        bell: None = None,
        id: int = 0,
    ) -> Operation[Outcome]: ...
    @overload
    def publish(
        self,
        topic: str,
        payload: str | Buffer,
        qos: int,
        retain: bool,
        timeout: float | None,
        properties: Mapping[str, object] | None,
        bell: Bell,
        id: int,
    ) -> None: ...
    @overload
    def subscribe(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None = None,
        bell: None = None,
        id: int = 0,
    ) -> Operation[Outcome]: ...
    @overload
    def subscribe(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None,
        bell: Bell,
        id: int,
    ) -> None: ...
    @overload
    def subscription(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None,
        outlive_connections: bool,
        bell: None = None,
        id: int = 0,
    ) -> tuple[Messages, Operation[Outcome]]: ...
    @overload
    def subscription(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None,
        outlive_connections: bool,
        bell: Bell,
        id: int,
    ) -> tuple[Messages, None]: ...
    @overload
    def unsubscribe(
        self,
        filters: Sequence[str],
        properties: Mapping[str, object] | None = None,
        bell: None = None,
        id: int = 0,
    ) -> Operation[Outcome]: ...
    @overload
    def unsubscribe(
        self,
        filters: Sequence[str],
        properties: Mapping[str, object] | None,
        bell: Bell,
        id: int,
    ) -> None: ...
    def messages(self, filter: str | None = None) -> Messages: ...
    def events(self) -> Events: ...
    def probe_now(self, timeout: float) -> None: ...
    def network_changed(
        self,
        change: NetworkChange | int,
        metered: bool | None,
        validated: bool | None,
        captive_portal: bool | None,
        id: str,
    ) -> None: ...
    def reconnect_now(self) -> None: ...
    def entered_background(self) -> None: ...
    def entered_foreground(self) -> None: ...
    def status(self) -> Status: ...
    @property
    def state(self) -> State: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...

def report(error: BaseException, callable: object) -> None: ...
def enter() -> bool: ...
def leave() -> None: ...
def shut_down(limit_ms: int) -> None: ...
def forward_logs(level: int) -> Records | None: ...
def option_defaults() -> dict[str, object]: ...
def vocabulary() -> dict[str, list[tuple[str, int]]]: ...

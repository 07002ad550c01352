from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from types import GenericAlias
from typing import Any, ClassVar, Generic, TypeVar, final

from typing_extensions import Unpack

from ._events import Connack, Event, Status
from ._requests import Connection, Payload, PublishProperties, Subscription
from ._topics import Topic
from ._vocabulary import NetworkChange, QoS, ReasonCode, State

_T = TypeVar("_T")

__version__: str

@final
class Bell:
    def __new__(cls, ring: Callable[[], object]) -> Bell: ...
    def take(self) -> list[tuple[int, Any]]: ...

@final
class Operation(Generic[_T]):
    """A connect, disconnect, publish, subscribe or unsubscribe that was accepted. Dropping it changes
    nothing for it."""

    def wait(self, timeout: float | None = None) -> _T:
        """Waits for the result, at most `timeout` seconds (None: no limit), and gives it, as often as
        it is asked.

        Raises ConnectError or OperationError where it failed, WaitTimeout where it has not come."""

    def done(self) -> bool:
        """Whether the result is there."""

    def notify(self, bell: Bell, id: int) -> None: ...
    def __await__(self) -> Generator[Any, None, _T]: ...
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
    """A message that came, or that the application makes. Those are equal that were published alike,
    whatever delivered them: `dup` and `connection_number` do not count."""

    __match_args__: ClassVar[tuple[str, str]]

    def __new__(
        cls,
        topic: str,
        payload: Payload = None,
        *,
        qos: QoS | int | None = None,
        retain: bool | None = None,
        dup: bool | None = None,
        connection_number: int | None = None,
        subscription_identifiers: Iterable[int] | None = None,
        **properties: Unpack[PublishProperties],
    ) -> Message: ...
    @property
    def topic(self) -> Topic:
        """Where it was published."""

    @property
    def payload(self) -> bytes:
        """The application's bytes."""

    @property
    def text(self) -> str:
        """The payload as text. Raises InvalidText where it is not UTF-8."""

    @property
    def qos(self) -> QoS:
        """The QoS with which it came."""

    @property
    def retain(self) -> bool:
        """Whether the broker had kept it for later subscribers."""

    @property
    def dup(self) -> bool:
        """Whether this may be a repeated delivery."""

    @property
    def connection_number(self) -> int:
        """The number of the connection that it came over; 0 for a message that did not come."""

    @property
    def content_type(self) -> str | None:
        """What the payload is, such as a MIME type."""

    @property
    def response_topic(self) -> str | None:
        """Where an answer is expected."""

    @property
    def correlation_data(self) -> bytes | None:
        """Marks which request this belongs to."""

    @property
    def message_expiry_interval(self) -> int | None:
        """What is left of its lifetime, in seconds."""

    @property
    def payload_format_indicator(self) -> int | None:
        """1: the payload is UTF-8 text, 0: bytes."""

    @property
    def subscription_identifiers(self) -> list[int]:
        """The identifiers of the subscriptions that it came for."""

    @property
    def user_properties(self) -> list[tuple[str, str]]:
        """The publisher's own names and values, in order."""

    def matches(self, filter: str) -> bool:
        """Whether it belongs to this topic filter. Raises InvalidTopic where that is none."""

    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[str, bytes], dict[str, Any]]: ...
    def __replace__(self, **changes: Any) -> Message: ...

@final
class Messages:
    def wait(self, max: int, timeout: float | None = None) -> list[Message] | None: ...
    def poll(self, max: int, bell: Bell, id: int) -> list[Message] | None: ...
    def done(self, count: int) -> None: ...
    def unsubscribe(self) -> Operation[Outcome]: ...

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
class FakeBroker:
    def __new__(cls, port: int) -> FakeBroker: ...
    @property
    def port(self) -> int: ...
    def stop(self) -> None: ...
    def expect(self, kind: int, filter: str | None, timeout: float) -> tuple[Any, ...] | str: ...
    def take_any(self) -> tuple[Any, ...] | None: ...
    def forget_seen(self) -> None: ...
    def clients(self) -> list[str]: ...
    def retained(self, topic: str) -> Message | None: ...
    def go_silent(self) -> None: ...
    def come_back(self) -> None: ...
    def refuse_connections(self, reason_code: int, times: int | None) -> None: ...
    def accept_connections(self) -> None: ...
    def answer_connects(self, answer: bool) -> None: ...
    def answer_pings(self, answer: bool) -> None: ...
    def acknowledge(self, acknowledging: int) -> None: ...
    def refuse_publishes(self, reason_code: int | None) -> None: ...
    def refuse_subscriptions(self, reason_code: int | None) -> None: ...
    def announce_number(self, property: int, value: int) -> None: ...
    def publish(
        self,
        topic: str,
        payload: Payload,
        qos: int,
        retain: bool,
        properties: Mapping[str, object] | None,
    ) -> None: ...
    def send_bytes(self, bytes: bytes, client_id: str | None) -> None: ...
    def disconnect(self, reason_code: int, client_id: str | None, reason_string: str | None) -> None: ...
    def close(self, client_id: str | None) -> None: ...
    def half_close(self, client_id: str | None) -> None: ...
    def reset(self, client_id: str | None) -> None: ...
    def forget_sessions(self) -> None: ...
    @staticmethod
    def vocabulary() -> tuple[list[tuple[str, int]], list[int]]: ...

@final
class Client:
    def __new__(
        cls,
        host: str | None,
        options: Mapping[str, object] | None,
    ) -> Client: ...
    @property
    def host(self) -> str: ...
    def again(self) -> Client: ...
    def connect(self) -> Operation[Connack]: ...
    def disconnect(self, reason_code: int, drain_timeout: float | None) -> Operation[None]: ...
    def publish(
        self,
        topic: str,
        payload: Payload,
        qos: int,
        retain: bool,
        timeout: float | None,
        properties: Mapping[str, object] | None = None,
    ) -> Operation[Outcome]: ...
    def subscribe(
        self, subscriptions: Sequence[Subscription], properties: Mapping[str, object] | None = None
    ) -> Operation[Outcome]: ...
    def subscription(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None,
        outlive_connections: bool,
    ) -> tuple[Messages, Operation[Outcome]]: ...
    def unsubscribe(
        self, filters: Sequence[str], properties: Mapping[str, object] | None = None
    ) -> Operation[Outcome]: ...
    def messages(self, filter: str | None = None, tells: bool = True) -> Messages: ...
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
def option_defaults() -> dict[str, object]:
    """The options and their defaults, those of the core."""

def topic_matches(filter: str, topic: str) -> bool:
    """Whether messages of `topic` belong to `filter`: `+` stands for one level, `#` for all that
    follow, and neither for topics that begin with `$`. Of a shared subscription,
    `$share/{name}/{filter}`, its filter counts.

    Raises InvalidTopic, which says which of the two is none."""

def awaited_with(awaiting: Callable[[Operation[Any]], Generator[Any, None, Any]]) -> None: ...
def vocabulary() -> dict[str, list[tuple[str, int]]]: ...

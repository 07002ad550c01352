from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import GenericAlias
from typing import Any, Generic, TypeVar, final, overload

from typing_extensions import Buffer

from ._events import Connack, Event, Status
from ._requests import Subscription

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

@final
class Events:
    def wait(self, max: int, timeout: float | None = None) -> list[Event] | None: ...
    def poll(self, max: int, bell: Bell, id: int) -> list[Event] | None: ...

@final
class Client:
    def __new__(
        cls,
        host: str,
        on_event: Callable[[Event], object] | None,
        options: Mapping[str, object] | None,
    ) -> Client: ...
    @overload
    def connect(self, bell: None = None, id: int = 0) -> Operation[Connack]: ...
    @overload
    def connect(self, bell: Bell, id: int) -> None: ...
    @overload
    def disconnect(self, reason_code: int, bell: None = None, id: int = 0) -> Operation[None]: ...
    @overload
    def disconnect(self, reason_code: int, bell: Bell, id: int) -> None: ...
    @overload
    def publish(
        self,
        topic: str,
        payload: str | Buffer,
        qos: int,
        retain: bool,
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
    def network_changed(self, change: int) -> None: ...
    def status(self) -> Status: ...
    @property
    def state(self) -> State: ...
    def close(self) -> None: ...

def shut_down() -> None: ...
def enable_logging(level: int = 30) -> None: ...
def option_defaults() -> dict[str, object]: ...
def error_codes() -> list[tuple[str, int]]: ...
def connect_error_codes() -> list[tuple[str, int]]: ...

class Version(IntEnum):
    V311 = 4
    V5 = 5

class QoS(IntEnum):
    AT_MOST_ONCE = 0
    AT_LEAST_ONCE = 1
    EXACTLY_ONCE = 2

class State(IntEnum):
    IDLE = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTING = 3
    CLOSED = 4

class Stage(IntEnum):
    DNS = 1
    TCP = 2
    TLS = 3
    WEB_SOCKET = 4
    MQTT = 5

class NetworkChange(IntEnum):
    LOST = 1
    AVAILABLE = 2
    CHANGED = 3

class RetainHandling(IntEnum):
    SEND_AT_SUBSCRIBE = 0
    SEND_IF_NEW = 1
    DO_NOT_SEND = 2

class ReasonCode(IntEnum):
    SUCCESS = 0
    GRANTED_QOS1 = 1
    GRANTED_QOS2 = 2
    DISCONNECT_WITH_WILL_MESSAGE = 4
    NO_MATCHING_SUBSCRIBERS = 16
    NO_SUBSCRIPTION_EXISTED = 17
    CONTINUE_AUTHENTICATION = 24
    RE_AUTHENTICATE = 25
    UNSPECIFIED_ERROR = 128
    MALFORMED_PACKET = 129
    PROTOCOL_ERROR = 130
    IMPLEMENTATION_SPECIFIC_ERROR = 131
    UNSUPPORTED_PROTOCOL_VERSION = 132
    CLIENT_IDENTIFIER_NOT_VALID = 133
    BAD_USER_NAME_OR_PASSWORD = 134
    NOT_AUTHORIZED = 135
    SERVER_UNAVAILABLE = 136
    SERVER_BUSY = 137
    BANNED = 138
    SERVER_SHUTTING_DOWN = 139
    BAD_AUTHENTICATION_METHOD = 140
    KEEP_ALIVE_TIMEOUT = 141
    SESSION_TAKEN_OVER = 142
    TOPIC_FILTER_INVALID = 143
    TOPIC_NAME_INVALID = 144
    PACKET_IDENTIFIER_IN_USE = 145
    PACKET_IDENTIFIER_NOT_FOUND = 146
    RECEIVE_MAXIMUM_EXCEEDED = 147
    TOPIC_ALIAS_INVALID = 148
    PACKET_TOO_LARGE = 149
    MESSAGE_RATE_TOO_HIGH = 150
    QUOTA_EXCEEDED = 151
    ADMINISTRATIVE_ACTION = 152
    PAYLOAD_FORMAT_INVALID = 153
    RETAIN_NOT_SUPPORTED = 154
    QOS_NOT_SUPPORTED = 155
    USE_ANOTHER_SERVER = 156
    SERVER_MOVED = 157
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 158
    CONNECTION_RATE_EXCEEDED = 159
    MAXIMUM_CONNECT_TIME = 160
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 161
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 162

class DisconnectCause(IntEnum):
    KEEP_ALIVE_TIMEOUT = 1
    SERVER_UNRESPONSIVE = 2
    CLOSED_BY_SERVER = 3
    TRANSPORT = 4
    SERVER_DISCONNECT = 5
    PROTOCOL = 6
    INBOUND_OVERFLOW = 7
    DISCONNECT_REQUESTED = 8
    CLIENT_CLOSED = 9
    NETWORK_LOST = 10

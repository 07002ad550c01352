from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from types import GenericAlias
from typing import Any, ClassVar, Generic, TypeVar, final

from typing_extensions import Literal, Unpack

from ._events import Connack, Event, Status
from ._observing import Histogram, Metric
from ._requests import Bytes, Connection, Payload, PublishProperties, Subscription, UserProperties
from ._topics import Topic
from ._vocabulary import NetworkChange, PacketType, QoS, ReasonCode, Receipt, State

_T = TypeVar("_T")

__version__: str

@final
class Bell:
    def __new__(cls, ring: Callable[[], object]) -> Bell: ...
    def take(self) -> list[tuple[int, Any]]: ...

@final
class Operation(Generic[_T]):
    """A connect, disconnect, publish, subscribe, unsubscribe or request that was accepted. Dropping it changes
    nothing for it."""

    def wait(self, timeout: float | None = None) -> _T:
        """Waits for the result, at most `timeout` seconds (None: no limit), and gives it, as often as
        it is asked.

        Raises ConnectError or OperationError where it failed, WaitTimeout where it has not come."""

    def cancel(self) -> None:
        """Cancels it where it is still queued: it then raises Cancelled, and never leaves. What was sent
        goes on, and has the outcome that it would have had; but a flush and a request end at once, as
        nobody waits for their answers. A re-authentication is cancelled while another one is under
        way. A connect and a disconnect cannot be cancelled: for them it does nothing. A task that is
        cancelled while it awaits the operation itself ends its waiting only."""

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
    def receipt(self) -> Receipt | None:
        """How far a publish came; None for what is no publish."""

    @property
    def reason_string(self) -> str | None: ...
    @property
    def user_properties(self) -> list[tuple[str, str]]:
        """The broker's own names and values, in order; empty where it sent none. Of a publish of QoS 2: those of
        PUBREC, then those of PUBCOMP."""

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

    @property
    def trace_context(self) -> TraceContext | None:
        """The trace that it belongs to (W3C Trace Context, in the user properties `traceparent` and
        `tracestate`); None where there is none, or it is not valid."""

    def acknowledge(self) -> None:
        """It was consumed, where the application acknowledges manually (`manual_acknowledgement`); else
        nothing. Any thread may say so at any time, in any order among messages; acknowledgements leave
        in the order in which the messages came. Only the first word counts, of this and of refuse().
        A message of which neither was said when its last reference goes comes again, to the same
        stream first. When the connection is over it does no harm: the broker sends it again where it
        keeps the session."""

    def refuse(
        self,
        reason_code: ReasonCode | int | None = None,
        *,
        reason_string: str | None = None,
        user_properties: UserProperties | None = None,
    ) -> None:
        """It is not wanted, where the application acknowledges manually: the broker hears why, and does
        not send it again. The code is one of 0x80 or above that a PUBACK or PUBREC can have;
        None: UNSPECIFIED_ERROR.

        Raises NotSupported in 3.1.1, which knows no refusal: nothing was decided; InvalidArgument."""

    def reply(self, payload: Payload = None) -> Message:
        """The answer to this request, for publish_message(): to its Response Topic, with its Correlation
        Data and its QoS.

        Raises InvalidArgument where it is no request, InvalidTopic."""

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
class Responder: ...

@final
class Requests:
    def poll(self, max: int, bell: Bell, id: int) -> list[ReceivedRequest] | None: ...
    def unsubscribe(self) -> Operation[Outcome]: ...

@final
class ReceivedRequest:
    def message(self) -> Message | None: ...
    def answer(self, payload: Payload) -> None: ...
    def give_back(self) -> None: ...

@final
class Challenge:
    @property
    def kind(self) -> Literal["start", "continue", "finish"]: ...
    @property
    def reauthenticates(self) -> bool: ...
    @property
    def exchange(self) -> int: ...
    @property
    def time_left(self) -> float: ...
    @property
    def data(self) -> bytes | None: ...
    @property
    def reason_string(self) -> str | None: ...
    @property
    def user_properties(self) -> list[tuple[str, str]]: ...
    def reply(self, data: Bytes | None, user_properties: UserProperties | None) -> None: ...
    def fail(self, message: str, fatal: bool) -> None: ...

@final
class ScramSha256:
    """Enhanced authentication by SCRAM-SHA-256 (RFC 7677), for the option `authenticator`: with a user
    name and a password of at most 1,024 bytes each. The broker proves that it knows the password, too.
    Where it asks for more than `max_iterations`, 4,096 to 100,000,000, 1,000,000 by default, the attempt
    fails."""

    def __new__(cls, user: str, password: str, *, max_iterations: int | None = None) -> ScramSha256: ...
    @property
    def method(self) -> str:
        """The Authentication Method."""

@final
class TraceContext:
    """A trace context (W3C Trace Context), which is valid. Messages carry it in their user properties
    `traceparent` and `tracestate`; it needs MQTT 5.0.

    Raises InvalidArgument where it is none."""

    def __new__(cls, traceparent: str, tracestate: str | None = None) -> TraceContext: ...
    @property
    def traceparent(self) -> str:
        """All of it but the `tracestate`: 55 characters."""

    @property
    def tracestate(self) -> str:
        """What tracing systems add; empty where there is nothing."""

    @property
    def trace_id(self) -> str:
        """The trace's identifier: 32 hexadecimal digits."""

    @property
    def parent_id(self) -> str:
        """The identifier of the span that the message was sent in: 16 hexadecimal digits."""

    @property
    def flags(self) -> int:
        """The flags; 1: the trace is recorded."""

    @property
    def is_sampled(self) -> bool:
        """Whether the trace is recorded."""

    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str, str]: ...

@final
class Counters:
    """What a client has counted over all its connections, and what waits at this moment. Times are in
    seconds."""

    @property
    def bytes_received(self) -> int:
        """Bytes of MQTT received."""

    @property
    def bytes_sent(self) -> int:
        """Bytes of MQTT handed to sockets."""

    @property
    def packets_received(self) -> Mapping[PacketType, int]:
        """Packets received, by type."""

    @property
    def packets_sent(self) -> Mapping[PacketType, int]:
        """Packets handed to sockets, by type."""

    @property
    def messages_received(self) -> int:
        """Messages received, with those dropped."""

    @property
    def messages_dropped(self) -> int:
        """QoS 0 messages dropped because the application was too slow."""

    @property
    def messages_unclaimed(self) -> int:
        """Messages that no consumer came for in time."""

    @property
    def outbound_queue_messages(self) -> int:
        """Operations in the outbound queue, unacknowledged ones included."""

    @property
    def outbound_queue_bytes(self) -> int:
        """What they cost in bytes."""

    @property
    def inbound_queue_bytes(self) -> int:
        """What the messages cost, in bytes, that the application has not taken yet."""

    @property
    def connections(self) -> int:
        """Connections that came about."""

    @property
    def reconnects(self) -> int:
        """Those after the first one."""

    @property
    def disconnects(self) -> int:
        """Connections that ended, for whatever cause."""

    @property
    def connect_failures(self) -> int:
        """Attempts that came to nothing."""

    @property
    def moves(self) -> int:
        """Connections that went over to another path without a gap."""

    @property
    def ping_round_trips(self) -> Histogram:
        """How long PINGRESPs took."""

    @property
    def faults_tolerated(self) -> Mapping[str, int]:
        """What the broker did that it must not do, and that was tolerated: names of Fault in lower case,
        and how often."""

    @property
    def packets_not_tapped(self) -> int:
        """Packets that the packet tap did not get, as it was too slow."""

    @property
    def last_inbound_age(self) -> float | None:
        """Since the last inbound byte; None while not connected."""

    @property
    def last_evidence_age(self) -> float | None:
        """Since the last evidence of life; None while not connected."""

    def metrics(self) -> list[Metric]:
        """All of it, as OpenTelemetry's conventions would name it, in an order that does not change."""

    @staticmethod
    def instruments() -> list[Metric]:
        """One metric of each name, with the value 0 and no attributes: what metrics() can give."""

@final
class FakeBroker:
    def __new__(cls, port: int, transport: int | str) -> FakeBroker: ...
    @property
    def port(self) -> int: ...
    @property
    def uri(self) -> str: ...
    @property
    def authority(self) -> str | None: ...
    def stop(self) -> None: ...
    def is_stopped(self) -> bool: ...
    def expect(self, kind: int, filter: str | None, timeout: float) -> tuple[Any, ...] | str: ...
    def poll_expect(
        self, kind: int, filter: str | None, bell: Bell, id: int
    ) -> tuple[Any, ...] | str | None: ...
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
    def refuse_unsubscriptions(self, reason_code: int | None) -> None: ...
    def use_topic_aliases(self, use_them: bool) -> None: ...
    def send_copies(self, send_them: bool) -> None: ...
    def announce(self, properties: Mapping[str, object]) -> None: ...
    def set_properties(self, packet_type: int, properties: Mapping[str, object]) -> None: ...
    def authenticate(self, method: str | None) -> None: ...
    def challenge(self, data: Bytes) -> None: ...
    def finish_authentication(self, data: Bytes | None) -> None: ...
    def authenticate_scram(self, user: str, password: str) -> None: ...
    def refuse_authentications(self, reason_code: int | None) -> None: ...
    def publish(
        self,
        topic: str,
        payload: Payload,
        qos: int,
        retain: bool,
        properties: Mapping[str, object] | None,
    ) -> None: ...
    def publish_message(self, message: Message) -> None: ...
    def send_bytes(self, bytes: bytes, client_id: str | None) -> None: ...
    def disconnect(self, reason_code: int, client_id: str | None, reason_string: str | None) -> None: ...
    def close(self, client_id: str | None) -> None: ...
    def half_close(self, client_id: str | None) -> None: ...
    def reset(self, client_id: str | None) -> None: ...
    def forget_sessions(self) -> None: ...
    @staticmethod
    def vocabulary() -> dict[str, list[Any]]: ...

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
    def disconnect(
        self,
        reason_code: int,
        drain_timeout: float | None = None,
        session_expiry_interval: int | None = None,
        reason_string: str | None = None,
        user_properties: UserProperties | None = None,
    ) -> Operation[None]: ...
    def publish(
        self,
        topic: str,
        payload: Payload,
        qos: int,
        retain: bool,
        timeout: float | None,
        receipt: bool,
        properties: Mapping[str, object] | None = None,
    ) -> Operation[Outcome]: ...
    def publish_message(
        self, message: Message, timeout: float | None, receipt: bool
    ) -> Operation[Outcome]: ...
    def flush(self, timeout: float | None) -> Operation[Outcome]: ...
    def request(
        self,
        topic: str,
        payload: Payload,
        qos: int,
        retain: bool,
        timeout: float,
        properties: Mapping[str, object] | None = None,
    ) -> Operation[Message]: ...
    def respond(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None,
        handler: Callable[[Message], object],
    ) -> tuple[Responder, Operation[Outcome]]: ...
    def responding(
        self, subscriptions: Sequence[Subscription], properties: Mapping[str, Any] | None
    ) -> tuple[Requests, Operation[Outcome]]: ...
    def unsubscribe_from(self, responder: Responder) -> Operation[Outcome]: ...
    def reauthenticate(self) -> Operation[Outcome]: ...
    def negotiated(self) -> Connack | None: ...
    def counters(self) -> Counters: ...
    def subscribe(
        self, subscriptions: Sequence[Subscription], properties: Mapping[str, object] | None = None
    ) -> Operation[Outcome]: ...
    def subscription(
        self,
        subscriptions: Sequence[Subscription],
        properties: Mapping[str, object] | None,
        outlive_connections: bool,
        manual_acknowledgement: bool,
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

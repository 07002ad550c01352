"""The tree of exceptions. `code` is the number that every language has for the error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._attempted import Attempted
    from ._vocabulary import DisconnectCause, ReasonCode, Stage, TransportErrorKind


class MqttkaError(Exception):
    """The root of what this package raises by itself."""

    code: int | None = None
    """The number that every language has for it, where there is one."""


class WaitTimeout(MqttkaError, TimeoutError):
    """The caller's own time limit passed; what was waited for goes on."""


class RefusedError(MqttkaError):
    """The broker said no; `reason_code` says why, `reason_string` in its own words if it sent some."""

    reason_code: ReasonCode
    reason_string: str | None = None
    user_properties: list[tuple[str, str]]
    """The broker's own names and values, in order; empty where it sent none. Those of a refused connection
    are in what connect() raises and in ConnectFailed, not in the `cause` of what follows."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.user_properties = []


# --- calls that were refused at once ---


class InvalidArgument(MqttkaError, ValueError):
    """An argument or option has a value that it cannot have."""


class InvalidType(MqttkaError, TypeError):
    """An argument or option is of a type that it cannot have."""


class UnknownOption(InvalidType):
    """There is no option, argument or property of this name; the text says which was meant."""


class UnknownAttribute(MqttkaError, AttributeError):
    """Clients have no such attribute; the text says what they have instead."""


class WrongEventLoop(MqttkaError, RuntimeError):
    """A `mqttka.Client` is used without a running event loop, or in another one than before."""


class LoggingTaken(MqttkaError, RuntimeError):
    """Other native code of the process took the place for the receiver of the library's diagnostics."""


class InvalidTopic(InvalidArgument):
    """A topic name or filter is not one that MQTT allows (section 4.7 of the specification)."""


class InvalidText(InvalidArgument):
    """A string is not one that MQTT can carry."""


class NotConnected(MqttkaError):
    """What was asked needs a connection. Publishes and subscriptions do so with `reconnect=False`
    only: else they wait for the next one."""


class AlreadyConnected(MqttkaError):
    """connect() while connecting, connected or disconnecting."""


class QueueFull(MqttkaError):
    """The outbound queue is at its limit; try again when publishes have completed."""


class PacketTooLarge(MqttkaError):
    """The packet is larger than the broker or the protocol allows."""


class ClientClosed(MqttkaError):
    """The client was closed."""


class Forked(MqttkaError):
    """The process was forked after the library had been used; use it in one of the two only."""


class EventsNotTaken(MqttkaError):
    """connect() while more than 1,024 events wait for on_event or for a stream of events."""


class StartupFailed(MqttkaError):
    """The library's threads could not be started."""


class NotSupported(MqttkaError):
    """The protocol version, or what the broker announced, rules it out; the text names it."""


class OutOfMemory(MqttkaError, MemoryError):
    """The system gives no memory for a copy of this size; nothing was changed."""


# --- connection attempts ---


class ConnectError(MqttkaError):
    """A connection attempt failed; `stage` says how far it had come.

    `attempted` and what comes from it are there where a stage failed or the deadline passed, and in
    the errors of ConnectFailed events."""

    stage: Stage | None = None
    attempted: Attempted | None = None
    """What was tried, and how long each stage took."""

    @property
    def host(self) -> str | None:
        """The host that was tried; the path of a Unix socket."""
        return None if self.attempted is None else self.attempted.host

    @property
    def port(self) -> int | None:
        """The port that was tried; 0 for a Unix socket."""
        return None if self.attempted is None else self.attempted.port

    @property
    def address(self) -> str | None:
        """The IP address that was tried last, the proxy's where there is one."""
        return None if self.attempted is None else self.attempted.address

    @property
    def server_index(self) -> int | None:
        """Which of the servers it was, from 0: the last that was tried."""
        return None if self.attempted is None else self.attempted.server_index

    @property
    def stages(self) -> Mapping[Stage, float]:
        """How many seconds each stage took that the attempt entered."""
        return {} if self.attempted is None else self.attempted.stages


class ConnectTimeout(ConnectError, TimeoutError):
    """The deadline passed in this stage."""


class TransportFailed(ConnectError, OSError):
    """A stage failed: the name did not resolve, the port refused, the certificate has expired, ...

    `transport_error` says what it was. `os_error` is the operating system's number, `status` the
    number that the peer gave (of a TLS alert, an HTTP status, a SOCKS reply, a WebSocket close code),
    where there is one."""

    transport_error: TransportErrorKind
    os_error: int | None = None
    status: int | None = None


class ClosedByServer(ConnectError):
    """The broker closed the connection before CONNACK."""


class ConnectRefused(ConnectError, RefusedError):
    """The broker's CONNACK refused the connection."""

    server_reference: str | None = None
    """Where the broker says that another server should be used."""


class ProtocolViolated(ConnectError):
    """The broker's bytes were not what the specification allows."""


class ConnectAbandoned(ConnectError):
    """disconnect() or close() came first."""


class ProviderFailed(ConnectError):
    """The provider raised, or what it returned cannot be used; the text says what."""


class AuthenticationFailed(ConnectError):
    """Enhanced authentication failed: the authenticator raised, had no time left, or found that the
    broker is not the right one; the text says what."""


class EngineFailed(ConnectError):
    """The library's own engine ended: the system took what it runs on, or it has a bug."""


# --- what a provider raises ---


class StopReconnecting(MqttkaError):
    """Raised by a provider: there is nothing to connect with, now or later (the user has logged out,
    for example). The attempt fails, and the client stops with StopReason.PROVIDER."""


# --- loops over the messages of a subscription ---


class ConnectionEnded(MqttkaError):
    """The connection ended, and the client does not come back by itself: raised by loops over the
    messages of a subscription. The events Reconnecting and ReconnectStopped have it as their cause."""

    cause: DisconnectCause
    """The first cause."""
    reason_code: ReasonCode | None = None
    """The broker's reason, where it sent DISCONNECT."""
    reason_string: str | None = None
    """The broker's words, where it sent some."""
    server_reference: str | None = None
    """Where the broker says that another server should be used."""
    os_error: int | None = None
    """The operating system's error number, where it ended the connection."""
    transport_error: TransportErrorKind | None = None
    """What the transport reported, where it ended the connection."""
    status: int | None = None
    """The number that the peer gave with it: of a TLS alert, a WebSocket close code."""


# --- operations that were accepted ---


class OperationError(MqttkaError):
    """A publish, subscribe or unsubscribe did not succeed."""


class OperationRefused(OperationError, RefusedError):
    """The broker refused it; `reason_codes` has one per filter for subscribe and unsubscribe."""

    reason_codes: list[ReasonCode]


class ConnectionLost(OperationError):
    """The connection ended before the outcome was known, the client does not come back by itself,
    and no session keeps the operation."""


class SessionLost(OperationError):
    """The broker lost the session: the message may or may not have arrived."""


class MessageExpired(OperationError):
    """Its `message_expiry_interval` passed before it was sent."""


class PublishTimeout(OperationError, TimeoutError):
    """Its `timeout` passed before the outcome, or the response to a request, was known. What was not sent is not sent any more; what
    was sent may have arrived."""


class DroppedFromQueue(OperationError):
    """The outbound queue was full, and `queue_policy` gave its place to another."""


class PoisonOperation(OperationError):
    """The broker ended connections in a row at it (`poison_after`): it is not sent again."""


class Cancelled(OperationError):
    """It was cancelled while it was queued, and never left."""


class ReauthenticationFailed(OperationError):
    """A re-authentication failed: the authenticator raised, or somebody did not answer in time; the text
    says what."""


class NotSupportedByServer(OperationError, RefusedError):
    """What the broker announced rules it out; it was not sent."""


class WrongReasonCodeCount(OperationError):
    """The broker sent not one reason code per topic filter: which filter got which is unknown."""


_CALL: dict[int, type[MqttkaError]] = {
    1: InvalidArgument,
    2: InvalidTopic,
    3: InvalidText,
    4: NotConnected,
    5: AlreadyConnected,
    6: QueueFull,
    7: PacketTooLarge,
    8: ClientClosed,
    9: Forked,
    10: StartupFailed,
    11: OutOfMemory,
    12: EventsNotTaken,
    13: NotSupported,
}

_OPERATION: dict[int, type[MqttkaError]] = {
    1: InvalidArgument,
    8: ClientClosed,
    20: OperationRefused,
    21: ConnectionLost,
    22: SessionLost,
    23: NotSupportedByServer,
    24: WrongReasonCodeCount,
    25: MessageExpired,
    26: PublishTimeout,
    27: DroppedFromQueue,
    28: PoisonOperation,
    29: Cancelled,
    30: ReauthenticationFailed,
}

_CONNECT: dict[int, type[ConnectError]] = {
    101: ConnectTimeout,
    102: TransportFailed,
    103: ClosedByServer,
    104: ConnectRefused,
    105: ProtocolViolated,
    106: ConnectAbandoned,
    107: ConnectAbandoned,
    108: EngineFailed,
    109: ProviderFailed,
    110: AuthenticationFailed,
}


def call_error(code: int, message: str) -> MqttkaError:
    """Made by the native module."""
    return _made(_CALL.get(code, MqttkaError), code, message)


def operation_error(
    code: int,
    message: str,
    *,
    reason_code: ReasonCode | None,
    reason_codes: list[ReasonCode],
    reason_string: str | None,
    user_properties: list[tuple[str, str]],
) -> MqttkaError:
    """Made by the native module."""
    error = _made(_OPERATION.get(code, OperationError), code, message)
    if isinstance(error, RefusedError) and reason_code is not None:
        error.reason_code = reason_code
        error.reason_string = reason_string
        error.user_properties = user_properties
    if isinstance(error, OperationRefused):
        error.reason_codes = reason_codes
    return error


def connect_error(
    code: int,
    message: str,
    *,
    stage: Stage | None,
    attempted: Attempted | None = None,
    transport_error: TransportErrorKind | None = None,
    status: int | None = None,
    os_error: int | None = None,
    reason_code: ReasonCode | None = None,
    reason_string: str | None = None,
    server_reference: str | None = None,
    user_properties: list[tuple[str, str]] | None = None,
) -> MqttkaError:
    """Made by the native module."""
    error = _made(_CONNECT.get(code, ConnectError), code, message)
    assert isinstance(error, ConnectError)
    error.stage = stage
    error.attempted = attempted
    if isinstance(error, TransportFailed):
        assert transport_error is not None
        error.transport_error, error.status = transport_error, status
        error.os_error = error.errno = os_error
    if isinstance(error, RefusedError) and reason_code is not None:
        error.reason_code = reason_code
        error.reason_string = reason_string
        error.user_properties = user_properties or []
    if isinstance(error, ConnectRefused):
        error.server_reference = server_reference
    return error


def connection_ended(code: int, message: str, **details: object) -> MqttkaError:
    """Made by the native module."""
    error = ConnectionEnded(message)
    for name, value in details.items():
        setattr(error, name, value)
    return error


def _made(kind: type[MqttkaError], code: int, message: str) -> MqttkaError:
    error = kind(message)
    error.code = code
    return error

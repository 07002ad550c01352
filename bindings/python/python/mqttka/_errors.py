"""The tree of exceptions. `code` is the number that every language has for the error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._vocabulary import DisconnectCause, ReasonCode, Stage


class MqttkaError(Exception):
    """The root of what this package raises by itself."""

    code: int | None = None


class WaitTimeout(MqttkaError, TimeoutError):
    """The caller's own time limit passed; what was waited for goes on."""


class RefusedError(MqttkaError):
    """The broker said no; `reason_code` says why, `reason_string` in its own words if it sent some."""

    reason_code: ReasonCode
    reason_string: str | None = None


# --- calls that were refused at once ---


class InvalidArgument(MqttkaError, ValueError):
    """An argument or option has a value that it cannot have."""


class InvalidTopic(InvalidArgument):
    """A topic name or filter breaks a rule of section 4.7."""


class InvalidText(InvalidArgument):
    """A string is not one that MQTT can carry."""


class NotConnected(MqttkaError):
    """What was asked needs a connection."""


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


class OutOfMemory(MqttkaError, MemoryError):
    """The system gives no memory for a copy of this size; nothing was changed."""


# --- connection attempts ---


class ConnectError(MqttkaError):
    """A connection attempt failed; `stage` says how far it had come.

    `host`, `port` and `address`, the IP address that was tried last, are there where a stage failed
    or the deadline passed."""

    stage: Stage | None = None
    host: str | None = None
    port: int | None = None
    address: str | None = None


class ConnectTimeout(ConnectError, TimeoutError):
    """The deadline passed in this stage."""


class TransportFailed(ConnectError, OSError):
    """A stage failed: the name did not resolve, the port refused, ...

    `os_error` is the operating system's number, where there is one."""

    os_error: int | None = None


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


class EngineFailed(ConnectError):
    """The library's own engine ended: the system took what it runs on, or it has a bug."""


# --- loops over the messages of a subscription ---


class ConnectionEnded(MqttkaError):
    """The connection ended under a loop over the messages of a subscription."""

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


# --- operations that were accepted ---


class OperationError(MqttkaError):
    """A publish, subscribe or unsubscribe did not succeed."""


class OperationRefused(OperationError, RefusedError):
    """The broker refused it; `reason_codes` has one per filter for subscribe and unsubscribe."""

    reason_codes: list[ReasonCode]


class ConnectionLost(OperationError):
    """The connection ended before the outcome was known, and no session keeps the operation."""


class SessionLost(OperationError):
    """The broker lost the session: the message may or may not have arrived."""


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
}

_OPERATION: dict[int, type[MqttkaError]] = {
    1: InvalidArgument,
    8: ClientClosed,
    20: OperationRefused,
    21: ConnectionLost,
    22: SessionLost,
    23: NotSupportedByServer,
    24: WrongReasonCodeCount,
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
) -> MqttkaError:
    """Made by the native module."""
    error = _made(_OPERATION.get(code, OperationError), code, message)
    if isinstance(error, RefusedError) and reason_code is not None:
        error.reason_code = reason_code
        error.reason_string = reason_string
    if isinstance(error, OperationRefused):
        error.reason_codes = reason_codes
    return error


def connect_error(
    code: int,
    message: str,
    *,
    stage: Stage | None,
    host: str | None = None,
    port: int | None = None,
    address: str | None = None,
    os_error: int | None = None,
    reason_code: ReasonCode | None = None,
    reason_string: str | None = None,
    server_reference: str | None = None,
) -> MqttkaError:
    """Made by the native module."""
    error = _made(_CONNECT.get(code, ConnectError), code, message)
    assert isinstance(error, ConnectError)
    error.stage = stage
    error.host, error.port, error.address = host, port, address
    if isinstance(error, TransportFailed):
        error.os_error = error.errno = os_error
    if isinstance(error, RefusedError) and reason_code is not None:
        error.reason_code = reason_code
        error.reason_string = reason_string
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

"""What the library tells of a connection. Times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._attempted import Attempted
    from ._errors import ConnectError
    from ._vocabulary import DisconnectCause, QoS, ReasonCode, State, TransportErrorKind


@dataclass(frozen=True)
class Connack:
    """How the broker accepted the connection, with defaults filled in."""

    session_present: bool
    """Whether the broker still had the session."""
    keep_alive: int
    """The effective Keep Alive in seconds: the broker's where it sent one."""
    receive_maximum: int
    """How many unacknowledged QoS 1 and 2 publishes the broker takes."""
    maximum_packet_size: int
    """The largest packet that the broker takes, in bytes."""
    maximum_qos: QoS
    """The highest QoS that the broker takes."""
    retain_available: bool
    """Whether the broker keeps retained messages."""
    assigned_client_identifier: str | None
    """The Client Identifier that the broker chose."""
    response_information: str | None
    """The broker's Response Information."""
    user_properties: list[tuple[str, str]]
    """The broker's own names and values."""


@dataclass(frozen=True)
class Liveness:
    """What is known of the peer's life at one moment."""

    last_inbound_age: float
    """Since the last inbound byte."""
    last_evidence_age: float
    """Since the last sign of life: an inbound byte or an acknowledged one of ours."""
    unanswered_pings: int
    """Pings sent and not answered."""
    oldest_ping_age: float | None
    """Since the oldest of them."""
    verdict_in: float | None
    """Until the connection is declared dead if nothing comes; None where that is switched off."""


@dataclass(frozen=True)
class Event:
    """Something happened to the connection."""

    connection_number: int
    """Counts connection attempts, from 1. The messages of a connection bear the same number."""
    attempt_number: int
    """Counts attempts since the last connection that came about, from 1."""


@dataclass(frozen=True)
class Connected(Connack, Event):
    """The broker accepted the connection."""

    attempted: Attempted | None
    """What was tried, and how long each stage took."""


@dataclass(frozen=True)
class Disconnected(Event):
    """The connection ended. Exactly one follows each Connected."""

    cause: DisconnectCause
    """The first cause."""
    description: str
    """The cause in words, with the details that it has."""
    keep_alive: int
    """The effective Keep Alive in seconds."""
    liveness: Liveness
    """What was known of the peer's life at that moment."""
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


@dataclass(frozen=True)
class ConnectFailed(Event):
    """The attempt ended without a connection."""

    error: ConnectError
    """Why: what connect() raises."""
    attempted: Attempted | None
    """What was tried, and how long each stage took."""


@dataclass(frozen=True)
class OtherEvent(Event):
    """Something that this version of the package has no class for."""

    description: str


@dataclass(frozen=True)
class HeldBack:
    """The stream that withholds the acknowledgements of all later messages."""

    filter: str
    """Its filters, separated by spaces; `#` for a stream of all messages."""
    messages: int
    """Messages that it has not taken."""
    bytes: int
    """What they cost in bytes."""
    since: float
    """How long the oldest of them has waited."""


@dataclass(frozen=True)
class Status:
    """What is known of a client at one moment."""

    state: State
    """Where it stands."""
    connection_number: int
    """The number of the newest connection attempt; 0 before the first."""
    keep_alive: int
    """The effective Keep Alive in seconds."""
    liveness: Liveness | None
    """What is known of the peer's life; None while not connected."""
    bytes_received: int
    """Bytes received over all connections."""
    bytes_sent: int
    """Bytes handed to sockets over all connections."""
    messages_received: int
    """Messages received over all connections, with those dropped."""
    messages_dropped: int
    """QoS 0 messages dropped because the application took its messages too slowly."""
    outbound_queue_messages: int
    """Operations in the outbound queue, unacknowledged ones included."""
    outbound_queue_bytes: int
    """What they cost in bytes."""
    inbound_queue_bytes: int
    """What the messages cost, in bytes, that the application has not taken yet."""
    messages_unclaimed: int
    """Messages that no consumer came for within `unclaimed_timeout`. They were acknowledged and
    dropped."""
    held_back: HeldBack | None
    """The stream that holds others back, if one does at this moment. It matters where `since` is
    long."""

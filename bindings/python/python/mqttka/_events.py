"""What the library tells of a connection. Times are in seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

    from ._attempted import Attempted
    from ._errors import ConnectError, ConnectionEnded, MqttkaError
    from ._vocabulary import (
        DisconnectCause,
        NetworkChange,
        QoS,
        ReasonCode,
        State,
        StopReason,
        TransportErrorKind,
    )

    Cause: TypeAlias = Union[ConnectionEnded, ConnectError]


@dataclass(frozen=True)
class Connack:
    """How the broker accepted the connection, with defaults filled in."""

    session_present: bool
    """Whether the broker still had the session."""
    session_lost: bool
    """The client had a session that was to outlive the connection, and the broker lost it."""
    offline: float | None
    """How long there was no connection; None at the first one of the client."""
    resubscribed: int
    """How many topic filters are subscribed again, as the broker does not have them any more."""
    sent_again: int
    """How many QoS 1 and 2 publishes of earlier connections are sent again."""
    lost: int
    """How many publishes were lost with their session since the last connection began: they raise
    SessionLost."""
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
    session_expiry_interval: int
    """How long the broker keeps the session after the connection, in seconds; 4,294,967,295: for ever."""
    topic_alias_maximum: int
    """The highest topic alias that the broker takes; 0: none."""
    wildcard_subscription_available: bool
    """Whether the broker takes filters with `+` and `#`."""
    subscription_identifiers_available: bool
    """Whether the broker takes subscription identifiers; never in 3.1.1."""
    shared_subscription_available: bool
    """Whether the broker takes `$share/group/filter`."""
    assigned_client_identifier: str | None
    """The Client Identifier that the broker chose."""
    response_information: str | None
    """The broker's Response Information."""
    server_reference: str | None
    """Another server that the broker names."""
    reason_string: str | None
    """The broker's words."""
    authentication_method: str | None
    """The authentication method that was used."""
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
    round_trip: float | None
    """How long an answer takes, smoothed; None before the first."""
    suspect: bool
    """Something that was sent is unanswered for several round trips."""


@dataclass(frozen=True)
class Event:
    """Something happened to the connection."""

    connection_number: int
    """Counts connection attempts, from 1. The messages of a connection bear the same number."""
    attempt_number: int
    """Counts attempts since the last connection that came about, from 1."""
    will_reconnect: bool
    """The client goes on by itself: a Reconnecting follows. Only at Disconnected and ConnectFailed."""

    @property
    def is_final(self) -> bool:
        """Whether the client now does nothing until connect() is called again."""
        ended = isinstance(self, (Disconnected, ConnectFailed)) and not self.will_reconnect
        return ended or isinstance(self, ReconnectStopped)

    @property
    def record(self) -> dict[str, Any] | None:
        """The flight record, where the event has one, at Disconnected and ConnectFailed: what led to the
        end, with the last 32 packets. No payload, topic or credentials are in it. The keys are those
        of its JSON in every language, and so is `schema`, its version."""
        record: tuple[str, str] | None = self.__dict__.get("_record")
        return None if record is None else json.loads(record[1])

    @property
    def detail(self) -> str:
        """What happened, in words, with the flight record where the event has one: some forty lines."""
        record: tuple[str, str] | None = self.__dict__.get("_record")
        return str(self) if record is None else f"{self}\n{record[0]}"

    def __str__(self) -> str:
        """What happened, in one line; repr() shows the details."""
        sentence: str | None = self.__dict__.get("_sentence")
        return repr(self) if sentence is None else sentence


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
    user_properties: list[tuple[str, str]] = field(default_factory=list, hash=False)
    """The broker's own names and values, in order, where it sent DISCONNECT; else empty."""


@dataclass(frozen=True)
class ConnectFailed(Event):
    """The attempt ended without a connection."""

    error: ConnectError
    """Why: what connect() raises."""
    attempted: Attempted | None
    """What was tried, and how long each stage took."""
    user_properties: list[tuple[str, str]] = field(default_factory=list, hash=False)
    """The broker's own names and values, in order, where its CONNACK refused the connection; else
    empty."""


@dataclass(frozen=True)
class Reconnecting(Event):
    """The client tries again after a while. Exactly one Connected, ConnectFailed or ReconnectStopped
    follows."""

    next_attempt_number: int
    """The `attempt_number` of the attempt to come."""
    delay: float
    """It comes after so many seconds, or sooner: with reconnect_now(), connect() or a hint."""
    cause: Cause
    """What ended, as the exception for it."""


@dataclass(frozen=True)
class ReconnectStopped(Event):
    """The client does not come back by itself; connect() begins anew. Told in place of Reconnecting,
    or after it."""

    reason: StopReason
    """Why not."""
    cause: Cause
    """What ended last, as the exception for it."""


@dataclass(frozen=True)
class SubscriptionsLost(Event):
    """Subscriptions are no more: the broker has lost the session, and did not grant them again.
    Their streams end."""

    filters: Mapping[str, MqttkaError]
    """The topic filters, and why; each with what the broker said."""
    reason_string: str | None = None
    """The broker's words, of the SUBACK that refuses them, where it sent some."""
    user_properties: list[tuple[str, str]] = field(default_factory=list, hash=False)
    """The broker's own names and values, in order, of that SUBACK; else empty."""


@dataclass(frozen=True)
class Suspect(Event):
    """Something that was sent has been unanswered for several round trips. No verdict: an Alive or
    the connection's Disconnected follows."""

    liveness: Liveness
    """What was known of the peer's life at that moment."""


@dataclass(frozen=True)
class Alive(Event):
    """A sign of life came after a Suspect."""

    liveness: Liveness
    """What was known of the peer's life at that moment."""


@dataclass(frozen=True)
class Moved(Connack, Event):
    """The connection goes on over another network, without a gap (`make_before_break`). What came
    with the broker's new CONNACK; from now on events and messages bear the next number."""


@dataclass(frozen=True)
class OtherEvent(Event):
    """Something that this version of the package has no class for."""

    description: str


@dataclass(frozen=True)
class HeldBack:
    """The stream that withholds the acknowledgements of all later messages, or the handler that
    acknowledges itself."""

    filter: str
    """Its filters, separated by spaces; `#` for a stream of all messages, and for the client's own
    handler."""
    messages: int
    """Messages that it has not taken, or not acknowledged."""
    bytes: int
    """What they cost in bytes."""
    since: float
    """How long the oldest of them has waited."""


@dataclass(frozen=True)
class NetworkUpdate:
    """What was said of the system's network. None: that is not known."""

    change: NetworkChange
    """What happened."""
    metered: bool | None
    """Whether its traffic costs."""
    validated: bool | None
    """Whether the system has found the internet behind it."""
    captive_portal: bool | None
    """Whether a captive portal stands before the internet."""
    id: str
    """Names the network; empty where that is not known."""


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
    next_attempt_in: float | None
    """Until the next attempt begins by itself; None unless State.RECONNECTING."""
    offline: float | None
    """How long there has been no connection; None while connected and before the first one."""
    network: NetworkUpdate | None
    """What was last said of the system's network, by network_changed() or by the network monitor."""
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
    """Who holds others back, if somebody does at this moment: a stream, or a handler that acknowledges
    itself. It matters where `since` is long."""


def told(
    name: str, sentence: str, fields: dict[str, Any], record: tuple[str, str] | None = None
) -> Event:
    """Made by the native module: an event, how it is told in words, and its record in words and JSON."""
    kind: type[Event] = globals()[name]
    event = kind(**fields)
    object.__setattr__(event, "_sentence", sentence)  # no field: what says the same is equal
    object.__setattr__(event, "_record", record)
    return event

"""What an application hands in: options, properties, subscriptions, a will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypedDict, Union

from ._vocabulary import QoS, RetainHandling

if TYPE_CHECKING:
    from typing_extensions import Buffer, TypeAlias

    from ._vocabulary import Version

    Payload: TypeAlias = Union[str, Buffer]
    """str is sent as UTF-8."""
    UserProperties: TypeAlias = Union[Mapping[str, str], Iterable[tuple[str, str]]]
    """Names and values; a name may repeat where pairs are given."""


class PublishProperties(TypedDict, total=False):
    """Properties of a published message; MQTT 5.0 only."""

    content_type: str | None
    response_topic: str | None
    correlation_data: Payload | None
    user_properties: UserProperties | None
    message_expiry_interval: int | None
    payload_format_indicator: int | None


class SubscribeProperties(TypedDict, total=False):
    """Properties of a subscribe; MQTT 5.0 only."""

    subscription_identifier: int | None
    user_properties: UserProperties | None


class Options(TypedDict, total=False):
    """The keyword arguments of both clients; times in seconds, sizes in bytes.

    The defaults are those of every language; `mqttka.option_defaults()` gives them.
    """

    port: int
    protocol_version: Version
    client_id: str
    user_name: str | None
    password: Payload | None
    keep_alive: int
    clean_start: bool
    session_expiry_interval: int
    connect_timeout: float | None
    dead_peer_timeout: float | None
    receive_maximum: int
    max_inflight: int | None
    maximum_packet_size: int
    outbound_queue_max_messages: int
    outbound_queue_max_bytes: int
    inbound_queue_max_bytes: int
    unclaimed_timeout: float
    request_response_information: bool
    request_problem_information: bool
    user_properties: UserProperties
    will: Will | None


@dataclass(frozen=True)
class Will:
    """What the broker publishes where this client goes without DISCONNECT."""

    topic: str
    payload: Payload = b""
    qos: QoS | int = QoS.AT_MOST_ONCE
    retain: bool = False
    will_delay_interval: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: Payload | None = None
    user_properties: UserProperties | None = None
    message_expiry_interval: int | None = None
    payload_format_indicator: int | None = None

    def _properties(self) -> dict[str, object]:
        """For the native module."""
        message = ("topic", "payload", "qos", "retain")
        names = (one.name for one in fields(self) if one.name not in message)
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Subscription:
    """One topic filter of a subscribe, with its options; all but `qos` are for MQTT 5.0 only."""

    filter: str
    qos: QoS | int = QoS.AT_MOST_ONCE
    """The highest QoS at which messages come."""
    no_local: bool = False
    """Do not send back what this client published."""
    retain_as_published: bool = False
    """Keep the publisher's retain flag."""
    retain_handling: RetainHandling | int = RetainHandling.SEND_AT_SUBSCRIBE
    """Which retained messages come at subscribe time."""


def subscriptions(
    given: str | Subscription | Iterable[str | Subscription], qos: QoS | int
) -> list[Subscription]:
    """Filters as subscriptions at this QoS."""
    listed = [given] if isinstance(given, (str, Subscription)) else given
    return [Subscription(one, qos) if isinstance(one, str) else one for one in listed]


def filters(given: str | Iterable[str]) -> list[str]:
    """One or several."""
    return [given] if isinstance(given, str) else list(given)

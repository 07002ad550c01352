"""What an application hands in: properties, subscriptions, a will, a connection."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Protocol, TypedDict, Union

from ._errors import InvalidType
from ._printing import shown
from ._vocabulary import QoS, RetainHandling

if TYPE_CHECKING:
    from typing_extensions import Buffer, TypeAlias

    Payload: TypeAlias = Union[str, Buffer, int, float, None]
    """str is sent as UTF-8, numbers as decimal digits, None as nothing."""
    Bytes: TypeAlias = Union[str, Buffer]
    """str is UTF-8."""
    UserProperties: TypeAlias = Union[Mapping[str, str], Iterable[tuple[str, str]]]
    """Names and values; a name may repeat where pairs are given."""


class Traced(Protocol):
    """What a `mqttka.TraceContext` has."""

    @property
    def traceparent(self) -> str: ...

    @property
    def tracestate(self) -> str: ...


class PublishProperties(TypedDict, total=False):
    """Properties of a published message; MQTT 5.0 only."""

    content_type: str | None
    response_topic: str | None
    correlation_data: Bytes | None
    user_properties: UserProperties | None
    message_expiry_interval: int | None
    payload_format_indicator: int | None
    trace_context: Traced | str | None
    """A TraceContext or a traceparent: it becomes user properties, as the W3C has it."""


class SubscribeProperties(TypedDict, total=False):
    """Properties of a subscribe; MQTT 5.0 only."""

    subscription_identifier: int | None
    user_properties: UserProperties | None


@dataclass(frozen=True)
class RateLimit:
    """How many publishes, subscribes and unsubscribes leave at most; never pings, acknowledgements or
    DISCONNECT. One of the two limits, or both."""

    messages_per_second: int = 0
    """Operations in a second, 0 to 4,294,967,295; 0: any number."""
    bytes_per_second: int = 0
    """Bytes of their packets in a second, 0 to 4,294,967,295; 0: any number. A packet that is larger
    than what is left leaves all the same, and what follows waits for so much longer."""
    burst: float = 0.1
    """For how many seconds what was not used may be made up for, 0 to 86,400: after a pause, as much as
    this time brings leaves at once."""


@dataclass(frozen=True)
class Connection:
    """What a provider returns: what an attempt connects with. What is None is as the options say."""

    user_name: str | None = None
    password: Bytes | None = field(default=None, repr=False)
    uri: str | None = field(default=None, repr=False)
    """In place of all servers of the options."""
    web_socket_headers: UserProperties | None = field(default=None, repr=False)
    client_certificate: tuple[Bytes | os.PathLike[str], Bytes | os.PathLike[str]] | None = field(
        default=None, repr=False
    )
    """The client's certificates and their private key: PEM, or path objects of files with it."""


@dataclass(frozen=True, repr=False)
class Will:
    """What the broker publishes where this client goes without DISCONNECT."""

    topic: str
    payload: Payload = None
    qos: QoS | int = QoS.AT_MOST_ONCE
    retain: bool = False
    will_delay_interval: int | None = None
    """5.0 only, as all that follow: how long the broker waits with it, 0 to 4,294,967,295 seconds."""
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: Bytes | None = None
    user_properties: UserProperties | None = None
    message_expiry_interval: int | None = None
    payload_format_indicator: int | None = None

    def __repr__(self) -> str:
        return shown(self, ("topic", "payload", "qos", "retain"))

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
    listed = _listed(given, "a str, a mqttka.Subscription or several of them")
    return [Subscription(one, qos) if isinstance(one, str) else one for one in listed]


def filters(given: str | Subscription | Iterable[str | Subscription]) -> list[str]:
    """One or several."""
    listed = _listed(given, "a str or several")
    return [one.filter if isinstance(one, Subscription) else one for one in listed]


def _listed(
    given: str | Subscription | Iterable[str | Subscription], wanted: str
) -> Iterable[str | Subscription]:
    if isinstance(given, (str, Subscription)):
        return [given]
    # bytes would be numbers.
    if not isinstance(given, Iterable) or isinstance(given, (bytes, bytearray)):
        raise InvalidType(f"filters is of type {type(given).__name__}; it must be {wanted}")
    return given

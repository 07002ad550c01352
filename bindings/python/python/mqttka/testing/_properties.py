"""The properties of MQTT 5.0: those that the fake broker sends, and those that it has seen."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, TypedDict

from .._printing import bounded

if TYPE_CHECKING:
    from .._requests import Bytes, UserProperties


class SentProperties(TypedDict, total=False):
    """Properties of what a broker sends beside messages: CONNACK has all of them, AUTH the reason string, the user
    properties and those of authentication, DISCONNECT the reason string, the user properties and the server
    reference, and what acknowledges the reason string and the user properties. None is left out."""

    session_expiry_interval: int | None
    """Seconds that a session outlives its connection."""
    assigned_client_identifier: str | None
    server_keep_alive: int | None
    """Seconds, instead of the client's keep-alive."""
    authentication_method: str | None
    authentication_data: Bytes | None
    """65,535 bytes at most."""
    response_information: str | None
    server_reference: str | None
    reason_string: str | None
    receive_maximum: int | None
    """How many messages of QoS 1 and 2 may be unacknowledged at once: 1 to 65,535."""
    topic_alias_maximum: int | None
    """The highest topic alias: 0 to 65,535."""
    maximum_qos: int | None
    """0 or 1."""
    retain_available: int | None
    """0 or 1, as those that follow and are called available."""
    maximum_packet_size: int | None
    """Bytes: 1 to 4,294,967,295."""
    wildcard_subscription_available: int | None
    subscription_identifier_available: int | None
    shared_subscription_available: int | None
    user_properties: UserProperties | None


@dataclass(frozen=True, repr=False)
class Properties:
    """The MQTT 5.0 properties of a client's packet (section 2.2.2.2); None: it has not this one. It prints those
    that are there, of authentication data and user properties how much."""

    payload_format_indicator: int | None = None
    message_expiry_interval: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    subscription_identifier: int | None = None
    session_expiry_interval: int | None = None
    assigned_client_identifier: str | None = None
    server_keep_alive: int | None = None
    authentication_method: str | None = None
    authentication_data: bytes | None = None
    request_problem_information: int | None = None
    will_delay_interval: int | None = None
    request_response_information: int | None = None
    response_information: str | None = None
    server_reference: str | None = None
    reason_string: str | None = None
    receive_maximum: int | None = None
    topic_alias_maximum: int | None = None
    topic_alias: int | None = None
    maximum_qos: int | None = None
    retain_available: int | None = None
    user_properties: list[tuple[str, str]] = field(default_factory=list, hash=False)
    """Names and values, in order."""
    maximum_packet_size: int | None = None
    wildcard_subscription_available: int | None = None
    subscription_identifier_available: int | None = None
    shared_subscription_available: int | None = None

    def __repr__(self) -> str:
        there = ((one.name, getattr(self, one.name)) for one in fields(self))
        shown = (f"{name}={_shown(name, value)}" for name, value in there if value not in (None, []))
        return f"Properties({', '.join(shown)})"


def _shown(name: str, value: object) -> str:
    if isinstance(value, list):
        return f"<{len(value)} of them>"
    # It may be a proof, or what one is made of.
    if name == "authentication_data" and isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return bounded(value)

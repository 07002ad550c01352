"""Names and numbers of the fake broker, those of every language."""

from typing import Literal

from .._printing import Named


class SeenKind(Named):
    """What a broker can see of its clients."""

    CONNECTED = 1
    """A client connected, and was accepted."""
    REFUSED = 2
    """A client tried to connect, and was refused."""
    SUBSCRIBED = 3
    """A client subscribed to a filter; one for each."""
    UNSUBSCRIBED = 4
    """A client unsubscribed from a filter; one for each."""
    PUBLISHED = 5
    """A client published a message. A repeated delivery of QoS 2 counts once."""
    ACKNOWLEDGED = 6
    """A client acknowledged a message that it got: PUBACK, or PUBREC."""
    PINGED = 7
    """A client sent PINGREQ."""
    DISCONNECTED = 8
    """A client sent DISCONNECT."""
    LOST = 9
    """A client's connection ended without DISCONNECT of it."""
    FAULTY = 10
    """A client sent what MQTT does not allow; `detail` says what."""
    AUTHENTICATING = 11
    """A client sent authentication data, or its method: CONNECT (no reason code), or AUTH."""


class Acknowledging(Named):
    """When a broker acknowledges: PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK."""

    AT_ONCE = 0
    """As brokers do."""
    HELD = 1
    """When it is told to, by AT_ONCE: all that was held back leaves then, in order."""
    NEVER = 2
    """Not at all."""


Announced = Literal[
    "session_expiry_interval",
    "server_keep_alive",
    "receive_maximum",
    "topic_alias_maximum",
    "maximum_qos",
    "retain_available",
    "maximum_packet_size",
    "wildcard_subscription_available",
    "subscription_identifier_available",
    "shared_subscription_available",
]

"""What a client counts and shows of its packets. Times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from typing_extensions import Literal

    from ._vocabulary import PacketType


@dataclass(frozen=True)
class Histogram:
    """How times are distributed; it only grows."""

    bounds: tuple[float, ...]
    """The upper bounds of the buckets, each included; the last bucket has none."""
    counts: tuple[int, ...]
    """How many fell into each bucket: one more than there are bounds."""
    sum: float
    """How long all of them took."""

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts)


@dataclass(frozen=True)
class Metric:
    """One point of a metric, as OpenTelemetry's conventions have it."""

    name: str
    """The instrument's name, such as `mqttka.client.packets`. Several points may have it, which differ
    in their attributes."""
    unit: str
    """The unit as UCUM has it, such as `By` or `{packet}`."""
    description: str
    """What is counted or measured, in one sentence."""
    kind: Literal["counter", "up_down_counter", "gauge", "histogram"]
    """What kind of instrument it is."""
    attributes: Mapping[str, str]
    """Names and values."""
    value: Union[int, float, Histogram]
    """Its value: a float for a gauge, a Histogram for a histogram, else an int."""


@dataclass(frozen=True)
class TappedPacket:
    """A packet as it was sent or received; the option `packet_tap` is given each."""

    direction: Literal["received", "sent"]
    """Which way it went."""
    at: float
    """When its last byte passed, since the client was made."""
    connection_number: int
    """The number of the connection that it went over; events have the same."""
    packet_type: PacketType
    """Its type."""
    packet_id: int | None
    """Its Packet Identifier, where it has one."""
    size: int
    """Its size in bytes, fixed header included."""
    data: bytes = field(repr=False)
    """Its bytes as on the wire, the first 65,536 of them where it has more. Each byte of user name,
    password and Authentication Data is an asterisk."""
    dropped_before: int
    """So many packets before it were not shown, as the tap was too slow."""

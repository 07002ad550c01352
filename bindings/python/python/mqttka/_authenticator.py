"""What an application has of enhanced authentication."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from typing_extensions import Literal

    from ._requests import Bytes, UserProperties


@dataclass(frozen=True)
class AuthenticationStep:
    """What an authenticator is asked."""

    kind: Literal["start", "continue", "finish"]
    """`start`: an exchange begins, and one before it is over; the answer is the data of CONNECT, or of
    the AUTH packet that begins a re-authentication. `continue`: the broker's AUTH packet; the answer
    is the data of ours. `finish`: the broker says that it is done; to return means that its last data
    is right."""
    data: bytes | None = field(repr=False)
    """The broker's Authentication Data."""
    exchange: int
    """Counts the exchanges of the client, from 1: the steps of one have the same number."""
    reauthenticates: bool
    """Of a start: the connection goes on meanwhile."""
    time_left: float
    """Seconds until the answer comes too late."""
    reason_string: str | None = None
    """The broker's words, of its AUTH packet, or of CONNACK where that is the end; None at the start."""
    user_properties: list[tuple[str, str]] = field(default_factory=list, hash=False)
    """The broker's own names and values of that packet, in order; empty where it sent none."""


@dataclass(frozen=True)
class AuthenticationReply:
    """What an authenticator returns that has more than data to say."""

    data: Bytes | None = field(default=None, repr=False)
    """As it is returned alone: at most 65,535 bytes; None: no data."""
    user_properties: UserProperties | None = None
    """Names and values for our AUTH packet, in their order, at most 9,998. Where the answer leaves in none, it cannot
    have any, and the client stops with AuthenticationFailed: at the start of a connection, whose CONNECT has those of
    the option `user_properties`, and at the end, of which nothing is sent."""


class Authenticator(ABC):
    """Enhanced authentication (MQTT 5.0, section 4.12), for the option `authenticator`: each connection
    begins with an exchange, and each reauthenticate() is one. There is one at a time.

    `mqttka.ScramSha256` is ready to use."""

    method: str
    """The Authentication Method."""

    @abstractmethod
    def authenticate(
        self, step: AuthenticationStep
    ) -> Union[Bytes, AuthenticationReply, None, Awaitable[Bytes | AuthenticationReply | None]]:
        """Returns what is to be sent, at most 65,535 bytes; None: no data; an AuthenticationReply: user properties,
        too. Where the packet is larger than the broker takes, the exchange fails. What it raises ends the
        exchange: the attempt fails with AuthenticationFailed, and the client tries again, but after
        StopReconnecting. It is called on a thread of the library, and may block; a coroutine function
        (mqttka.Client only) runs in the client's event loop. `connect_timeout` runs meanwhile."""

"""Traffic both ways, and what became of it: the lab's side, and the account of both."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

from .adapter import GOT, SENT, UNPUBLISHED, Adapter, Event
from .clock import SECOND, Stop, now
from .network import Network, inside
from .party import QOS, Party
from .transports import PLAIN_PORT

UP, DOWN = "lab/up", "lab/down"
PERIOD = 0.05


class Peer(Party):
    """The other side: on the broker's own machine, over plain TCP, where no fault of the path reaches it."""

    def __init__(self, network: Network, period: float = PERIOD) -> None:
        def dial() -> socket.socket:
            with inside(network.broker):
                return socket.create_connection((network.broker_address, PLAIN_PORT), timeout=10)

        super().__init__(dial, "lab-peer", DOWN, UP, period)
        self._subscribed = threading.Event()

    def on_subscribed(self) -> None:
        self._subscribed.set()

    def ready(self, seconds: float) -> bool:
        return self._subscribed.wait(seconds)


@dataclass
class Account:
    """Of both directions: how many messages there were, which never came, and which came more than once, by QoS."""

    sent: int = 0
    lost: dict[int, list[str]] = field(default_factory=lambda: {qos: [] for qos in QOS})
    doubled: dict[int, list[str]] = field(default_factory=lambda: {qos: [] for qos in QOS})
    unpublished: list[str] = field(default_factory=list)  # the client told that they may not have arrived

    def add(self, way: str, qos: int, sent: int, got: list[int], unpublished: frozenset[int] = frozenset()) -> None:
        seen: set[int] = set()
        self.sent += sent
        for number in got:
            if number in seen:
                self.doubled[qos].append(f"{way} {number}")
            seen.add(number)
        self.lost[qos] += [f"{way} {number}" for number in range(sent) if number not in seen | unpublished]
        self.unpublished += [f"{way} {number} at QoS {qos}" for number in sorted(unpublished)]

    def problems(self) -> list[str]:
        """QoS 1 may double."""
        found = [(f"lost at QoS {qos}", self.lost[qos]) for qos in QOS]
        found += [("doubled at QoS 2", self.doubled[2]), ("told as not published", self.unpublished)]
        return [f"{len(those)} {what}: {', '.join(those[:5])}" for what, those in found if those]


def account(events: list[Event], peer: Peer) -> Account:
    """`events`: the adapter's, with its `sent` at the end."""
    result = Account()
    sent = next((event for event in reversed(events) if event.name == SENT), None)
    for qos in QOS:
        unpublished = {int(str(e.fields["n"])) for e in events if e.name == UNPUBLISHED and e.fields["qos"] == qos}
        published = int(str(sent.fields[f"qos{qos}"])) if sent else 0
        result.add("up", qos, published, list(peer.tally.got[qos]), frozenset(unpublished))
        got = [int(str(event.fields["n"])) for event in events if event.name == GOT and event.fields["qos"] == qos]
        result.add("down", qos, peer.tally.sent[qos], got)
    return result


def missing(events: list[Event], peer: Peer) -> int:
    """How many messages of the other side's are on their way to the adapter."""
    got = {qos: {e.fields["n"] for e in events if e.name == GOT and e.fields["qos"] == qos} for qos in QOS}
    return sum(peer.tally.sent[qos] - len(got[qos]) for qos in QOS)


def settle(adapter: Adapter, peer: Peer, patience: float, stop: Stop) -> str:
    """Ends the traffic, and waits until all of it has arrived, or long enough; what went wrong, if anything."""
    peer.publishing = False
    adapter.command("settle")
    if adapter.wait((SENT,), 30) is None:
        return "the adapter did not say how much it has sent"
    deadline = now() + int(patience * SECOND)
    while any(account(adapter.events, peer).lost.values()) and now() < deadline:
        stop.wait(0.1)
    # One too many may come a little later.
    stop.wait(0.5)
    return ""

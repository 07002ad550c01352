"""What a case is: a load, a fault, and what the promise says about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from .faults import Fault
from .stalls import Stall
from .transports import Transport


class Expect(Enum):
    DEAD_PATH = "one disconnected within 1.5 K of the broker's last packet"
    DEAD_PEER = "one disconnected within 1.5 K of the broker's last byte"
    CLOSED = "one disconnected at once after FIN or RST"
    RESUMED_DEAD = "one disconnected within 1.5 K of the resumption"
    RESUMED_CLOSED = "one disconnected at once after the resumption"
    SURVIVE = "no event"
    CONNECT_FAILS = "one connect_failed within 1.5 K"
    UNPROMISED = "one event at most"


class Broker(Enum):
    MOSQUITTO = "mosquitto"
    PATIENT = "scripted, without a keep-alive of its own"
    STRICT = "scripted, ends what is silent for 1.5 K"
    SILENT = "scripted, sends no CONNACK"
    HALF = "scripted, sends half a CONNACK"


class Middle(Enum):
    AS_TRANSPORT = "the transport's proxy, if it has one"
    SLOW = "a relay that hands on 0.4 kB/s"
    PINGING = "a relay that speaks WebSocket for the broker, and pings"


# What an adapter may tell of a `disconnected`.
TIMEOUT = frozenset({"keep_alive_timeout"})
UNRESPONSIVE = frozenset({"server_unresponsive"})
RESET = frozenset({"transport"})
BY_SERVER = frozenset({"closed_by_server", "server_disconnect", "transport"})


@dataclass(frozen=True)
class Case:
    name: str
    load: str
    fault: Fault
    expect: Expect
    broker: Broker | Stall = Broker.MOSQUITTO
    least_keep_alive: int = 1  # what the fault's own length needs
    watch: float = 0.0  # of SURVIVE: for how many K after the fault
    causes: frozenset[str] = frozenset()  # of `disconnected`, where the adapter tells; empty: any
    stage: str = ""  # of `connect_failed`, where the adapter tells
    by_name: bool = False  # connects to a host name instead of an address
    transports: frozenset[str] = frozenset()  # where it makes sense; empty: on each
    middle: Middle = Middle.AS_TRANSPORT

    def runs_on(self, transport: Transport) -> bool:
        return not self.transports or transport.name in self.transports

    def broker_over(self, transport: Transport) -> Broker | Stall:
        """mosquitto's WebSocket takes a packet that is still coming in for silence, and ends the connection after 1.5 K
        (over TCP it does not, where more than 1,000 bytes are to come): no fault of the client's."""
        slow_packet = self.load == "upload" and self.expect is Expect.SURVIVE
        if transport.web_socket and slow_packet and self.broker is Broker.MOSQUITTO:
            return Broker.PATIENT
        return self.broker

    def causes_over(self, transport: Transport) -> frozenset[str]:
        """A proxy's kernel acknowledges a PINGREQ before the broker gets it from behind the backlog: when the path dies
        in between, both are true."""
        both = transport.proxy and self.bulk and TIMEOUT <= self.causes
        return self.causes | UNRESPONSIVE if both else self.causes

    def by_bytes_alone(self, transport: Transport) -> Case:
        """What is promised where nobody tells which bytes were acknowledged: a slow upload, a dead path and a dead peer
        look alike. Between the broker's answers to 10 MB there must be no silence of the length that counts."""
        causes = self.causes - UNRESPONSIVE | TIMEOUT if self.causes & UNRESPONSIVE else self.causes
        if not self.bulk:
            return replace(self, causes=causes)
        least = max(5, self.least_keep_alive)
        if self.expect is Expect.SURVIVE:
            return replace(self, expect=Expect.UNPROMISED, causes=TIMEOUT, least_keep_alive=least)
        return replace(self, causes=causes, least_keep_alive=least)

    @property
    def before_connecting(self) -> bool:
        return self.expect is Expect.CONNECT_FAILS

    @property
    def is_long(self) -> bool:
        """It goes on for as long as it may."""
        return self.expect in (Expect.SURVIVE, Expect.UNPROMISED)

    @property
    def bulk(self) -> bool:
        """More goes to the broker than it takes at once: acknowledgements go on after it stopped."""
        return self.load in ("flood", "upload")

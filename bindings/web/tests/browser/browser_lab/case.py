"""What a case is: a page, a load, something that happens, and what the promise says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from .scene import Scene

# Acts on the whole scene; the instants from which consequences count are told to its lines.
Happening = Callable[["Scene"], None]


class Expect(Enum):
    DEAD = "one disconnected within 1.5 K of the last byte"
    CLOSED = "one disconnected at once after FIN or RST"
    RESUMED_DEAD = "one disconnected within 1.5 K of the page's resumption"
    FROZEN = "a goodbye when the page freezes, one event by the time it goes on, and back at once"
    SURVIVE = "no event"
    PARKED = "a goodbye when the page leaves, one event, and back at once when it returns"
    GOODBYE = "the broker gets a DISCONNECT when the tab is closed"
    LIMIT = "nothing is promised: a figure"


class State(Enum):
    VISIBLE = "visible"
    HIDDEN = "hidden"  # another tab in front: timers once a second
    LONG_HIDDEN = "long-hidden"  # for longer than the browser's grace period: timers once a minute


class Broker(Enum):
    MOSQUITTO = "mosquitto"
    PATIENT = "scripted, without a keep-alive of its own"


# What mqttka may tell of a `disconnected`. No browser tells what the peer's kernel acknowledged, so that a dead path and a
# dead peer look alike.
TIMEOUT = frozenset({"keepAliveTimeout"})
CLOSED = frozenset({"closedByServer", "transport", "serverDisconnect"})
# Chromium closes the sockets of a page that it freezes or parks.
RECLAIMED = frozenset({"reclaimedBySystem"})
FREE_WORKERS, NO_WORKERS = "", "worker-src 'none'"


@dataclass(frozen=True)
class Case:
    name: str
    expect: Expect
    happening: Happening
    load: str = "idle"
    state: State = State.VISIBLE
    where: str = "page"  # or "worker": a user's own
    policy: str = FREE_WORKERS  # of the page's content
    broker: Broker = Broker.MOSQUITTO
    causes: frozenset[str] = frozenset()  # empty: any
    late: float = 0.0  # seconds that the browser's throttling may add to the bound
    watch: float = 0.0  # of SURVIVE: for how many K after it
    rate_up: int = 0  # bits per second; 0: as fast as it goes
    rate_down: int = 0
    total: int = 0  # bytes that must all arrive
    goodbye: bool = False  # the broker gets a DISCONNECT, and publishes no Will
    apart: bool = False  # each client in a page of its own
    alone: bool = False  # what happens, happens to the whole browser: nothing beside it
    back_within: float | None = None  # seconds; none: whenever its next attempt is
    random_phase: bool = True  # it happens 0.3 to 1.3 K after all is well; else at once
    quick: bool = False  # of `make test`

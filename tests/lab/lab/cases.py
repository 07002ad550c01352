"""The cases: a load, a fault, and what the promise says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from . import faults
from .faults import Fault


class Expect(Enum):
    DEAD_PATH = "one disconnected within 1.5 K of the broker's last packet"
    DEAD_PEER = "one disconnected within 1.5 K of the broker's last byte"
    CLOSED = "one disconnected at once after FIN or RST"
    RESUMED_DEAD = "one disconnected within 1.5 K of the resumption"
    RESUMED_CLOSED = "one disconnected at once after the resumption"
    SURVIVE = "no event"
    CONNECT_FAILS = "one connect_failed within 1.5 K"


class Broker(Enum):
    MOSQUITTO = "mosquitto"
    PATIENT = "scripted, without a keep-alive of its own"
    STRICT = "scripted, ends what is silent for 1.5 K"
    SILENT = "scripted, sends no CONNACK"
    HALF = "scripted, sends half a CONNACK"


@dataclass(frozen=True)
class Case:
    name: str
    load: str
    fault: Fault
    expect: Expect
    broker: Broker = Broker.MOSQUITTO
    least_keep_alive: int = 1  # what the fault's own length needs
    watch: float = 0.0  # of SURVIVE: for how many K after the fault
    causes: frozenset[str] = frozenset()  # of `disconnected`, where the adapter tells; empty: any
    stage: str = ""  # of `connect_failed`, where the adapter tells
    by_name: bool = False  # connects to a host name instead of an address
    quick: bool = False  # in the profile --quick

    @property
    def before_connecting(self) -> bool:
        return self.expect is Expect.CONNECT_FAILS

    @property
    def bulk(self) -> bool:
        """More goes to the broker than it takes at once: acknowledgements go on after it stopped."""
        return self.load in ("flood", "upload")


_DETECTED_LOADS = ("idle", "qos0", "qos1", "flood", "upload", "subscriber", "both", "stuck")
_QUICK_LOADS = ("idle", "qos0", "upload", "subscriber")

_TIMEOUT = frozenset({"keep_alive_timeout"})
_UNRESPONSIVE = frozenset({"server_unresponsive"})
_BY_SERVER = frozenset({"closed_by_server", "server_disconnect", "transport"})


def _detected() -> list[Case]:
    cases = []
    for load in _DETECTED_LOADS:
        quick = load in _QUICK_LOADS
        cases += [
            Case(f"hole-{load}", load, faults.hole, Expect.DEAD_PATH, causes=_TIMEOUT, quick=quick or load in ("flood", "stuck")),
            Case(f"hole-in-{load}", load, faults.hole_in, Expect.DEAD_PATH, causes=_TIMEOUT, quick=quick),
            # The broker may end the connection first, and its FIN passes.
            Case(f"hole-out-{load}", load, faults.hole_out, Expect.DEAD_PATH, causes=_TIMEOUT | _BY_SERVER, quick=quick),
            Case(
                f"stopped-{load}",
                load,
                faults.stopped,
                Expect.DEAD_PEER,
                # A full receive buffer of a dead broker and a dead path look alike.
                causes=_UNRESPONSIVE | (_TIMEOUT if load in ("flood", "upload") else frozenset()),
                quick=quick,
            ),
            Case(f"rst-{load}", load, faults.reset, Expect.CLOSED, causes=frozenset({"transport"}), quick=quick),
            Case(f"fin-{load}", load, faults.closed, Expect.CLOSED, causes=_BY_SERVER, quick=quick),
        ]
    return cases


def _connecting() -> list[Case]:
    fails = Expect.CONNECT_FAILS
    return [
        Case("syn-dropped", "idle", faults.syn_dropped, fails, stage="tcp", quick=True),
        Case("no-connack", "idle", faults.none, fails, broker=Broker.SILENT, stage="mqtt", quick=True),
        Case("half-connack", "idle", faults.none, fails, broker=Broker.HALF, stage="mqtt", quick=True),
        Case("dns-hang", "idle", faults.dns_dropped, fails, stage="dns", by_name=True, quick=True),
    ]


def _paused() -> list[Case]:
    patient, strict = Broker.PATIENT, Broker.STRICT
    survive = Expect.SURVIVE
    return [
        Case("pause-half", "idle", faults.paused(0.5), survive, watch=2.5, quick=True),
        Case("pause-half-qos0", "qos0", faults.paused(0.5), survive, watch=2.5),
        Case("pause-2k", "idle", faults.paused(2), survive, broker=patient, watch=2.5, quick=True),
        Case(
            "pause-2k-answered", "idle", faults.paused_with_answer_waiting(2), survive, broker=patient, watch=2.5, quick=True
        ),
        Case("pause-kicked", "idle", faults.paused_and_kicked, Expect.RESUMED_CLOSED, broker=strict, causes=_BY_SERVER, quick=True),
        Case("pause-2k-hole", "idle", faults.paused_in_hole(2), Expect.RESUMED_DEAD, causes=_TIMEOUT | _UNRESPONSIVE, quick=True),
    ]


def _survived() -> list[Case]:
    survive = Expect.SURVIVE
    outage, lossy, far = faults.outage(3), faults.loss(0.1), faults.delay(3)
    slow = 16_000 * 8
    # One full segment per 0.9 D at K = 5.
    crawl = int(1514 * 8 / (0.9 * 7.25))
    cases = [
        Case(f"outage-3s-{load}", load, outage, survive, least_keep_alive=5, watch=2.0, quick=load != "qos1")
        for load in ("idle", "qos0", "qos1", "subscriber")
    ]
    cases += [
        Case(f"loss-10-{load}", load, lossy, survive, least_keep_alive=5, watch=5.0, quick=load == "qos0")
        for load in ("idle", "qos0", "qos1", "upload", "subscriber")
    ]
    cases += [
        Case(f"rtt-3s-{load}", load, far, survive, least_keep_alive=5, watch=4.0, quick=load == "idle")
        for load in ("idle", "qos0", "qos1", "subscriber")
    ]
    cases += [
        Case("slow-upload", "upload", faults.slow_upload(slow), survive, least_keep_alive=5, watch=6.0, quick=True),
        Case("slow-flood", "flood", faults.slow_upload(slow), survive, least_keep_alive=5, watch=6.0, quick=True),
        Case("slow-download", "download", faults.slow_download(slow), survive, least_keep_alive=5, watch=6.0, quick=True),
        Case("slow-download-qos0", "download-qos0", faults.slow_download(slow), survive, least_keep_alive=5, watch=6.0),
        Case("crawl-upload", "upload", faults.slow_upload(crawl, 1600), survive, least_keep_alive=5, watch=8.0),
        Case("crawl-download", "download", faults.slow_download(crawl, 1600), survive, least_keep_alive=5, watch=8.0),
    ]
    return cases


ALL = [*_detected(), *_connecting(), *_paused(), *_survived()]


def select(patterns: list[str]) -> list[Case]:
    """The cases whose name matches one of the patterns, in their usual order."""
    for pattern in patterns:
        if not any(fnmatchcase(case.name, pattern) for case in ALL):
            raise ValueError(f"no case is called {pattern} (--list shows them)")
    return [case for case in ALL if any(fnmatchcase(case.name, pattern) for pattern in patterns)]

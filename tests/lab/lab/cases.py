"""The cases of every transport, and which of all cases a run takes."""

from __future__ import annotations

from fnmatch import fnmatchcase

from . import faults, transport_cases
from .case import BY_SERVER, RESET, TIMEOUT, UNRESPONSIVE, Broker, Case, Expect
from .faults import Fault
from .transports import TCP, Transport

_DETECTED_LOADS = ("idle", "qos0", "qos1", "flood", "upload", "subscriber", "both", "download", "stuck")


def _detected(load: str) -> list[Case]:
    dead_path, closed = Expect.DEAD_PATH, Expect.CLOSED
    # A full receive buffer of a dead broker and a dead path look alike.
    hung = UNRESPONSIVE | (TIMEOUT if load in ("flood", "upload") else frozenset())
    # Before the fault a PINGREQ was acknowledged, and its answer waits behind the download: both are true.
    dead = TIMEOUT | (UNRESPONSIVE if load == "download" else frozenset())
    return [
        Case(f"hole-{load}", load, faults.hole, dead_path, causes=dead),
        Case(f"hole-in-{load}", load, faults.hole_in, dead_path, causes=dead),
        # The broker may end the connection first, and its FIN passes.
        Case(f"hole-out-{load}", load, faults.hole_out, dead_path, causes=dead | BY_SERVER),
        Case(f"stopped-{load}", load, faults.stopped, Expect.DEAD_PEER, causes=hung),
        Case(f"rst-{load}", load, faults.reset, closed, causes=RESET),
        Case(f"fin-{load}", load, faults.closed, closed, causes=BY_SERVER),
    ]


def _connecting() -> list[Case]:
    fails = Expect.CONNECT_FAILS
    return [
        Case("syn-dropped", "idle", faults.syn_dropped, fails, stage="tcp"),
        Case("no-connack", "idle", faults.none, fails, broker=Broker.SILENT, stage="mqtt"),
        Case("half-connack", "idle", faults.none, fails, broker=Broker.HALF, stage="mqtt"),
        Case("dns-hang", "idle", faults.dns_dropped, fails, stage="dns", by_name=True),
    ]


def _paused() -> list[Case]:
    patient, strict = Broker.PATIENT, Broker.STRICT
    survive, dead, kicked = Expect.SURVIVE, Expect.RESUMED_DEAD, Expect.RESUMED_CLOSED
    answered = faults.paused_with_answer_waiting(2)
    return [
        Case("pause-half", "idle", faults.paused(0.5), survive, watch=2.5),
        Case("pause-half-qos0", "qos0", faults.paused(0.5), survive, watch=2.5),
        Case("pause-2k", "idle", faults.paused(2), survive, broker=patient, watch=2.5),
        Case("pause-2k-answered", "idle", answered, survive, broker=patient, watch=2.5),
        Case("pause-kicked", "idle", faults.paused_and_kicked, kicked, broker=strict, causes=BY_SERVER),
        Case("pause-2k-hole", "idle", faults.paused_in_hole(2), dead, causes=TIMEOUT | UNRESPONSIVE),
    ]


def _survived() -> list[Case]:
    def survive(name: str, load: str, fault: Fault, watch: float, broker: Broker = Broker.MOSQUITTO) -> Case:
        return Case(name, load, fault, Expect.SURVIVE, broker, least_keep_alive=5, watch=watch)

    outage, lossy, far = faults.outage(3), faults.loss(0.1), faults.delay(3)
    slow = 16_000 * 8
    # One full segment per 0.4 D at K = 5. With 0.9 D, what TCP itself adds makes gaps of more than D on the wire: a
    # spurious retransmission takes a segment's turn, repeated ACKs take their share. The simulation has that case.
    crawl = int(1514 * 8 / (0.4 * 7.25))
    return [
        *(survive(f"outage-3s-{load}", load, outage, 2.0) for load in ("idle", "qos0", "qos1", "subscriber")),
        *(survive(f"loss-10-{load}", load, lossy, 5.0) for load in ("idle", "qos0", "qos1", "upload", "subscriber")),
        *(survive(f"rtt-3s-{load}", load, far, 4.0) for load in ("idle", "qos0", "qos1", "subscriber")),
        survive("slow-upload", "upload", faults.slow_upload(slow), 6.0),
        survive("slow-flood", "flood", faults.slow_upload(slow), 6.0),
        survive("slow-download", "download", faults.slow_download(slow), 6.0),
        survive("slow-download-qos0", "download-qos0", faults.slow_download(slow), 6.0),
        # ACKs come very late behind these queues. On the way down that of a PINGREQ is one of them, and until it comes the
        # kernel sends no second PINGREQ: mosquitto may end the connection, and would be right. Hence a patient broker.
        survive("bloat-upload", "upload", faults.bloated_upload(slow, 25), 10.0),
        survive("bloat-download", "download", faults.bloated_download(slow, 40), 10.0, Broker.PATIENT),
        survive("crawl-upload", "upload", faults.slow_upload(crawl, 1600), 8.0),
        survive("crawl-download", "download", faults.slow_download(crawl, 1600), 8.0, Broker.PATIENT),
    ]


ALL = [
    *(case for load in _DETECTED_LOADS for case in _detected(load)),
    *_connecting(),
    *_paused(),
    *_survived(),
    *transport_cases.ALL,
]

# What CI runs (--quick) over TCP, and of a transport that it was asked for.
_FAULTS = "hole", "hole-in", "hole-out", "stopped", "rst", "fin"
_QUICK = {
    *(f"{fault}-{load}" for fault in _FAULTS for load in ("idle", "qos0", "upload", "subscriber")),
    *("hole-flood", "hole-stuck", "syn-dropped", "no-connack", "half-connack", "dns-hang"),
    *("pause-half", "pause-2k", "pause-2k-answered", "pause-kicked", "pause-2k-hole"),
    *("outage-3s-idle", "outage-3s-qos0", "outage-3s-subscriber", "loss-10-qos0", "rtt-3s-idle"),
    *("slow-upload", "slow-flood", "slow-download"),
}


def quick(cases: list[Case], transport: Transport, whole: bool) -> list[Case]:
    """What --quick takes of them. `whole`: not only the few of a transport that it adds by itself."""
    names = _QUICK if transport is TCP else transport_cases.QUICK | (_QUICK if whole else set())
    return [case for case in cases if case.name in names]


def select(patterns: list[str]) -> list[Case]:
    """The cases whose name matches one of the patterns, in their usual order."""
    for pattern in patterns:
        if not any(fnmatchcase(case.name, pattern) for case in ALL):
            raise ValueError(f"no case is called {pattern} (--list shows them)")
    return [case for case in ALL if any(fnmatchcase(case.name, pattern) for pattern in patterns)]

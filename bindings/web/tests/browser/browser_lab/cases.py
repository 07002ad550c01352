"""The cases, and which of them a run takes."""

from __future__ import annotations

from fnmatch import fnmatchcase

from . import happenings as h
from .case import CLOSED, NO_WORKERS, RECLAIMED, TIMEOUT, Broker, Case, Expect, Happening, State

# With these, what waits in the page's socket is more than the kernel takes.
_UPLOAD_RATE = 4_000_000
_BULK = 10_000_000
_BULK_RATE = 4_000_000
_SLOW_RATE = 128_000


def _faults() -> list[Case]:
    kinds: list[tuple[str, Happening, Expect, frozenset[str]]] = [
        ("hole", h.hole, Expect.DEAD, TIMEOUT),
        ("hole-in", h.hole_in, Expect.DEAD, TIMEOUT),
        # The broker may end the connection first, and its FIN passes.
        ("hole-out", h.hole_out, Expect.DEAD, TIMEOUT | CLOSED),
        ("stopped", h.stopped, Expect.DEAD, TIMEOUT),
        ("rst", h.reset, Expect.CLOSED, CLOSED),
        ("killed", h.killed, Expect.CLOSED, CLOSED),
    ]
    cases = []
    for kind, happening, expect, causes in kinds:
        for load in ("idle", "qos0", "qos1", "upload"):
            rate = _UPLOAD_RATE if load == "upload" else 0
            quick = load in ("idle", "qos0") or kind in ("hole", "stopped")
            cases.append(Case(f"{kind}-{load}", expect, happening, load, causes=causes, rate_up=rate, quick=quick))
    return cases


def _places() -> list[Case]:
    """Other pages than one in front: what the browser does to their timers is what they are about."""
    hidden, long_hidden = State.HIDDEN, State.LONG_HIDDEN
    dead = Expect.DEAD

    def cases(name: str, faults: str, loads: str, **more: object) -> list[Case]:
        known = {"hole": h.hole, "hole-in": h.hole_in, "hole-out": h.hole_out, "stopped": h.stopped}
        return [
            Case(
                f"{name}-{fault}-{load}",
                dead,
                known[fault],
                load,
                causes=TIMEOUT | (CLOSED if fault == "hole-out" else frozenset()),
                rate_up=_UPLOAD_RATE if load == "upload" else 0,
                quick=load != "qos1" and fault in ("hole", "stopped"),
                **more,  # type: ignore[arg-type]
            )
            for fault in faults.split()
            for load in loads.split()
        ]

    return [
        *cases("hidden", "hole hole-in hole-out stopped", "idle qos0 qos1", state=hidden),
        *cases("long-hidden", "hole stopped", "idle qos0", state=long_hidden),
        *cases("worker", "hole hole-in hole-out stopped", "idle qos0", where="worker"),
        *cases("hidden-worker", "hole stopped", "idle", where="worker", state=hidden),
        *cases("long-hidden-worker", "hole", "idle", where="worker", state=long_hidden),
        # Where the page's policy refuses the Worker that keeps the time, the page's own timers must do.
        *cases("no-worker", "hole stopped", "idle", policy=NO_WORKERS),
        *cases("no-worker-hidden", "hole stopped", "idle", policy=NO_WORKERS, state=hidden, late=1.0),
        *cases("no-worker-long-hidden", "hole", "idle", policy=NO_WORKERS, state=long_hidden, late=60.0),
    ]


def _page() -> list[Case]:
    patient, survive = Broker.PATIENT, Expect.SURVIVE
    resumed_dead = Expect.RESUMED_DEAD

    def frozen(name: str, happening: Happening, load: str = "idle", goodbye: bool = False, quick: bool = False) -> Case:
        back_within = 2.0 if goodbye else None
        return Case(
            *(name, Expect.FROZEN, happening, load),
            causes=RECLAIMED,
            goodbye=goodbye,
            back_within=back_within,
            quick=quick,
        )

    return [
        frozen("frozen-half-k", h.frozen(0.5), goodbye=True, quick=True),
        frozen("frozen-3k", h.frozen(3), goodbye=True, quick=True),
        frozen("frozen-3k-qos1", h.frozen(3), "qos1", goodbye=True),
        frozen("frozen-2k-hole", h.frozen(2, h.hole), quick=True),
        frozen("frozen-2k-stopped", h.frozen(2, h.stopped)),
        Case("blocked-0.4k", survive, h.blocked(0.4), watch=2.5, apart=True, quick=True),
        Case("blocked-3k", survive, h.blocked(3), broker=patient, watch=2.5, apart=True, quick=True),
        Case("blocked-3k-hole", resumed_dead, h.blocked(3, True), causes=TIMEOUT, apart=True, quick=True),
        Case("worker-blocked-0.4k", survive, h.blocked(0.4), where="worker", watch=2.5, apart=True),
        Case("worker-blocked-3k", survive, h.blocked(3), where="worker", broker=patient, watch=2.5, apart=True),
        Case("parked", Expect.PARKED, h.parked, back_within=2.0, goodbye=True, apart=True, quick=True),
        Case("parked-qos1", Expect.PARKED, h.parked, "qos1", back_within=2.0, goodbye=True, apart=True),
        Case("tab-closed", Expect.GOODBYE, h.closed_tab, goodbye=True, apart=True, quick=True),
        Case("tab-closed-qos1", Expect.GOODBYE, h.closed_tab, "qos1", goodbye=True, apart=True),
    ]


def _calm() -> list[Case]:
    survive, limit, patient = Expect.SURVIVE, Expect.LIMIT, Broker.PATIENT
    chunks = h.download(_BULK, 100_000)
    whole, crawl = h.download(_BULK, _BULK), h.download(1_000_000, 4_000)
    return [
        *(Case(f"outage-3s-{load}", survive, h.outage(3), load, watch=2.0, quick=True) for load in ("idle", "qos0", "qos1")),
        Case("hidden-outage-3s", survive, h.outage(3), state=State.HIDDEN, watch=2.0, quick=True),
        Case("worker-outage-3s", survive, h.outage(3), where="worker", watch=2.0),
        *(Case(f"loss-10-{load}", survive, h.loss, load, watch=5.0, quick=load == "qos0") for load in ("idle", "qos0", "qos1")),
        *(Case(f"rtt-3s-{load}", survive, h.far, load, watch=4.0, quick=load == "idle") for load in ("idle", "qos0", "qos1")),
        # mosquitto's WebSocket hands on a send buffer every 100 ms, however fast the link is.
        Case(
            *("slow-download", survive, chunks, "download"),
            broker=patient,
            rate_down=_BULK_RATE,
            total=_BULK,
            watch=10.0,
            quick=True,
        ),
        Case("slow-upload", survive, h.nothing, "upload", rate_up=_BULK_RATE, total=_BULK, watch=10.0, quick=True),
        Case("crawl-download", survive, crawl, "download", broker=patient, rate_down=_SLOW_RATE, watch=6.0),
        # One message is one WebSocket message: no browser shows a page that part of it has come, or gone.
        Case("one-download", limit, whole, "download", broker=patient, rate_down=_BULK_RATE, total=_BULK, watch=10.0),
        Case("one-upload", limit, h.nothing, "upload-one", broker=patient, rate_up=_BULK_RATE, total=_BULK, watch=10.0),
    ]


def _machine() -> list[Case]:
    return [
        Case("link-flap-0.5s", Expect.SURVIVE, h.link_flaps(0.5), watch=2.0, alone=True, quick=True),
        # `offline` makes it ask the broker, which has K/2 to answer: with K = 5 s a short time for TCP to find back.
        Case("link-flap-2s", Expect.LIMIT, h.link_flaps(2), watch=2.0, alone=True),
        # What the browser says of the network is a hint, never a verdict; that it is back is a reason to try at once.
        Case("link-lost", Expect.DEAD, h.link_lost, causes=TIMEOUT, back_within=2.0, apart=True, alone=True, quick=True),
    ]


ALL = [*_faults(), *_places(), *_page(), *_calm(), *_machine()]


def select(patterns: list[str], quick: bool) -> list[Case]:
    """The cases whose name matches one of the patterns, in their usual order."""
    for pattern in patterns:
        if not any(fnmatchcase(case.name, pattern) for case in ALL):
            raise ValueError(f"no case is called {pattern} (--list shows them)")
    named = [case for case in ALL if any(fnmatchcase(case.name, pattern) for pattern in patterns)]
    return [case for case in named if case.quick] if quick else named

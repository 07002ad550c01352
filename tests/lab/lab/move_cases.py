"""The default network changes while the old one still lives (make before break), or does not."""

from __future__ import annotations

from .adapter import DISCONNECTED, MOVED, RECONNECTING
from .clock import SECOND, now
from .returning import ReturnCase, Scenario, Stage

SWITCHES = 25


def _switches(count: int, told: bool) -> Scenario:
    """`told`: the lab tells the client of each; else it sees them itself."""

    def play(stage: Stage, patience: float) -> None:
        for switch in range(count):
            stage.some_time(0.02, 0.2)
            since = now()
            stage.uplinks.switch()
            if told:
                stage.hint("changed")
            event = stage.next((MOVED, DISCONNECTED), patience)
            if event is None or event.name != MOVED:
                what = "disconnected" if event else f"not moved within {patience:.0f} s"
                stage.trial.problems.append(f"switch {switch + 1}: {what}")
                return
            if not stage.uplinks.carries():
                stage.trial.problems.append(f"switch {switch + 1}: moved, but not to the new link")
                return
            stage.trial.moved += 1
            stage.trial.back.append((event.time - since) / SECOND)

    return play


def _broken_switch(stage: Stage, patience: float) -> None:
    """The old path is gone when the client is told of the new one: a gap, and then it is back over the new one."""
    stage.some_time(0.3, 1.3)
    stage.uplinks.switch()
    stage.uplinks.cut_other()
    since = now()
    stage.hint("changed")
    event = stage.next((MOVED, RECONNECTING), patience)
    if event is not None and event.name == MOVED:
        stage.trial.moved += 1
        stage.trial.back.append((event.time - since) / SECOND)
        return
    stage.back(since, patience)


def _route(told: bool) -> Scenario:
    """The default route goes over the other link, and the old path is dead: the hint makes the client look, and it comes
    back over the new one without waiting for K."""

    def play(stage: Stage, patience: float) -> None:
        stage.some_time(0.3, 1.3)
        stage.uplinks.switch()
        stage.uplinks.cut_other()
        since = now()
        if told:
            stage.hint("changed")
        if stage.lost(patience) is not None:
            stage.back(since, patience)

    return play


_MAKE = ("LAB_MAKE_BEFORE_BREAK", "1")
_OWN_WATCH = ("LAB_NETWORK_MONITOR", "1")
_BACK = "back over the new path, nothing lost, nothing twice at QoS 2"
_NO_GAP = "moved at each switch, no disconnected, nothing lost, nothing twice at QoS 2"

ALL = [
    ReturnCase("move", _switches(SWITCHES, True), _NO_GAP, (_MAKE,), two_uplinks=True, once=False),
    ReturnCase("move-seen", _switches(SWITCHES, False), _NO_GAP, (_MAKE, _OWN_WATCH), two_uplinks=True, once=False),
    ReturnCase("route-told", _route(True), _BACK, two_uplinks=True),
    ReturnCase("route-seen", _route(False), _BACK, (_OWN_WATCH,), two_uplinks=True),
    ReturnCase("move-dead", _broken_switch, _BACK, (_MAKE,), two_uplinks=True, once=False),
]

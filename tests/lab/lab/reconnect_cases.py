"""The cases of a client that comes back by itself (--reconnect): each fault, and then none."""

from __future__ import annotations

from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Callable

from . import changes, faults, move_cases, ping_cases
from .clock import now
from .faults import Fault
from .returning import ReturnCase, Scenario, Stage

Heal = Callable[[Stage], None]


def _path(stage: Stage) -> None:
    stage.scene.network.heal()


def _broker(stage: Stage) -> None:
    stage.scene.mosquitto.thaw_or_start()


def _interface(stage: Stage) -> None:
    changes.give_back(stage.scene.network)


def _nothing(_: Stage) -> None: ...


def _after_loss(fault: Fault, heal: Heal, hint: str = "") -> Scenario:
    """Whole again some time after the client has noticed. `hint`: what the client is told then."""

    def play(stage: Stage, patience: float) -> None:
        stage.some_time(0.3, 1.3)
        fault(stage.scene)
        if stage.lost(patience) is None:
            return
        stage.some_time(0.2, 1.2)
        since = now()
        heal(stage)
        if hint:
            stage.hint(hint)
        stage.back(since, patience)

    return play


def _at_once(fault: Fault, heal: Heal = _nothing) -> Scenario:
    """Nothing stands between the client and the broker when it notices; measured from when it does."""

    def play(stage: Stage, patience: float) -> None:
        stage.some_time(0.3, 1.3)
        fault(stage.scene)
        heal(stage)
        lost = stage.lost(patience)
        if lost is not None:
            stage.back(lost, patience)

    return play


def _told_at_once(fault: Fault, heal: Heal, change: str) -> Scenario:
    """The system tells of the loss and of what there is again, or the client sees it by itself (`change` is empty)."""

    def play(stage: Stage, patience: float) -> None:
        stage.some_time(0.3, 1.3)
        fault(stage.scene)
        if change:
            stage.hint("lost")
        if stage.lost(patience) is None:
            return
        stage.some_time(0.2, 1.2)
        since = now()
        heal(stage)
        if change:
            stage.hint(change)
        stage.back(since, patience)

    return play


# --- faults that only matter here ---


def address_taken(scene: faults.Scene) -> int:
    start = now()
    changes.take_address(scene.network)
    return start


def interface_down(scene: faults.Scene) -> int:
    start = now()
    changes.interface_down(scene.network)
    return start


def translations_forgotten(scene: faults.Scene) -> int:
    start = now()
    changes.forget_translations(scene.network)
    return start


def _killed(scene: faults.Scene) -> int:
    start = now()
    scene.mosquitto.kill()
    return start


def frozen_and_robbed(factor: float) -> Fault:
    """The process is frozen, as a phone's system does it, and its sockets are taken meanwhile."""

    def inject(scene: faults.Scene) -> int:
        with ExitStack() as stack:
            freezer = stack.enter_context(changes.Freezer(scene.client.pid))
            freezer.freeze()
            scene.stop.wait(0.5 * factor * scene.keep_alive)
            changes.destroy_client_sockets(scene.network)
            scene.stop.wait(0.5 * factor * scene.keep_alive)
            start = now()
        return start

    return inject


def _stopped_long(scene: faults.Scene) -> int:
    """The process stands still until the broker has ended the connection: mosquitto looks every 5 s."""
    return faults.paused(1.5 + 6 / scene.keep_alive)(scene)


_ONE = "one disconnected, one connected after it, nothing lost, nothing twice at QoS 2"
_RECLAIMED = frozenset({"reclaimed_by_system"})
_NO_ADDRESS = frozenset({"network_lost"})
_OWN_WATCH = (("LAB_NETWORK_MONITOR", "1"),)


def _case(name: str, scenario: Scenario, **more: object) -> ReturnCase:
    return ReturnCase(name, scenario, _ONE, **more)  # type: ignore[arg-type]


_HEALED: dict[str, tuple[Fault, Heal]] = {
    "hole": (faults.hole, _path),
    "hole-in": (faults.hole_in, _path),
    "hole-out": (faults.hole_out, _path),
    "broker-stopped": (faults.stopped, _broker),
    "broker-restarted": (faults.closed, _broker),
    "address-removed": (address_taken, _interface),
    "interface-down": (interface_down, _interface),
}

ALL = [
    *(_case(name, _after_loss(*both)) for name, both in _HEALED.items()),
    *(_case(f"{name}-hint", _after_loss(*both, "available")) for name, both in _HEALED.items()),
    _case("rst", _at_once(faults.reset)),
    _case("fin", _at_once(faults.closed, _broker)),
    # What the broker had not written is not the client's loss.
    _case("broker-killed", _at_once(_killed, _broker), lossless=False),
    _case("nat-flushed", _at_once(translations_forgotten), translates=True),
    _case("stopped-long", _at_once(_stopped_long)),
    _case("frozen-robbed", _at_once(frozen_and_robbed(1)), causes=_RECLAIMED),
    _case("frozen-robbed-long", _at_once(frozen_and_robbed(3)), causes=_RECLAIMED),
    _case("address-told", _told_at_once(address_taken, _interface, "available"), causes=_NO_ADDRESS),
    _case("interface-told", _told_at_once(interface_down, _interface, "available")),
    _case("address-seen", _told_at_once(address_taken, _interface, ""), settings=_OWN_WATCH, causes=_NO_ADDRESS),
    _case("interface-seen", _told_at_once(interface_down, _interface, ""), settings=_OWN_WATCH),
    *move_cases.ALL,
    *ping_cases.ALL,
]


# What CI runs (--quick).
_QUICK = {
    *("hole-hint", "hole-in", "broker-stopped", "broker-restarted-hint", "rst", "fin", "nat-flushed", "frozen-robbed"),
    *("interface-seen", "address-told", "move"),
}


def select(patterns: list[str], quick: bool) -> list[ReturnCase]:
    """The cases whose name matches one of the patterns, in their usual order."""
    for pattern in patterns:
        if not any(fnmatchcase(case.name, pattern) for case in ALL):
            raise ValueError(f"no case is called {pattern} (--list shows them)")
    wanted = [case for case in ALL if any(fnmatchcase(case.name, pattern) for pattern in patterns)]
    return [case for case in wanted if case.name in _QUICK] if quick else wanted

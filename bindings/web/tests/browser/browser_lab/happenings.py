"""What happens to a path, a broker, or a page."""

from __future__ import annotations

import threading
from contextlib import suppress
from itertools import count
from typing import Callable

from lab.brokers import Publisher
from lab.clock import SECOND, now
from lab.delay import Delay
from lab.processes import CommandFailed

from .case import Happening
from .page import PAGE
from .scene import Line, Scene

WEB_SOCKET_PORT = 8080
_LONGER = 0.15
_delays = count()


class Starved(Exception):
    """The machine was too busy for what was to happen."""


def _each(act: Callable[[Line], None]) -> Happening:
    def happen(scene: Scene) -> None:
        for line in scene.lines:
            line.happens()
            act(line)

    return happen


nothing: Happening = _each(lambda line: None)
hole: Happening = _each(lambda line: line.branch.cut())
hole_in: Happening = _each(lambda line: line.branch.cut(towards_broker=False))
hole_out: Happening = _each(lambda line: line.branch.cut(towards_client=False))
stopped: Happening = _each(lambda line: line.mosquitto.freeze())
reset: Happening = _each(lambda line: line.branch.reset_sockets(WEB_SOCKET_PORT))
killed: Happening = _each(lambda line: line.mosquitto.kill())
loss: Happening = _each(
    lambda line: line.branch.cut(True, True, "-m", "statistic", "--mode", "random", "--probability", "0.1")
)


def outage(seconds: float) -> Happening:
    def happen(scene: Scene) -> None:
        began: list[tuple[Line, int, int]] = []
        for line in scene.lines:
            line.happens()
            before = now()
            line.branch.cut()
            began.append((line, now(), now() - before))
        for line, cut_at, cost in began:
            # To heal takes as long as to cut.
            scene.stop.wait(seconds - (now() - cut_at + cost) / SECOND)
            line.branch.heal()
            lasted = (now() - cut_at) / SECOND
            if lasted > seconds + _LONGER:
                # After 3 s TCP tries again at once; a little later it is in the middle of its longest pause.
                raise Starved(f"an outage of {lasted:.1f} s instead of {seconds:.1f} s")

    return happen


def far(scene: Scene) -> None:
    """A round trip of 3 s from now on."""
    for line in scene.lines:
        line.happens()
        number = next(_delays)
        scene.stack.enter_context(
            Delay(line.branch, 1.5, f"delay{number}", 1000 + number, line.branch.delay_rules)  # type: ignore[arg-type]
        )


def download(size: int, chunk: int) -> Happening:
    """The lab publishes so many bytes in chunks."""

    def happen(scene: Scene) -> None:
        for line in scene.lines:
            publisher = scene.stack.enter_context(Publisher(line.branch))  # type: ignore[arg-type]
            line.happens()

            def pour(publisher: Publisher = publisher) -> None:
                with suppress(OSError):
                    for _ in range(size // chunk):
                        publisher.publish(chunk)

            threading.Thread(target=pour, daemon=True).start()

    return happen


# --- the page ---


def _counts_from_now(scene: Scene) -> None:
    for line in scene.lines:
        line.happens()


def frozen(factor: float, before: Happening | None = None) -> Happening:
    """The page freezes for `factor` x K; `before` happens meanwhile. Counts from its resumption."""

    def happen(scene: Scene) -> None:
        for line in scene.lines:
            line.begun_at = now()
        scene.tab.freeze()
        if before is not None:
            before(scene)
        scene.stop.wait(factor * scene.keep_alive)
        _counts_from_now(scene)
        scene.tab.thaw()
        resumed = scene.tab.wait(PAGE, "resume", 30)
        if resumed is None:
            raise CommandFailed("the page did not resume")
        for line in scene.lines:
            line.happened_at = resumed.time

    return happen


def blocked(factor: float, hole_meanwhile: bool = False) -> Happening:
    """The thread of the first client stops just after its PINGREQ, for `factor` x K, with the PINGRESP waiting."""

    def happen(scene: Scene) -> None:
        first = scene.lines[0].client
        scene.tab.evaluate(f"labBlockAtPing({first!r}, {factor * scene.keep_alive})")
        if scene.tab.wait(PAGE, "blocked", 2.0 * scene.keep_alive) is None:
            raise CommandFailed("the client sent no PINGREQ within 2 K")
        if hole_meanwhile:
            hole(scene)
        end = scene.tab.wait(PAGE, "unblocked", factor * scene.keep_alive + 30)
        if end is None:
            raise CommandFailed("the page was not blocked, or for ever")
        for line in scene.lines:
            line.happened_at = end.time

    return happen


def parked(scene: Scene) -> None:
    """The page goes to the back/forward cache, and returns."""
    for line in scene.lines:
        line.happens()
    scene.tab.navigate("page/other.html")
    scene.stop.wait(1.0 * scene.keep_alive)
    scene.tab.back()
    shown = scene.tab.wait(PAGE, "pageshow", 10, since=scene.lines[0].happened_at or 0)
    if shown is None:
        raise CommandFailed("the page did not come back")
    if not shown.fields.get("persisted"):
        scene.notes.append("loaded anew: it was not in the back/forward cache")


def closed_tab(scene: Scene) -> None:
    _counts_from_now(scene)
    scene.tab.close()
    scene.stop.wait(2.0)


# --- the whole machine ---


def link_flaps(seconds: float) -> Happening:
    """The machine's interface goes down and comes up: the browser says `offline` and `online`."""

    def happen(scene: Scene) -> None:
        _counts_from_now(scene)
        scene.hub.link("down")
        scene.stop.wait(seconds)
        scene.hub.link("up")

    return happen


def link_lost(scene: Scene) -> None:
    """It goes down, and stays down until the line is healed."""
    _counts_from_now(scene)
    scene.hub.link("down")


def heal(line: Line, scene: Scene) -> None:
    if scene.hub.link_is_down:
        scene.hub.link("up")
    line.heal()

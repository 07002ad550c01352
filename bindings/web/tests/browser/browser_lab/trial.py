"""Runs one case: builds the scene, lets it happen, listens."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from lab import transports
from lab.brokers import Mosquitto
from lab.clock import SECOND, Stop, now
from lab.processes import CommandFailed
from lab.scripted import Scripted

from .case import Broker, Case, Expect, State
from .cdp import Browser
from .happenings import WEB_SOCKET_PORT, Starved, heal
from .hub import Hub
from .measure import CONNECTED, DISCONNECTED, Verdict, excuse, judge
from .page import PAGE, Tab
from .scene import Line, Scene
from .wills import Wills
from .witness import Witness

_WEB_SOCKET = transports.parse("ws")[0]
_GRACE = 10  # seconds until a hidden page of the second browser has timers once a minute
LONG_HIDDEN_FEATURES = f"IntensiveWakeUpThrottling:grace_period_seconds/{_GRACE}"


@dataclass(frozen=True)
class Settings:
    keep_alive: int
    patience: float  # seconds to wait for an event that is late
    return_patience: float  # and for a client that should be back; it may be in its longest pause between attempts
    seed: int
    directory: Path
    lie: str | None = None  # of the client that stands in for mqttka in the self-test


@dataclass(frozen=True)
class Place:
    hub: Hub
    browser: Browser
    long_hidden: Browser
    machine: Witness
    opening: threading.Semaphore  # new processes are most of the work: a few at a time


def run_trial(
    case: Case, clients: tuple[str, ...], repeat: int, index: int, place: Place, settings: Settings, stop: Stop
) -> list[Verdict]:
    verdicts = [Verdict(client, case.name, repeat, case.expect.value) for client in clients]
    directory = settings.directory / f"{index}-{case.name}-{repeat}"
    rng = random.Random(f"{settings.seed} {case.name} {repeat}")
    try:
        with ExitStack() as stack:
            with place.opening:
                scene = _scene(case, clients, index, directory, place, settings, rng, stop, stack)
                _open(scene, case, verdicts, settings)
            try:
                ready = not any(one.broken or one.problems for one in verdicts)
                if ready:
                    _run(scene, case, settings)
            finally:
                for verdict in verdicts:
                    told = [one for one in scene.tab.entries if one.client in (verdict.client, PAGE)]
                    verdict.entries = sorted(told, key=lambda one: one.time)
            for verdict, line in zip(verdicts, scene.lines):
                if ready:
                    _judge(verdict, line, scene, case, settings)
                    excuse(verdict, place.machine)
    except (Starved, CommandFailed, OSError) as problem:
        for verdict in verdicts:
            verdict.broken = verdict.broken or str(problem)
    return verdicts


def _scene(
    case: Case,
    clients: tuple[str, ...],
    index: int,
    directory: Path,
    place: Place,
    settings: Settings,
    rng: random.Random,
    stop: Stop,
    stack: ExitStack,
) -> Scene:
    lines = []
    for client in clients:
        own = directory / client
        own.mkdir(parents=True)
        branch = stack.enter_context(place.hub.branch())
        broker: Mosquitto | Scripted
        if case.broker is Broker.PATIENT:
            broker = Scripted(branch, _WEB_SOCKET, None, stop)  # type: ignore[arg-type]
        else:
            broker = Mosquitto(branch, _WEB_SOCKET, None, own)  # type: ignore[arg-type]
        stack.enter_context(broker)
        branch.limit_rate(case.rate_up, case.rate_down)
        line = Line(client, branch, broker, own / "mosquitto.log")
        line.wills = stack.enter_context(Wills(branch)) if case.goodbye else None
        lines.append(line)
    browser = place.long_hidden if case.state is State.LONG_HIDDEN else place.browser
    tab = stack.enter_context(Tab(browser, stop, f"t{index}"))
    return Scene(place.hub, tab, lines, settings.keep_alive, rng, stop, stack)


def _open(scene: Scene, case: Case, verdicts: list[Verdict], settings: Settings) -> None:
    config = {
        "keepAlive": scene.keep_alive,
        "load": case.load,
        "where": case.where,
        "total": case.total or None,
        "lie": settings.lie,
        "clients": {line.client: _config(line, case) for line in scene.lines},
    }
    scene.tab.open(config, case.policy)
    for verdict, line in zip(verdicts, scene.lines):
        if scene.tab.wait(line.client, CONNECTED, 60) is None:
            told = [one.as_json() for one in scene.tab.entries if one.client in (line.client, PAGE)]
            if any(one["client"] == line.client for one in told):
                verdict.problems.append(f"did not connect: {told}")
            else:
                verdict.broken = f"the page did not begin: {told}"
        elif case.load.startswith("download") and scene.tab.wait(line.client, "subscribed", 30) is None:
            verdict.problems.append("did not subscribe")


def _run(scene: Scene, case: Case, settings: Settings) -> None:
    if case.state is not State.VISIBLE:
        scene.tab.hide()
    if case.state is State.LONG_HIDDEN:
        scene.stop.wait(_GRACE + 2)
    if case.random_phase:
        scene.stop.wait(scene.random.uniform(0.3, 1.3) * scene.keep_alive)
    case.happening(scene)
    if case.expect is Expect.GOODBYE:
        return
    if case.expect in (Expect.SURVIVE, Expect.LIMIT):
        _watch(scene, case)
    else:
        _listen(scene, case, settings)


def _config(line: Line, case: Case) -> dict[str, object]:
    will = {"will": "lab/will"} if case.goodbye else {}
    # The broker does not care for the path, and the page's recorder knows the client by it.
    url = f"ws://{line.branch.broker_address}:{WEB_SOCKET_PORT}/{line.client}"
    return {"url": url, "clientId": line.client, **will}


def _watch(scene: Scene, case: Case) -> None:
    """Until the time is over, or all has come that was to come, or a connection is lost."""
    until = now() + int(case.watch * scene.keep_alive * SECOND)
    while now() < until:
        done = [
            bool(scene.tab.of(line.client, DISCONNECTED, *(("downloaded", "uploaded") if case.total else ())))
            for line in scene.lines
        ]
        if all(done):
            return
        scene.stop.wait(0.25)


def _listen(scene: Scene, case: Case, settings: Settings) -> None:
    """Each line by itself: its event, a while for one too many, healed, back, and a while more."""
    await_lines(scene, [_steps(scene, line, settings) for line in scene.lines])


def _steps(scene: Scene, line: Line, settings: Settings) -> Callable[[], bool]:
    """Called again and again until it is true."""
    assert line.happened_at is not None
    began = line.begun_at or line.happened_at
    lost_at: list[int] = []
    back_at: list[int] = []

    def step() -> bool:
        if not lost_at:
            lost = scene.tab.of(line.client, DISCONNECTED, since=began - SECOND // 20)
            if lost:
                lost_at.append(lost[0].time)
            elif now() - began > settings.patience * SECOND:
                line.heal()
                return True
            return False
        if line.healed_at is None:
            if now() - lost_at[0] > 0.4 * scene.keep_alive * SECOND:
                heal(line, scene)
            return False
        if not back_at:
            back = scene.tab.of(line.client, CONNECTED, since=lost_at[0])
            if back:
                back_at.append(now())
            return now() - line.healed_at > settings.return_patience * SECOND
        return now() - back_at[0] > 0.4 * scene.keep_alive * SECOND

    return step


def await_lines(scene: Scene, steps: list[Callable[[], bool]]) -> None:
    while steps:
        steps = [step for step in steps if not step()]
        scene.stop.wait(0.1)


def _judge(verdict: Verdict, line: Line, scene: Scene, case: Case, settings: Settings) -> None:
    if line.happened_at is None:
        verdict.broken = "nothing happened"
        return
    goodbye = None
    if line.wills is not None:
        goodbye = line.logged("disconnected") and not line.wills.seen
        verdict.notes += [f"broker: {said}" for said in line.log.read_text(errors="replace").splitlines()[-4:]]
    verdict.notes += scene.notes
    judge(verdict, case, settings.keep_alive, line, goodbye)

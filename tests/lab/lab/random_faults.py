"""Faults of random kinds at random instants: each `connected` gets exactly one `disconnected`."""

from __future__ import annotations

import random
from contextlib import ExitStack, nullcontext

from . import faults
from .adapter import CONNECT_FAILED, CONNECTED, DISCONNECTED, Adapter, audit
from .brokers import Mosquitto
from .clock import Stop
from .faults import Fault, Scene
from .measure import Trial
from .processes import CommandFailed
from .proxies import Proxy
from .staging import Settings, make_network, target
from .transports import TCP, Transport
from .trial import prepare_path, start_load

_FAULTS_PER_SCENE = 10
_LOADS = ("idle", "qos0", "qos1", "flood", "upload", "subscriber", "both")


def _stopped_in_hole(scene: Scene) -> int:
    start = faults.hole(scene)
    scene.mosquitto.freeze()
    return start


_DEADLY: dict[str, Fault] = {
    "hole": faults.hole,
    "hole-in": faults.hole_in,
    "hole-out": faults.hole_out,
    "stopped": faults.stopped,
    "hole-stopped": _stopped_in_hole,
    "rst": faults.reset,
    "fin": faults.closed,
    "pause-2k-hole": faults.paused_in_hole(2),
}
_HARMLESS: dict[str, Fault] = {
    "outage": faults.outage(0.2),
    "pause-half": faults.paused(0.5),
}
_AT_CONNECT: dict[str, Fault] = {
    "syn-dropped": faults.syn_dropped,
    "hole": faults.hole,
    "hole-in": faults.hole_in,
    "hole-out": faults.hole_out,
    "stopped": faults.stopped,
    "fin": faults.closed,
}


def shares(total: int) -> list[int]:
    """How many faults each scene gets."""
    return [min(_FAULTS_PER_SCENE, total - start) for start in range(0, total, _FAULTS_PER_SCENE)]


def run(
    client: str, command: list[str], transport: Transport, count: int, index: int, settings: Settings, stop: Stop
) -> Trial:
    over = "" if transport is TCP else f"{transport.name}-"
    rng = random.Random(f"{settings.seed} {client} {over}random {index}")
    keep_alive = rng.choice((1, 2))
    # Every load gets its turn.
    load = _LOADS[index % len(_LOADS)]
    trial = Trial(client, transport.name, f"random-{load}", index, keep_alive, "one disconnected for each connected")
    directory = settings.directory / f"{client}-{over}random-{index}"
    directory.mkdir(parents=True)
    try:
        with make_network(index, transport) as net, ExitStack() as stack:
            broker = stack.enter_context(Mosquitto(net, transport, settings.authority, directory))
            proxy = Proxy(net, transport, directory) if transport.proxy else None
            stack.enter_context(proxy or nullcontext())
            prepare_path(net, load)
            log = directory / "adapter.err"
            where = target(net, transport, settings)
            adapter = stack.enter_context(Adapter(command, net.client, where, keep_alive, load, log, stop))
            scene = Scene(net, transport, proxy, broker, adapter, keep_alive, rng, stop, stack)
            _Run(scene, broker, load, trial).go(count)
            trial.exit_seconds = adapter.quit(patience=10)
            stop.check()
            trial.events = adapter.events
            trial.notes += adapter.complaints
    except (CommandFailed, OSError) as problem:
        trial.broken = str(problem)
        return trial
    trial.connected = sum(event.name == CONNECTED for event in trial.events)
    trial.disconnected = sum(event.name == DISCONNECTED for event in trial.events)
    trial.problems += adapter.unreadable
    trial.problems += audit(trial.events, complete=trial.exit_seconds is not None)
    if trial.exit_seconds is None:
        trial.problems.append("did not end after quit")
    if trial.problems:
        trial.problems.append("faults: " + " ".join(trial.notes))
    return trial


class _Run:
    def __init__(self, scene: Scene, broker: Mosquitto, load: str, trial: Trial) -> None:
        self._scene = scene
        self._broker = broker
        self._load = load
        self._trial = trial
        self._seen = 0  # events that are dealt with

    def go(self, count: int) -> None:
        rng, keep_alive, stop = self._scene.random, self._scene.keep_alive, self._scene.stop
        asked = True  # the adapter connects by itself at its start
        for _ in range(count):
            with ExitStack() as connection:
                self._scene.stack = connection
                if not self._connect(asked):
                    return
                stop.wait(rng.uniform(0, 1.2) * keep_alive)
                if rng.random() < 0.15:
                    self._inject(_HARMLESS)
                    stop.wait(0.2 * keep_alive)
                deadly = self._inject(_DEADLY)
                if self._next((DISCONNECTED,), 6.0 * keep_alive + 2) is None:
                    self._trial.problems.append(f"no disconnected after {deadly}")
                    return
                self._heal()
            asked = False
            if rng.random() < 0.25:
                self._fail_at_connect()

    def _connect(self, asked: bool) -> bool:
        """Until it is connected; what the faults before left behind may make attempts fail."""
        for _ in range(10):
            if not asked:
                self._scene.client.command("connect")
            asked = False
            outcome = self._next((CONNECTED, CONNECT_FAILED), 60)
            if outcome is None:
                self._trial.problems.append("an attempt to connect without an outcome")
                return False
            if outcome == CONNECTED:
                problem = start_load(self._scene, self._load, after=self._seen)
                if problem:
                    self._trial.problems.append(problem)
                return not problem
        self._trial.problems.append("ten attempts to connect failed with a path and a broker that are well")
        return False

    def _fail_at_connect(self) -> None:
        rng, keep_alive = self._scene.random, self._scene.keep_alive
        self._scene.client.command("connect")
        self._scene.stop.wait(rng.choice((0.0, rng.uniform(0, 0.01))))
        kind = self._inject(_AT_CONNECT)
        outcome = self._next((CONNECTED, CONNECT_FAILED), 60)
        if outcome == CONNECTED:
            if kind == "syn-dropped":
                # Too late: it harms no connection.
                kind = self._inject({"rst": faults.reset})
            outcome = self._next((DISCONNECTED,), 6.0 * keep_alive + 2)
        if outcome is None:
            self._trial.problems.append(f"no outcome after {kind} while connecting")
        self._heal()

    def _inject(self, kinds: dict[str, Fault]) -> str:
        kind = self._scene.random.choice(sorted(kinds))
        self._trial.notes.append(kind)
        try:
            kinds[kind](self._scene)
        except CommandFailed as problem:
            # The connection was over before there was anything to reset.
            self._trial.notes.append(f"({problem})")
        return kind

    def _heal(self) -> None:
        self._scene.network.heal()
        self._broker.thaw_or_start()

    def _next(self, names: tuple[str, ...], seconds: float) -> str | None:
        event = self._scene.client.wait(names, seconds, after=self._seen)
        if event is None:
            return None
        self._seen = self._scene.client.events.index(event) + 1
        return event.name


def render(trials: list[Trial]) -> str:
    lines = []
    for client, transport in dict.fromkeys((trial.client, trial.transport) for trial in trials):
        own = [trial for trial in trials if (trial.client, trial.transport) == (client, transport)]
        over = "" if transport == TCP.name else f" over {transport}"
        # Some of several words are remarks.
        injected = sum(" " not in note for trial in own for note in trial.notes)
        lines.append(
            f"{client}{over}: {injected} faults, {sum(t.connected for t in own)} connected, "
            f"{sum(t.disconnected for t in own)} disconnected, {sum(bool(t.problems) for t in own)} of {len(own)} scenes bad"
        )
    return "\n".join(lines)

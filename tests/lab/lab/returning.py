"""Runs one case of a client that comes back by itself: builds the scene with traffic both ways, breaks it, heals it, counts."""

from __future__ import annotations

import random
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from .adapter import CONNECTED, DISCONNECTED, SUBSCRIBED, Adapter, Event, audit_returning
from .brokers import Mosquitto
from .capture import Capture
from .changes import TwoUplinks, translate
from .clock import SECOND, Stop, now
from .exchange import Account, Peer, account, settle
from .faults import Scene
from .measure import Trial
from .network import Network
from .processes import CommandFailed
from .proxies import Proxy
from .staging import Settings, make_network, target
from .transports import TCP, Transport

EXCHANGE = "exchange"  # traffic both ways


@dataclass
class Return(Trial):
    """A trial with its way back."""

    back: list[float] = field(default_factory=list)  # seconds from when the client could come back to `connected`
    moved: int = 0
    pings: int | None = None  # where they are counted
    account: Account = field(default_factory=Account)

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), "account": self.account.__dict__}


class Stage:
    """What a scenario plays on."""

    def __init__(
        self,
        scene: Scene,
        peer: Peer,
        uplinks: TwoUplinks | None,
        directory: Path,
        trial: Return,
        causes: frozenset[str] = frozenset(),
    ) -> None:
        self.scene = scene
        self.peer = peer
        self.directory = directory
        self.trial = trial
        self._uplinks = uplinks
        self._causes = causes
        self._seen = 0  # events that are dealt with

    @property
    def uplinks(self) -> TwoUplinks:
        assert self._uplinks is not None
        return self._uplinks

    @property
    def adapter(self) -> Adapter:
        return self.scene.client

    def some_time(self, least: float, most: float) -> None:
        """A random number of K passes."""
        self.scene.stop.wait(self.scene.random.uniform(least, most) * self.scene.keep_alive)

    def look_from_now(self) -> None:
        self._seen = len(self.adapter.events)

    def next(self, names: tuple[str, ...], seconds: float) -> Event | None:
        event = self.adapter.wait(names, seconds, after=self._seen)
        if event is not None:
            self._seen = self.adapter.events.index(event) + 1
        return event

    def until(self, arrived: Callable[[Event], bool], seconds: float) -> list[Event] | None:
        """Waits for such an event; all that came up to it and were not dealt with."""
        found = self.adapter.wait_for(arrived, seconds, after=self._seen)
        if found is None:
            return None
        before, self._seen = self._seen, self.adapter.events.index(found) + 1
        return self.adapter.events[before : self._seen]

    def hint(self, change: str) -> None:
        self.adapter.command(f"network {change}")

    def lost(self, patience: float) -> int | None:
        """Waits for `disconnected`; when it came."""
        event = self.next((DISCONNECTED,), patience)
        if event is None:
            self.trial.problems.append(f"no disconnected within {patience:.0f} s")
            return None
        cause = event.fields.get("cause")
        if cause is not None and self._causes and cause not in self._causes:
            self.trial.problems.append(f"cause {cause}, not {' or '.join(sorted(self._causes))}")
        return event.time

    def back(self, since: int, patience: float) -> bool:
        """Waits for `connected`; measures from that instant."""
        event = self.next((CONNECTED,), patience)
        if event is None:
            self.trial.problems.append(f"not back within {patience:.0f} s")
            return False
        self.trial.back.append(max(0.0, (event.time - since) / SECOND))
        return True


Scenario = Callable[[Stage, float], None]


@dataclass(frozen=True)
class ReturnCase:
    name: str
    scenario: Scenario  # called with the patience
    says: str  # what is expected, for --list
    settings: tuple[tuple[str, str], ...] = ()  # of the adapter
    translates: bool = False  # the router is a NAT
    two_uplinks: bool = False
    load: str = EXCHANGE
    once: bool = True  # one `disconnected`, and one `connected` after it
    lossless: bool = True
    causes: frozenset[str] = frozenset()  # of `disconnected`, where the adapter tells; empty: any
    keep_alive: int = 0  # its own; 0: the run's
    transports: frozenset[str] = frozenset()  # where it makes sense; empty: on each
    is_long: bool = False

    def runs_on(self, transport: Transport) -> bool:
        return not self.transports or transport.name in self.transports


def run(
    client: str,
    command: list[str],
    transport: Transport,
    case: ReturnCase,
    repeat: int,
    index: int,
    settings: Settings,
    stop: Stop,
) -> Return:
    over = "" if transport is TCP else f"{transport.name}-"
    keep_alive = case.keep_alive or settings.keep_alive
    trial = Return(client, transport.name, case.name, repeat, keep_alive, case.says)
    directory = settings.directory / f"{client}-{over}{case.name}-{repeat}"
    directory.mkdir(parents=True)
    rng = random.Random(f"{settings.seed} {client} {over}{case.name} {repeat}")
    try:
        with make_network(index, transport) as net:
            _play(trial, case, command, transport, net, directory, rng, settings, stop)
    except (CommandFailed, OSError) as problem:
        trial.broken = str(problem)
    if not settings.keep:
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
    return trial


def _play(
    trial: Return,
    case: ReturnCase,
    command: list[str],
    transport: Transport,
    net: Network,
    directory: Path,
    rng: random.Random,
    settings: Settings,
    stop: Stop,
) -> None:
    with ExitStack() as stack:
        if case.translates:
            translate(net)
        uplinks = TwoUplinks(net) if case.two_uplinks else None
        watch(stack, net, transport, directory, settings)
        broker = stack.enter_context(Mosquitto(net, transport, settings.authority, directory, keeps=True))
        proxy = Proxy(net, transport, directory) if transport.proxy else None
        stack.enter_context(proxy or nullcontext())
        peer = Peer(net)
        stack.enter_context(peer)
        if not peer.ready(20):
            raise CommandFailed("the lab's own client did not subscribe")
        where = replace(target(net, transport, settings), settings=case.settings)
        log = directory / "adapter.err"
        adapter = stack.enter_context(Adapter(command, net.client, where, trial.keep_alive, case.load, log, stop))
        scene = Scene(net, transport, proxy, broker, adapter, trial.keep_alive, rng, stop, stack)
        stage = Stage(scene, peer, uplinks, directory, trial, case.causes)
        trial.broken = begin(stage, case.load == EXCHANGE)
        if trial.broken:
            return
        case.scenario(stage, settings.patience)
        finish(stage, case.load == EXCHANGE, case.lossless)
        if case.once and (trial.connected, trial.disconnected) != (2, 1):
            trial.problems.append(f"{trial.disconnected} disconnected and {trial.connected} connected")
        broker_log = directory / "mosquitto.log"
        if trial.problems and broker_log.exists():
            trial.notes += [f"broker said: {line}" for line in broker_log.read_text(errors="replace").splitlines()[-6:]]


def watch(stack: ExitStack, net: Network, transport: Transport, directory: Path, settings: Settings) -> None:
    """With --keep, what passed at the client's interface, whole."""
    if settings.keep:
        stack.enter_context(Capture(net.client, transport.entrance, directory / "client.pcap", both_ways=True, whole=True))


def begin(stage: Stage, exchanges: bool) -> str:
    """Waits until the scene is set, and begins the traffic; what went wrong, if anything."""
    # Outcomes and events come by lanes of their own: the one may be told before the other.
    for name in (CONNECTED, SUBSCRIBED) if exchanges else (CONNECTED,):
        if stage.adapter.wait((name,), 30) is None:
            return "; ".join([f"the adapter is not {name}", *stage.adapter.complaints])
    if exchanges:
        stage.adapter.command("publish")
        stage.peer.publishing = True
    stage.look_from_now()
    return ""


def finish(stage: Stage, exchanges: bool, lossless: bool) -> None:
    """Ends the traffic and the adapter, and judges what every such trial is judged by."""
    trial, adapter, stop = stage.trial, stage.adapter, stage.scene.stop
    if exchanges:
        stop.wait(0.5 * trial.keep_alive)
        # What has gone wrong already will not be waited for at length.
        problem = settle(adapter, stage.peer, 3 if trial.problems else 30, stop)
        if problem:
            trial.problems.append(problem)
    quit_at = now()
    trial.exit_seconds = adapter.quit(patience=max(10.0, 2.0 * trial.keep_alive))
    stop.check()
    trial.events = adapter.events
    before = [event.name for event in trial.events if event.time < quit_at]
    trial.connected, trial.disconnected = before.count(CONNECTED), before.count(DISCONNECTED)
    trial.notes += adapter.complaints
    trial.problems += adapter.unreadable
    trial.problems += audit_returning(trial.events, complete=trial.exit_seconds is not None)
    if trial.exit_seconds is None:
        trial.problems.append("did not end after quit")
    if exchanges:
        trial.account = account(trial.events, stage.peer)
        if lossless:
            trial.problems += trial.account.problems()

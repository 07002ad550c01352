"""Faults of random kinds at random instants, of any length, with traffic both ways: nothing is lost at QoS 1 and 2, nothing
comes twice at QoS 2, and each end has its return."""

from __future__ import annotations

import random
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from statistics import median

from . import changes, faults
from .adapter import CONNECTED, DISCONNECTED, GOT, Adapter, Event
from .brokers import Mosquitto
from .clock import SECOND, Stop, now
from .exchange import Peer, missing
from .faults import Fault, Scene
from .party import QOS
from .processes import CommandFailed
from .proxies import Proxy
from .reconnect_cases import address_taken, interface_down, translations_forgotten
from .returning import EXCHANGE, Return, Stage, begin, finish, watch
from .staging import Settings, make_network, target
from .transports import TCP, Transport

CASE = "random"
_FAULTS_PER_SCENE = 10  # at most; a few are spread over scenes that run at once
_SCENES = 8

_RESTART = "broker-down"
_FAULTS: dict[str, Fault] = {
    "hole": faults.hole,
    "hole-in": faults.hole_in,
    "hole-out": faults.hole_out,
    "stopped": faults.stopped,
    "rst": faults.reset,
    _RESTART: faults.closed,
    "address": address_taken,
    "interface": interface_down,
    "nat": translations_forgotten,
    "process-stopped": faults.paused(2),
}


def shares(total: int) -> list[int]:
    each = min(_FAULTS_PER_SCENE, -(-total // _SCENES))
    return [min(each, total - start) for start in range(0, total, each)]


def run(
    client: str, command: list[str], transport: Transport, count: int, index: int, settings: Settings, stop: Stop
) -> Return:
    over = "" if transport is TCP else f"{transport.name}-"
    rng = random.Random(f"{settings.seed} {client} {over}{CASE} {index}")
    trial = Return(client, transport.name, CASE, index, settings.keep_alive, "nothing lost, nothing twice at QoS 2")
    directory = settings.directory / f"{client}-{over}{CASE}-{index}"
    directory.mkdir(parents=True)
    try:
        with make_network(index, transport) as net, ExitStack() as stack:
            changes.translate(net)
            watch(stack, net, transport, directory, settings)
            broker = stack.enter_context(Mosquitto(net, transport, settings.authority, directory, keeps=True))
            proxy = Proxy(net, transport, directory) if transport.proxy else None
            stack.enter_context(proxy or nullcontext())
            peer = Peer(net)
            stack.enter_context(peer)
            # Every other scene sees its network itself.
            where = target(net, transport, settings)
            where = replace(where, settings=(("LAB_NETWORK_MONITOR", str(index % 2)),))
            log = directory / "adapter.err"
            adapter = stack.enter_context(Adapter(command, net.client, where, trial.keep_alive, EXCHANGE, log, stop))
            scene = Scene(net, transport, proxy, broker, adapter, trial.keep_alive, rng, stop, stack)
            stage = Stage(scene, peer, None, directory, trial)
            if not peer.ready(20):
                raise CommandFailed("the lab's own client did not subscribe")
            trial.broken = begin(stage, exchanges=True)
            if trial.broken:
                return trial
            for _ in range(count):
                if not _break_and_heal(stage, settings.patience):
                    break
            finish(stage, exchanges=True, lossless=True)
    except (CommandFailed, OSError) as problem:
        trial.broken = str(problem)
        return trial
    if trial.problems:
        trial.problems.append("faults: " + " ".join(trial.notes))
    return trial


def _break_and_heal(stage: Stage, patience: float) -> bool:
    """One fault of any length: most are over before the client knows, some long after."""
    scene, rng, trial = stage.scene, stage.scene.random, stage.trial
    stage.some_time(0.0, 0.6)
    kind = rng.choice(sorted(_FAULTS))
    trial.notes.append(kind)
    if kind == _RESTART:
        _calm(stage)
    try:
        _FAULTS[kind](scene)
    except CommandFailed as problem:
        trial.notes.append(f"({problem})")
    stage.peer.publishing = True
    lasts = rng.choice((0.0, 0.1, 0.5, 2.0, 2.5))
    stage.some_time(0.0, lasts)
    changes.give_back(scene.network)
    scene.network.heal()
    scene.mosquitto.thaw_or_start()
    since = now()
    if rng.random() < 0.5:
        stage.hint(rng.choice(("available", "changed")))
    return _well_again(stage, since, patience)


def _calm(stage: Stage) -> None:
    """mosquitto 2.0.11 forgets with a restart which messages at QoS 2 it has released: after the PUBREL it sends the PUBLISH
    again, which is then a new one. So none of its own is on its way when it goes down."""
    peer, stop = stage.peer, stage.scene.stop
    peer.publishing = False
    for _ in range(50):
        stop.wait(0.1)
        if not missing(stage.adapter.events, peer):
            break
    stop.wait(0.5)


def _well_again(stage: Stage, since: int, patience: float) -> bool:
    """Waits until a message arrives that the other side has published since; measures the way back, where one was needed."""
    mark = stage.peer.tally.sent[1]

    def arrived(event: Event) -> bool:
        return event.name == GOT and event.fields["qos"] == 1 and int(str(event.fields["n"])) >= mark

    events = stage.until(arrived, patience)
    if events is None:
        stage.trial.problems.append(f"nothing arrives {patience:.0f} s after the last fault was over")
        return False
    lost: int | None = None
    for event in events:
        if event.name == DISCONNECTED:
            lost = event.time
        elif event.name == CONNECTED and lost is not None:
            stage.trial.back.append(max(0.0, (event.time - max(since, lost)) / SECOND))
            lost = None
    return True


def render(trials: list[Return]) -> str:
    lines = []
    for client, transport in dict.fromkeys((trial.client, trial.transport) for trial in trials):
        own = [trial for trial in trials if (trial.client, trial.transport) == (client, transport)]
        over = "" if transport == TCP.name else f" over {transport}"
        injected = sum(note in _FAULTS for trial in own for note in trial.notes)
        lost = {qos: sum(len(trial.account.lost[qos]) for trial in own) for qos in QOS}
        twice = {qos: sum(len(trial.account.doubled[qos]) for trial in own) for qos in QOS}
        back = [time for trial in own for time in trial.back]
        lines += [
            f"{client}{over}: {injected} faults, {sum(t.disconnected for t in own)} disconnected, "
            f"{sum(t.connected for t in own)} connected, {sum(bool(t.problems) for t in own)} of {len(own)} scenes bad",
            f"  {sum(t.account.sent for t in own)} messages both ways: lost {lost[1]} at QoS 1 and {lost[2]} at QoS 2, "
            f"twice {twice[1]} at QoS 1 and {twice[2]} at QoS 2",
        ]
        if back:
            lines.append(f"  back {len(back)} times, median {median(back):.2f} s, at most {max(back):.2f} s")
    return "\n".join(lines)

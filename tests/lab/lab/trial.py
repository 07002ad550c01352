"""Runs one case: builds the scene, breaks it, listens."""

from __future__ import annotations

import random
from contextlib import ExitStack, nullcontext
from pathlib import Path

from .adapter import CONNECT_FAILED, CONNECTED, CONNECTING, DISCONNECTED, STUCK, SUBSCRIBED, Adapter, audit
from .brokers import Publisher
from .capture import Capture, Flow
from .case import Case, Expect
from .clock import SECOND, Stop, now
from .faults import Scene
from .measure import Trial, bound, connect_bound, judge, verdict_event
from .network import Network
from .processes import CommandFailed
from .relays import PingingRelay
from .staging import Settings, make_broker, make_middle, make_network, target
from .transports import TCP, Transport

DOWNLOAD = 10_000_000
# Bits per second, for loads that fill the path: so that it is the path that is full, not the processor,
# and that a download outlasts its trial.
_UPLOAD_RATES = {"upload": 40_000_000, "flood": 20_000_000}
_DOWNLOAD_RATES = {"download": 1_000_000, "download-qos0": 1_000_000}
_SUBSCRIBERS = ("subscriber", "both", "stuck", "download", "download-qos0")


def prepare_path(net: Network, load: str) -> None:
    if load in _UPLOAD_RATES:
        net.limit_rate(net.client, "c0", _UPLOAD_RATES[load], 65_536, 262_144)
    if load in _DOWNLOAD_RATES:
        net.limit_rate(net.far_end, "b0", _DOWNLOAD_RATES[load], 16_384, 65_536)


def start_load(scene: Scene, load: str, after: int = 0) -> str:
    """The lab's part of the load, once the adapter is connected; what went wrong, if anything."""
    if load not in _SUBSCRIBERS:
        return ""
    if scene.client.wait((SUBSCRIBED,), 30, after) is None:
        return "the adapter did not subscribe"
    publisher = scene.stack.enter_context(Publisher(scene.network))
    if load.startswith("download"):
        publisher.publish(DOWNLOAD)
    else:
        publisher.publish_every(0.2 * scene.keep_alive, 100)
    if load == "stuck" and scene.client.wait((STUCK,), 30, after) is None:
        return "the adapter's message handler did not get a message"
    return ""


def run_trial(
    client: str,
    command: list[str],
    transport: Transport,
    case: Case,
    repeat: int,
    index: int,
    settings: Settings,
    stop: Stop,
) -> Trial:
    keep_alive = max(settings.keep_alive, case.least_keep_alive)
    trial = Trial(client, transport.name, case.name, repeat, keep_alive, case.expect.value)
    over = "" if transport is TCP else f"{transport.name}-"
    directory = settings.directory / f"{client}-{over}{case.name}-{repeat}"
    directory.mkdir(parents=True)
    # A string seeds alike in every process, a tuple would not.
    rng = random.Random(f"{settings.seed} {client} {over}{case.name} {repeat}")
    try:
        with make_network(index, transport, case.middle) as net:
            _run(trial, case, command, transport, net, directory, rng, settings, stop)
    except (CommandFailed, OSError) as problem:
        trial.broken = str(problem)
    broker_log = directory / "mosquitto.log"
    if trial.problems and broker_log.exists():
        trial.notes += [f"broker said: {line}" for line in broker_log.read_text(errors="replace").splitlines()[-4:]]
    if not settings.keep:
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
    return trial


def _run(
    trial: Trial,
    case: Case,
    command: list[str],
    transport: Transport,
    net: Network,
    directory: Path,
    rng: random.Random,
    settings: Settings,
    stop: Stop,
) -> None:
    keep_alive = trial.keep_alive
    flows: list[Flow] = []
    with ExitStack() as stack:
        capture = Capture(net.client, transport.entrance, directory / "client.pcap", settings.keep)
        with capture:
            broker = make_broker(case, net, transport, directory, keep_alive, settings, stop)
            stack.enter_context(broker)
            middle = make_middle(case, net, transport, directory, settings)
            stack.enter_context(middle or nullcontext())
            scene = Scene(net, transport, middle, broker, None, keep_alive, rng, stop, stack)
            prepare_path(net, case.load)
            if case.before_connecting:
                trial.fault_at = case.fault(scene)
            where = target(net, transport, settings, case.by_name)
            log = directory / "adapter.err"
            adapter = scene.adapter = stack.enter_context(
                Adapter(command, net.client, where, keep_alive, case.load, log, stop)
            )
            if not case.before_connecting:
                _connect_and_break(trial, case, scene)
            elif adapter.wait((CONNECTING,), 30) is None:
                # What follows is measured from then, and so the patience counts from then: on a machine that is busy the
                # adapter's process begins late.
                trial.broken = "the adapter did not begin to connect"
            if trial.broken:
                trial.broken = "; ".join([trial.broken, *adapter.complaints])
                return
            if trial.fault_at is not None:
                _listen(trial, case, adapter, settings)
            quit_at = now()
            patience = max(5.0, 2.0 * keep_alive)
            trial.exit_seconds = adapter.quit(patience)
            stop.check()
            trial.events = adapter.events
            trial.notes += adapter.complaints
            trial.problems += adapter.unreadable
            trial.problems += audit(trial.events, complete=trial.exit_seconds is not None)
            if trial.exit_seconds is None:
                trial.problems.append(f"did not end within {patience:.0f} s of quit")
        if abs(capture.drift()) > SECOND // 200:
            trial.broken = "the wall clock was set during the trial"
            return
        flows = capture.flows()
    judge(trial, case, quit_at, flows, middle.last_byte_at if isinstance(middle, PingingRelay) else None)


def _connect_and_break(trial: Trial, case: Case, scene: Scene) -> None:
    first = scene.client.wait((CONNECTED, CONNECT_FAILED), 30)
    if first is None or first.name != CONNECTED:
        trial.broken = f"the adapter did not connect: {first.as_json() if first else 'no event'}"
        return
    trial.broken = start_load(scene, case.load)
    if trial.broken:
        return
    # At any phase of the pings.
    if scene.client.wait((DISCONNECTED,), scene.random.uniform(0.3, 1.3) * scene.keep_alive) is None:
        trial.fault_at = case.fault(scene)


def _listen(trial: Trial, case: Case, adapter: Adapter, settings: Settings) -> None:
    """Waits for the event, and a while longer for one too many."""
    keep_alive = trial.keep_alive
    if case.is_long:
        adapter.wait((DISCONNECTED,), case.watch * keep_alive)
        return
    least = connect_bound(keep_alive) if case.before_connecting else bound(keep_alive)
    if adapter.wait((verdict_event(case),), max(settings.patience, least + 1)) is not None:
        seen = len(adapter.events)
        adapter.wait((DISCONNECTED, CONNECT_FAILED), 0.4 * keep_alive, after=seen)

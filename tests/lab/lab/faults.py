"""The faults. Each acts on a scene and returns the instant from which its consequences count."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Callable

from .adapter import Adapter
from .brokers import Mosquitto
from .clock import Stop, now
from .delay import Delay
from .network import TO_BROKER, TO_CLIENT, Network
from .processes import CommandFailed
from .proxies import Proxy
from .relays import PingingRelay, SlowRelay
from .scripted import Scripted
from .stalls import Stalling
from .transports import Transport


@dataclass
class Scene:
    """What a fault can act on."""

    network: Network
    transport: Transport
    middle: Proxy | SlowRelay | PingingRelay | None
    broker: Mosquitto | Scripted | Stalling
    adapter: Adapter | None  # none for faults that come before it starts
    keep_alive: int
    random: random.Random
    stop: Stop
    stack: ExitStack  # ended with the scene

    @property
    def mosquitto(self) -> Mosquitto:
        assert isinstance(self.broker, Mosquitto)
        return self.broker

    @property
    def scripted(self) -> Scripted:
        assert isinstance(self.broker, Scripted)
        return self.broker

    @property
    def proxy(self) -> Proxy:
        assert isinstance(self.middle, Proxy)
        return self.middle

    @property
    def slow_relay(self) -> SlowRelay:
        assert isinstance(self.middle, SlowRelay)
        return self.middle

    @property
    def pinging_relay(self) -> PingingRelay:
        assert isinstance(self.middle, PingingRelay)
        return self.middle

    @property
    def client(self) -> Adapter:
        assert self.adapter is not None
        return self.adapter


Fault = Callable[[Scene], int]


def none(_: Scene) -> int:
    return now()


# --- the path ---


def hole(scene: Scene) -> int:
    """Nothing passes, either way."""
    start = now()
    scene.network.rule("-A", "-j", "DROP")
    return start


def hole_in(scene: Scene) -> int:
    """Nothing passes from the broker to the client."""
    start = now()
    scene.network.rule("-A", "-i", TO_CLIENT, "-j", "DROP")
    return start


def hole_out(scene: Scene) -> int:
    """Nothing passes from the client to the broker."""
    start = now()
    scene.network.rule("-A", "-i", TO_BROKER, "-j", "DROP")
    return start


def outage(seconds: float) -> Fault:
    """Nothing passes for a while."""

    def inject(scene: Scene) -> int:
        start = hole(scene)
        scene.stop.wait(seconds)
        scene.network.heal()
        return start

    return inject


def syn_dropped(scene: Scene) -> int:
    start = now()
    scene.network.rule("-A", "-i", TO_BROKER, "-p", "tcp", "--syn", "-j", "DROP")
    return start


def dns_dropped(scene: Scene) -> int:
    """The name server does not answer."""
    start = now()
    for protocol in ("udp", "tcp"):
        scene.network.rule("-A", "-i", TO_BROKER, "-p", protocol, "--dport", "53", "-j", "DROP")
    return start


def loss(probability: float) -> Fault:
    """Packets get lost at random, both ways."""

    def inject(scene: Scene) -> int:
        start = now()
        scene.network.rule("-A", "-m", "statistic", "--mode", "random", "--probability", str(probability), "-j", "DROP")
        return start

    return inject


def delay(round_trip: float) -> Fault:
    """The path becomes very long."""

    def inject(scene: Scene) -> int:
        start = now()
        scene.stack.enter_context(Delay(scene.network, round_trip / 2))
        return start

    return inject


def slow_upload(bits_per_second: int, burst: int = 3200) -> Fault:
    def inject(scene: Scene) -> int:
        start = now()
        scene.network.limit_rate(scene.network.client, "c0", bits_per_second, burst, 32_000)
        return start

    return inject


def slow_download(bits_per_second: int, burst: int = 3200) -> Fault:
    def inject(scene: Scene) -> int:
        start = now()
        scene.network.limit_rate(scene.network.far_end, "b0", bits_per_second, burst, 32_000)
        return start

    return inject


def bloated_upload(bits_per_second: int, seconds: float) -> Fault:
    """A router with a long queue: what it sends comes late, but it comes."""
    return _bloated(TO_CLIENT, bits_per_second, seconds)


def bloated_download(bits_per_second: int, seconds: float) -> Fault:
    return _bloated(TO_BROKER, bits_per_second, seconds)


def _bloated(egress: str, bits_per_second: int, seconds: float) -> Fault:
    def inject(scene: Scene) -> int:
        start = now()
        queue = int(bits_per_second / 8 * seconds)
        scene.network.limit_rate(scene.network.router, egress, bits_per_second, 3200, queue)
        return start

    return inject


# --- the broker ---


def stopped(scene: Scene) -> int:
    """The broker's process stops; its kernel goes on."""
    start = now()
    scene.mosquitto.freeze()
    return start


def reset(scene: Scene) -> int:
    """Through a proxy it is the proxy's machine that resets."""
    start = now()
    scene.network.reset_far_sockets(scene.transport.entrance)
    return start


def closed(scene: Scene) -> int:
    """The broker shuts down in an orderly way."""
    start = now()
    scene.mosquitto.terminate()
    return start


# --- the client's machine ---


def paused(factor: float) -> Fault:
    """The client's process stops for `factor` x K. Counts from its resumption."""

    def inject(scene: Scene) -> int:
        scene.client.freeze()
        scene.stop.wait(factor * scene.keep_alive)
        start = now()
        scene.client.thaw()
        return start

    return inject


def paused_with_answer_waiting(factor: float) -> Fault:
    """It stops with a PINGREQ in flight; the PINGRESP arrives meanwhile."""

    def inject(scene: Scene) -> int:
        if not scene.scripted.hold_ping(2.0 * scene.keep_alive):
            raise CommandFailed("the client sent no PINGREQ within 2 K")
        scene.client.freeze()
        scene.scripted.release()
        scene.stop.wait(factor * scene.keep_alive)
        start = now()
        scene.client.thaw()
        return start

    return inject


def paused_and_kicked(scene: Scene) -> int:
    """It stops until the broker has ended the connection for its silence, and a little longer."""
    scene.client.freeze()
    if not scene.scripted.wait_kicked(3.0 * scene.keep_alive):
        raise CommandFailed("the scripted broker did not end the connection")
    scene.stop.wait(0.5 * scene.keep_alive)
    start = now()
    scene.client.thaw()
    return start


def paused_in_hole(factor: float) -> Fault:
    """It stops, and the path dies meanwhile."""

    def inject(scene: Scene) -> int:
        scene.client.freeze()
        hole(scene)
        scene.stop.wait(factor * scene.keep_alive)
        start = now()
        scene.client.thaw()
        return start

    return inject

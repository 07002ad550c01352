"""Faults of what stands between the client and the broker, and behind it. As those in faults.py."""

from __future__ import annotations

from .clock import now
from .faults import Scene


def hole_behind(scene: Scene) -> int:
    """Nothing passes between the proxy and the broker."""
    start = now()
    scene.network.cut_behind()
    return start


def syn_dropped_behind(scene: Scene) -> int:
    """The proxy does not reach the broker."""
    start = now()
    scene.network.cut_behind("-p", "tcp", "--syn")
    return start


def stopped(scene: Scene) -> int:
    """The proxy's process stops; its kernel goes on."""
    start = now()
    scene.proxy.freeze()
    return start


def stopped_behind_pings(scene: Scene) -> int:
    """The broker's process stops, and the relay sends WebSocket pings from then on."""
    start = now()
    scene.mosquitto.freeze()
    scene.pinging_relay.ping_every(0.2 * scene.keep_alive)
    return start


def trickle(scene: Scene) -> int:
    """What the broker sends comes at 0.4 kB/s."""
    start = now()
    scene.slow_relay.slow_down()
    return start

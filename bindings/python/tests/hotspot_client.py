"""A client in a mode of its own, for test_hotspot.py: prints what it hears, one JSON object per line.

Usage: hotspot_client.py MODE HOST PORT KEEP_ALIVE. Busy modes become busy at the first line on stdin."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
import threading
import time
from collections.abc import Callable

import mqttka
import mqttka.sync

HOST, PORT, KEEP_ALIVE = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def say(what: str, **details: object) -> None:
    line = json.dumps({"what": what, "at": time.monotonic(), **details})
    os.write(1, line.encode() + b"\n")


def on_event(event: mqttka.Event) -> None:
    """On the lifecycle lane."""
    if isinstance(event, mqttka.Disconnected):
        say("lane", cause=event.cause.name)


def make() -> mqttka.Client:
    return mqttka.Client(HOST, port=PORT, keep_alive=KEEP_ALIVE, reconnect=False, on_event=on_event)


async def tell_events(client: mqttka.Client) -> None:
    async for event in client.events():
        if isinstance(event, mqttka.Disconnected):
            say("loop", cause=event.cause.name)


async def idle() -> None:
    client = make()
    listening = asyncio.create_task(tell_events(client))
    await client.connect()
    say("ready")
    await listening


async def publishing() -> None:
    client = make()
    listening = asyncio.create_task(tell_events(client))
    await client.connect()
    say("ready")
    while not listening.done():
        try:
            client.publish_nowait("load", b"x" * 200)
        except mqttka.NotConnected:
            break
        except mqttka.QueueFull:
            pass
        await asyncio.sleep(0.005)
    await listening


async def stuck_handler() -> None:
    """The loop body over messages never goes on; events do."""
    client = make()
    messages = client.messages()
    listening = asyncio.create_task(tell_events(client))
    await client.connect()
    await client.subscribe("stuck", 1)
    await client.publish("stuck", qos=1)
    async for _ in messages:
        say("ready")
        await asyncio.Event().wait()
    await listening


async def busy(work: Callable[[], None]) -> None:
    """The event loop is not served from the first line of stdin on."""
    client = make()
    await client.connect()
    say("ready")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    say("busy")
    work()
    say("released")
    await asyncio.Event().wait()


def blocked_loop() -> None:
    time.sleep(60)


def spinning() -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass


def gil_held() -> None:
    """One call in C that holds the GIL, well past the verdict."""
    ctypes.PyDLL(None).sleep(int(2.25 * KEEP_ALIVE))


def sync_stuck() -> None:
    def on_message(_: mqttka.Message) -> None:
        say("ready")
        threading.Event().wait()

    client = mqttka.sync.Client(
        HOST, port=PORT, keep_alive=KEEP_ALIVE, on_event=on_event, on_message=on_message
    )
    client.connect()
    client.subscribe("sync/stuck", 1)
    client.publish("sync/stuck", qos=1)
    threading.Event().wait()


MODES: dict[str, Callable[[], None]] = {
    "idle": lambda: asyncio.run(idle()),
    "publishing": lambda: asyncio.run(publishing()),
    "stuck_handler": lambda: asyncio.run(stuck_handler()),
    "blocked_loop": lambda: asyncio.run(busy(blocked_loop)),
    "spinning": lambda: asyncio.run(busy(spinning)),
    "gil_held": lambda: asyncio.run(busy(gil_held)),
    "sync_stuck": sync_stuck,
}

if __name__ == "__main__":
    MODES[sys.argv[1]]()

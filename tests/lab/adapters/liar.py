#!/usr/bin/env python3
"""An adapter that can lie: `liar.py LIE HOST PORT KEEP_ALIVE LOAD`. The self-test shows that the lab notices.

It speaks MQTT over a socket with the layers of LAB_URI, pings at K/2 and gives up after 1.3 K of silence (load "idle"
only). An adapter that says `deaf` takes WebSocket pings for a sign of life.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab import mqtt  # noqa: E402

LIES = {
    "honest": "none",
    "twice": "reports each end twice",
    "late": "reports a dead path after 2 K",
    "never": "reports no dead path",
    "eager": "gives up after 0.4 K of silence",
    "mute": "reports no end of the connection when it is asked to quit",
    "garbage": "writes what is no event",
}


def say(event: str, **fields: object) -> None:
    print(json.dumps({"t": time.clock_gettime_ns(time.CLOCK_BOOTTIME), "event": event, **fields}), flush=True)


def main() -> None:
    lie, host, port, keep_alive, load = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    assert lie in LIES and load == "idle"
    give_up = {"late": 2.0, "never": 3600.0, "eager": 0.4}.get(lie, 1.3) * keep_alive
    say("connecting")
    if lie == "garbage":
        print("{not an event", flush=True)
    stream = socket.create_connection((host, port))
    body = mqtt.text("MQTT") + b"\x04\x02" + keep_alive.to_bytes(2, "big") + mqtt.text("liar")
    stream.sendall(mqtt.encode(mqtt.CONNECT, body))
    assert mqtt.read_packet(stream).kind == mqtt.CONNACK
    say("connected")
    heard = time.monotonic()
    pinged = heard
    while True:
        readable, _, _ = select.select([stream, sys.stdin], [], [], 0.01)
        now = time.monotonic()
        if sys.stdin in readable:
            if lie != "mute":
                say("disconnected", reason="requested")
            return
        if stream in readable:
            try:
                over = not stream.recv(4096)
            except OSError:
                over = True
            if over:
                break
            heard = now
        if now - heard > give_up:
            break
        if now - max(heard, pinged) > keep_alive / 2:
            stream.sendall(mqtt.encode(mqtt.PINGREQ, b""))
            pinged = now
    for _ in range(2 if lie == "twice" else 1):
        say("disconnected", reason="lost")
    sys.stdin.readline()


main()

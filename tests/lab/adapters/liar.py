#!/usr/bin/env python3
"""An adapter that can lie: `liar.py LIE HOST PORT KEEP_ALIVE LOAD`. The self-test shows that the lab notices.

It speaks MQTT over the layers of LAB_URI, pings at K/2 and gives up after 1.3 K of silence (load "idle" only).
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab import channels, mqtt  # noqa: E402

LIES = {
    "honest": "none",
    "twice": "reports each end twice",
    "late": "reports a dead path after 2 K",
    "never": "reports no dead path",
    "eager": "gives up after 0.4 K of silence",
    "mute": "reports no end of the connection when it is asked to quit",
    "fooled": "takes whatever comes by the wire for a sign of life",
    "garbage": "writes what is no event",
}


def say(event: str, **fields: object) -> None:
    print(json.dumps({"t": time.clock_gettime_ns(time.CLOCK_BOOTTIME), "event": event, **fields}), flush=True)


class Wire:
    """The socket; notes when something came."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self.heard = time.monotonic()

    def recv(self, count: int) -> bytes:
        data = self._socket.recv(count)
        self.heard = time.monotonic()
        return data

    def sendall(self, data: bytes) -> None:
        self._socket.sendall(data)


class Stream:
    """MQTT's bytes; a thread reads them and notes when."""

    def __init__(self, channel: channels.Channel) -> None:
        self._channel = channel
        self.heard = time.monotonic()
        self.over = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while self._channel.recv(4096):
                self.heard = time.monotonic()
        except OSError:
            pass
        self.over = True


def main() -> None:
    lie, host, port, keep_alive, load = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    assert lie in LIES and load == "idle"
    give_up = {"late": 2.0, "never": 3600.0, "eager": 0.4}.get(lie, 1.3) * keep_alive
    say("connecting")
    if lie == "garbage":
        print("{not an event", flush=True)
    wire = Wire(host, port)
    channel = channels.connect(wire, host, urlsplit(os.environ["LAB_URI"]).scheme, os.environ["LAB_CA"] or None)
    body = mqtt.text("MQTT") + b"\x04\x02" + keep_alive.to_bytes(2, "big") + mqtt.text("liar")
    channel.sendall(mqtt.encode(mqtt.CONNECT, body))
    assert mqtt.read_packet(channel).kind == mqtt.CONNACK
    say("connected")
    stream = Stream(channel)
    pinged = time.monotonic()
    while not stream.over:
        readable, _, _ = select.select([sys.stdin], [], [], 0.01)
        if readable:
            if lie != "mute":
                say("disconnected", reason="requested")
            return
        heard, now = wire.heard if lie == "fooled" else stream.heard, time.monotonic()
        if now - heard > give_up:
            break
        if now - max(heard, pinged) > keep_alive / 2:
            try:
                channel.sendall(mqtt.encode(mqtt.PINGREQ, b""))
            except OSError:
                break  # the end has come, and the reader did not see it yet
            pinged = now
    for _ in range(2 if lie == "twice" else 1):
        say("disconnected", reason="lost")
    sys.stdin.readline()


main()

#!/usr/bin/env python3
"""An adapter that comes back by itself, and can lie: `wanderer.py LIE HOST PORT KEEP_ALIVE LOAD`, over plain TCP. The
self-test shows that the lab notices."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.exchange import DOWN, PERIOD, UP  # noqa: E402
from lab.party import Party  # noqa: E402

LIES = {
    "honest": "none",
    "loses": "counts a message that it never sends",
    "doubles": "tells of a message of QoS 2 twice",
    "twice": "tells each end twice",
    "stays": "does not come back",
    "restless": "ends a connection that was well",
    "gives-up": "tells that a message could not be published",
}


def say(event: str, **fields: object) -> None:
    print(json.dumps({"t": time.clock_gettime_ns(time.CLOCK_BOOTTIME), "event": event, **fields}), flush=True)


class Wanderer(Party):
    def __init__(self, lie: str, host: str, port: int, keep_alive: int) -> None:
        super().__init__(
            lambda: socket.create_connection((host, port), timeout=0.5 * keep_alive),
            "wanderer",
            UP,
            DOWN,
            PERIOD,
            keep_alive,
        )
        self._lie = lie
        self._connections = 0

    def on_connected(self) -> None:
        self._connections += 1
        say("connected", connection=self._connections)
        if self._lie == "restless" and self._connections == 2:
            raise OSError

    def on_subscribed(self) -> None:
        say("subscribed")

    def on_failed(self) -> None:
        say("connect_failed")
        say("reconnecting")

    def on_lost(self) -> bool:
        for _ in range(2 if self._lie == "twice" else 1):
            say("disconnected")
        say("reconnecting")
        return self._lie != "stays"

    def on_got(self, qos: int, number: int) -> None:
        for _ in range(2 if self._lie == "doubles" and qos == 2 and number == 10 else 1):
            say("got", qos=qos, n=number)

    def number(self, qos: int) -> int:
        number = super().number(qos)
        if number == 10 and self._lie == "loses":
            return super().number(qos)
        if number == 10 and self._lie == "gives-up":
            say("unpublished", qos=qos, n=number)
        return number


def main() -> None:
    lie, host, port, keep_alive = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    assert lie in LIES
    say("connecting")
    with Wanderer(lie, host, port, keep_alive) as wanderer:
        for line in sys.stdin:
            match line.split():
                case ["publish"]:
                    wanderer.publishing = True
                case ["settle"]:
                    wanderer.publishing = False
                    time.sleep(2 * PERIOD)  # one may be on its way from the counter to the queue
                    say("sent", **{f"qos{qos}": count for qos, count in wanderer.tally.sent.items()})
                case ["quit"]:
                    break
    say("disconnected", final=True)


main()

"""One side of an exchange: an MQTT client (3.1.1) that comes back by itself and keeps its session.

It publishes numbers with QoS 1 and 2 and notes those that it gets, so that both sides together tell what was lost and what
came twice. The lab is one side; `adapters/wanderer.py`, which the self-test uses, is another."""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from typing import Callable

from . import mqtt
from .clock import SECOND, now

QOS = (1, 2)
_WINDOW = 20  # publishes on their way at once, of each side; mosquitto's own bound, too
_RETRY = 0.05


@dataclass
class Tally:
    """What one side has published and got, by QoS."""

    sent: dict[int, int] = field(default_factory=lambda: {qos: 0 for qos in QOS})  # 0 to this, less one
    got: dict[int, list[int]] = field(default_factory=lambda: {qos: [] for qos in QOS})


@dataclass
class _Flight:
    qos: int
    number: int
    released: bool = False  # PUBREC has come


class Party:
    """Hooks for who listens: a subclass overrides `on_*`. All run on the party's own thread."""

    def __init__(
        self, dial: Callable[[], socket.socket], client_id: str, out: str, into: str, period: float, keep_alive: int = 0
    ) -> None:
        self.tally = Tally()
        self.publishing = False
        self._dial = dial
        self._client_id = client_id
        self._out, self._into = out, into
        self._period = period
        self._keep_alive = keep_alive
        self._over = threading.Event()
        self._waiting: deque[tuple[int, int]] = deque()
        self._flight: dict[int, _Flight] = {}
        self._taken: set[int] = set()  # of QoS 2, until PUBREL
        self._last_id = 0
        self._due = now()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Party:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    # --- hooks ---

    def on_connected(self) -> None: ...

    def on_subscribed(self) -> None: ...

    def on_lost(self) -> bool:
        """Whether it is to come back."""
        return True

    def on_failed(self) -> None: ...

    def on_got(self, qos: int, number: int) -> None: ...

    def take(self, number: int, qos: int) -> None:
        self.tally.got[qos].append(number)
        self.on_got(qos, number)

    def number(self, qos: int) -> int:
        """The next to be published."""
        self.tally.sent[qos] += 1
        return self.tally.sent[qos] - 1

    # --- the session ---

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                stream = self._dial()
            except OSError:
                self.on_failed()
                self._over.wait(_RETRY)
                continue
            with closing(stream):
                connected = False
                try:
                    self._begin(stream)
                    connected = True
                    self.on_connected()
                    self._serve(stream)
                    return
                except (OSError, mqtt.Closed):
                    pass
            if not connected:
                self.on_failed()
            elif not self.on_lost():
                return
            self._over.wait(_RETRY)

    def _begin(self, stream: socket.socket) -> None:
        stream.settimeout(1.5 * self._keep_alive if self._keep_alive else 10)
        stream.sendall(mqtt.connect(self._client_id, clean=False, keep_alive=self._keep_alive))
        answer = mqtt.read_packet(stream)
        if answer.kind != mqtt.CONNACK or answer.body[1] != 0:
            raise mqtt.Closed
        if not answer.body[0] & 1:
            self._taken.clear()
            stream.sendall(mqtt.subscribe(self._new_id(), {f"{self._into}/{qos}": qos for qos in QOS}))
        for packet_id, flight in self._flight.items():
            self._send(stream, packet_id, flight, again=True)

    def _serve(self, stream: socket.socket) -> None:
        """Until it is over, or the connection is (an exception)."""
        heard = pinged = now()
        while not self._over.is_set():
            self._publish(stream)
            readable, _, _ = select.select([stream], [], [], min(self._period, 0.05))
            if readable:
                self._handle(stream, mqtt.read_packet(stream))
                heard = now()
            elif self._keep_alive and now() - heard > 1.3 * self._keep_alive * SECOND:
                raise mqtt.Closed
            elif self._keep_alive and now() - max(heard, pinged) > self._keep_alive * SECOND // 2:
                stream.sendall(mqtt.encode(mqtt.PINGREQ, b""))
                pinged = now()
        stream.sendall(mqtt.encode(mqtt.DISCONNECT, b""))

    def _publish(self, stream: socket.socket) -> None:
        if self.publishing and now() >= self._due:
            self._due = now() + int(self._period * SECOND)
            self._waiting.extend((qos, self.number(qos)) for qos in QOS)
        while self._waiting and len(self._flight) < _WINDOW:
            qos, number = self._waiting.popleft()
            packet_id = self._new_id()
            self._flight[packet_id] = _Flight(qos, number)
            self._send(stream, packet_id, self._flight[packet_id], again=False)

    def _send(self, stream: socket.socket, packet_id: int, flight: _Flight, again: bool) -> None:
        if flight.released:
            stream.sendall(mqtt.acknowledgement(mqtt.PUBREL, packet_id))
        else:
            topic, payload = f"{self._out}/{flight.qos}", str(flight.number).encode()
            stream.sendall(mqtt.publish_with_id(topic, payload, flight.qos, packet_id, again))

    def _handle(self, stream: socket.socket, packet: mqtt.Packet) -> None:
        packet_id = int.from_bytes(packet.packet_id(), "big")
        match packet.kind:
            case mqtt.SUBACK:
                self.on_subscribed()
            case mqtt.PUBLISH if packet.qos() == 1:
                self.take(int(packet.payload()), 1)
                stream.sendall(mqtt.acknowledgement(mqtt.PUBACK, packet_id))
            case mqtt.PUBLISH if packet.qos() == 2:
                if packet_id not in self._taken:
                    self._taken.add(packet_id)
                    self.take(int(packet.payload()), 2)
                stream.sendall(mqtt.acknowledgement(mqtt.PUBREC, packet_id))
            case mqtt.PUBREL:
                self._taken.discard(packet_id)
                stream.sendall(mqtt.acknowledgement(mqtt.PUBCOMP, packet_id))
            case mqtt.PUBREC:
                if packet_id in self._flight:
                    self._flight[packet_id].released = True
                stream.sendall(mqtt.acknowledgement(mqtt.PUBREL, packet_id))
            case mqtt.PUBACK | mqtt.PUBCOMP:
                self._flight.pop(packet_id, None)

    def _new_id(self) -> int:
        while True:
            self._last_id = self._last_id % 65_535 + 1
            if self._last_id not in self._flight:
                return self._last_id

"""A broker that is started again, three times, under clients that publish and subscribe."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto
from conftest import Run

RESTARTS = 3
PER_CONNECTION = 40
COUNT = (RESTARTS + 1) * PER_CONNECTION
WINDOW = 10
"""So many publishes of each kind are under way at a time."""

OPTIONS: dict[str, Any] = {
    "client_id": "restarts",
    "clean_start": False,
    "session_expiry_interval": 3600,
    "reconnect_first_delay": 0.05,
    "reconnect_max_delay": 0.2,
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path, persistent=True)
    yield broker
    broker.end()


class Seen:
    """What came, by QoS."""

    def __init__(self) -> None:
        self._counts: dict[int, Counter[int]] = {1: Counter(), 2: Counter()}

    def add(self, message: mqttka.Message) -> None:
        self._counts[message.qos][int(message.payload)] += 1

    def least(self) -> int:
        return min(len(counts) for counts in self._counts.values())

    def check(self) -> None:
        """Nothing is lost, and QoS 2 comes once."""
        assert set(self._counts[1]) == set(range(COUNT))
        assert self._counts[2] == Counter(range(COUNT))


def is_complete(events: list[mqttka.Event]) -> bool:
    """Whether the last connection is among them."""
    return sum(isinstance(event, mqttka.Connected) for event in events) == RESTARTS + 1


def check_events(events: list[mqttka.Event]) -> None:
    """An end is followed by one announcement, and that by one result; the session was kept."""
    connected = [event for event in events if isinstance(event, mqttka.Connected)]
    ends = [event for event in events if isinstance(event, mqttka.Disconnected)]
    assert len(connected) == RESTARTS + 1 and len(ends) == RESTARTS
    assert all(event.will_reconnect and not event.is_final for event in ends)
    assert connected[0].offline is None and not connected[0].session_present
    for again in connected[1:]:
        assert again.session_present and not again.session_lost
        assert again.offline is not None and again.lost == 0 and again.resubscribed == 0
    for event, following in zip(events, events[1:]):
        if isinstance(event, (mqttka.Disconnected, mqttka.ConnectFailed)):
            assert isinstance(following, mqttka.Reconnecting)
        if isinstance(event, mqttka.Reconnecting):
            assert isinstance(following, (mqttka.Connected, mqttka.ConnectFailed))
            assert following.attempt_number == event.next_attempt_number
            assert isinstance(event.cause, (mqttka.ConnectionEnded, mqttka.ConnectError))


def test_the_same_loop_goes_on(run: Run, broker: Mosquitto) -> None:
    events: list[mqttka.Event] = []

    async def scene() -> None:
        seen = Seen()
        more = asyncio.Condition()
        pending = 0
        client = mqttka.Client("127.0.0.1", port=broker.port, **OPTIONS)
        happened = client.events()
        async with client:

            async def publish(qos: int, numbers: Iterator[int]) -> int:
                nonlocal pending
                outcomes = 0
                for number in numbers:
                    pending += 1
                    await client.publish(f"restarts/{qos}", str(number), qos=qos)
                    pending -= 1
                    outcomes += 1
                return outcomes

            async def receive() -> None:
                async with client.subscription("restarts/#", qos=2) as messages:
                    subscribed.set()
                    async for message in messages:
                        seen.add(message)
                        async with more:
                            more.notify_all()
                        if seen.least() == COUNT:
                            return

            subscribed = asyncio.Event()
            receiver = asyncio.create_task(receive())
            await subscribed.wait()
            numbers = {qos: iter(range(COUNT)) for qos in (1, 2)}
            publishers = [
                asyncio.create_task(publish(qos, numbers[qos])) for qos in (1, 2) for _ in range(WINDOW)
            ]
            for restart in range(1, RESTARTS + 1):
                async with more:
                    await more.wait_for(lambda: seen.least() >= restart * PER_CONNECTION)
                assert pending > 0
                await asyncio.to_thread(broker.restart)
            outcomes = await asyncio.gather(*publishers)
            assert sum(outcomes) == 2 * COUNT
            await receiver
            assert client.status.messages_unclaimed == 0
            seen.check()
            while not is_complete(events):
                events.append(await anext(happened))
            check_events(events)

    run(scene())


def test_the_same_loop_goes_on_for_threads(broker: Mosquitto) -> None:
    events: list[mqttka.Event] = []
    seen = Seen()
    more = threading.Condition()
    client = mqttka.sync.Client("127.0.0.1", port=broker.port, **OPTIONS)
    happened = client.events()
    with client:

        def receive(messages: mqttka.sync.Subscription) -> None:
            for message in messages:
                with more:
                    seen.add(message)
                    more.notify_all()
                if seen.least() == COUNT:
                    return

        def publish(qos: int) -> None:
            under_way: list[mqttka.Operation[mqttka.Outcome]] = []
            for number in range(COUNT):
                under_way.append(client.publish_nowait(f"restarts/{qos}", str(number), qos=qos))
                if len(under_way) == WINDOW:
                    under_way.pop(0).wait()
                    outcomes.append(number)
            for number, operation in enumerate(under_way):
                operation.wait()
                outcomes.append(number)

        outcomes: list[int] = []
        with client.subscription("restarts/#", qos=2, timeout=PATIENCE) as messages:
            with threads(receive, messages), threads(publish, 1), threads(publish, 2):
                for restart in range(1, RESTARTS + 1):
                    with more:
                        wanted = restart * PER_CONNECTION
                        assert more.wait_for(lambda: seen.least() >= wanted, 2 * PATIENCE)
                    broker.restart()
        assert len(outcomes) == 2 * COUNT
        seen.check()
        while not is_complete(events):
            events.append(happened.get(PATIENCE))
        check_events(events)


@contextmanager
def threads(run: Any, *arguments: object) -> Iterator[None]:
    """It runs beside, and has ended at the end."""
    thread = threading.Thread(target=run, args=arguments, daemon=True)
    thread.start()
    yield
    thread.join(2 * PATIENCE)
    assert not thread.is_alive()

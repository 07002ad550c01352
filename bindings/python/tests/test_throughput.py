"""100,000 messages at QoS 1, without a loss. The rates are printed, not judged: "out" is publishes that
the broker acknowledged, "taken" is what the application takes of messages that have arrived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto
from conftest import Run

ROUNDS = 2
COUNT = 50_000  # per round
WINDOW = 1_000

# mosquitto 2.0.11 sends more than the Receive Maximum as soon as it has a backlog above it, for
# which the library, as the specification has it, ends the connection: a round stays below it.
RECEIVE_MAXIMUM = 65_535


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str, float], None]:
    def say(what: str, seconds: float) -> None:
        with capsys.disabled():
            print(f"\n  {what}: {COUNT / seconds:,.0f} messages/s", end="", flush=True)

    return say


def test_asyncio(run: Run, mosquitto: Mosquitto, say: Callable[[str, float], None]) -> None:
    async def scene() -> None:
        kind = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        name = f"load/{kind}"
        receiver = mqttka.Client("127.0.0.1", port=mosquitto.port, receive_maximum=RECEIVE_MAXIMUM)
        messages = receiver.messages(name)
        async with receiver:
            await receiver.subscribe(name, 1)
            for _ in range(ROUNDS):
                async with mqttka.Client("127.0.0.1", port=mosquitto.port) as sender:
                    start = time.monotonic()
                    for first in range(0, COUNT, WINDOW):
                        await asyncio.gather(
                            *(
                                sender.publish(name, number.to_bytes(4, "big") * 64, qos=1)
                                for number in range(first, first + WINDOW)
                            )
                        )
                    say(f"{kind} out", time.monotonic() - start)
                start = time.monotonic()
                for expected in range(COUNT):
                    message = await anext(messages)
                    assert message.payload == expected.to_bytes(4, "big") * 64
                say(f"{kind} taken", time.monotonic() - start)
            assert receiver.status.messages_dropped == 0

    run(scene())


def test_sync(mosquitto: Mosquitto, say: Callable[[str, float], None]) -> None:
    name = "load/sync"
    receiver = mqttka.sync.Client("127.0.0.1", port=mosquitto.port, receive_maximum=RECEIVE_MAXIMUM)
    messages = receiver.messages(name)
    with receiver:
        receiver.subscribe(name, 1)
        for _ in range(ROUNDS):
            with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as sender:
                start = time.monotonic()
                for first in range(0, COUNT, WINDOW):
                    under_way = [
                        sender.publish_nowait(name, number.to_bytes(4, "big") * 64, qos=1)
                        for number in range(first, first + WINDOW)
                    ]
                    for operation in under_way:
                        operation.wait(PATIENCE)
                say("sync out", time.monotonic() - start)
            start = time.monotonic()
            for expected in range(COUNT):
                assert messages.get(PATIENCE).payload == expected.to_bytes(4, "big") * 64
            say("sync taken", time.monotonic() - start)
        assert receiver.status.messages_dropped == 0

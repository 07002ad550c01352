"""A message is acknowledged when the application has taken it, not before; what it has not taken is
not lost."""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections.abc import Iterator

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from scripted import PUBACK, PUBLISH, Scripted

COUNT = 300  # more than one batch
PAYLOADS = [str(number) for number in range(COUNT)]

_barriers = itertools.count()


@pytest.fixture
def broker() -> Iterator[Scripted]:
    with Scripted() as broker:
        yield broker


def acknowledged(broker: Scripted, client: mqttka.Client | mqttka.sync.Client) -> list[int]:
    """The numbers of the messages acknowledged since the last time. What the client publishes now
    comes after all that."""
    topic = f"barrier/{next(_barriers)}"
    client.publish_nowait(topic)
    packets = broker.before(PUBLISH, topic)
    return [
        int.from_bytes(packet.identifier, "big") - 1 for packet in packets if packet.kind == PUBACK
    ]


def arrived(broker: Scripted, client: mqttka.Client | mqttka.sync.Client) -> None:
    """All that the broker has sent is with the client when this has come."""
    topic = f"arrived/{next(_barriers)}"
    native = client._native.messages(topic)
    broker.publish(topic, "", qos=0)
    assert native.wait(1, PATIENCE)


def test_each_loop_goes_on_where_the_last_was_left(run: Run, broker: Scripted) -> None:
    async def scene() -> None:
        inside = asyncio.Event()

        async def loop(messages: mqttka.AsyncStream[mqttka.Message], expected: str) -> None:
            async for message in messages:
                assert message.payload == expected.encode()
                inside.set()
                await asyncio.Event().wait()

        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            messages = client.messages("a")
            broker.publish("a", *PAYLOADS)
            for number in range(0, COUNT, 3):
                # Left by break, by an error, and by cancelling.
                async for message in messages:
                    assert message.payload == PAYLOADS[number].encode()
                    break
                with pytest.raises(ZeroDivisionError):
                    async for message in messages:
                        assert message.payload == PAYLOADS[number + 1].encode()
                        raise ZeroDivisionError

                task = asyncio.create_task(loop(messages, PAYLOADS[number + 2]))
                await inside.wait()
                inside.clear()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert acknowledged(broker, client) == list(range(COUNT - 1))
            await messages.aclose()
            assert acknowledged(broker, client) == [COUNT - 1]

    run(scene())


def test_only_what_was_taken_is_acknowledged(run: Run, broker: Scripted) -> None:
    async def scene() -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            messages = client.messages("a")
            broker.publish("a", *PAYLOADS)
            arrived(broker, client)
            for number in range(5):
                assert (await anext(messages)).payload == PAYLOADS[number].encode()
                # The one in hand is not, and neither is what was fetched with it.
                assert acknowledged(broker, client) == ([number - 1] if number else [])
            await messages.aclose()
            assert acknowledged(broker, client) == [4]
            rest = client.messages("a")
            for number in range(5, COUNT):
                assert (await anext(rest)).payload == PAYLOADS[number].encode()
            assert acknowledged(broker, client) == list(range(5, COUNT - 1))
            assert client.status.messages_unclaimed == 0

    run(scene())


def test_only_what_was_taken_is_acknowledged_for_threads(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        messages = client.messages("a")
        broker.publish("a", *PAYLOADS)
        arrived(broker, client)
        for number in range(5):
            for message in messages:
                assert message.payload == PAYLOADS[number].encode()
                break
            assert acknowledged(broker, client) == ([number - 1] if number else [])
        messages.close()
        assert acknowledged(broker, client) == [4]
        rest = client.messages("a")
        for number in range(5, COUNT):
            assert rest.get(PATIENCE).payload == PAYLOADS[number].encode()


def test_what_raised_in_the_context_was_not_taken(run: Run, broker: Scripted) -> None:
    async def scene() -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            with pytest.raises(ZeroDivisionError):
                async with client.messages("a") as messages:
                    broker.publish("a", "1", "2")
                    arrived(broker, client)
                    async for _ in messages:
                        raise ZeroDivisionError
            assert acknowledged(broker, client) == []
            async with client.messages("a") as messages:
                assert (await anext(messages)).payload == b"1"
            assert acknowledged(broker, client) == [0]

    run(scene())
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        with pytest.raises(ZeroDivisionError), client.messages("b") as stream:
            broker.publish("b", "1")
            for _ in stream:
                raise ZeroDivisionError
        with client.messages("b") as stream:
            assert stream.get(PATIENCE).payload == b"1"


def test_a_stream_that_is_dropped_gives_back(run: Run, broker: Scripted) -> None:
    async def scene() -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            messages = client.messages("a")
            broker.publish("a", *PAYLOADS)
            arrived(broker, client)
            assert (await anext(messages)).payload == b"0"
            del messages
            assert acknowledged(broker, client) == []
            rest = client.messages("a")
            assert [int((await anext(rest)).payload) for _ in range(COUNT)] == list(range(COUNT))

    run(scene())


def test_the_message_lane_acknowledges_one_by_one(broker: Scripted) -> None:
    arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    go_on = threading.Semaphore(0)

    def on_message(message: mqttka.Message) -> None:
        arrived.put(message.payload)
        go_on.acquire()

    with mqttka.sync.Client("127.0.0.1", port=broker.port, on_message=on_message) as client:
        broker.publish("a", "0", "1", "2")
        assert arrived.get(timeout=PATIENCE) == b"0"
        assert acknowledged(broker, client) == []
        for number in (1, 2):
            go_on.release()
            assert arrived.get(timeout=PATIENCE) == str(number).encode()
            assert acknowledged(broker, client) == [number - 1]
        go_on.release()
        assert broker.hear(PUBACK).identifier == b"\0\3"


def test_what_nobody_takes_is_told(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port, unclaimed_timeout=0) as client:
        broker.publish("a", "1")
        # There has been no consumer yet: it waits.
        assert acknowledged(broker, client) == []
        with client.messages("b"):
            assert broker.hear(PUBACK).identifier == b"\0\1"
        assert client.status.messages_unclaimed == 1


def test_the_status_says_who_holds_back(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        unread, read = client.messages("a/#"), client.messages("b")
        assert client.status.held_back is None
        broker.publish("a/1", "1", "2")
        broker.publish("b", "3")
        assert read.get(PATIENCE).payload == b"3"
        read.close()
        held = client.status.held_back
        assert held is not None
        assert (held.filter, held.messages) == ("a/#", 2)
        assert held.bytes > 0 and held.since >= 0
        assert acknowledged(broker, client) == []
        for payload in (b"1", b"2"):
            assert unread.get(PATIENCE).payload == payload
        unread.close()
        assert acknowledged(broker, client) == [0, 1, 2]
        assert client.status.held_back is None

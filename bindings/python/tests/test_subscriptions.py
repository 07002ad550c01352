"""Subscriptions with a stream of their own."""

from __future__ import annotations

import asyncio
import threading

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, unique_topic
from conftest import Run
from mqttka import DisconnectCause, ReasonCode, RetainHandling, Version
from scripted import SUBSCRIBE, UNSUBSCRIBE, Scripted

ROUNDS = 30


@pytest.mark.parametrize("version", list(Version))
def test_no_retained_message_is_lost(run: Run, mosquitto: Mosquitto, version: Version) -> None:
    async def scene() -> None:
        name = unique_topic()
        async with mqttka.Client(
            "127.0.0.1", port=mosquitto.port, protocol_version=version
        ) as client:
            await client.publish(name, "kept", qos=1, retain=True)
            for _ in range(ROUNDS):
                async with client.subscription(name, qos=1) as messages:
                    message = await anext(messages)
                    assert (message.payload, message.retain) == (b"kept", True)
            assert client.status.messages_unclaimed == 0

    run(scene())


def test_no_retained_message_is_lost_by_threads(mosquitto: Mosquitto) -> None:
    name = unique_topic()
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        client.publish(name, "kept", qos=1, retain=True)
        for _ in range(ROUNDS):
            with client.subscription(name, qos=1, timeout=PATIENCE) as messages:
                message = messages.get(PATIENCE)
                assert (message.payload, message.retain) == (b"kept", True)


def test_several_filters_with_their_options(run: Run, mosquitto: Mosquitto) -> None:
    async def scene() -> None:
        one, two, three = unique_topic(), unique_topic(), unique_topic()
        async with mqttka.Client("127.0.0.1", port=mosquitto.port) as client:
            await client.publish(three, "old", qos=1, retain=True)
            filters: list[str | mqttka.Subscription] = [
                one,
                mqttka.Subscription(two, qos=2, no_local=True),
                mqttka.Subscription(three, retain_handling=RetainHandling.DO_NOT_SEND),
            ]
            async with client.subscription(filters, qos=1, subscription_identifier=7) as messages:
                granted = [ReasonCode.GRANTED_QOS1, ReasonCode.GRANTED_QOS2, ReasonCode.SUCCESS]
                assert messages.outcome.reason_codes == granted
                await client.publish(two, "own", qos=1)
                for name in (one, three):
                    await client.publish(name, "new", qos=1)
                for name in (one, three):
                    message = await anext(messages)
                    assert (message.topic, message.payload) == (name, b"new")
                    assert message.subscription_identifiers == [7]

    run(scene())


def test_it_ends_with_unsubscribe(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            async with client.subscription("a/b"):
                assert b"\0\x03a/b" in broker.hear(SUBSCRIBE).body
            # The answer has come, so it has been sent.
            assert b"\0\x03a/b" in broker.hear(UNSUBSCRIBE).body

    with Scripted() as broker:
        run(scene(broker))


def test_its_end_waits_for_the_answer(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            left = asyncio.Event()

            async def use() -> None:
                async with client.subscription("a"):
                    pass
                left.set()

            using = asyncio.create_task(use())
            unsubscribe = await asyncio.to_thread(broker.hear, UNSUBSCRIBE)
            # Had it not waited, it would have left in the turn in which it sent that.
            assert not left.is_set()
            broker.acknowledge_unsubscribe(unsubscribe)
            await using

    with Scripted() as broker:
        broker.acknowledges = False
        run(scene(broker))


def test_it_ends_with_unsubscribe_whatever_leaves_it(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            with pytest.raises(ZeroDivisionError):
                async with client.subscription("raises"):
                    raise ZeroDivisionError
            assert b"raises" in broker.hear(SUBSCRIBE).body
            assert b"raises" in broker.hear(UNSUBSCRIBE).body

            async def loop() -> None:
                async with client.subscription("cancelled") as messages:
                    async for _ in messages:
                        pass

            task = asyncio.create_task(loop())
            subscribe = asyncio.to_thread(broker.hear, SUBSCRIBE)
            assert b"cancelled" in (await subscribe).body
            task.cancel()
            await asyncio.wait([task])
            assert b"cancelled" in broker.hear(UNSUBSCRIBE).body

    with Scripted() as broker:
        run(scene(broker))


def test_it_ends_with_unsubscribe_for_threads() -> None:
    with Scripted() as broker:
        with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
            with client.subscription("plain"):
                pass
            assert b"plain" in broker.hear(UNSUBSCRIBE).body
            with pytest.raises(ZeroDivisionError), client.subscription("raises"):
                raise ZeroDivisionError
            assert b"raises" in broker.hear(UNSUBSCRIBE).body


@pytest.mark.parametrize("granted", [b"\x87", b"\x01\x87"])
def test_what_is_refused_raises_and_leaves_nothing(run: Run, granted: bytes) -> None:
    filters = ["a", "b"][: len(granted)]

    async def scene(broker: Scripted) -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            with pytest.raises(mqttka.OperationRefused) as refused:
                async with client.subscription(filters):
                    pytest.fail("it was entered")
            assert refused.value.reason_codes == [ReasonCode(code) for code in granted]

    with Scripted(granted=granted) as broker:
        run(scene(broker))
        with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
            with pytest.raises(mqttka.OperationRefused):
                client.subscription(filters)


def test_it_needs_a_connection_where_none_comes_by_itself(run: Run) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", reconnect=False)
        with pytest.raises(mqttka.NotConnected):
            client.subscription("a")
        client.close()

    run(scene())
    client = mqttka.sync.Client("127.0.0.1", reconnect=False)
    with pytest.raises(mqttka.NotConnected):
        client.subscription("a")
    client.close()


def test_a_loop_hears_of_the_end_of_the_connection(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, reconnect=False)
        await client.connect()
        seen = []
        with pytest.raises(mqttka.ConnectionEnded) as ended:
            async with client.subscription("a") as messages:
                broker.publish("a", "1", "2", "3")
                async for message in messages:
                    seen.append(message.payload)
                    if len(seen) == 3:
                        broker.reset()
        assert seen == [b"1", b"2", b"3"]
        assert ended.value.cause in (DisconnectCause.CLOSED_BY_SERVER, DisconnectCause.TRANSPORT)
        client.close()

    with Scripted() as broker:
        run(scene(broker))


def test_the_end_has_the_broker_s_words() -> None:
    with Scripted() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port)
        client.connect()
        with pytest.raises(mqttka.ConnectionEnded) as ended, client.subscription("a") as messages:
            # Server moved, with a Server Reference and a Reason String.
            broker.send(b"\xe0\x0d\x9d\x0b\x1c\0\x03abc\x1f\0\x02up")
            list(messages)
        assert ended.value.cause is DisconnectCause.SERVER_DISCONNECT
        assert ended.value.reason_code is ReasonCode.SERVER_MOVED
        assert (ended.value.server_reference, ended.value.reason_string) == ("abc", "up")
        client.close()


@pytest.mark.parametrize("word", ["disconnect", "close", "abort"])
def test_a_loop_ends_where_that_was_asked_for(run: Run, word: str) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port)
        await client.connect()
        async with client.subscription("a") as messages:
            broker.publish("a", "1")
            async for message in messages:
                assert message.payload == b"1"
                result = getattr(client, word)()
                if result is not None:
                    await result
        client.close()

    with Scripted() as broker:
        run(scene(broker))


def test_it_may_outlive_connections(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, reconnect=False)
        await client.connect()
        events = client.events()
        async with client.subscription("a", outlive_connections=True) as messages:
            waiting = asyncio.create_task(anext(messages))
            broker.reset()
            assert isinstance(await anext(events), mqttka.Disconnected)
            await client.connect()
            broker.publish("a", "later")
            assert (await waiting).payload == b"later"
        client.close()

    with Scripted() as broker:
        run(scene(broker))


def test_it_may_outlive_connections_for_threads() -> None:
    with Scripted() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port, reconnect=False)
        client.connect()
        events = client.events()
        with client.subscription("a", outlive_connections=True) as messages:
            broker.reset()
            assert isinstance(events.get(PATIENCE), mqttka.Disconnected)
            client.connect()
            broker.publish("a", "later")
            assert messages.get(PATIENCE).payload == b"later"
        client.close()


def test_a_thread_that_waits_hears_of_the_end() -> None:
    with Scripted() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port)
        client.connect()
        with client.subscription("a") as messages:
            closer = threading.Thread(target=client.close)
            broker.publish("a", "1")
            for _ in messages:
                closer.start()
            closer.join()


def test_a_client_that_uses_it_needs_no_other_consumer(mosquitto: Mosquitto) -> None:
    name = unique_topic()
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        with client.subscription(name, qos=1) as messages:
            for number in range(3):
                client.publish(name, str(number), qos=1, timeout=PATIENCE)
            assert [messages.get(PATIENCE).payload for _ in range(3)] == [b"0", b"1", b"2"]
        assert client.status.held_back is None

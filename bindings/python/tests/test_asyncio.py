"""The client for asyncio, against mosquitto."""

from __future__ import annotations

import asyncio
import threading

import mqttka
import pytest
from broker import PATIENCE, Mosquitto, Peer, unique_topic
from conftest import Run
from mqttka import QoS, ReasonCode, Version

@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("qos", list(QoS))
def test_a_message_comes_back(run: Run, mosquitto: Mosquitto, version: Version, qos: QoS) -> None:
    async def scene() -> None:
        name = unique_topic()
        async with mqttka.Client(
            "127.0.0.1", port=mosquitto.port, protocol_version=version
        ) as client:
            messages = client.messages(name)
            granted = await client.subscribe(name, qos)
            assert granted.reason_codes == [ReasonCode(qos)]
            outcome = await client.publish(name, "ü", qos=qos)
            assert outcome.reason_code is ReasonCode.SUCCESS
            assert (outcome.packet_id is None) == (qos == QoS.AT_MOST_ONCE)
            message = await anext(messages)
            assert (message.topic, message.payload, message.qos) == (name, "ü".encode(), qos)
            assert message.connection_number == 1
            await client.unsubscribe(name)
        assert client.state is mqttka.State.CLOSED

    run(scene())


def test_properties_arrive(run: Run, mosquitto: Mosquitto) -> None:
    async def scene() -> None:
        name = unique_topic()
        async with mqttka.Client("127.0.0.1", port=mosquitto.port) as client:
            messages = client.messages()
            await client.subscribe(mqttka.Subscription(name), subscription_identifier=7)
            await client.publish(
                name,
                bytearray(b"x"),
                content_type="text/plain",
                response_topic="answers",
                correlation_data=b"\0\1",
                user_properties=[("a", "1"), ("a", "2")],
                message_expiry_interval=60,
                payload_format_indicator=1,
            )
            message = await anext(messages)
        assert message.content_type == "text/plain"
        assert message.response_topic == "answers"
        assert message.correlation_data == b"\0\1"
        assert message.user_properties == [("a", "1"), ("a", "2")]
        # Made once, so that a loop over indices is not quadratic.
        assert message.user_properties is message.user_properties
        assert message.subscription_identifiers is message.subscription_identifiers
        assert message.message_expiry_interval == 60
        assert message.payload_format_indicator == 1
        assert message.subscription_identifiers == [7]

    run(scene())


def test_a_will_is_published_where_the_client_is_aborted(run: Run, mosquitto: Mosquitto) -> None:
    async def scene() -> None:
        name = unique_topic()
        async with mqttka.Client("127.0.0.1", port=mosquitto.port) as witness:
            messages = witness.messages(name)
            await witness.subscribe(name, 1)
            will = mqttka.Will(name, "gone", qos=1, content_type="text/plain")
            client = mqttka.Client("127.0.0.1", port=mosquitto.port, will=will)
            await client.connect()
            client.abort()
            message = await anext(messages)
            assert (message.payload, message.content_type) == (b"gone", "text/plain")

    run(scene())


def test_iteration_ends_with_the_client(run: Run, mosquitto: Mosquitto) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=mosquitto.port)
        messages, events = client.messages(), client.events()
        waiting = asyncio.create_task(anext(messages, None))
        await client.connect()
        client.close()
        assert await waiting is None
        seen = [event async for event in events]
        assert [type(event) for event in seen] == [mqttka.Connected, mqttka.Disconnected]
        assert isinstance(seen[1], mqttka.Disconnected)
        assert seen[1].cause is mqttka.DisconnectCause.CLIENT_CLOSED
        with pytest.raises(mqttka.ClientClosed):
            await client.publish("a")

    run(scene())


def test_a_cancelled_wait_loses_nothing(run: Run, mosquitto: Mosquitto) -> None:
    async def scene() -> None:
        name = unique_topic()
        async with mqttka.Client("127.0.0.1", port=mosquitto.port) as client:
            messages = client.messages(name)
            await client.subscribe(name)
            for _ in range(100):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(anext(messages), 0.001)
            await client.publish(name, b"1")
            assert (await anext(messages)).payload == b"1"

    run(scene())


def test_on_event_comes_although_the_loop_is_blocked(run: Run) -> None:
    heard = threading.Event()

    def on_event(event: mqttka.Event) -> None:
        if isinstance(event, mqttka.Disconnected):
            heard.set()

    async def scene(peer: Peer) -> None:
        client = mqttka.Client("127.0.0.1", port=peer.port, on_event=on_event)
        accepted = asyncio.get_running_loop().run_in_executor(None, peer.accept)
        await client.connect()
        await accepted
        peer.__exit__(None, None, None)
        assert heard.wait(PATIENCE)  # this blocks the loop
        client.close()

    with Peer() as peer:
        run(scene(peer))


def test_calls_are_refused_with_their_own_exceptions(run: Run, mosquitto: Mosquitto) -> None:
    async def scene() -> None:
        client = mqttka.Client(
            "127.0.0.1", port=mosquitto.port, outbound_queue_max_messages=1, reconnect=False
        )
        with pytest.raises(mqttka.NotConnected) as refused:
            await client.publish("a")
        assert refused.value.code == 4
        with pytest.raises(mqttka.InvalidTopic):
            await client.publish("a/#")
        with pytest.raises(mqttka.InvalidText):
            await client.publish("a", content_type="\0")
        await client.connect()
        with pytest.raises(mqttka.AlreadyConnected):
            await client.connect()
        with pytest.raises(mqttka.QueueFull):
            for _ in range(1000):
                client.publish_nowait("a", qos=1)
        await client.disconnect()
        with pytest.raises(mqttka.NotConnected):
            await client.disconnect()
        client.close()

    run(scene())


def test_a_client_belongs_to_one_loop(mosquitto: Mosquitto) -> None:
    async def connected() -> mqttka.Client:
        client = mqttka.Client("127.0.0.1", port=mosquitto.port)
        await client.connect()
        return client

    client = asyncio.run(connected())
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(client.publish("a"))
    client.close()

"""The client for threads, against mosquitto."""

from __future__ import annotations

import queue
import threading
import time

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, Peer, unique_topic
from mqttka import QoS, ReasonCode, Version
from scripted import PINGREQ, Scripted

@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("qos", list(QoS))
def test_a_message_comes_back(mosquitto: Mosquitto, version: Version, qos: QoS) -> None:
    name = unique_topic()
    with mqttka.sync.Client(
        "127.0.0.1", port=mosquitto.port, protocol_version=version
    ) as client:
        messages = client.messages(name)
        assert client.subscribe(name, qos).reason_codes == [ReasonCode(qos)]
        assert client.publish(name, b"x", qos=qos).reason_code is ReasonCode.SUCCESS
        message = messages.get(PATIENCE)
        assert (message.topic, message.payload, message.qos) == (name, b"x", qos)
        with pytest.raises(mqttka.WaitTimeout):
            messages.get(0.01)
        client.unsubscribe(name)


def test_callbacks_have_threads_of_their_own(mosquitto: Mosquitto) -> None:
    name = unique_topic()
    events: queue.SimpleQueue[tuple[mqttka.Event, str]] = queue.SimpleQueue()
    messages: queue.SimpleQueue[mqttka.Message] = queue.SimpleQueue()
    release = threading.Event()

    def on_message(message: mqttka.Message) -> None:
        messages.put(message)
        release.wait(PATIENCE)

    client = mqttka.sync.Client(
        "127.0.0.1",
        port=mosquitto.port,
        on_event=lambda event: events.put((event, threading.current_thread().name)),
        on_message=on_message,
    )
    with client:
        assert isinstance(events.get(timeout=PATIENCE)[0], mqttka.Connected)
        client.subscribe(name, 1)
        client.publish(name, b"1", qos=1, timeout=PATIENCE)
        assert messages.get(timeout=PATIENCE).payload == b"1"
        # The handler is stuck; calls and events are not.
        client.publish(name, b"2", qos=1, timeout=PATIENCE)
        client.disconnect()
        event, thread = events.get(timeout=PATIENCE)
        assert isinstance(event, mqttka.Disconnected)
        assert event.cause is mqttka.DisconnectCause.DISCONNECT_REQUESTED
        assert thread != threading.current_thread().name
        release.set()


def test_a_wait_has_its_own_limit() -> None:
    with Peer() as peer:
        client = mqttka.sync.Client("127.0.0.1", port=peer.port)
        acceptor = threading.Thread(target=peer.accept)
        acceptor.start()
        client.connect()
        acceptor.join()
        start = time.monotonic()
        operation = client.publish_nowait("a", qos=1)
        with pytest.raises(mqttka.WaitTimeout):
            operation.wait(0.3)
        assert 0.3 <= time.monotonic() - start < PATIENCE
        client.close()
        with pytest.raises(mqttka.ClientClosed):
            operation.wait(PATIENCE)


def test_the_gil_is_released_while_waiting() -> None:
    with Peer() as peer:
        client = mqttka.sync.Client("127.0.0.1", port=peer.port)
        # The peer runs in this process: with the GIL held, nobody would answer.
        acceptor = threading.Thread(target=peer.accept)
        acceptor.start()
        client.connect(timeout=PATIENCE)
        acceptor.join()
        messages = client.messages()
        closer = threading.Timer(0.1, client.close)
        closer.start()
        assert list(messages) == []
        closer.join()


def test_hints_are_taken() -> None:
    with Scripted() as broker, mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        client.probe_now(PATIENCE)
        broker.hear(PINGREQ)
        for change in mqttka.NetworkChange:
            client.network_changed(change)
            broker.hear(PINGREQ)
        assert client.state is mqttka.State.CONNECTED

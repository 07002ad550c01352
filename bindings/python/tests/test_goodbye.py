"""disconnect with and without draining, and how many publishes go ahead of their answers."""

from __future__ import annotations

import asyncio
import threading
import time

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from mqttka import Version
from scripted import DISCONNECT, PINGREQ, PUBLISH, Scripted

COUNT = 10


@pytest.mark.parametrize("reconnect", [True, False])
def test_draining_waits_for_what_was_queued(run: Run, reconnect: bool) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, reconnect=reconnect)
        await client.connect()
        outcomes = [asyncio.create_task(client.publish("a", qos=1)) for _ in range(COUNT)]
        await asyncio.sleep(0)
        goodbye = asyncio.create_task(client.disconnect(drain_timeout=PATIENCE))
        publishes = [await asyncio.to_thread(broker.hear, PUBLISH) for _ in range(COUNT)]
        if reconnect:  # it is for the next connection
            client.publish_nowait("late")
        else:
            with pytest.raises(mqttka.NotConnected):
                client.publish_nowait("late")
        for publish in publishes:
            broker.acknowledge(publish)
        assert len(await asyncio.gather(*outcomes)) == COUNT
        rest = await asyncio.to_thread(broker.before, DISCONNECT)
        assert PUBLISH not in [packet.kind for packet in rest]
        await goodbye
        client.close()

    with Scripted() as broker:
        broker.acknowledges = False
        run(scene(broker))


def test_draining_has_its_limit() -> None:
    with Scripted() as broker:
        broker.acknowledges = False
        client = mqttka.sync.Client("127.0.0.1", port=broker.port, reconnect=False)
        client.connect()
        under_way = client.publish_nowait("a", qos=1)
        start = time.monotonic()
        client.disconnect(drain_timeout=0.5, timeout=PATIENCE)
        assert time.monotonic() - start >= 0.5
        broker.hear(DISCONNECT)
        with pytest.raises(mqttka.ConnectionLost):
            under_way.wait(PATIENCE)
        client.close()


def test_without_draining_nothing_is_waited_for() -> None:
    with Scripted() as broker:
        broker.acknowledges = False
        client = mqttka.sync.Client("127.0.0.1", port=broker.port, reconnect=False)
        client.connect()
        under_way = client.publish_nowait("a", qos=1)
        goodbye = threading.Thread(target=client.disconnect)
        goodbye.start()
        broker.hear(PUBLISH)
        broker.hear(DISCONNECT)
        goodbye.join()
        with pytest.raises(mqttka.ConnectionLost):
            under_way.wait(PATIENCE)
        client.close()


@pytest.mark.parametrize("version", list(Version))
def test_no_more_are_in_flight_than_allowed(version: Version) -> None:
    connack = b"\x20\x03\x00\x00\x00" if version is Version.V5 else b"\x20\x02\x00\x00"
    with Scripted(connack) as broker:
        broker.acknowledges = False
        client = mqttka.sync.Client(
            "127.0.0.1", port=broker.port, protocol_version=version, max_inflight=3
        )
        client.connect()
        for _ in range(COUNT):
            client.publish_nowait("a", qos=1)
        left = COUNT
        while left:
            together = [broker.hear(PUBLISH) for _ in range(min(3, left))]
            client.probe_now(PATIENCE)  # a ping goes ahead of what is queued and may not go
            assert broker.before(PINGREQ) == []
            for packet in together:
                broker.acknowledge(packet)
            left -= len(together)
        client.close()

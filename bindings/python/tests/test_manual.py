"""Messages that the application acknowledges itself, or refuses."""

from __future__ import annotations

import gc
import queue
from collections.abc import Iterator

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from scripted import PUBACK, PUBLISH, Scripted


@pytest.fixture
def broker() -> Iterator[Scripted]:
    with Scripted() as broker:
        yield broker


def test_acknowledgements_leave_when_the_application_says_so(broker: Scripted, run: Run) -> None:
    async def main() -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            stream = client.subscription("a", qos=1, manual_acknowledgement=True)
            async with stream as messages:
                broker.publish("a", "1", "2", "3")
                first, second, third = [await anext_(messages) for _ in range(3)]
                client.publish_nowait("barrier")
                heard = broker.before(PUBLISH, "barrier")
                assert not [it for it in heard if it.kind == PUBACK]
                second.refuse(
                    mqttka.ReasonCode.QUOTA_EXCEEDED,
                    reason_string="full",
                    user_properties={"a": "b"},
                )
                third.acknowledge()
                first.acknowledge()
                first.acknowledge()  # only the first word counts
                acknowledged = [broker.hear(PUBACK).body for _ in range(3)]
                # In the order in which they came.
                assert acknowledged[0] == b"\x00\x01"
                assert acknowledged[1] == b"\x00\x02\x97\x0e\x1f\x00\x04full\x26\x00\x01a\x00\x01b"
                assert acknowledged[2] == b"\x00\x03"

    run(main())


async def anext_(messages: mqttka.AsyncStream[mqttka.Message]) -> mqttka.Message:
    return await messages.__anext__()


def test_what_is_dropped_comes_again(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        with client.subscription("a", qos=1, manual_acknowledgement=True) as messages:
            broker.publish("a", "1")
            message = messages.get(PATIENCE)
            assert not message.dup
            del message
            gc.collect()
            again = messages.get(PATIENCE)
            assert again.dup and again.text == "1"
            again.acknowledge()
            assert broker.hear(PUBACK).body == b"\x00\x01"


def test_the_callback_acknowledges_itself(broker: Scripted) -> None:
    came: queue.SimpleQueue[mqttka.Message] = queue.SimpleQueue()
    options = {"port": broker.port, "manual_acknowledgement": True, "on_message": came.put}
    with mqttka.sync.Client("127.0.0.1", **options) as client:  # type: ignore[arg-type]
        client.subscribe("a", qos=1)
        broker.publish("a", "1")
        message = came.get(timeout=PATIENCE)
        client.publish_nowait("barrier")
        assert not [it for it in broker.before(PUBLISH, "barrier") if it.kind == PUBACK]
        message.acknowledge()
        assert broker.hear(PUBACK).body == b"\x00\x01"


def test_a_stream_without_a_subscription_acknowledges_itself_too(broker: Scripted) -> None:
    with mqttka.sync.Client(
        "127.0.0.1", port=broker.port, manual_acknowledgement=True
    ) as client, client.messages() as messages:
        client.subscribe("a", qos=1)
        broker.publish("a", "1")
        message = messages.get(PATIENCE)
        client.publish_nowait("barrier")
        assert not [it for it in broker.before(PUBLISH, "barrier") if it.kind == PUBACK]
        message.acknowledge()
        assert broker.hear(PUBACK).body == b"\x00\x01"


def test_what_cannot_be_refused(broker: Scripted) -> None:
    made = mqttka.Message("a")
    made.acknowledge()  # nobody waits for it
    made.refuse()
    with pytest.raises(mqttka.InvalidArgument, match="reason_code is .*; it must be one of 0x80"):
        made.refuse(mqttka.ReasonCode.SUCCESS)
    with pytest.raises(mqttka.InvalidArgument, match="reason_code is 7; it must be a ReasonCode"):
        made.refuse(7)

"""How far publishes come, what is flushed, what is cancelled, and what leaves with DISCONNECT."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from scripted import DISCONNECT, PINGREQ, PUBLISH, UNSUBSCRIBE, Scripted
from watched import Watched


@pytest.fixture
def broker() -> Iterator[Scripted]:
    with Scripted() as broker:
        yield broker


def test_a_receipt_says_how_far_a_message_came(broker: Scripted, run: Run) -> None:
    async def main() -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            assert (await client.publish("a")).receipt is mqttka.Receipt.WRITTEN
            assert (await client.publish("a", receipt=True)).receipt is mqttka.Receipt.READ
            assert (await client.publish("a", qos=1)).receipt is mqttka.Receipt.ACKNOWLEDGED
            assert (await client.subscribe("a")).receipt is None
            client.publish_nowait("last")
            await client.flush(timeout=PATIENCE)
        assert [it.topic for it in broker.before(DISCONNECT) if it.kind == PUBLISH][-1] == "last"

    run(main())


def test_a_flush_has_its_bounds_and_its_time() -> None:
    with mqttka.sync.Client("127.0.0.1", port=1, wait_connected=False) as client:
        with pytest.raises(mqttka.InvalidArgument, match="timeout is 0.0; it must be 0.001"):
            client.flush(timeout=0.0)
        with pytest.raises(mqttka.PublishTimeout):
            client.flush(timeout=0.001)


def test_what_waits_is_cancelled_and_what_was_sent_is_not(broker: Scripted) -> None:
    client = mqttka.sync.Client("127.0.0.1", port=broker.port, wait_connected=False)
    operations = [client.publish_nowait("a", number, qos=1) for number in range(3)]
    operations[1].cancel()
    with pytest.raises(mqttka.Cancelled) as cancelled:
        operations[1].wait(PATIENCE)
    assert cancelled.value.code == 29
    broker.acknowledges = False
    with client:
        sent = [broker.hear(PUBLISH) for _ in range(2)]
        assert [it.body[-1:] for it in sent] == [b"0", b"2"]
        operations[0].cancel()
        for packet in sent:
            broker.acknowledge(packet)
        assert operations[0].wait(PATIENCE).reason_code == operations[2].wait(PATIENCE).reason_code == 0


def test_a_cancelled_task_withdraws_what_is_queued(broker: Scripted, run: Run) -> None:
    async def main() -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, wait_connected=False)
        waiting = asyncio.ensure_future(client.publish("withdrawn", qos=1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with client:
            await client.publish("kept", qos=1)
        topics = [it.topic for it in broker.before(DISCONNECT) if it.kind == PUBLISH]
        assert topics == ["kept"]

    run(main())


async def cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_cancelled_task_withdraws_a_flush_wherever_it_is(broker: Scripted, run: Run) -> None:
    async def main() -> None:
        broker.answers_pings = False
        client = Watched("127.0.0.1", port=broker.port, wait_connected=False)
        first = asyncio.ensure_future(client.flush())
        await asyncio.sleep(0)
        assert client.counters().outbound_queue_messages == 1
        await cancelled(first)
        client.withdrawn()
        assert client.counters().outbound_queue_messages == 0
        async with client:
            flushing = asyncio.ensure_future(client.flush())
            # Its ping is on its way, and nobody answers.
            await asyncio.to_thread(broker.hear, PINGREQ)
            assert client.counters().outbound_queue_messages == 1
            await cancelled(flushing)
            client.withdrawn()
            assert client.counters().outbound_queue_messages == 0

    run(main())


def test_a_cancelled_task_withdraws_a_request_wherever_it_is(broker: Scripted, run: Run) -> None:
    async def main() -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, wait_connected=False)
        first = asyncio.ensure_future(client.request("queued"))
        await asyncio.sleep(0)
        # It, and the subscription to responses, which is for those to come.
        assert client.counters().outbound_queue_messages == 2
        await cancelled(first)
        async with client:
            sent = asyncio.ensure_future(client.request("sent"))
            heard = await asyncio.to_thread(broker.before, PUBLISH, "sent")
            assert not [it for it in heard if it.kind == PUBLISH]
            await cancelled(sent)
            await client.flush(timeout=PATIENCE)
            assert client.counters().outbound_queue_messages == 0

    run(main())


def test_disconnect_says_all_that_it_can(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port, session_expiry_interval=60) as client:
        with pytest.raises(mqttka.InvalidType, match="reason_string"):
            client.disconnect(reason_string=5)  # type: ignore[arg-type]
        client.disconnect(
            mqttka.ReasonCode.DISCONNECT_WITH_WILL_MESSAGE,
            session_expiry_interval=7,
            reason_string="bye",
            user_properties={"a": "b"},
        )
    expected = b"\x04\x12\x11\x00\x00\x00\x07\x1f\x00\x03bye\x26\x00\x01a\x00\x01b"
    assert broker.hear(DISCONNECT).body == expected


def test_a_session_expiry_needs_5_0_and_a_session(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        with pytest.raises(mqttka.InvalidArgument, match="session_expiry_interval is 7; it must be 0"):
            client.disconnect(session_expiry_interval=7)
    old = mqttka.sync.Client("127.0.0.1", port=broker.port, protocol_version=mqttka.Version.V311)
    with pytest.raises(mqttka.NotSupported, match="MQTT 5.0"):
        old.disconnect(session_expiry_interval=7)
    old.close()


def test_unsubscribe_takes_several_filters_and_user_properties(broker: Scripted) -> None:
    broker.granted = b"\x00\x00"
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        outcome = client.unsubscribe(["a", "b"], user_properties=[("x", "y")])
        assert outcome.reason_codes == [0, 0]
    assert broker.hear(UNSUBSCRIBE).body[2:] == b"\x07\x26\x00\x01x\x00\x01y\x00\x01a\x00\x01b"

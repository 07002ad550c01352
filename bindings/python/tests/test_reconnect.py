"""Coming back by itself: what starts it, what ends it, and what waits meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, free_port, unique_topic
from conftest import Run
from mqttka import DisconnectCause, NetworkChange, ReasonCode, State, StopReason
from scripted import PUBLISH, SUBSCRIBE, Scripted

QUICK: dict[str, Any] = {"reconnect_first_delay": 0.05, "reconnect_max_delay": 0.2}

# The wait is a random part of it: hardly ever short.
SLOW: dict[str, Any] = {"reconnect_first_delay": 86_400, "reconnect_max_delay": 86_400}

E = TypeVar("E", bound=mqttka.Event)


async def hear(events: mqttka.AsyncStream[mqttka.Event], kind: type[E]) -> E:
    """The next event of this kind."""
    async for event in events:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind}")


def hear_now(events: mqttka.sync.Stream[mqttka.Event], kind: type[E]) -> E:
    while True:
        event = events.get(PATIENCE)
        if isinstance(event, kind):
            return event


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Callable[[], Mosquitto]]:
    """Starts a broker at a port where there was none."""
    started: list[Mosquitto] = []

    class Late:
        port = free_port()

        def __call__(self) -> Mosquitto:
            started.append(Mosquitto(tmp_path, port=self.port))
            return started[0]

    yield Late()
    for broker in started:
        broker.end()


# --- the start ---


def test_entering_raises_where_the_first_attempt_fails(run: Run) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=free_port())
        events = client.events()
        with pytest.raises(mqttka.TransportFailed):
            async with client:
                pytest.fail("it was entered")
        assert [event async for event in events][-1].is_final
        assert client.state is State.CLOSED

    run(scene())
    threads = mqttka.sync.Client("127.0.0.1", port=free_port())
    happened = threads.events()
    with pytest.raises(mqttka.TransportFailed), threads:
        pytest.fail("it was entered")
    assert list(happened)[-1].is_final
    assert threads.state is State.CLOSED


def test_a_program_starts_while_offline(run: Run, late: Any) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=late.port, wait_connected=False, **QUICK)
        events = client.events()
        async with client:
            name = unique_topic()
            entered = asyncio.create_task(client.subscription(name, qos=1).__aenter__())
            published = asyncio.create_task(client.publish(name, "early", qos=1))
            failed = await hear(events, mqttka.ConnectFailed)
            assert failed.will_reconnect and not failed.is_final
            assert isinstance(failed.error, mqttka.TransportFailed)
            reconnecting = await hear(events, mqttka.Reconnecting)
            assert reconnecting.next_attempt_number == failed.attempt_number + 1
            assert 0 <= reconnecting.delay <= 0.2
            assert isinstance(reconnecting.cause, mqttka.TransportFailed)
            assert not published.done() and not entered.done()
            await asyncio.to_thread(late)
            await published
            assert (await anext(await entered)).payload == b"early"

    run(scene())


def test_a_program_starts_while_offline_for_threads(late: Any) -> None:
    name = unique_topic()
    client = mqttka.sync.Client("127.0.0.1", port=late.port, wait_connected=False, **QUICK)
    events = client.events()
    with client:
        published = client.publish_nowait(name, "early", qos=1, retain=True)
        hear_now(events, mqttka.Reconnecting)
        late()
        published.wait(PATIENCE)
        with client.subscription(name, timeout=PATIENCE) as messages:
            assert messages.get(PATIENCE).payload == b"early"


def test_connect_tells_of_one_attempt_and_the_client_goes_on(run: Run, late: Any) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=late.port, **QUICK)
        events = client.events()
        with pytest.raises(mqttka.TransportFailed):
            await client.connect()
        await asyncio.to_thread(late)
        connected = await hear(events, mqttka.Connected)
        assert connected.attempt_number > 1
        client.close()

    run(scene())


# --- the wait ---

HINTS: dict[str, Callable[[Any], object]] = {
    "reconnect_now": lambda client: client.reconnect_now(),
    "connect_nowait": lambda client: client.connect_nowait(),
    "entered_foreground": lambda client: client.entered_foreground(),
    "available": lambda client: client.network_changed(NetworkChange.AVAILABLE),
    "changed": lambda client: client.network_changed(
        NetworkChange.CHANGED, metered=True, validated=False, captive_portal=False, id="wifi"
    ),
}


@pytest.mark.parametrize("hint", HINTS)
def test_a_hint_ends_the_wait(run: Run, late: Any, hint: str) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=late.port, **SLOW)
        events = client.events()
        with pytest.raises(mqttka.TransportFailed):
            await client.connect()
        await hear(events, mqttka.Reconnecting)
        status = client.status
        assert status.state is client.state is State.RECONNECTING
        assert status.next_attempt_in is not None and status.next_attempt_in > 0
        await asyncio.to_thread(late)
        client.entered_background()
        HINTS[hint](client)
        await hear(events, mqttka.Connected)
        status = client.status
        assert status.next_attempt_in is None and status.offline is None
        client.close()

    run(scene())


def test_the_status_tells_what_was_said_of_the_network() -> None:
    client = mqttka.sync.Client("127.0.0.1", network_monitor=False)
    assert client.status.network is None
    client.network_changed(NetworkChange.LOST)
    unknown = mqttka.NetworkUpdate(NetworkChange.LOST, None, None, None, "")
    assert client.status.network == unknown
    HINTS["changed"](client)
    known = mqttka.NetworkUpdate(NetworkChange.CHANGED, True, False, False, "wifi")
    assert client.status.network == known
    client.close()


def test_disconnect_ends_the_wait(run: Run) -> None:
    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=free_port(), **SLOW)
        events = client.events()
        with pytest.raises(mqttka.TransportFailed):
            await client.connect()
        await client.disconnect()
        stopped = await hear(events, mqttka.ReconnectStopped)
        assert stopped.reason is StopReason.DISCONNECT_REQUESTED and stopped.is_final
        assert isinstance(stopped.cause, mqttka.TransportFailed)
        assert client.state is State.IDLE
        client.close()

    run(scene())


def test_attempts_may_have_an_end(run: Run) -> None:
    async def scene(**options: Any) -> StopReason:
        client = mqttka.Client("127.0.0.1", port=free_port(), wait_connected=False, **QUICK, **options)
        events = client.events()
        async with client:
            stopped = await hear(events, mqttka.ReconnectStopped)
            assert stopped.attempt_number >= 2
        return stopped.reason

    assert run(scene(reconnect_max_attempts=3)) is StopReason.MAX_ATTEMPTS
    assert run(scene(reconnect_max_time=2)) is StopReason.MAX_TIME


def test_without_reconnection_an_end_is_final(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, reconnect=False)
        events = client.events()
        await client.connect()
        broker.reset()
        ended = await hear(events, mqttka.Disconnected)
        assert ended.is_final and not ended.will_reconnect
        assert client.state is State.IDLE
        with pytest.raises(mqttka.NotConnected):
            await client.publish("a")
        client.close()

    with Scripted() as broker:
        run(scene(broker))


# --- what does not help ---


def test_a_wrong_password_stops_it(run: Run, tmp_path: Path) -> None:
    async def scene(port: int) -> None:
        wrong: dict[str, Any] = {"port": port, "user_name": "me", "password": "wrong", **QUICK}
        client = mqttka.Client("127.0.0.1", **wrong)
        events = client.events()
        with pytest.raises(mqttka.ConnectRefused):
            await client.connect()
        failed = await hear(events, mqttka.ConnectFailed)
        assert not failed.will_reconnect
        stopped = await anext(events)
        assert isinstance(stopped, mqttka.ReconnectStopped) and stopped.is_final
        assert stopped.reason is StopReason.CREDENTIALS
        assert isinstance(stopped.cause, mqttka.ConnectRefused)
        assert stopped.cause.reason_code in (
            ReasonCode.NOT_AUTHORIZED,
            ReasonCode.BAD_USER_NAME_OR_PASSWORD,
        )
        assert client.state is State.IDLE
        client.close()
        again = mqttka.Client(
            "127.0.0.1", wait_connected=False, reconnect_retry_on={"credentials"}, **wrong
        )
        events = again.events()
        async with again:
            for _ in range(3):
                await hear(events, mqttka.Reconnecting)

    broker = Mosquitto(tmp_path, password=("me", "right"))
    try:
        run(scene(broker.port))
    finally:
        broker.end()


def test_a_second_client_of_the_same_name_stops_it(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, client_id="twin", **QUICK)
        events = client.events()
        await client.connect()
        with pytest.raises(mqttka.ConnectionEnded) as raised:
            async with client.subscription("twins") as messages:
                broker.send(b"\xe0\x01\x8e")  # session taken over
                async for _ in messages:
                    pytest.fail("a message came")
        assert raised.value.reason_code is ReasonCode.SESSION_TAKEN_OVER
        ended = await hear(events, mqttka.Disconnected)
        assert not ended.will_reconnect
        stopped = await anext(events)
        assert isinstance(stopped, mqttka.ReconnectStopped)
        assert stopped.reason is StopReason.SESSION_TAKEN_OVER
        assert isinstance(stopped.cause, mqttka.ConnectionEnded)
        assert stopped.cause.cause is DisconnectCause.SERVER_DISCONNECT
        client.close()

    with Scripted() as broker:
        run(scene(broker))


# --- subscriptions ---


def test_subscriptions_are_made_again(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, **QUICK)
        events = client.events()
        await client.connect()
        async with client.subscription("a/b", qos=1) as messages:
            await asyncio.to_thread(broker.hear, SUBSCRIBE)
            broker.reset()
            again = await asyncio.to_thread(broker.hear, SUBSCRIBE)
            assert b"\0\x03a/b" in again.body
            broker.publish("a/b", "later")
            assert (await anext(messages)).payload == b"later"
        await hear(events, mqttka.Disconnected)
        assert (await hear(events, mqttka.Connected)).resubscribed == 1
        client.close()

    with Scripted() as broker:
        run(scene(broker))


def test_a_subscription_that_is_refused_later_ends(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, **QUICK)
        events = client.events()
        await client.connect()
        with pytest.raises(mqttka.OperationRefused):
            async with client.subscription("a") as messages:
                broker.granted = b"\x87"
                broker.reset()
                async for _ in messages:
                    pytest.fail("a message came")
        lost = await hear(events, mqttka.SubscriptionsLost)
        assert list(lost.filters) == ["a"]
        assert isinstance(lost.filters["a"], mqttka.OperationRefused)
        assert lost.filters["a"].reason_code is ReasonCode.NOT_AUTHORIZED
        client.close()

    with Scripted() as broker:
        run(scene(broker))


def test_a_subscription_is_left_without_a_connection(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, **SLOW)
        events = client.events()
        async with client:
            async with client.subscription("a"):
                broker.reset()
                await hear(events, mqttka.Reconnecting)

    with Scripted() as broker:
        run(scene(broker))
        client = mqttka.sync.Client("127.0.0.1", port=broker.port, **SLOW)
        happened = client.events()
        with client:
            with client.subscription("a"):
                broker.reset()
                hear_now(happened, mqttka.Reconnecting)


# --- what waits ---


def test_a_publish_has_its_time(run: Run) -> None:
    async def scene(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port)
        with pytest.raises(mqttka.PublishTimeout) as passed:
            await client.publish("late", qos=1, timeout=0.05)
        assert isinstance(passed.value, TimeoutError)
        assert isinstance(passed.value, mqttka.OperationError) and passed.value.code == 26
        client.publish_nowait("late", timeout=0.05)
        with pytest.raises(mqttka.PublishTimeout):  # the one before it has had its time, too
            await client.publish("late", timeout=0.1)
        in_time = asyncio.create_task(client.publish("in time", qos=1, timeout=PATIENCE))
        await client.connect()
        await in_time
        first = await asyncio.to_thread(broker.hear, PUBLISH)
        assert first.topic == "in time"
        client.close()

    with Scripted() as broker:
        run(scene(broker))


def test_a_publish_has_its_time_for_threads() -> None:
    with Scripted() as broker, mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        broker.acknowledges = False
        with pytest.raises(mqttka.PublishTimeout):
            client.publish("a", qos=1, timeout=0.05)
        with pytest.raises(mqttka.PublishTimeout):
            client.publish_nowait("a", qos=2, timeout=0.05).wait(PATIENCE)


def test_a_message_expires() -> None:
    client = mqttka.sync.Client("127.0.0.1")
    with pytest.raises(mqttka.MessageExpired):
        client.publish_nowait("a", message_expiry_interval=1).wait(PATIENCE)
    client.close()


@pytest.mark.parametrize("policy", list(mqttka.QueuePolicy))
@pytest.mark.parametrize("named", [True, False])
def test_a_full_queue_has_a_policy(policy: mqttka.QueuePolicy, named: bool) -> None:
    given: Any = policy.name.lower() if named else policy
    client = mqttka.sync.Client("127.0.0.1", outbound_queue_max_messages=2, queue_policy=given)
    sent = [client.publish_nowait("a", qos=1), client.publish_nowait("b")]
    if policy is mqttka.QueuePolicy.REFUSE_NEWEST:
        with pytest.raises(mqttka.QueueFull):
            client.publish_nowait("c", qos=1)
    else:
        sent.append(client.publish_nowait("c", qos=1))
        dropped = sent.pop(1 if policy is mqttka.QueuePolicy.DROP_OLDEST_QOS0 else 0)
        with pytest.raises(mqttka.DroppedFromQueue):
            dropped.wait(PATIENCE)
    client.close()
    for one in sent:
        with pytest.raises(mqttka.ClientClosed):
            one.wait(PATIENCE)


def test_what_was_sent_in_a_lost_session(run: Run) -> None:
    async def scene(broker: Scripted, **options: Any) -> None:
        broker.acknowledges = False
        client = mqttka.Client("127.0.0.1", port=broker.port, **QUICK, **options)
        events = client.events()
        await client.connect()
        publish = asyncio.create_task(client.publish("a", qos=1))
        await asyncio.to_thread(broker.hear, PUBLISH)
        broker.reset()
        await hear(events, mqttka.Disconnected)
        connected = await hear(events, mqttka.Connected)
        if "lost_qos1" in options:
            assert connected.lost == 1
            with pytest.raises(mqttka.SessionLost):
                await publish
        else:
            assert connected.lost == 0
            broker.acknowledge(await asyncio.to_thread(broker.hear, PUBLISH))
            await publish
        client.close()

    with Scripted() as broker:
        run(scene(broker))
        run(scene(broker, lost_qos1="fail"))
        run(scene(broker, lost_qos1=mqttka.LostPublish.FAIL))

"""A client that was left may be entered again."""

from __future__ import annotations

import asyncio
import queue
import threading

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, free_port, unique_topic
from conftest import Run


def test_a_client_for_threads_is_entered_again(mosquitto: Mosquitto) -> None:
    topic = unique_topic()
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    came: queue.SimpleQueue[mqttka.Message] = queue.SimpleQueue()
    # An iterator can be asked once only.
    names = iter([("a", "b")])
    client = mqttka.sync.Client(
        "127.0.0.1", port=mosquitto.port, on_event=events.put, on_message=came.put, user_properties=names
    )
    earlier: list[mqttka.sync.Stream[mqttka.Event]] = []
    for _ in range(3):
        with client as entered:
            assert entered is client and client.status.state is mqttka.State.CONNECTED
            earlier.append(client.events())
            with client.subscription(topic, 1) as messages:
                client.publish(topic, "x", qos=1)
                assert messages.get(PATIENCE).text == "x"
                assert came.get(timeout=PATIENCE).text == "x"
        assert client.state is mqttka.State.CLOSED
        with pytest.raises(mqttka.ClientClosed):
            client.publish(topic)
        # What was opened before has ended.
        assert [type(event) for event in earlier[-1]] == [mqttka.Disconnected]
        kinds = [type(events.get(timeout=PATIENCE)) for _ in range(2)]
        assert kinds == [mqttka.Connected, mqttka.Disconnected]
    assert events.empty()


def test_a_client_for_asyncio_is_entered_again(mosquitto: Mosquitto, run: Run) -> None:
    topic = unique_topic()
    asked: list[int] = []

    async def provider(attempt_number: int, time_left: float) -> mqttka.Connection:
        asked.append(attempt_number)
        return mqttka.Connection()

    client = mqttka.Client("127.0.0.1", port=mosquitto.port, provider=provider)

    async def enter() -> None:
        async with client:
            async with client.subscription(topic, 1) as messages:
                await client.publish(topic, "x", qos=1)
                assert (await anext(messages)).text == "x"
        assert client.state is mqttka.State.CLOSED

    async def twice() -> None:
        await enter()
        await enter()

    # Also in another event loop.
    run(twice())
    run(enter())
    assert asked == [1, 1, 1]


def test_a_client_is_entered_again_after_a_failure(run: Run, mosquitto: Mosquitto) -> None:
    port = free_port()
    client = mqttka.Client("127.0.0.1", port=port, reconnect=False)

    async def enter() -> None:
        with pytest.raises(mqttka.ConnectError):
            async with client:
                pytest.fail("it is not entered")
        assert client.state is mqttka.State.CLOSED

    run(enter())
    run(enter())


def test_a_client_that_is_in_use_is_not_entered_again(mosquitto: Mosquitto, run: Run) -> None:
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        with pytest.raises(mqttka.AlreadyConnected):
            client.__enter__()
        assert client.state is mqttka.State.CONNECTED

    async def main() -> None:
        async with mqttka.Client("127.0.0.1", port=mosquitto.port) as client:
            with pytest.raises(mqttka.AlreadyConnected):
                await client.__aenter__()
            assert client.state is mqttka.State.CONNECTED

    run(main())


def test_one_call_of_a_callback_ends_before_the_next_client_s_begins(mosquitto: Mosquitto) -> None:
    order: queue.SimpleQueue[str] = queue.SimpleQueue()
    entered, release = threading.Event(), threading.Event()

    def on_event(event: mqttka.Event) -> None:
        order.put(f"{type(event).__name__} begins")
        if isinstance(event, mqttka.Disconnected) and not release.is_set():
            entered.set()
            release.wait(PATIENCE)
        order.put(f"{type(event).__name__} ends")

    client = mqttka.sync.Client("127.0.0.1", port=mosquitto.port, on_event=on_event)
    with client:
        pass
    assert entered.wait(PATIENCE)
    with client:
        release.set()
    heard = [order.get(timeout=PATIENCE) for _ in range(8)]
    once = ["Connected begins", "Connected ends", "Disconnected begins", "Disconnected ends"]
    assert heard == once * 2


def test_an_operation_is_waited_for_in_every_way(mosquitto: Mosquitto, run: Run) -> None:
    topic = unique_topic()

    async def main() -> None:
        client = mqttka.Client("127.0.0.1", port=mosquitto.port)
        connecting = client.connect_nowait()
        operations = [client.publish_nowait(topic, number, qos=1) for number in range(100)]
        assert (await connecting).keep_alive == 60
        outcomes = await asyncio.gather(*operations)
        assert {outcome.reason_code for outcome in outcomes} <= {0, mqttka.ReasonCode.NO_MATCHING_SUBSCRIBERS}
        assert all(operation.done() for operation in operations)
        # As often as one likes, and on other threads as well.
        assert (await operations[0]).packet_id == operations[0].wait().packet_id == outcomes[0].packet_id
        waits = [asyncio.to_thread(client.publish_nowait(topic, "x", qos=1).wait, PATIENCE) for _ in range(20)]
        await asyncio.gather(*waits)
        await client.disconnect()
        client.close()
        with pytest.raises(mqttka.ClientClosed):
            client.publish_nowait(topic)

    run(main())

    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        operation = client.publish_nowait(topic, "x", qos=1)
        results: queue.SimpleQueue[mqttka.Outcome] = queue.SimpleQueue()
        threads = [threading.Thread(target=lambda: results.put(operation.wait(PATIENCE))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({results.get(timeout=PATIENCE).packet_id for _ in threads}) == 1

        async def wait() -> None:
            await client.publish_nowait(topic, "x", qos=1)

        run(wait())


def test_giving_up_the_wait_is_not_giving_up_the_operation(run: Run) -> None:
    async def main() -> None:
        client = mqttka.Client("127.0.0.1", port=free_port(), wait_connected=False)
        async with client:
            operation = client.publish_nowait("a", qos=1)
            with pytest.raises(mqttka.WaitTimeout):
                await client.subscribe("a", timeout=0.01)
            waiting = asyncio.ensure_future(operation)
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert not operation.done()
            client.close()
            with pytest.raises(mqttka.ClientClosed):
                await operation

    run(main())


def test_an_event_loop_is_asked_for() -> None:
    client = mqttka.Client("127.0.0.1")
    for call in (client.events, client.messages, client.connect_nowait, lambda: client.subscription("a")):
        with pytest.raises(mqttka.WrongEventLoop, match="mqttka.sync.Client"):
            call()

    async def main() -> None:
        client.events()

    asyncio.run(main())
    with pytest.raises(mqttka.WrongEventLoop, match="another event loop"):
        asyncio.run(main())
    client.close()

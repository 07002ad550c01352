"""How loops over messages end: quietly where this program ended them, else with the cause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, free_port
from conftest import Run
from scripted import Scripted


def test_a_loop_over_messages_raises_when_the_connection_is_lost_for_good() -> None:
    with Scripted() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port, reconnect=False)
        client.connect()
        messages = client.messages()
        broker.publish("a", "1")
        came = []
        with pytest.raises(mqttka.ConnectionEnded) as error:
            for message in messages:
                came.append(message.text)
                broker.reset()
        assert came == ["1"] and error.value.cause in (
            mqttka.DisconnectCause.CLOSED_BY_SERVER,
            mqttka.DisconnectCause.TRANSPORT,
        )
        # It was told; now it waits for what comes later.
        with pytest.raises(mqttka.WaitTimeout):
            messages.get(0.01)
        client.connect()
        broker.publish("a", "2")
        assert messages.get(PATIENCE).text == "2"
        client.close()
        assert list(messages) == [] == list(messages)


def test_a_loop_of_asyncio_raises_as_well(run: Run) -> None:
    async def main(broker: Scripted) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port, reconnect=False)
        await client.connect()
        messages = client.messages("a")
        broker.publish("a", "1")
        came = []
        with pytest.raises(mqttka.ConnectionEnded):
            async for message in messages:
                came.append(message.text)
                broker.reset()
        await client.connect()
        broker.publish("a", "2")
        came.append((await anext(messages)).text)
        assert came == ["1", "2"]
        waiting = asyncio.ensure_future(_list(messages))
        client.close()
        assert await waiting == []

    with Scripted() as broker:
        run(main(broker))


async def _list(messages: mqttka.AsyncStream[mqttka.Message]) -> list[mqttka.Message]:
    return [message async for message in messages]


@pytest.mark.parametrize(
    "open",
    [lambda client: client.messages(), lambda client: client.messages("a/#")],
    ids=["all", "some"],
)
def test_a_loop_raises_when_the_client_stops(open: Callable[[mqttka.sync.Client], Any]) -> None:
    client = mqttka.sync.Client("127.0.0.1", port=free_port(), reconnect_max_attempts=1)
    messages = open(client)
    client.connect_nowait()
    with pytest.raises(mqttka.TransportFailed):
        next(messages)
    client.close()
    assert list(messages) == []


def test_a_loop_goes_on_when_this_program_disconnects() -> None:
    with Scripted() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port)
        messages = client.messages()
        for number in ("1", "2"):
            client.connect()
            broker.publish("a", number)
            assert messages.get(PATIENCE).text == number
            client.disconnect()
            with pytest.raises(mqttka.WaitTimeout):
                messages.get(0.01)
        client.close()


def test_what_nobody_heard_is_old_when_there_is_a_connection_again() -> None:
    with Scripted() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port, reconnect=False)
        events, messages = client.events(), client.messages()
        client.connect()
        broker.reset()
        while not isinstance(events.get(PATIENCE), mqttka.Disconnected):
            pass
        client.connect()
        broker.publish("a", "1")
        assert messages.get(PATIENCE).text == "1"
        with pytest.raises(mqttka.WaitTimeout):
            messages.get(0.01)
        client.close()


def test_a_subscription_ends_quietly_also_where_its_client_waited_to_try_again() -> None:
    client = mqttka.sync.Client("127.0.0.1", port=free_port(), reconnect_first_delay=3600, reconnect_max_delay=3600)
    events = client.events()
    client.connect_nowait()
    messages, _ = client._native.subscription([mqttka.Subscription("a")], None, False, False)
    while not isinstance(events.get(PATIENCE), mqttka.Reconnecting):
        pass
    client.disconnect()
    assert messages.wait(1, PATIENCE) == []
    client.close()

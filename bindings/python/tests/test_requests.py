"""Requests, their responses, and those that answer them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import Mosquitto, PATIENCE, unique_topic
from conftest import Run
from mqttka.testing import FakeBroker


@pytest.fixture
def other(mosquitto: Mosquitto) -> Iterator[mqttka.sync.Client]:
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        yield client


def test_a_coroutine_function_answers(mosquitto: Mosquitto, run: Run) -> None:
    topic = unique_topic()

    async def main() -> None:
        async def answer(request: mqttka.Message) -> str | None:
            return request.text.upper() if request.payload else None

        async with mqttka.Client("127.0.0.1", port=mosquitto.port) as client:
            async with await client.respond(topic, answer, qos=1) as responder:
                assert responder.outcome.reason_codes == [1]
                response = await client.request(topic, "hello", qos=1, timeout=PATIENCE)
                assert response.text == "HELLO" and response.qos == 1
                operation = client.request_nowait(topic, "again", timeout=PATIENCE)
                assert (await operation).text == "AGAIN"
                with pytest.raises(mqttka.PublishTimeout):
                    await client.request(topic, timeout=0.05)
            with pytest.raises(mqttka.OperationRefused) as refused:
                await client.request(topic, "hello", qos=1, timeout=PATIENCE)
            assert refused.value.reason_code is mqttka.ReasonCode.NO_MATCHING_SUBSCRIBERS

    run(main())


def test_a_function_answers_on_a_thread(mosquitto: Mosquitto, other: mqttka.sync.Client) -> None:
    topic = unique_topic()
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        with client.respond(topic, lambda request: len(request.payload)):
            assert other.request(topic, "four", timeout=PATIENCE).text == "4"
        with pytest.raises(mqttka.PublishTimeout):
            other.request(topic, "four", timeout=0.05)


def test_what_a_responder_raises_is_told(
    mosquitto: Mosquitto, other: mqttka.sync.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    topic = unique_topic()

    def answer(request: mqttka.Message) -> str:
        if not request.payload:
            raise ValueError("nothing is asked")
        return "yes"

    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client, client.respond(topic, answer):
        failing = other.request_nowait(topic, timeout=PATIENCE)
        assert other.request(topic, "?", timeout=PATIENCE).text == "yes"
        assert not failing.done()
    assert [str(it.exc_value) for it in told] == ["nothing is asked"]


def test_any_request_can_be_answered(mosquitto: Mosquitto, other: mqttka.sync.Client) -> None:
    topic = unique_topic()
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        with client.subscription(topic, qos=1) as messages:
            waiting = other.request_nowait(topic, "x", qos=1, timeout=PATIENCE)
            request = messages.get(PATIENCE)
            reply = request.reply("y")
            assert reply.topic == request.response_topic and reply.qos == 1
            assert reply.correlation_data == request.correlation_data
            client.publish_message(reply)
            assert waiting.wait(PATIENCE).text == "y"


def test_what_is_no_request_has_no_reply() -> None:
    with pytest.raises(mqttka.InvalidArgument, match="no response_topic"):
        mqttka.Message("a").reply("b")


def test_a_message_is_published_with_all_that_it_has(mosquitto: Mosquitto) -> None:
    topic = unique_topic()
    message = mqttka.Message(topic, "x", qos=1, content_type="text/plain", user_properties={"a": "b"})
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client:
        with client.subscription(topic, qos=1) as messages:
            client.publish_message(message)
            client.publish_message_nowait(message)
            assert messages.get(PATIENCE) == message == messages.get(PATIENCE)
        with pytest.raises(mqttka.InvalidType, match="message is of type str"):
            client.publish_message("a")  # type: ignore[arg-type]


def test_3_1_1_has_no_requests() -> None:
    with FakeBroker() as broker:
        options: dict[str, Any] = {"port": broker.port, "protocol_version": mqttka.Version.V311}
        with mqttka.sync.Client("127.0.0.1", **options) as client:
            with pytest.raises(mqttka.NotSupported) as refused:
                client.request("a")
            assert refused.value.code == 13
            with pytest.raises(mqttka.NotSupported):
                client.respond("a", lambda request: None)


def test_a_responder_must_be_callable(other: mqttka.sync.Client) -> None:
    with pytest.raises(mqttka.InvalidType, match="handler is of type int"):
        other.respond("a", 5)  # type: ignore[arg-type]

    async def answer(request: mqttka.Message) -> str:
        return ""

    with pytest.raises(mqttka.InvalidType, match="async"):
        other.respond("a", answer)  # type: ignore[arg-type]


def test_who_waits_no_more_holds_no_place(run: Run) -> None:
    async def main() -> None:
        with FakeBroker() as broker:
            async with mqttka.Client(broker.uri, outbound_queue_max_messages=5) as client:
                for _ in range(20):
                    waiting = asyncio.ensure_future(client.request("nobody", "answers"))
                    await broker.wait_for_publish("nobody", timeout=PATIENCE)
                    waiting.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await waiting
                operation = client.request_nowait("nobody", "answers")
                operation.cancel()
                with pytest.raises(mqttka.Cancelled):
                    await operation

    run(main())

"""The broker's own names and values come with whatever it says, and stand where its words stand."""

from __future__ import annotations

import pickle
import queue
from collections.abc import Callable, Iterator
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from mqttka import PacketType, ReasonCode
from mqttka.testing import FakeBroker
from mqttka.testing.fixtures import fake_broker  # noqa: F401
from scripted import Scripted

PAIRS = [("k", "v"), ("k", "w")]
PROPERTIES = b"".join(b"\x26\0\x01" + name.encode() + b"\0\x01" + value.encode() for name, value in PAIRS)
REFUSING = bytes([0x20, 3 + len(PROPERTIES), 0, ReasonCode.NOT_AUTHORIZED, len(PROPERTIES)]) + PROPERTIES

OPERATIONS: dict[str, Callable[[mqttka.sync.Client], mqttka.Outcome]] = {
    "PUBACK": lambda client: client.publish("a", qos=1),
    "PUBREC and PUBCOMP": lambda client: client.publish("a", qos=2),
    "SUBACK": lambda client: client.subscribe("a"),
    "UNSUBACK": lambda client: client.unsubscribe("a"),
}


@pytest.fixture
def broker() -> Iterator[Scripted]:
    with Scripted() as broker:
        yield broker


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_acknowledges_has_them(broker: Scripted, name: str) -> None:
    operation = OPERATIONS[name]
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        assert operation(client).user_properties == []
        broker.properties = PROPERTIES
        # PUBREC and PUBCOMP have them both.
        assert operation(client).user_properties == PAIRS * (1 + name.count(" and "))


def test_a_qos_2_publish_has_those_of_both_answers(fake_broker: FakeBroker, run: Run) -> None:  # noqa: F811
    fake_broker.set_properties(PacketType.PUBREC, reason_string="taken", user_properties=PAIRS)
    with mqttka.sync.Client(fake_broker.uri) as client:
        outcome = client.publish("a", qos=2)
        assert (outcome.user_properties, outcome.reason_string) == (PAIRS, "taken")
        fake_broker.set_properties(PacketType.PUBCOMP, user_properties=[("k", "last")])
        assert client.publish("a", qos=2).user_properties == [*PAIRS, ("k", "last")]

    async def main() -> None:
        async with mqttka.Client(fake_broker.uri) as client:
            assert (await client.publish("a", qos=2)).user_properties == [*PAIRS, ("k", "last")]
            fake_broker.set_properties(PacketType.PUBREC)
            assert (await client.publish("a", qos=2)).user_properties == [("k", "last")]

    run(main())


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_refuses_has_them(broker: Scripted, name: str) -> None:
    operation = OPERATIONS[name]
    broker.reason = ReasonCode.NOT_AUTHORIZED
    broker.granted = bytes([ReasonCode.NOT_AUTHORIZED])
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        for properties, told in ((b"", []), (PROPERTIES, PAIRS)):
            broker.properties = properties
            with pytest.raises(mqttka.OperationRefused) as refused:
                operation(client)
            assert refused.value.reason_code is ReasonCode.NOT_AUTHORIZED
            assert refused.value.user_properties == told
            assert pickle.loads(pickle.dumps(refused.value)).user_properties == told


def test_they_are_the_same_in_an_event_loop(broker: Scripted, run: Run) -> None:
    async def main() -> None:
        broker.properties = PROPERTIES
        async with mqttka.Client("127.0.0.1", port=broker.port) as client:
            assert (await client.publish("a", qos=1)).user_properties == PAIRS
            assert (await client.subscribe("a")).user_properties == PAIRS
            assert (await client.unsubscribe("a")).user_properties == PAIRS
            async with client.subscription("b") as messages:
                assert messages.outcome.user_properties == PAIRS
            broker.reason = ReasonCode.QUOTA_EXCEEDED
            with pytest.raises(mqttka.OperationRefused) as refused:
                await client.publish("a", qos=1)
            assert refused.value.user_properties == PAIRS

    run(main())


def heard(events: queue.SimpleQueue[mqttka.Event], kind: type[Any]) -> Any:
    while not isinstance(event := events.get(timeout=PATIENCE), kind):
        pass
    return event


@pytest.mark.parametrize("told", [[], PAIRS])
def test_disconnect_has_them(broker: Scripted, told: list[tuple[str, str]]) -> None:
    properties = PROPERTIES if told else b""
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    options: dict[str, Any] = {"port": broker.port, "reconnect": False, "on_event": events.put}
    with mqttka.sync.Client("127.0.0.1", **options):
        code = ReasonCode.SERVER_SHUTTING_DOWN
        broker.send(bytes([0xE0, 2 + len(properties), code, len(properties)]) + properties)
        ended: mqttka.Disconnected = heard(events, mqttka.Disconnected)
    assert ended.reason_code is code and ended.user_properties == told
    assert isinstance(hash(ended), int)


def test_an_end_of_another_cause_has_none(broker: Scripted) -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    options: dict[str, Any] = {"port": broker.port, "reconnect": False, "on_event": events.put}
    with mqttka.sync.Client("127.0.0.1", **options):
        broker.reset()
        assert heard(events, mqttka.Disconnected).user_properties == []


def test_connack_that_refuses_has_them(run: Run) -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    with Scripted(REFUSING) as broker:
        options: dict[str, Any] = {"port": broker.port, "reconnect": False, "on_event": events.put}
        with pytest.raises(mqttka.ConnectRefused) as refused:
            with mqttka.sync.Client("127.0.0.1", **options):
                pass
        assert refused.value.reason_code is ReasonCode.NOT_AUTHORIZED
        assert refused.value.user_properties == PAIRS
        failed: mqttka.ConnectFailed = heard(events, mqttka.ConnectFailed)
        assert failed.user_properties == PAIRS
        assert isinstance(failed.error, mqttka.ConnectRefused) and failed.error.user_properties == PAIRS

        async def main() -> None:
            client = mqttka.Client("127.0.0.1", port=broker.port, reconnect=False)
            with pytest.raises(mqttka.ConnectRefused) as refused:
                await client.connect()
            assert refused.value.user_properties == PAIRS
            client.close()

        run(main())


def test_an_attempt_that_fails_otherwise_has_none() -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    with Scripted(b"\x20\x03\x00\x87\x00") as broker:
        options: dict[str, Any] = {"port": broker.port, "reconnect": False, "on_event": events.put}
        with pytest.raises(mqttka.ConnectRefused) as refused:
            with mqttka.sync.Client("127.0.0.1", **options):
                pass
        assert refused.value.user_properties == heard(events, mqttka.ConnectFailed).user_properties == []
    made = mqttka.OperationRefused("of the application")
    assert made.user_properties == [] and made.user_properties is not mqttka.OperationRefused().user_properties

"""The fake broker that ships with the package, with the clients that users have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

import mqttka
import mqttka.sync
from broker import PATIENCE
from mqttka import QoS, ReasonCode, Version, _mqttka
from mqttka.testing import Acknowledging, FakeBroker, Missing, Seen, SeenKind
from mqttka.testing.fixtures import fake_broker  # noqa: F401


@pytest.fixture
def client(fake_broker: FakeBroker) -> Iterator[mqttka.sync.Client]:  # noqa: F811
    with mqttka.sync.Client(fake_broker.uri, client_id="a", keep_alive=1) as client:
        yield client


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_messages_go_both_ways(fake_broker: FakeBroker, version: Version) -> None:  # noqa: F811
    with mqttka.sync.Client(fake_broker.uri, client_id="a", protocol_version=version) as client:
        assert fake_broker.clients == ["a"]
        with client.subscription("t/#", qos=2) as messages:
            fake_broker.expect(SeenKind.SUBSCRIBED, "t/#")
            for qos in QoS:
                client.publish("t/1", "hello", qos=qos, retain=True)
                message = fake_broker.expect_publish("t/+")
                assert (message.topic, message.text, message.qos) == ("t/1", "hello", qos)
                assert next(messages).qos == qos
            kept = fake_broker.retained("t/1")
            assert kept is not None and kept.text == "hello" and fake_broker.retained("t/2") is None
            fake_broker.publish("t/2", "from another", qos=1, content_type="text/plain")
            message = next(messages)
            assert message.text == "from another"
            assert message.content_type == ("text/plain" if version is Version.V5 else None)
    gone = fake_broker.expect(SeenKind.DISCONNECTED)
    assert gone.client_id == "a" and str(gone).startswith("disconnected: connection 1, client 'a'")


def test_the_internet_goes_and_comes_back(fake_broker: FakeBroker, client: mqttka.sync.Client) -> None:  # noqa: F811
    with client.events() as events:
        fake_broker.go_silent()
        fake_broker.forget_seen()
        for event in events:
            if isinstance(event, mqttka.Disconnected):
                break
        assert fake_broker.expect(SeenKind.LOST, timeout=PATIENCE).client_id == "a"
        fake_broker.come_back()
        fake_broker.expect(SeenKind.CONNECTED, timeout=PATIENCE)


def test_what_it_refuses_is_an_error(fake_broker: FakeBroker) -> None:  # noqa: F811
    fake_broker.refuse_connections(ReasonCode.BANNED, times=1)
    with pytest.raises(mqttka.ConnectRefused) as refused, mqttka.sync.Client(fake_broker.uri, reconnect=False):
        pass
    assert refused.value.reason_code is ReasonCode.BANNED
    assert fake_broker.expect(SeenKind.REFUSED).reason_code is ReasonCode.BANNED
    with mqttka.sync.Client(fake_broker.uri) as client:
        fake_broker.refuse_publishes(ReasonCode.QUOTA_EXCEEDED)
        with pytest.raises(mqttka.OperationRefused):
            client.publish("t", "x", qos=1)
        fake_broker.refuse_publishes(None)
        client.publish("t", "x", qos=1)
        fake_broker.refuse_subscriptions()
        with pytest.raises(mqttka.OperationRefused):
            client.subscribe("t")
        fake_broker.refuse_subscriptions(None)
        client.subscribe("t")


def test_acknowledgements_are_held(fake_broker: FakeBroker, client: mqttka.sync.Client) -> None:  # noqa: F811
    fake_broker.acknowledge(Acknowledging.HELD)
    operation = client.publish_nowait("t", "x", qos=1)
    fake_broker.expect_publish("t")
    assert not operation.done()
    fake_broker.acknowledge(Acknowledging.AT_ONCE)
    operation.wait(PATIENCE)


def test_connections_end_as_it_is_told(fake_broker: FakeBroker) -> None:  # noqa: F811
    client = mqttka.sync.Client(fake_broker.uri, reconnect=False, client_id="a")

    def cause() -> mqttka.Disconnected:
        for event in events:
            if isinstance(event, mqttka.Disconnected):
                return event
        raise AssertionError

    with client.events() as events:
        client.connect()
        fake_broker.disconnect(ReasonCode.SERVER_MOVED, "a", reason_string="elsewhere")
        assert cause().reason_code is ReasonCode.SERVER_MOVED
        ends: list[tuple[Callable[[], None], mqttka.DisconnectCause]] = [
            (fake_broker.close, mqttka.DisconnectCause.CLOSED_BY_SERVER),
            (fake_broker.half_close, mqttka.DisconnectCause.CLOSED_BY_SERVER),
            (fake_broker.reset, mqttka.DisconnectCause.TRANSPORT),
            (lambda: fake_broker.send_bytes(b"\0\0"), mqttka.DisconnectCause.PROTOCOL),
        ]
        for end, expected in ends:
            client.connect()
            end()
            assert cause().cause is expected
    client.close()


def test_what_it_announces_is_held_to(fake_broker: FakeBroker) -> None:  # noqa: F811
    fake_broker.announce_number("server_keep_alive", 7)
    with mqttka.sync.Client(fake_broker.uri) as client:
        assert client.status.keep_alive == 7
    for wrong in ("maximum_qos", 2), ("server_keep_alive", -1), ("colour", 1):
        with pytest.raises(mqttka.InvalidArgument):
            fake_broker.announce_number(*wrong)


def test_a_coroutine_waits(fake_broker: FakeBroker) -> None:  # noqa: F811
    async def main() -> None:
        async with mqttka.Client(fake_broker.uri) as client:
            sending = asyncio.create_task(client.publish("t", "x"))
            assert (await fake_broker.wait_for_publish("t")).text == "x"
            await sending
        assert isinstance(await fake_broker.wait_for(SeenKind.DISCONNECTED), Seen)

    asyncio.run(asyncio.wait_for(main(), PATIENCE))


def test_what_is_missing_is_told(fake_broker: FakeBroker, client: mqttka.sync.Client) -> None:  # noqa: F811
    with pytest.raises(Missing, match=r"'published' of t.*\n  connected: connection 1, client 'a'"):
        fake_broker.expect_publish("t", timeout=0)
    assert fake_broker.take_any() is not None
    with pytest.raises(mqttka.NotConnected, match="'b'"):
        fake_broker.reset("b")
    with pytest.raises(mqttka.InvalidArgument):
        fake_broker.refuse_connections(ReasonCode.SUCCESS)
    fake_broker.stop()
    fake_broker.stop()
    with pytest.raises(mqttka.ClientClosed):
        fake_broker.go_silent()
    with pytest.raises(Missing):
        fake_broker.expect(SeenKind.PINGED, "x", timeout=4 * PATIENCE)


def test_names_and_numbers_are_those_of_every_language() -> None:
    native = _mqttka.FakeBroker.vocabulary()
    assert [(kind.name, kind.value) for kind in SeenKind] == native["SeenKind"]
    assert [it.value for it in Acknowledging] == native["Acknowledging"]

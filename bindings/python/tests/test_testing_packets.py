"""The fake broker: what lies below MQTT, what packets of MQTT 5.0 bear, and who proves what."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

import mqttka
import mqttka.sync
from broker import PATIENCE
from conftest import Run
from mqttka import PacketType, QoS, ReasonCode, Transport
from mqttka.testing import FakeBroker, Missing, Properties, SeenKind, _vocabulary

PAIRS = [("k", "v"), ("k", "w")]


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as broker:
        yield broker


SCHEMES: dict[Any, str] = {
    Transport.TCP: "mqtt",
    Transport.TLS: "mqtts",
    Transport.WEB_SOCKET: "ws",
    Transport.WEB_SOCKET_TLS: "wss",
    "web_socket_tls": "wss",
}


@pytest.mark.parametrize("transport", SCHEMES)
def test_it_speaks_every_transport(transport: Any) -> None:
    assert {*Transport} - {*SCHEMES} == {Transport.UNIX}
    with FakeBroker(transport=transport) as broker:
        scheme = broker.uri.partition(":")[0]
        assert scheme == SCHEMES[transport] and (broker.authority is not None) is (scheme in ("mqtts", "wss"))
        with mqttka.sync.Client(broker.uri, tls_ca=broker.authority) as client:
            client.publish("t", "x", qos=2)
            assert broker.expect_publish("t").text == "x"


def test_tls_is_trusted_where_its_authority_is() -> None:
    with FakeBroker(transport="tls") as broker, FakeBroker(transport="tls") as other:
        client = mqttka.sync.Client(broker.uri, tls_ca=other.authority, reconnect=False)
        with pytest.raises(mqttka.ConnectError) as failed:
            client.connect()
        assert failed.value.stage is mqttka.Stage.TLS
        client.close()
    with pytest.raises(mqttka.InvalidArgument, match="transport is unix; it must be one of tcp, tls, "):
        FakeBroker(transport="unix")  # type: ignore[arg-type]


def test_a_port_is_free_again(broker: FakeBroker) -> None:
    assert not broker.is_stopped
    broker.stop()
    assert broker.is_stopped
    with FakeBroker(broker.port) as again:
        assert again.uri == broker.uri
        with pytest.raises(mqttka.StartupFailed):
            FakeBroker(broker.port)


def test_what_clients_send_is_seen_with_its_properties(broker: FakeBroker) -> None:
    def seen(kind: SeenKind) -> Properties:
        return broker.expect(kind).properties

    options: dict[str, Any] = {"session_expiry_interval": 60, "receive_maximum": 7, "manual_acknowledgement": True}
    with mqttka.sync.Client(broker.uri, user_properties=PAIRS, **options) as client:
        connect = seen(SeenKind.CONNECTED)
        assert (connect.session_expiry_interval, connect.receive_maximum) == (60, 7)
        assert connect.user_properties == PAIRS and connect.content_type is None
        client.publish("t", "x", content_type="text/plain", correlation_data=b"\0", payload_format_indicator=1)
        assert seen(SeenKind.PUBLISHED) == Properties(
            content_type="text/plain", correlation_data=b"\0", payload_format_indicator=1
        )
        messages = client.messages("t")
        client.subscribe("t", qos=1, subscription_identifier=5, user_properties=PAIRS)
        assert seen(SeenKind.SUBSCRIBED) == Properties(subscription_identifier=5, user_properties=PAIRS)
        broker.publish("t", "y", qos=1)
        next(messages).refuse(ReasonCode.QUOTA_EXCEEDED, reason_string="full", user_properties=PAIRS)
        refused = broker.expect(SeenKind.ACKNOWLEDGED)
        assert refused.reason_code is ReasonCode.QUOTA_EXCEEDED
        assert refused.properties == Properties(reason_string="full", user_properties=PAIRS)
        client.unsubscribe("t", user_properties=PAIRS)
        assert seen(SeenKind.UNSUBSCRIBED).user_properties == PAIRS
        client.disconnect(session_expiry_interval=9)
        gone = broker.expect(SeenKind.DISCONNECTED)
    assert gone.properties == Properties(session_expiry_interval=9) and hash(gone) == hash(gone)
    assert repr(gone.properties) == "Properties(session_expiry_interval=9)"
    assert repr(Properties(authentication_data=b"secret", user_properties=PAIRS)) == (
        "Properties(authentication_data=<6 bytes>, user_properties=<2 of them>)"
    )


def test_what_is_announced_is_negotiated(broker: FakeBroker) -> None:
    broker.announce(receive_maximum=3, maximum_qos=1, retain_available=False, user_properties={"a": "b"})
    broker.announce(server_keep_alive=9, receive_maximum=2, user_properties=[("a", "c")], reason_string=None)
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    with mqttka.sync.Client(broker.uri, on_event=events.put) as client:
        connected = events.get(timeout=PATIENCE)
        assert isinstance(connected, mqttka.Connected)
        assert connected.user_properties == [("a", "b"), ("a", "c")]
        agreed = client.negotiated
        assert agreed is not None
        assert (agreed.receive_maximum, agreed.maximum_qos, agreed.retain_available) == (2, QoS.AT_LEAST_ONCE, False)
        assert agreed.keep_alive == 9
        with pytest.raises(mqttka.NotSupportedByServer):
            client.publish("t", "x", qos=2)


@pytest.mark.parametrize("name", get_args(_vocabulary.Announced))
def test_each_number_can_be_announced(broker: FakeBroker, name: _vocabulary.Announced) -> None:
    broker.announce_number(name, 1)
    with pytest.raises(mqttka.InvalidArgument, match=f"{name} is 4294967296; it must be . to "):
        broker.announce_number(name, 1 << 32)


def test_a_wrong_property_is_named(broker: FakeBroker) -> None:
    wrong: dict[str, Any] = {
        "receive_maximum is 0; it must be 1 to 65535": {"receive_maximum": 0},
        "maximum_qos is of type str; it must be an int": {"maximum_qos": "1"},
        "authentication_data has 65536 bytes; it must have 65535 at most": {"authentication_data": b"x" * 65_536},
        "reason_string": {"reason_string": "\0"},
        "user_properties": {"user_properties": {"\0": ""}},
        'did you mean "reason_string"': {"reason_strin": "x"},
        "Topic Alias": {"topic_alias": 1},
    }
    for text, properties in wrong.items():
        with pytest.raises(mqttka.MqttkaError, match=text):
            broker.announce(**properties)
    with pytest.raises(mqttka.InvalidArgument, match="PUBLISH"):
        broker.set_properties(PacketType.PUBLISH, reason_string="x")
    with pytest.raises(mqttka.InvalidArgument, match="packet_type is 16; it must be a PacketType"):
        broker.set_properties(16, reason_string="x")  # type: ignore[arg-type]
    with pytest.raises(mqttka.InvalidArgument):
        broker.set_properties(PacketType.PUBACK, receive_maximum=1)
    # Nothing of all that is said.
    with mqttka.sync.Client(broker.uri) as client:
        assert client.publish("t", qos=1).reason_string is None


OPERATIONS: dict[PacketType, Callable[[mqttka.sync.Client], mqttka.Outcome]] = {
    PacketType.PUBACK: lambda client: client.publish("t", qos=1),
    PacketType.PUBCOMP: lambda client: client.publish("t", qos=2),
    PacketType.SUBACK: lambda client: client.subscribe("t"),
    PacketType.UNSUBACK: lambda client: client.unsubscribe("t"),
}


@pytest.mark.parametrize("packet_type", OPERATIONS)
def test_packets_have_the_properties_that_are_set(broker: FakeBroker, packet_type: PacketType) -> None:
    operation = OPERATIONS[packet_type]
    with mqttka.sync.Client(broker.uri) as client:
        for words, pairs in (("words", PAIRS), (None, [])):
            broker.set_properties(packet_type, reason_string=words, user_properties=pairs)
            outcome = operation(client)
            assert (outcome.reason_string, outcome.user_properties) == (words, pairs)


def test_messages_have_topic_aliases(broker: FakeBroker) -> None:
    packets: queue.SimpleQueue[mqttka.TappedPacket] = queue.SimpleQueue()
    broker.use_topic_aliases(True)
    with mqttka.sync.Client(broker.uri, packet_tap=packets.put) as client, client.subscription("t") as messages:
        for _ in range(2):
            broker.publish("t", "x")
            assert next(messages).topic == "t"
        broker.use_topic_aliases(False)
        broker.publish("t", "x")
        assert next(messages).topic == "t"
        sizes: list[int] = []
        while len(sizes) < 3:
            packet = packets.get(timeout=PATIENCE)
            if (packet.direction, packet.packet_type) == ("received", PacketType.PUBLISH):
                sizes.append(packet.size)
    # Its three bytes come with the topic, then without, and the topic alone.
    assert [size - sizes[2] for size in sizes] == [3, 2, 0]


def test_a_message_comes_once_for_each_subscription(broker: FakeBroker) -> None:
    with mqttka.sync.Client(broker.uri) as client:
        first, second = client.messages("a/+"), client.messages("+/b")
        for filter in ("a/+", "+/b"):  # within one SUBSCRIBE nobody can tell copies apart
            client.subscribe(filter, qos=1)
        for copies in (False, True):
            broker.send_copies(copies)
            before = client.counters().packets_received[PacketType.PUBLISH]
            broker.publish("a/b", "x")
            assert next(first).text == next(second).text == "x"
            broker.publish("a/c", "the last")
            assert next(first).text == "the last"
            assert client.counters().packets_received[PacketType.PUBLISH] - before == (3 if copies else 2)


def test_a_message_that_was_made_is_published(broker: FakeBroker) -> None:
    with mqttka.sync.Client(broker.uri) as client:
        client.subscribe("t")
        messages = client.messages("t")
        broker.publish_message(mqttka.Message("t", "x", qos=1, retain=True, content_type="text/plain"))
        assert next(messages).content_type == "text/plain"
        kept = broker.retained("t")
        assert kept is not None and kept.text == "x"
        with pytest.raises(mqttka.InvalidType, match=r"message is of type str; it must be a mqttka\.Message"):
            broker.publish_message("t")  # type: ignore[arg-type]
        with pytest.raises(mqttka.InvalidArgument, match="SubscriptionIdentifier"):
            broker.publish_message(mqttka.Message("t", subscription_identifiers=[1]))

    async def main() -> None:
        async with mqttka.Client(broker.uri) as client:
            asking = asyncio.ensure_future(client.request("requests", "what?"))
            request = await broker.wait_for_publish("requests")
            broker.publish_message(request.reply("that"))
            assert (await asking).text == "that"

    asyncio.run(asyncio.wait_for(main(), PATIENCE))


class Steps(mqttka.Authenticator):
    method = "STEPS"

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes | None]] = []

    def authenticate(self, step: mqttka.AuthenticationStep) -> bytes | None:
        self.told.append((step.kind, step.data))
        return None if step.kind == "finish" else step.kind.encode()


def test_clients_go_through_a_script(broker: FakeBroker) -> None:
    calls: list[Callable[[str], None]] = [broker.challenge, broker.finish_authentication]
    for call in calls:
        with pytest.raises(mqttka.InvalidArgument, match="authenticate"):
            call("x")
    broker.authenticate("STEPS")
    broker.challenge(b"more")
    broker.finish_authentication("last")
    with pytest.raises(mqttka.InvalidArgument, match="data: 65536 bytes"):
        broker.challenge(b"x" * 65_536)
    steps = Steps()
    with mqttka.sync.Client(broker.uri, authenticator=steps) as client:
        expected = [("start", None), ("continue", b"more"), ("finish", b"last")]
        assert steps.told == expected
        for code, data in ((None, b"start"), (ReasonCode.CONTINUE_AUTHENTICATION, b"continue")):
            seen = broker.expect(SeenKind.AUTHENTICATING)
            assert (seen.reason_code, seen.properties.authentication_data) == (code, data)
            assert seen.properties.authentication_method == "STEPS"
        broker.finish_authentication(None)
        client.reauthenticate()
        assert steps.told == [*expected, *expected[:2], ("finish", None)]
        assert broker.expect(SeenKind.AUTHENTICATING).reason_code is ReasonCode.RE_AUTHENTICATE


def refusal(broker: FakeBroker, **options: Any) -> ReasonCode | int | None:
    """What a client is refused with."""
    client = mqttka.sync.Client(broker.uri, reconnect=False, **options)
    with pytest.raises(mqttka.ConnectRefused) as refused:
        client.connect()
    client.close()
    return refused.value.reason_code


def test_who_does_not_authenticate_is_refused(broker: FakeBroker) -> None:
    broker.authenticate("OTHER")
    assert refusal(broker) is ReasonCode.NOT_AUTHORIZED
    assert refusal(broker, authenticator=Steps()) is ReasonCode.BAD_AUTHENTICATION_METHOD
    broker.authenticate(None)
    with mqttka.sync.Client(broker.uri):
        pass
    broker.authenticate("STEPS")
    broker.refuse_authentications(ReasonCode.BANNED)
    assert refusal(broker, authenticator=Steps()) is ReasonCode.BANNED
    broker.refuse_authentications(None)
    with mqttka.sync.Client(broker.uri, reconnect=False, authenticator=Steps()) as client:
        broker.refuse_authentications()
        with pytest.raises(mqttka.MqttkaError):
            client.reauthenticate()
        assert broker.expect(SeenKind.REFUSED).client_id == ""


def test_a_password_is_proved(broker: FakeBroker) -> None:
    broker.authenticate_scram("pump-1", "pencil")
    with mqttka.sync.Client(broker.uri, authenticator=mqttka.ScramSha256("pump-1", "pencil")) as client:
        client.reauthenticate()
    broker.forget_seen()
    wrong = mqttka.ScramSha256("pump-1", "pen")
    assert refusal(broker, authenticator=wrong, client_id="pump-1") is ReasonCode.NOT_AUTHORIZED
    seen = broker.expect(SeenKind.REFUSED)
    assert seen.reason_code is ReasonCode.NOT_AUTHORIZED and "password" in seen.detail
    with pytest.raises(mqttka.InvalidType, match="password is of type int; it must be a str"):
        broker.authenticate_scram("pump-1", 5)  # type: ignore[arg-type]


def test_a_coroutine_that_is_cancelled_takes_nothing(broker: FakeBroker, run: Run) -> None:
    async def main() -> None:
        waiting = [asyncio.ensure_future(broker.wait_for_publish("t")) for _ in range(3)]
        await asyncio.sleep(0)
        async with mqttka.Client(broker.uri) as client:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await client.publish("t", "x")
            assert (await broker.wait_for_publish("t")).text == "x"
        with pytest.raises(Missing):
            await broker.wait_for(SeenKind.PINGED, timeout=0)
        with pytest.raises(mqttka.InvalidArgument, match="timeout"):
            await broker.wait_for(SeenKind.PINGED, timeout=-1)
        ending = asyncio.ensure_future(broker.wait_for(SeenKind.PINGED, timeout=4 * PATIENCE))
        await asyncio.sleep(0)
        broker.stop()
        with pytest.raises(Missing):
            await ending

    run(main())

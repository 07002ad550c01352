"""Messages as values: made, compared, copied, pickled, printed; topics; and what a payload may be."""

from __future__ import annotations

import array
import copy
import dataclasses
import pickle
import sys
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, unique_topic
from mqttka import Message, Topic
from mqttka._printing import Named

FULL: dict[str, Any] = {
    "qos": mqttka.QoS.EXACTLY_ONCE,
    "retain": True,
    "dup": True,
    "connection_number": 7,
    "content_type": "text/plain",
    "response_topic": "answers",
    "correlation_data": b"\x01",
    "message_expiry_interval": 9,
    "payload_format_indicator": 1,
    "subscription_identifiers": [3, 4],
    "user_properties": [("a", "b"), ("a", "c")],
}


def test_a_message_is_what_it_is_made_of() -> None:
    message = Message("a/b", "text", **FULL)
    assert (message.topic, message.payload, message.text) == ("a/b", b"text", "text")
    assert {name: getattr(message, name) for name in FULL} == FULL
    assert isinstance(message.qos, mqttka.QoS) and isinstance(message.topic, Topic)
    bare = Message("a")
    assert (bare.payload, bare.qos, bare.retain, bare.user_properties) == (b"", 0, False, [])
    match message:
        case Message(topic, payload):
            assert (topic, payload) == ("a/b", b"text")
        case _:
            pytest.fail("no match")


def test_what_is_published_alike_is_equal() -> None:
    message = Message("a", b"x", **FULL)
    again = Message("a", b"x", **{**FULL, "dup": False, "connection_number": 0})
    assert message == again and hash(message) == hash(again) and len({message, again}) == 1
    others = {"topic": "b", "payload": b"y", "qos": 0, "retain": False, "content_type": "x", "user_properties": []}
    for name, value in others.items():
        arguments = {"topic": "a", "payload": b"x", **FULL, name: value}
        assert message != Message(**arguments), name
    assert message != "a" and (message == object()) is False


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_message_is_pickled_and_copied(protocol: int) -> None:
    message = Message("a/b", bytes(range(256)), **FULL)
    for made in (pickle.loads(pickle.dumps(message, protocol)), copy.copy(message), copy.deepcopy(message)):
        assert made == message and repr(made) == repr(message)
        assert {name: getattr(made, name) for name in FULL} == FULL
    topic = pickle.loads(pickle.dumps(message.topic, protocol))
    assert topic == "a/b" and isinstance(topic, Topic)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace")
def test_a_message_is_replaced_in_part() -> None:
    message = Message("a", b"x", **FULL)
    changed = copy.replace(message, payload="y")  # type: ignore[attr-defined, unused-ignore]
    assert changed == Message("a", b"y", **FULL)


def test_a_wrong_message_is_refused() -> None:
    for kind, arguments in (
        (mqttka.InvalidTopic, {"topic": "a/#"}),
        (mqttka.InvalidType, {"topic": 5}),
        (mqttka.InvalidType, {"topic": "a", "payload": object()}),
        (mqttka.InvalidArgument, {"topic": "a", "qos": 3}),
        (mqttka.InvalidType, {"topic": "a", "retain": "yes"}),
        (mqttka.InvalidType, {"topic": "a", "dup": "no"}),
        (mqttka.InvalidArgument, {"topic": "a", "connection_number": -1}),
        (mqttka.InvalidType, {"topic": "a", "subscription_identifiers": 5}),
        (mqttka.InvalidArgument, {"topic": "a", "subscription_identifiers": [0]}),
        (mqttka.UnknownOption, {"topic": "a", "content_typ": "x"}),
    ):
        with pytest.raises(kind):
            Message(**arguments)
    with pytest.raises(mqttka.UnknownOption, match='did you mean "content_type"?'):
        Message("a", content_typ="x")  # type: ignore[call-arg]
    with pytest.raises(mqttka.InvalidText, match="byte 1 of 2"):
        Message("a", b"a\xff").text
    with pytest.raises(AttributeError):
        Message("a").payload = b""  # type: ignore[misc]


def test_print_has_bounds() -> None:
    long = "s" * 1000
    for printed in (
        repr(Message("a", long)),
        repr(mqttka.Will("a", long, correlation_data=long)),
        repr(mqttka.Will("a", long.encode())),
        repr(mqttka.Connection("user", long, f"mqtt://a:{long}@b", {"Authorization": long}, (long, long))),
    ):
        assert printed.count("s") < 100, printed
    assert repr(Message("a", long)).startswith("Message(topic='a', payload=b'ssss")
    assert "1000 bytes" in repr(Message("a", long))
    assert repr(Message("a", b"x", qos=1)) == "Message(topic='a', payload=b'x', qos=1, retain=False)"


TOPICS = {
    ("a/+/#", "a/b"): True,
    ("a/+", "a/b/c"): False,
    ("#", "a"): True,
    ("#", "$SYS/uptime"): False,
    ("+/uptime", "$SYS/uptime"): False,
    ("$SYS/#", "$SYS/uptime"): True,
    ("$share/group/a/#", "a"): True,
}


@pytest.mark.parametrize(("filter", "topic"), TOPICS)
def test_topics_match(filter: str, topic: str) -> None:
    wanted = TOPICS[filter, topic]
    assert mqttka.topic_matches(filter, topic) is wanted
    assert Topic(topic).matches(filter) is wanted
    assert Message(topic).matches(filter) is Message(topic).topic.matches(filter) is wanted


def test_what_is_no_filter_or_topic_is_named() -> None:
    for filter, topic, text in (("a#", "a", "filter: "), ("a", "a/+", "topic: "), ("", "a", "filter: ")):
        with pytest.raises(mqttka.InvalidTopic, match=text):
            mqttka.topic_matches(filter, topic)
        with pytest.raises(mqttka.InvalidTopic, match=text):
            Topic(topic).matches(filter)
    with pytest.raises(mqttka.InvalidType, match="filter is of type int; it must be a str"):
        Topic("a").matches(5)  # type: ignore[arg-type]


class Number(Named):
    """Prints a name, not digits."""

    FIVE = 5


PAYLOADS: list[tuple[Any, bytes]] = [
    (b"\0x", b"\0x"),
    (bytearray(b"x"), b"x"),
    (memoryview(b"abcd")[::2], b"ac"),
    (array.array("H", [1, 2]), array.array("H", [1, 2]).tobytes()),
    ("\N{SNOWMAN}", "\N{SNOWMAN}".encode()),
    ("", b""),
    (0, b"0"),
    (-(10**30), b"-1" + b"0" * 30),
    (1.5, b"1.5"),
    (float("inf"), b"inf"),
    (Number.FIVE, b"5"),
    (None, b""),
]


@pytest.mark.parametrize(("given", "sent"), PAYLOADS, ids=[type(given).__name__ + str(len(sent)) for given, sent in PAYLOADS])
def test_a_payload_is_any_of_these(given: Any, sent: bytes) -> None:
    assert Message("a", given).payload == sent


def test_all_payloads_arrive(mosquitto: Mosquitto) -> None:
    topic = unique_topic()
    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port) as client, client.subscription(topic, 1) as messages:
        for given, sent in PAYLOADS:
            client.publish(topic, given, qos=1)
            assert messages.get(PATIENCE) == Message(topic, sent, qos=1)


@pytest.mark.parametrize("wrong", [True, object(), [1], {"a": 1}, 1j])
def test_a_payload_is_nothing_else(wrong: Any) -> None:
    kind = type(wrong).__name__
    client = mqttka.sync.Client("127.0.0.1")
    for call in (client.publish, client.publish_nowait, Message):
        with pytest.raises(mqttka.InvalidType, match=f"payload is of type {kind}; it must be a str"):
            call("a", wrong)
    with pytest.raises(mqttka.InvalidType, match="will.payload is of type"):
        mqttka.Client("a", will=mqttka.Will("a", wrong))
    client.close()


def test_numpy_s_arrays_are_buffers_and_its_numbers_are_asked_back() -> None:
    numpy = pytest.importorskip("numpy")
    numbers = numpy.arange(4, dtype="uint8")
    assert Message("a", numbers[::2]).payload == b"\0\2"
    assert Message("a", numpy.float64(1.5)).payload == b"1.5"
    for scalar in (numpy.int64(5), numpy.float32(1.5)):
        with pytest.raises(mqttka.InvalidType, match=r"int\(\), float\(\) or bytes\(\)"):
            Message("a", scalar)


def test_a_will_is_compared_by_its_fields() -> None:
    assert mqttka.Will("a", 5) == dataclasses.replace(mqttka.Will("a", 4), payload=5)

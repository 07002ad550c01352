"""What is announced, tolerated and limited, and what was negotiated."""

from __future__ import annotations

import time
from typing import Any

import mqttka
import mqttka.sync
import pytest
from mqttka import Fault, RateLimit
from scripted import CONNECT, PUBLISH, Scripted

# Session Expiry Interval 9, Topic Alias Maximum 5, no wildcards, no identifiers, no shared ones,
# a server reference, a reason.
PROPERTIES = b"\x11\0\0\0\x09\x22\0\x05\x28\0\x29\0\x2a\0\x1c\0\x01s\x1f\0\x01r"
CONNACK = bytes([0x20, 3 + len(PROPERTIES), 0, 0, len(PROPERTIES)]) + PROPERTIES


def test_what_was_negotiated() -> None:
    with Scripted(CONNACK) as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port)
        assert client.negotiated is None
        with client:
            known = client.negotiated
            assert known is not None
            assert known.session_expiry_interval == 9 and known.topic_alias_maximum == 5
            assert known.server_reference == "s" and known.reason_string == "r"
            assert known.authentication_method is None
            assert not known.wildcard_subscription_available
            assert not known.subscription_identifiers_available
            assert not known.shared_subscription_available
            with pytest.raises(mqttka.NotSupportedByServer):
                client.subscribe("a/#")
        assert client.negotiated is None


def test_topic_aliases_are_announced_and_used() -> None:
    with Scripted(CONNACK) as broker:
        with mqttka.sync.Client("127.0.0.1", port=broker.port, topic_alias_maximum=7) as client:
            assert b"\x22\0\x07" in broker.hear(CONNECT).body
            client.publish("topic", qos=1)
            client.publish("topic", qos=1)
            assert [broker.hear(PUBLISH).topic for _ in range(2)] == ["topic", ""]
        with mqttka.sync.Client("127.0.0.1", port=broker.port, outbound_topic_alias_maximum=0) as client:
            client.publish("topic", qos=1)
            client.publish("topic", qos=1)
            assert [broker.hear(PUBLISH).topic for _ in range(2)] == ["topic", "topic"]


def test_faults_are_tolerated_by_name() -> None:
    connack = b"\x20\x03\x01\x00\x00"  # a session, although a clean start was asked for
    with Scripted(connack) as broker:
        with pytest.raises(mqttka.ProtocolViolated, match="session_present_on_clean_start"):
            with mqttka.sync.Client("127.0.0.1", port=broker.port):
                pass
        for tolerate in ({Fault.SESSION_PRESENT_ON_CLEAN_START}, ["session_present_on_clean_start"]):
            options: dict[str, Any] = {"port": broker.port, "tolerate": tolerate}
            with mqttka.sync.Client("127.0.0.1", **options) as client:
                assert client.counters().faults_tolerated["session_present_on_clean_start"] == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"tolerate": "unasked_property"}, "tolerate is of type str; it must be a set of Fault"),
        ({"tolerate": ["x"]}, "tolerate is x; it must be one of session_present_on_clean_start, "),
        ({"tolerate": [99]}, "tolerate is 99; it must be one of "),
        ({"topic_alias_maximum": 65_536}, "topic_alias_maximum is 65536; it must be 0 to 65535"),
        ({"outbound_topic_alias_maximum": -1}, "outbound_topic_alias_maximum is -1; it must be 0 to"),
        ({"rate_limit": 5}, "rate_limit is of type int; it must be a mqttka.RateLimit"),
        ({"rate_limit": RateLimit()}, "rate_limit is 0 messages and 0 bytes per second"),
        ({"rate_limit": RateLimit(-1)}, "rate_limit_messages_per_second is -1; it must be 0 to"),
        ({"rate_limit": RateLimit(1, burst=1e9)}, "rate_limit_burst is 1000000000.0; it must be 0 to"),
        ({"packet_tap": 5}, "packet_tap is of type int; it must be callable"),
        ({"manual_acknowledgement": 5}, "manual_acknowledgement is of type int; it must be a bool"),
        ({"authenticator": 5}, "authenticator is of type int; it must be a mqttka.ScramSha256"),
        ({"trace_context": 5}, "trace_context is of type int; it must be a bool"),
    ],
)
def test_what_an_option_cannot_be(options: dict[str, Any], text: str) -> None:
    with pytest.raises((mqttka.InvalidArgument, mqttka.InvalidType)) as refused:
        mqttka.sync.Client("127.0.0.1", **options)
    assert text in str(refused.value)


def test_a_rate_limit_takes_its_time_and_keeps_the_order() -> None:
    with Scripted() as broker:
        limit = RateLimit(messages_per_second=200, burst=0.0)
        with mqttka.sync.Client("127.0.0.1", port=broker.port, rate_limit=limit) as client:
            start = time.monotonic()
            operations = [client.publish_nowait("a", number) for number in range(20)]
            for operation in operations:
                operation.wait()
            # A slow machine makes it longer.
            assert time.monotonic() - start > 0.08
            payloads = [broker.hear(PUBLISH).body[4:] for _ in range(20)]
            assert payloads == [str(number).encode() for number in range(20)]

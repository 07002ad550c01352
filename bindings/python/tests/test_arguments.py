"""What is wrong with an option or an argument is said with its name, its value and what it must be."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any

import mqttka
import mqttka.sync
import pytest
from mqttka import _options

CLIENTS: list[Any] = [mqttka.Client, mqttka.sync.Client]

U16, U32 = 65_535, 4_294_967_295

NUMBERS = {
    "port": (1, U16),
    "keep_alive": (0, U16),
    "session_expiry_interval": (0, U32),
    "receive_maximum": (1, U16),
    "max_inflight": (1, U16),
    "maximum_packet_size": (16, 268_435_460),
    "topic_alias_maximum": (0, U16),
    "outbound_topic_alias_maximum": (0, U16),
    "outbound_queue_max_messages": (1, U32),
    "outbound_queue_max_bytes": (1, U32),
    "inbound_queue_max_bytes": (1, U32),
    "max_redirects": (0, 100),
    "poison_after": (0, 1000),
    "reconnect_max_attempts": (1, U32),
    "protocol_version": (4, 5),
}

TIMES = {
    "connect_timeout": (0.001, 86_400),
    "dead_peer_timeout": (1.5, 86_400),
    "unclaimed_timeout": (0, 86_400),
    "reconnect_first_delay": (0.01, 86_400),
    "reconnect_max_delay": (0.01, 86_400),
    "reconnect_max_time": (0.001, 31_536_000),
    "reconnect_reset_after": (0, 86_400),
}
OPTIONAL = [
    "max_inflight",
    "maximum_packet_size",
    "connect_timeout",
    "dead_peer_timeout",
    "port",
    "reconnect_max_attempts",
    "reconnect_max_time",
    "reconnect_reset_after",
]

FLAGS = [
    "adaptive_ping",
    "clean_start",
    "clean_start_on_backlog",
    "fallback_to_v311",
    "make_before_break",
    "manual_acknowledgement",
    "multipath_tcp",
    "network_monitor",
    "reconnect",
    "request_response_information",
    "request_problem_information",
    "tls_danger_accept_any_certificate",
    "tls_key_log",
    "tls_resumption",
    "trace_context",
]

TEXTS = ["client_id", "user_name", "interface", "path", "proxy", "tls_server_name", "uri"]

PEMS = ["tls_ca", "tls_certificate", "tls_private_key"]

LISTS = ["servers", "tls_alpn", "tls_pins"]

HOOKS = ["socket_hook", "tls_verifier", "packet_tap"]

ENUMS: dict[str, type[IntEnum]] = {
    "transport": mqttka.Transport,
    "queue_policy": mqttka.QueuePolicy,
    "lost_qos1": mqttka.LostPublish,
    "lost_qos2": mqttka.LostPublish,
}

OTHERS = [
    *PEMS,
    *(f"{pem}_file" for pem in PEMS),
    *LISTS,
    *HOOKS,
    *ENUMS,
    "authenticator",
    "local_address",
    "password",
    "provider",
    "rate_limit",
    "reconnect_factor",
    "reconnect_retry_on",
    "tls_private_key_password",
    "tolerate",
    "user_properties",
    "web_socket_headers",
    "will",
]


def refused(options: dict[str, object], kind: type[Exception]) -> str:
    """What is said, by both clients alike."""
    texts = set()
    for client in CLIENTS:
        host = [] if "uri" in options else ["127.0.0.1"]
        with pytest.raises(kind) as error:
            client(*host, **options)
        assert isinstance(error.value, mqttka.MqttkaError)
        texts.add(str(error.value))
    (text,) = texts
    return text


def accepted(**options: object) -> None:
    mqttka.sync.Client("127.0.0.1", **options).close()  # type: ignore[arg-type]


def test_these_are_all_options() -> None:
    listed = [*NUMBERS, *TIMES, *FLAGS, *TEXTS, *OTHERS]
    assert sorted(listed) == sorted(_options.Options.__annotations__)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_its_bounds(name: str) -> None:
    least, most = NUMBERS[name]
    for value in (least - 1, most + 1, -(10**30), 10**50):
        text = refused({name: value}, mqttka.InvalidArgument)
        assert f"{name} is {value}; it must be {least} to {most}" in text
    for value in (least, most):
        accepted(**{name: value})
    with pytest.raises(ValueError):
        mqttka.Client("127.0.0.1", **{name: most + 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TIMES)
def test_a_time_has_its_bounds(name: str) -> None:
    least, most = TIMES[name]
    for value in (least / 2 or -1, most * 2, -1, float("nan"), float("inf"), 1e300):
        text = refused({name: value}, mqttka.InvalidArgument)
        assert f"{name} is {value}; it must be {least} to {most} seconds" in text
    for each in (least, most, *([None] if name in OPTIONAL else [])):
        accepted(**{name: each})
    assert f"{name} is of type str; it must be a number" in refused({name: "5"}, TypeError)


def test_bounds_are_documented() -> None:
    text = " ".join((_options.Options.__doc__ or "").split())
    for name, (least, most) in {**NUMBERS, **TIMES}.items():
        documented = text.split(f" {name}: ")[1][:400]
        if name == "protocol_version":
            assert "Version.V311 or Version.V5" in documented
        else:
            assert f"{least:,} to {most:,}" in documented, name


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_its_type(name: str) -> None:
    for wrong in ("1883", 60.5, None):
        if wrong is None and name in OPTIONAL:
            continue
        kind = type(wrong).__name__
        text = refused({name: wrong}, TypeError)
        assert text == f"{name} is of type {kind}; it must be an int"


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_has_its_type(name: str) -> None:
    assert refused({name: "no"}, TypeError) == f"{name} is of type str; it must be a bool"


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_has_its_type(name: str) -> None:
    assert refused({name: b"x"}, TypeError) == f"{name} is of type bytes; it must be a str"
    for wrong in ("\0", "x" * 65_536, "\ud800"):
        assert refused({name: wrong}, mqttka.InvalidText).startswith(f"{name}: ")


def test_others_have_their_types() -> None:
    assert refused({"password": 5}, TypeError) == (
        "password is of type int; it must be a str, bytes or a buffer"
    )
    for wrong in (5, ["a"], [("a", "b", "c")]):
        text = refused({"user_properties": wrong}, TypeError)
        assert re.fullmatch("user_properties is of type .*; it must be a mapping or pairs of str", text)
    assert refused({"user_properties": {"a": 5}}, TypeError) == (
        "user_properties is of type int; it must be a str"
    )
    assert refused({"will": "gone"}, TypeError) == "will is of type str; it must be a mqttka.Will"
    assert refused({"xyz": 5}, mqttka.UnknownOption) == 'there is no option "xyz"'
    for client in CLIENTS:
        host: Any = 5
        with pytest.raises(TypeError, match="host is of type int; it must be a str"):
            client(host)


@pytest.mark.parametrize("name", PEMS)
def test_a_pem_is_text_or_a_file(name: str, tmp_path: Path) -> None:
    text = refused({name: 5}, TypeError)
    assert text == f"{name} is of type int; it must be a str, bytes or a buffer"
    text = refused({f"{name}_file": 5}, TypeError)
    assert text == f"{name}_file is of type int; it must be a path"
    text = refused({name: b"x", f"{name}_file": tmp_path}, mqttka.InvalidArgument)
    assert f"{name} and {name}_file are both given" in text
    accepted(**{name: None, f"{name}_file": None})


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_no_text(name: str) -> None:
    for wrong in ("mqtt", 5):
        text = refused({name: wrong}, TypeError)
        assert text.startswith(f"{name} is of type {type(wrong).__name__}; it must be a list of ")
    assert refused({name: [5]}, TypeError) == f"{name} is of type int; it must be a str"
    accepted(**{name: []})


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_a_plain_function(name: str) -> None:
    async def awaited(*_: object) -> bool:
        return True

    assert refused({name: 5}, TypeError) == f"{name} is of type int; it must be callable"
    assert f"{name} is an async function" in refused({name: awaited}, TypeError)
    accepted(**{name: None})
    accepted(**{name: print})


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_names_and_numbers(name: str) -> None:
    members = ENUMS[name]
    # A Unix socket has a path.
    path = {"path": "/run/broker.sock"} if name == "transport" else {}
    for member in members:
        accepted(**{name: member}, **path)
        accepted(**{name: member.name.lower()}, **path)
    wanted = "one of " + ", ".join(member.name.lower() for member in members)
    for wrong in (-1, len(members) + 1, 10**12, "", next(iter(members)).name):
        text = refused({name: wrong}, mqttka.InvalidArgument)
        assert f"{name} is {wrong}; it must be {wanted}" in text
    text = refused({name: 1.5}, mqttka.InvalidType)
    assert text == f"{name} is of type float; it must be {wanted}"


def test_a_client_may_try_again_on_ends_of_these_classes() -> None:
    name = "reconnect_retry_on"
    classes = [it for it in mqttka.StopReason if it < mqttka.StopReason.MAX_ATTEMPTS]
    accepted(**{name: set(classes)})
    accepted(**{name: {it.name.lower() for it in classes}})
    accepted(**{name: iter([mqttka.StopReason.BANNED, "moved"])})
    wanted = "one of " + ", ".join(it.name.lower() for it in classes)
    for wrong in (mqttka.StopReason.MAX_ATTEMPTS, "client_closed", 0, "BANNED"):
        text = refused({name: [wrong]}, mqttka.InvalidArgument)
        assert f"; it must be {wanted}" in text and text.split("is ", 1)[1].startswith(str(wrong))
    for no_set in ("banned", 1):
        text = refused({name: no_set}, TypeError)
        kind = type(no_set).__name__
        assert text == f"{name} is of type {kind}; it must be a set of StopReason or their names"


def test_reconnection_has_its_bounds_also_where_it_is_off() -> None:
    name = "reconnect_factor"
    for reconnect in (True, False):
        for wrong in (0.99, 100.1, -1, float("nan"), float("inf")):
            options: dict[str, object] = {"reconnect": reconnect, name: wrong}
            text = refused(options, mqttka.InvalidArgument)
            assert f"{name} is {wrong}; it must be 1 to 100" in text
        assert refused({name: "2", "reconnect": reconnect}, TypeError) == (
            f"{name} is of type str; it must be a number"
        )
        accepted(reconnect=reconnect, reconnect_factor=1, reconnect_max_delay=5)
        accepted(reconnect_factor=100, reconnect=reconnect)
    text = refused({"reconnect_first": 1}, TypeError)
    assert text == 'there is no option "reconnect_first"; did you mean "reconnect_first_delay"?'


def test_a_provider_is_a_function_of_either_kind() -> None:
    async def awaited(number: int, left: float) -> mqttka.Connection:
        return mqttka.Connection()

    def plain(number: int, left: float) -> mqttka.Connection:
        return mqttka.Connection()

    class Callable:
        async def __call__(self, number: int, left: float) -> mqttka.Connection:
            return mqttka.Connection()

    assert refused({"provider": 5}, TypeError) == "provider is of type int; it must be callable"
    for client in CLIENTS:
        client("127.0.0.1", provider=plain).close()
        client("127.0.0.1", provider=None).close()
    for one in (awaited, Callable()):
        mqttka.Client("127.0.0.1", provider=one).close()
        with pytest.raises(TypeError, match="provider is an async function.* use mqttka.Client"):
            mqttka.sync.Client("127.0.0.1", provider=one)


def test_the_network_s_options_have_their_types() -> None:
    text = refused({"local_address": "localhost"}, mqttka.InvalidArgument)
    assert "local_address is localhost; it must be an IP address" in text
    assert "must be a str" in refused({"local_address": 5}, TypeError)
    accepted(local_address="::1")
    accepted(local_address=ipaddress.ip_address("192.0.2.7"))
    assert "proxy" in refused({"proxy": "ftp://proxy.example"}, mqttka.InvalidArgument)
    assert "secret" not in refused({"proxy": "http://a:secret@b:x"}, mqttka.InvalidArgument)
    assert "web_socket_headers" in refused({"web_socket_headers": ["a"]}, TypeError)
    accepted(web_socket_headers={"Authorization": "Bearer x"}, proxy="system", interface="lo")
    accepted(tls_private_key_password=b"x", tls_alpn=("mqtt",), transport=mqttka.Transport.TLS)


def test_a_uri_stands_for_its_parts() -> None:
    for client in CLIENTS:
        for made in (
            client("mqtts://user:secret@broker.example:8884"),
            client(uri="wss://user:secret@broker.example/mqtt?x=y"),
            client("mqtt://broker.example", port=1884, user_name="other", servers=["ws://b.example"]),
            client(**dict(mqttka.option_defaults(), uri="mqtt://broker.example")),
        ):
            assert "broker.example" in repr(made) and "secret" not in repr(made)
            made.close()
        with pytest.raises(TypeError, match="host and uri are both given"):
            client("broker.example", uri="mqtt://broker.example")
        with pytest.raises(TypeError, match="host is missing"):
            client()
        with pytest.raises(mqttka.InvalidArgument, match='the scheme "http"'):
            client("http://broker.example")
    assert "port" in refused({"uri": "mqtt://a:secret@b:x"}, mqttka.InvalidArgument)
    assert "secret" not in refused({"uri": "mqtt://a:secret@b:x"}, mqttka.InvalidArgument)
    assert "user name" in refused({"servers": ["mqtt://a@b"]}, mqttka.InvalidArgument)


@pytest.mark.parametrize("name", ["tls_ca", "tls_ca_file", "ssl", "tls_context"])
def test_an_ssl_context_is_refused_with_what_to_do_instead(name: str) -> None:
    text = refused({name: ssl.create_default_context()}, TypeError)
    assert text.startswith(f"{name}: an ssl.SSLContext cannot be used")
    assert "tls_ca_file" in text and "tls_certificate_file" in text


def test_a_password_is_not_shown() -> None:
    assert "secret" not in refused({"password": "secret\ud800"}, mqttka.InvalidText)
    assert "secret" not in refused({"password": "secret" * 20_000}, mqttka.InvalidArgument)


def test_a_will_names_its_field() -> None:
    wrong: dict[str, Any] = {"topic": "a", "qos": 3}
    text = refused({"will": mqttka.Will(**wrong)}, mqttka.InvalidArgument)
    assert "will.qos is 3; it must be 0 to 2" in text
    text = refused({"will": mqttka.Will("a/#")}, mqttka.InvalidTopic)
    assert text.startswith("will.topic: ")
    text = refused({"will": mqttka.Will("a", will_delay_interval=-1)}, mqttka.InvalidArgument)
    assert "will.will_delay_interval is -1; it must be 0 to 4294967295" in text


CALLS: dict[str, tuple[type[Exception], Callable[[Any], object]]] = {
    "topic is of type int": (TypeError, lambda it: it.publish(5)),
    "payload is of type object": (TypeError, lambda it: it.publish("a", object())),
    "filters is of type int": (TypeError, lambda it: it.subscribe(5)),
    "filters is of type bytes": (TypeError, lambda it: it.subscription(b"a")),
    "filters is of type NoneType": (TypeError, lambda it: it.unsubscribe(None)),
    "level is of type str; it must be an int": (
        TypeError,
        lambda it: mqttka.enable_logging("debug"),  # type: ignore[arg-type]
    ),
    "timeout is of type list": (TypeError, lambda it: it.connect([])),
    "timeout is nan; it must be 0 or more": (ValueError, lambda it: it.connect(float("nan"))),
    "qos is 3; it must be 0 to 2": (ValueError, lambda it: it.publish("a", qos=3)),
    "qos is -1; it must be 0 to 2": (ValueError, lambda it: it.subscribe("a", -1)),
    "qos is of type str": (TypeError, lambda it: it.subscribe("a", "1")),
    "retain is of type int": (TypeError, lambda it: it.publish("a", retain=5)),
    "a filter is of type int": (TypeError, lambda it: it.subscribe([5])),
    "filter: invalid topic": (mqttka.InvalidTopic, lambda it: it.messages("a/#/b")),
    "topic: invalid topic": (mqttka.InvalidTopic, lambda it: it.publish("a/#")),
    "response_topic: invalid topic": (
        mqttka.InvalidTopic,
        lambda it: it.publish("a", response_topic="a/#"),
    ),
    "content_type: invalid string": (
        mqttka.InvalidText,
        lambda it: it.publish("a", content_type="\0"),
    ),
    "message_expiry_interval is 4294967296; it must be 0 to 4294967295": (
        ValueError,
        lambda it: it.publish("a", message_expiry_interval=2**32),
    ),
    "payload_format_indicator is 2; it must be 0 to 1": (
        ValueError,
        lambda it: it.publish("a", payload_format_indicator=2),
    ),
    "subscription_identifier is 0; it must be 1 to 268435455": (
        ValueError,
        lambda it: it.subscribe("a", subscription_identifier=0),
    ),
    "retain_handling is 3; it must be 0 to 2": (
        ValueError,
        lambda it: it.subscribe(mqttka.Subscription("a", retain_handling=3)),
    ),
    "reason_code is 300; it must be 0 to 255": (ValueError, lambda it: it.disconnect(300)),
    "reason_code is 3; it must be a ReasonCode": (ValueError, lambda it: it.disconnect(3)),
    "change is 4; it must be 1 to 3": (ValueError, lambda it: it.network_changed(4)),
    "metered is of type str; it must be a bool": (
        TypeError,
        lambda it: it.network_changed(2, metered="no"),
    ),
    "id is of type int; it must be a str": (TypeError, lambda it: it.network_changed(2, id=5)),
    "timeout is 0; it must be 0.001 to 31536000 seconds": (
        ValueError,
        lambda it: it.publish("a", timeout=0),
    ),
    "timeout is 0; it must be 0.001 to 86400 seconds": (ValueError, lambda it: it.probe_now(0)),
    "timeout is -1; it must be 0 or more": (ValueError, lambda it: it.events().get(-1)),
    "timeout is of type str": (TypeError, lambda it: it.events().get("1")),
}


@pytest.mark.parametrize("text", CALLS)
def test_a_call_names_its_argument(text: str) -> None:
    kind, call = CALLS[text]
    client = mqttka.sync.Client("127.0.0.1")
    with pytest.raises(kind, match=re.escape(text)) as error:
        call(client)
    assert isinstance(error.value, (mqttka.InvalidType, mqttka.InvalidArgument))
    client.close()

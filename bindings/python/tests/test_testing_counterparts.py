"""Whatever the fake broker can do in Rust it can do in Python, by the same names."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import mqttka
import pytest
from mqttka import _mqttka
from mqttka.testing import FakeBroker, Properties, Seen, SentProperties

SOURCE = Path(__file__).parents[3] / "mqttka/testing/src"

# What Python says otherwise, by a method and in an argument: ways to make one, and keywords in place of values that
# need a class in Rust.
METHODS = {
    "start": "__init__",
    "start_on": "__init__",
    "start_with": "__init__",
    "announce_all": "announce",
    "poll_expect": "wait_for",
}
ARGUMENTS = {
    ("announce", "property"): "properties",
    ("publish", "message"): "payload",
    ("poll_expect", "cx"): "timeout",
}


def methods(rust: str) -> dict[str, list[str]]:
    """The public methods of `FakeBroker`, and their parameters."""
    found = {}
    for block in re.findall(r"^impl FakeBroker \{\n(.*?)^\}", rust, re.MULTILINE | re.DOTALL):
        for name, parameters in re.findall(r"^    pub fn (\w+)(?:<[^>]*>)?\(([^)]*)\)", block, re.MULTILINE):
            found[name] = re.findall(r"(\w+): ", parameters)
    return found


def test_methods_are_found() -> None:
    rust = "impl FakeBroker {\n    pub fn a(&self, b: u8,\n        c: &str) {\n    }\n    fn d() {}\n}\nimpl X {\n    pub fn e() {}\n}\n"
    assert methods(rust) == {"a": ["b", "c"]}


RUST = {
    name: parameters
    for file in (SOURCE / "loopback.rs", *SOURCE.glob("loopback/*.rs"))
    for name, parameters in methods(file.read_text()).items()
}
assert len(RUST) > 40, RUST


@pytest.mark.parametrize("name", RUST)
def test_each_method_of_rust_is_one_of_python(name: str) -> None:
    found = inspect.getattr_static(FakeBroker, METHODS.get(name, name))
    if isinstance(found, property):
        assert RUST[name] == [] and found.__doc__
        return
    assert found.__doc__ or name in METHODS
    parameters = inspect.signature(found).parameters
    for parameter in RUST[name]:
        assert ARGUMENTS.get((name, parameter), parameter) in parameters, (name, parameter)


def test_what_was_seen_has_each_field_that_rust_has() -> None:
    struct = re.search(r"^pub struct Seen \{\n(.*?)^\}", (SOURCE / "seen.rs").read_text(), re.MULTILINE | re.DOTALL)
    assert struct is not None
    names = re.findall(r"^    pub (\w+): ", struct[1], re.MULTILINE)
    assert len(names) > 7 and set(names) == {one.name for one in fields(Seen)} - {"_text"}


def test_each_property_of_mqtt_has_its_name() -> None:
    names = _mqttka.FakeBroker.vocabulary()["Properties"]
    assert names == [one.name for one in fields(Properties)]
    sent = SentProperties.__annotations__
    # What clients alone send, and what messages have.
    others = {
        "request_problem_information",
        "request_response_information",
        "will_delay_interval",
        "payload_format_indicator",
        "message_expiry_interval",
        "content_type",
        "response_topic",
        "correlation_data",
        "subscription_identifier",
        "topic_alias",
    }
    assert set(names) == set(sent) | others and not set(sent) & others


# Of the arguments without a default, one that is right.
RIGHT: dict[str, Any] = {
    "acknowledging": 0,
    "answer": True,
    "bytes": b"",
    "data": b"",
    "kind": 1,
    "message": mqttka.Message("t"),
    "method": None,
    "packet_type": mqttka.PacketType.PUBACK,
    "password": "p",
    "property": "receive_maximum",
    "send_them": True,
    "topic": "t",
    "use_them": True,
    "user": "u",
    "value": 1,
}


def arguments() -> Iterator[tuple[str, str]]:
    """Each method with each of its arguments, a keyword for each property that it takes."""
    for name, method in inspect.getmembers(FakeBroker, inspect.isfunction):
        for parameter in inspect.signature(method).parameters.values():
            if name.startswith("_") and name != "__init__" or parameter.name == "self":
                continue
            if parameter.kind is not parameter.VAR_KEYWORD:
                yield name, parameter.name
                continue
            message = name == "publish"
            yield from ((name, one) for one in (mqttka.PublishProperties if message else SentProperties).__annotations__)


@pytest.mark.parametrize(("name", "argument"), [*arguments()])
def test_an_argument_of_a_wrong_type_is_named(name: str, argument: str) -> None:
    parameters = inspect.signature(getattr(FakeBroker, name)).parameters.values()
    needed = [it for it in parameters if it.default is it.empty and it.name in RIGHT and it.name != argument]
    given = {it.name: RIGHT[it.name] for it in needed if it.kind is not it.POSITIONAL_ONLY}
    first = [RIGHT[it.name] for it in needed if it.kind is it.POSITIONAL_ONLY]
    if argument == "packet_type":
        first = [object()]
    else:
        given[argument] = object()

    async def call(broker: FakeBroker) -> None:
        called = getattr(broker, name)(*first, **given)
        if inspect.isawaitable(called):
            await called

    # The value of a property is called as that is.
    named = RIGHT["property"] if (name, argument) == ("announce_number", "value") else argument
    with FakeBroker() as broker, pytest.raises((TypeError, ValueError), match=named) as refused:
        if name == "__init__":
            FakeBroker(*first, **given)
        asyncio.run(call(broker))
    assert isinstance(refused.value, mqttka.MqttkaError)

"""Names: those that nothing has are answered with what was meant; enums print theirs."""

from __future__ import annotations

import inspect
import json
import pickle
import pydoc
import re
from typing import Any

import mqttka
import mqttka.sync
import pytest
from mqttka import _options, _suggest
from mqttka._printing import Named

CLIENTS: list[Any] = [mqttka.Client, mqttka.sync.Client]
ENUMS = [it for it in vars(mqttka).values() if isinstance(it, type) and issubclass(it, Named)]
OPTIONS = list(_options.Options.__annotations__)

MEANT = {
    "username": "user_name",
    "keepalive": "keep_alive",
    "hostname": "host",
    "identifier": "client_id",
    "clientid": "client_id",
    "clean_session": "clean_start",
    "tls_context": "tls_ca_file",
    "tls_params": "tls_ca_file",
    "will_message": "will=mqttka.Will(...)",
    "protocol": "protocol_version",
    "websocket_path": "path",
    "Keep_Alive": "keep_alive",
    "pasword": "password",
    "usrename": "user_name",
    "keep_alive_interval": "keep_alive",
}


@pytest.mark.parametrize("name", MEANT)
@pytest.mark.parametrize("client", CLIENTS)
def test_an_option_of_another_library_is_answered(client: Any, name: str) -> None:
    for host in ([], ["127.0.0.1"]):
        with pytest.raises(mqttka.UnknownOption) as error:
            client(*host, **{name: "x"})
        assert isinstance(error.value, TypeError)
        text = str(error.value)
        assert text.startswith(f'there is no option "{name}"; did you mean ') and MEANT[name] in text


def test_every_hint_names_something_that_is_there() -> None:
    """In quotes an option, in backticks what mqttka has."""
    clients = {name for client in CLIENTS for name in dir(client)}
    given = set(inspect.signature(mqttka.sync.Client).parameters)
    for table in (_suggest._OPTIONS, _suggest._ATTRIBUTES, _suggest._ARGUMENTS):
        for name, hint in table.items():
            for quoted in re.findall(r'"(\w+)"|`(\w+)`', hint):
                assert set(quoted) & (given | {"timeout", "payload", "retain"} | PROPERTIES), (name, hint)
            for called in re.findall(r"(?<!\.)\b(\w+)\(\)", hint):
                assert called in clients, (name, hint)
            for of_package in re.findall(r"mqttka\.(\w+)", hint):
                assert hasattr(mqttka, of_package), (name, hint)
    # What is there needs no hint.
    assert not set(_suggest._OPTIONS) & set(OPTIONS) and not set(_suggest._ATTRIBUTES) & clients


PROPERTIES = {"content_type", "response_topic", "user_properties", "message_expiry_interval"}


@pytest.mark.parametrize("client", CLIENTS)
def test_an_attribute_of_another_library_is_answered(client: Any) -> None:
    one = client("127.0.0.1")
    for name in _suggest._ATTRIBUTES:
        with pytest.raises(mqttka.UnknownAttribute, match=f'has no attribute "{name}"; '):
            getattr(one, name)
        assert not hasattr(one, name)
        with pytest.raises(mqttka.UnknownAttribute, match=f'has no attribute "{name}"; '):
            setattr(one, name, print)
    with pytest.raises(AttributeError, match='did you mean "publish"?'):
        one.pubish
    with pytest.raises(AttributeError, match='has no attribute "xyzxyz"$'):
        one.xyzxyz
    one.my_own = 5  # as in any class of Python
    assert one.my_own == 5
    one.close()


def test_an_argument_of_a_call_is_answered() -> None:
    client = mqttka.sync.Client("127.0.0.1")
    calls: dict[str, Any] = {
        "did you mean \"qos\"": lambda: client.publish("a", qoss=1),  # type: ignore[call-arg]
        "did you mean \"retain\"": lambda: client.publish_nowait("a", retian=True),  # type: ignore[call-arg]
        "of their own": lambda: client.publish("a", properties={}),  # type: ignore[call-arg]
        "mqttka.Subscription(": lambda: client.subscribe("a", no_local=True),  # type: ignore[call-arg]
        "did you mean \"user_properties\"": lambda: client.subscribe("a", user_property={}),  # type: ignore[call-arg]
    }
    for text, call in calls.items():
        with pytest.raises(mqttka.UnknownOption, match=re.escape(text)):
            call()
    client.close()


@pytest.mark.parametrize("enum", ENUMS)
def test_enums_print_their_names(enum: type[Named]) -> None:
    for member in enum:
        assert str(member) == f"{member}" == format(member, "") == member.name
        assert repr(member) == f"{enum.__name__}.{member.name}"
        assert f"{member:d}" == str(int(member)) == "%d" % member == json.dumps(member)
        assert f"{member:>60}" == member.name.rjust(60)
        assert pickle.loads(pickle.dumps(member)) is member
    assert enum.__module__ == "mqttka" and enum.__doc__


@pytest.mark.parametrize("client", CLIENTS)
def test_each_option_is_documented(client: Any) -> None:
    """With its bounds and its default, in help() and in the signature."""
    shown = inspect.signature(client).parameters
    defaults = mqttka.option_defaults()
    helped = re.sub(r"\s+\|?\s*", " ", pydoc.plain(pydoc.render_doc(client)))
    options = helped[helped.index("Keyword Arguments:") :]
    for name in OPTIONS:
        assert shown[name].kind is inspect.Parameter.KEYWORD_ONLY
        default = shown[name].default
        assert default == defaults[name] or str(default).lower() == defaults[name], name
        documented = re.split(rf" (?:{'|'.join(OPTIONS)}): ", options.split(f" {name}: ")[1])[0]
        assert "default" in documented, (name, documented)
    assert "K: 0 to 65,535 seconds, 60 by default" in options


def test_all_that_is_public_is_documented_and_says_where_it_is() -> None:
    for name in mqttka.__all__:
        one = getattr(mqttka, name)
        if isinstance(one, type):
            assert one.__doc__ and not one.__doc__.startswith(f"{name}("), name
            assert one.__module__ == "mqttka", name
        for method, value in vars(one).items() if isinstance(one, type) else ():
            if not method.startswith("_") and callable(value):
                assert value.__doc__, (name, method)
    for name in mqttka.sync.__all__:
        assert getattr(mqttka.sync, name).__module__ == "mqttka.sync"


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    names = [[it for it in dir(client) if not it.startswith("_")] for client in CLIENTS]
    assert names[0] == names[1]
    for name in names[0]:
        if not callable(getattr(mqttka.Client, name)):
            continue
        looped, blocking = (list(inspect.signature(getattr(it, name)).parameters.values()) for it in CLIENTS)
        assert [(it.name, it.kind, it.default) for it in looped] == [(it.name, it.kind, it.default) for it in blocking], name

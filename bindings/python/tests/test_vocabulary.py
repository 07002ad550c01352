"""Names and numbers: those of the core, all of them."""

from __future__ import annotations

import mqttka
from mqttka._printing import Named
from mqttka import _errors, _mqttka, _options, _vocabulary

CORE = _mqttka.vocabulary()


def test_each_option_has_its_name_and_the_core_s_default() -> None:
    defaults = mqttka.option_defaults()
    assert set(defaults) == set(_options.Options.__annotations__)
    assert defaults["keep_alive"] == 60
    client = mqttka.sync.Client("127.0.0.1", **defaults)  # type: ignore[arg-type]
    client.close()


def test_each_error_has_its_exception() -> None:
    calls = {number for _, number in CORE["errors"]}
    assert calls == set(_errors._CALL) | set(_errors._OPERATION)
    assert {number for _, number in CORE["connect_errors"]} == set(_errors._CONNECT)


def test_the_enums_are_the_core_s() -> None:
    enums = {
        name: [(member.name, member.value) for member in value]
        for name, value in vars(_vocabulary).items()
        if isinstance(value, type) and issubclass(value, Named) and value is not Named
    }
    tables = {name: table for name, table in CORE.items() if name in enums}
    assert enums == tables
    assert set(CORE) - set(enums) == {"errors", "connect_errors"}


def test_everything_is_exported() -> None:
    assert all(hasattr(mqttka, name) for name in mqttka.__all__)
    exceptions = {
        name
        for name, value in vars(_errors).items()
        if isinstance(value, type) and issubclass(value, mqttka.MqttkaError)
    }
    assert exceptions <= set(mqttka.__all__)
    assert {name for name in CORE if name[0].isupper()} <= set(mqttka.__all__)

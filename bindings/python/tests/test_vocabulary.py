"""Names and numbers: those of the core, all of them."""

from __future__ import annotations

import mqttka
from mqttka import _errors, _mqttka, _requests


def test_each_option_has_its_name_and_the_core_s_default() -> None:
    defaults = mqttka.option_defaults()
    assert set(defaults) == set(_requests.Options.__annotations__)
    assert defaults["keep_alive"] == 60
    client = mqttka.sync.Client("127.0.0.1", **defaults)  # type: ignore[arg-type]
    client.close()


def test_each_error_has_its_exception() -> None:
    calls = {number for _, number in _mqttka.error_codes()}
    assert calls == set(_errors._CALL) | set(_errors._OPERATION)
    assert {number for _, number in _mqttka.connect_error_codes()} == set(_errors._CONNECT)


def test_enums_are_whole() -> None:
    assert mqttka.ReasonCode.NOT_AUTHORIZED.value == 0x87
    assert len(mqttka.ReasonCode) == 43
    assert mqttka.DisconnectCause.KEEP_ALIVE_TIMEOUT.value == 1
    assert len(mqttka.DisconnectCause) == 11
    assert [one.name for one in mqttka.Stage] == ["DNS", "TCP", "TLS", "WEB_SOCKET", "MQTT"]


def test_everything_is_exported() -> None:
    assert all(hasattr(mqttka, name) for name in mqttka.__all__)
    exceptions = {
        name
        for name, value in vars(_errors).items()
        if isinstance(value, type) and issubclass(value, mqttka.MqttkaError)
    }
    assert exceptions <= set(mqttka.__all__)

"""Attempts that fail: the exception says why and in which stage, within the deadline."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import mqttka
import mqttka.sync
import pytest
from broker import Mosquitto, free_port
from conftest import Run
from mqttka import ReasonCode, Stage, Version
from scripted import Scripted

DEADLINE = 2.0
MARGIN = 20.0  # for a machine that is busy; less than one attempt has without a deadline of its own


def attempt(run: Run, host: str = "127.0.0.1", **options: object) -> mqttka.ConnectError:
    """How it fails; both clients must fail alike."""
    options.setdefault("connect_timeout", DEADLINE)
    start = time.monotonic()
    client = mqttka.Client(host, **options)  # type: ignore[arg-type]

    async def scene() -> None:
        async with client:
            pass

    with pytest.raises(mqttka.ConnectError) as failed:
        run(scene())
    blocking = mqttka.sync.Client(host, **options)  # type: ignore[arg-type]
    with pytest.raises(mqttka.ConnectError) as again:
        blocking.connect()
    blocking.close()
    assert time.monotonic() - start < 2 * DEADLINE + MARGIN
    assert (type(again.value), again.value.stage) == (type(failed.value), failed.value.stage)
    return failed.value


def test_a_wrong_host(run: Run) -> None:
    error = attempt(run, "no-such-host.invalid")
    assert error.stage is Stage.DNS
    assert (error.host, error.port, error.address) == ("no-such-host.invalid", 1883, None)
    assert "no-such-host.invalid:1883" in str(error)
    assert isinstance(error, (mqttka.TransportFailed, mqttka.ConnectTimeout))


def test_a_refused_port(run: Run) -> None:
    port = free_port()
    error = attempt(run, port=port)
    assert (error.host, error.port, error.address) == ("127.0.0.1", port, "127.0.0.1")
    assert f"127.0.0.1:{port}" in str(error)
    assert isinstance(error, mqttka.TransportFailed) and isinstance(error, OSError)
    assert (error.stage, error.os_error) == (Stage.TCP, 111)


@pytest.mark.parametrize("version", list(Version))
def test_bad_credentials(run: Run, tmp_path: Path, version: Version) -> None:
    broker = Mosquitto(tmp_path, password=("user", "right"))
    try:
        for password in (b"wrong", None):
            error = attempt(
                run,
                port=broker.port,
                protocol_version=version,
                user_name="user",
                password=password,
            )
            assert isinstance(error, mqttka.ConnectRefused)
            refusals = (ReasonCode.NOT_AUTHORIZED, ReasonCode.BAD_USER_NAME_OR_PASSWORD)
            assert error.reason_code in refusals
            assert error.stage is Stage.MQTT
        with mqttka.sync.Client(
            "127.0.0.1", port=broker.port, user_name="user", password="right"
        ) as client:
            assert client.state is mqttka.State.CONNECTED
    finally:
        broker.end()


def test_another_server_is_named(run: Run) -> None:
    refusal = b"\x20\x09\x00\x9d\x06\x1c\x00\x03abc"
    with Scripted(refusal) as broker:
        error = attempt(run, port=broker.port)
    assert isinstance(error, mqttka.ConnectRefused)
    assert (error.reason_code, error.server_reference) == (ReasonCode.SERVER_MOVED, "abc")


def test_a_silent_server(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        start = time.monotonic()
        error = attempt(run, port=listener.getsockname()[1])
        assert isinstance(error, mqttka.ConnectTimeout) and isinstance(error, TimeoutError)
        assert error.stage is Stage.MQTT
        assert time.monotonic() - start >= 2 * DEADLINE - 0.1


def test_bytes_that_are_not_mqtt(run: Run) -> None:
    import threading

    def serve(listener: socket.socket) -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            # The client may reset the connection as soon as it has read that.
            with connection, contextlib.suppress(ConnectionError):
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        error = attempt(run, port=listener.getsockname()[1])
        assert isinstance(error, mqttka.ProtocolViolated)
        server.join()


def test_an_attempt_that_is_cancelled_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = mqttka.sync.Client("127.0.0.1", port=listener.getsockname()[1])
        events = client.events()
        with pytest.raises(mqttka.WaitTimeout):
            client.connect(timeout=0.2)
        event = events.get(MARGIN)
        assert isinstance(event, mqttka.ConnectFailed)
        assert isinstance(event.error, mqttka.ConnectAbandoned)
        client.close()

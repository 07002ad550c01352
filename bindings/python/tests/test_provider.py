"""What an attempt connects with, asked of the application each time."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from mqttka import Connection, Stage, StopReason
from scripted import CONNECT, Scripted
from test_reconnect import QUICK, hear, hear_now


def credentials(broker: Scripted) -> tuple[str, str]:
    """User name and password of the next CONNECT (5.0, without a will or a Client Identifier)."""
    body = broker.hear(CONNECT).body
    rest = body[10:]  # protocol name, version, flags, keep-alive
    rest = rest[1 + rest[0] :]  # properties
    texts = []
    while rest:
        length = int.from_bytes(rest[:2], "big")
        texts.append(rest[2 : 2 + length].decode())
        rest = rest[2 + length :]
    _, name, password = texts
    return name, password


def test_each_attempt_has_a_token_of_its_own(run: Run) -> None:
    asked: list[tuple[int, bool]] = []
    told = contextvars.ContextVar("told", default="nothing")

    async def provider(attempt_number: int, time_left: float) -> Connection:
        asked.append((attempt_number, 0 < time_left <= 30))
        assert asyncio.get_running_loop() is loop and told.get() == "a secret"
        await asyncio.sleep(0)
        return Connection(user_name="me", password=f"token {len(asked)}")

    loop: asyncio.AbstractEventLoop | None = None

    async def scene(broker: Scripted) -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        told.set("a secret")
        asked.clear()
        client = mqttka.Client("127.0.0.1", port=broker.port, provider=provider, **QUICK)
        events = client.events()
        async with client:
            for number in range(1, 4):
                heard = await asyncio.to_thread(credentials, broker)
                assert heard == ("me", f"token {number}")
                await hear(events, mqttka.Connected)
                broker.reset()
        assert asked[:3] == [(1, True)] * 3

    with Scripted() as broker:
        run(scene(broker))


def test_a_plain_function_does_for_both(run: Run) -> None:
    asked: list[str] = []

    def provider(attempt_number: int, time_left: float) -> Connection:
        asked.append(threading.current_thread().name)
        return Connection("me", f"token {len(asked)}".encode())

    async def scene(broker: Scripted) -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port, provider=provider):
            pass

    with Scripted() as broker:
        run(scene(broker))
        assert credentials(broker) == ("me", "token 1")
        with mqttka.sync.Client("127.0.0.1", port=broker.port, provider=provider, **QUICK) as client:
            assert credentials(broker) == ("me", "token 2")
            events = client.events()
            broker.reset()
            hear_now(events, mqttka.Connected)
            assert credentials(broker) == ("me", "token 3")
    assert threading.current_thread().name not in asked


def test_the_server_may_be_another_each_time(run: Run) -> None:
    async def scene(one: Scripted, two: Scripted) -> None:
        ports = iter([one.port, two.port])

        async def provider(attempt_number: int, time_left: float) -> Connection:
            uri = f"mqtt://127.0.0.1:{next(ports)}"
            return Connection(user_name="me", password="token", uri=uri)

        client = mqttka.Client("127.0.0.1", port=1, provider=provider, **QUICK)
        async with client:
            await asyncio.to_thread(credentials, one)
            one.reset()
            await asyncio.to_thread(credentials, two)

    with Scripted() as one, Scripted() as two:
        run(scene(one, two))


class Expired(Exception):
    pass


def failing(reason: BaseException | Connection) -> Any:
    """Providers of both kinds that raise it, or return what cannot be used."""

    def plain(attempt_number: int, time_left: float) -> Any:
        if isinstance(reason, BaseException):
            raise reason
        return reason

    async def awaited(attempt_number: int, time_left: float) -> Any:
        return plain(attempt_number, time_left)

    return [plain, awaited]


WRONG: Any = [
    (Expired("at noon"), "Expired: at noon"),
    (Expired(), "Expired"),
    (asyncio.CancelledError(), "CancelledError"),
    (Connection(user_name=5), "connection.user_name is of type int; it must be a str"),  # type: ignore[arg-type]
    (Connection(password=5), "connection.password is of type int"),  # type: ignore[arg-type]
    (Connection(client_certificate="x"), "must be a pair"),  # type: ignore[arg-type]
    (Connection(uri="http://a"), "http"),
    (None, "what the provider returned is of type NoneType; it must be a mqttka.Connection"),
]


@pytest.mark.parametrize("reason, text", WRONG)
@pytest.mark.parametrize("kind", [0, 1])
def test_what_it_raises_fails_the_attempt(run: Run, reason: Any, text: str, kind: int) -> None:
    async def scene() -> None:
        client = mqttka.Client(
            "127.0.0.1", port=1, provider=failing(reason)[kind], wait_connected=False, **QUICK
        )
        events = client.events()
        async with client:
            for _ in range(2):
                failed = await hear(events, mqttka.ConnectFailed)
                assert isinstance(failed.error, mqttka.ProviderFailed) and failed.will_reconnect
                assert text in str(failed.error)
                assert failed.error.code == 109 and failed.error.stage is Stage.PROVIDER

    run(scene())


@pytest.mark.parametrize("kind", [0, 1])
def test_it_may_say_that_nothing_will_be_there(run: Run, kind: int) -> None:
    provider = failing(mqttka.StopReconnecting("logged out"))[kind]

    async def scene() -> None:
        client = mqttka.Client("127.0.0.1", port=1, provider=provider)
        events = client.events()
        with pytest.raises(mqttka.ProviderFailed, match="logged out"):
            await client.connect()
        stopped = await hear(events, mqttka.ReconnectStopped)
        assert stopped.reason is StopReason.PROVIDER
        assert isinstance(stopped.cause, mqttka.ProviderFailed)
        client.close()

    run(scene())


@pytest.mark.parametrize("word", ["disconnect", "close", "abort", "cancel", "deadline"])
def test_it_is_cancelled_with_its_attempt(run: Run, word: str) -> None:
    async def scene() -> None:
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def provider(attempt_number: int, time_left: float) -> Connection:
            begun.set()
            try:
                await asyncio.sleep(2 * PATIENCE)
            except asyncio.CancelledError:
                cancelled.set()
                raise
            raise AssertionError("it was not cancelled")

        timeout = 1.0 if word == "deadline" else 2 * PATIENCE
        client = mqttka.Client(
            "127.0.0.1", port=1, provider=provider, connect_timeout=timeout, reconnect=False
        )
        attempt = asyncio.create_task(client.connect())
        await begun.wait()
        if word == "cancel":
            attempt.cancel()
        elif word == "disconnect":
            await client.disconnect()
        elif word != "deadline":
            getattr(client, word)()
        await cancelled.wait()
        (ended,) = await asyncio.gather(attempt, return_exceptions=True)
        if word == "deadline":
            assert isinstance(ended, mqttka.ConnectTimeout) and ended.stage is Stage.PROVIDER
        client.close()

    run(scene())


def test_where_the_loop_is_gone_nothing_is_there() -> None:
    async def provider(attempt_number: int, time_left: float) -> Connection:
        return Connection()

    async def scene(broker: Scripted) -> mqttka.Client:
        client = mqttka.Client(
            "127.0.0.1", port=broker.port, provider=provider, on_event=heard.append, **QUICK
        )
        await client.connect()
        return client

    heard: list[mqttka.Event] = []
    with Scripted() as broker:
        client = asyncio.run(scene(broker))
        stopped = threading.Event()
        heard_before = len(heard)
        broker.reset()
        while not any(isinstance(event, mqttka.ReconnectStopped) for event in heard[heard_before:]):
            assert not stopped.wait(0.01)
        last = heard[-1]
        assert isinstance(last, mqttka.ReconnectStopped) and last.reason is StopReason.PROVIDER
        client.close()


def test_it_shows_no_secret() -> None:
    shown = repr(
        Connection(
            "me",
            "secret",
            uri="mqtt://me:secret@a",
            web_socket_headers={"Authorization": "secret"},
            client_certificate=("secret", "secret"),
        )
    )
    assert "secret" not in shown and "me" in shown

"""Trying again at once after an attempt or a goodbye that was given up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading

import mqttka
import mqttka.sync
import pytest
from broker import CONNACK, PATIENCE
from conftest import Run

GIVEN_UP = 5


class Broker:
    """Says nothing to those who connect before it is woken, and a CONNACK to those after."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._kept: list[socket.socket] = []
        self._woken = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def wake(self) -> None:
        self._woken = True

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the end
                return
            self._kept.append(connection)
            if self._woken:
                connection.settimeout(PATIENCE)
                with contextlib.suppress(ConnectionError):
                    if connection.recv(4096):
                        connection.sendall(CONNACK)

    def __enter__(self) -> Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._kept:
            connection.close()


def test_after_a_cancelled_connect(run: Run) -> None:
    async def scene(broker: Broker) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port)
        for _ in range(GIVEN_UP):  # before the attempt has begun
            attempt = asyncio.create_task(client.connect())
            await asyncio.sleep(0)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
        for _ in range(GIVEN_UP):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.connect(), 0.05)
        broker.wake()
        await client.connect()
        client.close()

    with Broker() as broker:
        run(scene(broker))


def test_a_retry_that_is_cancelled_too(run: Run) -> None:
    async def scene(broker: Broker) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port)
        first = asyncio.create_task(client.connect())
        await asyncio.sleep(0)
        first.cancel()
        second = asyncio.create_task(client.connect())
        third = asyncio.create_task(client.connect())
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([first, second])
        assert first.cancelled() and second.cancelled()
        await third
        client.close()

    with Broker() as broker:
        broker.wake()
        run(scene(broker))


def test_after_a_connect_that_took_too_long() -> None:
    with Broker() as broker:
        client = mqttka.sync.Client("127.0.0.1", port=broker.port)
        for _ in range(GIVEN_UP):
            with pytest.raises(mqttka.WaitTimeout):
                client.connect(timeout=0.05)
        broker.wake()
        client.connect(timeout=PATIENCE)
        client.close()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_after_a_signal_handler_that_raised() -> None:
    class Enough(Exception):
        pass

    def handler(number: int, frame: object) -> None:
        raise Enough

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with Broker() as broker:
            client = mqttka.sync.Client("127.0.0.1", port=broker.port)
            events = client.events()
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Enough):
                client.connect()
            broker.wake()
            client.connect(timeout=PATIENCE)
            assert isinstance(events.get(PATIENCE), mqttka.ConnectFailed)
            assert isinstance(events.get(PATIENCE), mqttka.Connected)
            client.close()
    finally:
        signal.signal(signal.SIGALRM, before)


def test_while_a_goodbye_that_was_given_up_goes_on(run: Run) -> None:
    """The broker does not end its side, so that the goodbye lasts."""

    async def scene(broker: Broker) -> None:
        client = mqttka.Client("127.0.0.1", port=broker.port)
        await client.connect()
        goodbye = asyncio.create_task(client.disconnect())
        await asyncio.sleep(0)
        goodbye.cancel()
        await client.connect()
        client.close()

    with Broker() as broker:
        broker.wake()
        run(scene(broker))


def test_while_a_goodbye_that_took_too_long_goes_on() -> None:
    with Broker() as broker:
        broker.wake()
        client = mqttka.sync.Client("127.0.0.1", port=broker.port)
        client.connect()
        with pytest.raises(mqttka.WaitTimeout):
            client.disconnect(timeout=0)
        client.connect(timeout=PATIENCE)
        client.close()

"""What callbacks may do and what they may be."""

from __future__ import annotations

import functools
import queue
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, unique_topic
from scripts import script

CLIENTS: list[Any] = [mqttka.Client, mqttka.sync.Client]


class Fatal(BaseException):
    """Not an Exception."""


RAISED = [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, Fatal]

Told = queue.SimpleQueue[tuple[Any, Any]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What sys.unraisablehook is told: exceptions and callables."""
    told: Told = queue.SimpleQueue()

    def hook(args: Any) -> None:
        told.put((args.exc_type, args.object))

    monkeypatch.setattr(sys, "unraisablehook", hook)
    return told


@pytest.mark.parametrize("kind", RAISED)
def test_whatever_a_message_callback_raises_the_lane_goes_on(
    mosquitto: Mosquitto, told: Told, kind: type[BaseException]
) -> None:
    name = unique_topic()
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def on_message(message: mqttka.Message) -> None:
        messages.put(message.payload)
        raise kind("application's own")

    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port, on_message=on_message) as client:
        client.subscribe(name, 1)
        for number in range(3):
            client.publish(name, str(number), qos=1, timeout=PATIENCE)
        for number in range(3):
            assert messages.get(timeout=PATIENCE) == str(number).encode()
            assert told.get(timeout=PATIENCE) == (kind, on_message)


@pytest.mark.parametrize("kind", RAISED)
def test_whatever_an_event_callback_raises_the_lane_goes_on(
    mosquitto: Mosquitto, told: Told, kind: type[BaseException]
) -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()

    def on_event(event: mqttka.Event) -> None:
        events.put(event)
        raise kind("application's own")

    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port, on_event=on_event):
        pass
    for expected in (mqttka.Connected, mqttka.Disconnected):
        assert isinstance(events.get(timeout=PATIENCE), expected)
        assert told.get(timeout=PATIENCE) == (kind, on_event)


def test_a_callback_that_exits_does_not_end_the_process(mosquitto: Mosquitto) -> None:
    text = """
        import queue, sys, mqttka, mqttka.sync
        came = queue.SimpleQueue()
        def on_message(message):
            came.put(message)
            sys.exit("application's own")
        with mqttka.sync.Client("127.0.0.1", port=int(sys.argv[1]), on_message=on_message) as client:
            client.subscribe("callbacks/exit")
            for _ in range(2):
                client.publish("callbacks/exit")
                came.get(timeout=30)
        print("alive")
    """
    done = script(text, mosquitto.port)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
    assert done.stderr.count("SystemExit: application's own") == 2


async def function(_: object) -> None:
    """What async functions there are."""


async def generator(_: object) -> AsyncIterator[None]:
    yield


class Object:
    async def method(self, _: object) -> None: ...

    async def __call__(self, _: object) -> None: ...


ASYNC = [
    function,
    generator,
    functools.partial(function),
    Object().method,
    Object(),
    functools.partial(Object().method),
]


def constructors() -> list[Callable[[Any], object]]:
    return [
        *(functools.partial(_with, client, "on_event") for client in CLIENTS),
        functools.partial(_with, mqttka.sync.Client, "on_message"),
    ]


def _with(client: Any, name: str, callback: object) -> None:
    client("127.0.0.1", **{name: callback})


@pytest.mark.parametrize("callback", ASYNC)
def test_an_async_callback_is_refused(callback: object) -> None:
    for construct in constructors():
        with pytest.raises(TypeError, match=r"on_\w+ is an async function.*give a plain function"):
            construct(callback)


def test_what_cannot_be_called_is_refused() -> None:
    for construct in constructors():
        with pytest.raises(TypeError, match=r"on_\w+ is of type int; it must be callable"):
            construct(5)


def test_a_thread_that_the_system_does_not_give_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the client is made, not when there is something to tell."""

    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", start)
    for construct in constructors():
        with pytest.raises(mqttka.StartupFailed, match="can't start new thread"):
            construct(print)


def test_a_coroutine_that_nothing_awaits_is_told(mosquitto: Mosquitto, told: Told) -> None:
    name = unique_topic()

    def on_message(message: mqttka.Message) -> object:
        return function(message)

    with mqttka.sync.Client("127.0.0.1", port=mosquitto.port, on_message=on_message) as client:
        client.subscribe(name)
        client.publish(name)
        assert told.get(timeout=PATIENCE) == (TypeError, on_message)


PATCHES = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "gevent, after": "import mqttka.sync; from gevent import monkey; monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
    "eventlet, after": "import mqttka.sync, eventlet; eventlet.monkey_patch()",
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # eventlet's own
@pytest.mark.parametrize("patch", PATCHES)
def test_greenlets_are_no_threads(mosquitto: Mosquitto, patch: str) -> None:
    pytest.importorskip(patch.partition(",")[0])
    text = """
        import os, sys, mqttka.sync
        told, tell = os.pipe()
        with mqttka.sync.Client(
            "127.0.0.1",
            port=int(sys.argv[1]),
            on_event=lambda event: os.write(tell, type(event).__name__[:1].encode()),
            on_message=lambda message: os.write(tell, message.payload),
        ) as client:
            assert os.read(told, 1) == b"C"
            client.subscribe("greenlets", 1)
            client.publish("greenlets", "1", qos=1, timeout=30)
            assert os.read(told, 1) == b"1"
        assert os.read(told, 1) == b"D"
    """
    done = script(PATCHES[patch] + "\n" + textwrap.dedent(text), mosquitto.port)
    assert done.returncode == 0, done.stderr

"""The interpreter's end, with clients that nobody closed: it does not hang or crash, what was queued
and the goodbye arrive, and exit functions find clients that live."""

from __future__ import annotations

import textwrap
import time

import pytest
from broker import DISCONNECT, Mosquitto, Peer
from mqttka import _exit
from scripts import script, started

ENDS = {
    "connected": "client.connect()",
    "never connected": "pass",
    "callback running": """
        busy = threading.Event()
        other = mqttka.sync.Client("127.0.0.1", port=port,
                                   on_event=lambda event: (busy.set(), time.sleep(0.3)))
        other.connect()
        busy.wait()
    """,
    "messages flowing": """
        other = mqttka.sync.Client("127.0.0.1", port=port, on_message=lambda message: None)
        other.connect()
        other.subscribe("exit", 0)
        for number in range(5000):
            other.publish_nowait("exit", b"x")
    """,
    "a daemon thread waiting": """
        client.connect()
        threading.Thread(target=lambda: list(client.messages()), daemon=True).start()
    """,
    "a daemon thread publishing": """
        client.connect()
        def publish():
            while True:
                client.publish("exit", qos=1)
        threading.Thread(target=publish, daemon=True).start()
        client.publish("exit", qos=1)
    """,
    "daemon threads in the middle of calls": """
        def repeat(call, begun):
            while True:
                try:
                    call()
                except mqttka.MqttkaError:
                    pass
                begun.set()
        for call in (
            lambda: client.publish("refused/#"),
            lambda: client.status,
            lambda: client.disconnect(),
            lambda: client.events().get(0),
            lambda: mqttka.sync.Client("", user_properties={"a": "b"}),
        ):
            begun = threading.Event()
            threading.Thread(target=repeat, args=(call, begun), daemon=True).start()
            begun.wait()
    """,
    "the loop gone": """
        async def scene():
            client = mqttka.Client("127.0.0.1", port=port)
            await client.connect()
            client.publish_nowait("exit", qos=1)
            return client
        kept = asyncio.run(scene())
    """,
    "an attempt under way": """
        silent = socket.create_server(("127.0.0.1", 0))
        other = mqttka.sync.Client("127.0.0.1", port=silent.getsockname()[1])
        threading.Thread(target=other.connect, daemon=True).start()
        warnings.simplefilter("ignore")  # sockets of the test's own
        accepted = silent.accept()
    """,
    "in the middle of logging": """
        import logging
        logging.basicConfig(level=5, stream=open(os.devnull, "w"))
        mqttka.enable_logging(5)
        client.connect()
        for number in range(1000):
            client.publish_nowait("exit", b"x")
    """,
    "exit functions cleared": """
        import atexit
        client.connect()
        atexit._clear()
    """,
}

PREAMBLE = """
    import asyncio, os, socket, sys, threading, time, warnings, mqttka, mqttka.sync
    port = int(sys.argv[1])
    client = mqttka.sync.Client("127.0.0.1", port=port)
"""


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_cleanly(mosquitto: Mosquitto, name: str) -> None:
    text = textwrap.dedent(PREAMBLE) + textwrap.dedent(ENDS[name])
    for _ in range(3):
        done = script(text, mosquitto.port, "-W", "error")
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("callback", ["on_event", "on_message"])
def test_a_stuck_callback_does_not_keep_it(mosquitto: Mosquitto, callback: str) -> None:
    text = f"""
        import sys, threading, time, mqttka, mqttka.sync
        inside = threading.Event()
        def stay(_):
            inside.set()
            threading.Event().wait()
        client = mqttka.sync.Client("127.0.0.1", port=int(sys.argv[1]), {callback}=stay)
        client.connect()
        client.subscribe("exit/stuck", 1)
        client.publish("exit/stuck", qos=1, timeout=30)
        inside.wait()
        print(time.monotonic())
    """
    done = script(text, mosquitto.port)
    took = time.monotonic() - float(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    # 2 s for the callback, 2 s at most for the goodbye; the rest is for a machine that is busy.
    assert took < _exit.LIMIT + 2 + 5


def test_a_callback_that_ends_late_meets_no_ruins(mosquitto: Mosquitto) -> None:
    """It comes back when the interpreter is gone and the process says its goodbyes."""
    text = f"""
        import sys, threading, time, mqttka, mqttka.sync
        inside = threading.Event()
        def late(_):
            inside.set()
            time.sleep({_exit.LIMIT} + 0.02)
        clients = [mqttka.sync.Client("127.0.0.1", port=int(sys.argv[1]), on_event=late)
                   for _ in range(20)]
        for client in clients:
            client.connect()
        inside.wait()
    """
    done = script(text, mosquitto.port)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("when", ["before the import", "after the import", "after the client"])
def test_exit_functions_find_a_living_client(mosquitto: Mosquitto, when: str) -> None:
    text = f"""
        import atexit, sys, threading
        when = {when!r}
        gone = threading.Event()
        def on_event(event):
            if isinstance(event, mqttka.Disconnected):
                gone.set()
        def at_exit():
            outcome = client.publish("exit/hook", "last words", qos=1, timeout=30)
            client.disconnect(timeout=30)
            print(outcome.reason_code.name, gone.wait(30))
        if when == "before the import":
            atexit.register(at_exit)
        import mqttka, mqttka.sync
        if when == "after the import":
            atexit.register(at_exit)
        client = mqttka.sync.Client("127.0.0.1", port=int(sys.argv[1]), on_event=on_event)
        if when == "after the client":
            atexit.register(at_exit)
        client.connect()
    """
    done = script(text, mosquitto.port)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in ("SUCCESS True\n", "NO_MATCHING_SUBSCRIBERS True\n")


COUNT = 200

GOODBYES = {
    "the script's end": "client = begin()",
    "sys.exit": "client = begin(); sys.exit()",
    "an exception": "client = begin(); raise ValueError",
    "close": "begin().close()",
    "the last reference": "warnings.simplefilter('ignore'); begin()",
    "the end of with": """
        with mqttka.sync.Client("127.0.0.1", port=port) as client:
            publish(client)
    """,
    "the end of the loop": """
        async def scene():
            client = mqttka.Client("127.0.0.1", port=port)
            await client.connect()
            publish(client)
            return client
        client = asyncio.run(scene())
    """,
    "the end of async with": """
        async def scene():
            async with mqttka.Client("127.0.0.1", port=port) as client:
                publish(client)
        client = asyncio.run(scene())
    """,
}


def packets(stream: bytes) -> list[bytes]:
    """Those of a stream of packets shorter than 128 bytes."""
    found = []
    while stream:
        length = 2 + stream[1]
        assert stream[1] < 128 and length <= len(stream), stream
        found.append(stream[:length])
        stream = stream[length:]
    return found


@pytest.mark.parametrize("end", GOODBYES)
def test_the_queue_and_the_goodbye_arrive(end: str) -> None:
    text = f"""
        import asyncio, sys, warnings, mqttka, mqttka.sync
        port = int(sys.argv[1])
        def publish(client):
            for number in range({COUNT}):
                client.publish_nowait("exit", str(number))
        def begin():
            client = mqttka.sync.Client("127.0.0.1", port=port)
            client.connect()
            publish(client)
            return client
    """
    with Peer() as peer:
        process = started(textwrap.dedent(text) + textwrap.dedent(GOODBYES[end]), peer.port)
        try:
            peer.accept()
            received = packets(peer.rest())
            peer.end()
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
    assert received[-1] in DISCONNECT
    payloads = [int(packet.rpartition(b"exit\0")[2]) for packet in received[:-1]]
    assert payloads == list(range(COUNT))
    if end == "an exception":
        assert process.returncode == 1 and said.endswith("\nValueError\n")
    else:
        assert (process.returncode, said) == (0, "")


def test_a_client_that_is_aborted_says_nothing() -> None:
    text = """
        import sys, mqttka, mqttka.sync
        client = mqttka.sync.Client("127.0.0.1", port=int(sys.argv[1]))
        client.connect()
        client.abort()
    """
    with Peer() as peer:
        process = started(text, peer.port)
        try:
            peer.accept()
            assert peer.rest() == b""
            assert process.communicate(timeout=30) == ("", "")
        finally:
            process.kill()
            process.wait()

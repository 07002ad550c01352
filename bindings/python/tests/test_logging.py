"""The library's diagnostics in Python's logging. Each in a process of its own: it cannot be undone."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from broker import PATIENCE, Mosquitto
from scripted import Scripted
from scripts import script

SCENE = """
    import logging, sys, threading, mqttka, mqttka.sync

    heard = threading.Event()
    go_on = threading.Event()

    class Slow(logging.Handler):
        def emit(self, record):
            heard.set()
            assert record.name == "mqttka" and "network changed" in record.getMessage(), record
            go_on.wait(60)

    logging.getLogger("mqttka").addHandler(Slow())
    logging.getLogger("mqttka").setLevel(logging.DEBUG)
    client = mqttka.sync.Client("127.0.0.1", port=int(sys.argv[1]))
    client.connect()
"""


def play(mosquitto: Mosquitto, text: str) -> None:
    scene = textwrap.dedent(SCENE) + textwrap.dedent(text)
    done = subprocess.run(
        [sys.executable, "-c", scene, str(mosquitto.port)],
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr


def test_a_whole_session_is_told() -> None:
    scene = """
        import logging, queue, sys, mqttka, mqttka.sync
        records = queue.SimpleQueue()

        class Handler(logging.Handler):
            def emit(self, record):
                records.put((record.levelname, record.getMessage()))

        logging.getLogger("mqttka").addHandler(Handler())
        logging.getLogger("mqttka").setLevel(1)
        mqttka.enable_logging(LEVEL)

        def until(*words):
            while True:
                level, text = records.get(timeout=30)
                print(level, text)
                if all(word in text for word in words):
                    return level

        client = mqttka.sync.Client("localhost", port=int(sys.argv[1]), client_id="identity",
                                    user_name="user-name", password="pass-word", keep_alive=100)
        client.connect()
        for words in (["resolv"], ["connect"], ["CONNACK"], ["keep-alive 100"]):
            assert until(*words) == "DEBUG"
        client.subscribe("secret-topic", 1)
        assert until("SUBSCRIBE 1") == "DEBUG"
        assert until("SUBACK 1") == "DEBUG"
        client.probe_now(30)
        assert until("PINGREQ") == "DEBUG"
        assert until("PINGRESP") == "DEBUG"
        client.publish("secret-topic", "secret-payload", qos=1)
        if LEVEL == mqttka.TRACE:
            assert until("PUBLISH 2") == "TRACE"
            assert until("PUBACK 2") == "TRACE"
        client.disconnect()
        assert until("DISCONNECT") == "DEBUG"
        client.close()
    """
    for level in ("logging.DEBUG", "mqttka.TRACE"):
        with Scripted() as broker:
            done = script(scene.replace("LEVEL", level), broker.port)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("TRACE" in done.stdout) == (level == "mqttka.TRACE")
        for word in ("secret", "pass-word", "user-name"):
            assert word not in done.stdout


def test_nothing_is_logged_unless_asked_for(mosquitto: Mosquitto) -> None:
    play(
        mosquitto,
        """
        client.network_changed(mqttka.NetworkChange.CHANGED)
        mqttka.enable_logging(logging.ERROR)
        client.network_changed(mqttka.NetworkChange.CHANGED)
        client.disconnect()
        assert not heard.is_set()
        """,
    )


def test_a_slow_handler_holds_up_nothing(mosquitto: Mosquitto) -> None:
    play(
        mosquitto,
        """
        mqttka.enable_logging(logging.DEBUG)
        client.network_changed(mqttka.NetworkChange.CHANGED)
        assert heard.wait(60)
        # More than the queue takes; the handler is still busy with the first.
        for _ in range(3000):
            client.network_changed(mqttka.NetworkChange.CHANGED)
        client.publish("logging", qos=1, timeout=30)
        logging.getLogger("mqttka").handlers.clear()
        logging.getLogger("mqttka").addHandler(logging.NullHandler())
        go_on.set()
        client.close()
        """,
    )

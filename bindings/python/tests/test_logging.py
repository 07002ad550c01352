"""The library's diagnostics in Python's logging. Each in a process of its own: it cannot be undone."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from broker import PATIENCE, Mosquitto

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

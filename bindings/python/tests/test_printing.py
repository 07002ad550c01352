"""Events and errors are told in words, with the names that every language has; no secret is."""

from __future__ import annotations

import copy
import pickle
import queue

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE, Mosquitto, free_port

SECRET = "s3cr3t"


def test_events_are_told_in_words(mosquitto: Mosquitto) -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    with mqttka.sync.Client(
        f"mqtt://user:{SECRET}@127.0.0.1:{mosquitto.port}",
        on_event=events.put,
        will=mqttka.Will("a", SECRET * 50),
    ) as client:
        assert SECRET not in repr(client) + str(client.status)
    connected, disconnected = (events.get(timeout=PATIENCE) for _ in range(2))
    assert str(connected).startswith("connection 1: connected to 127.0.0.1")
    assert str(disconnected).startswith("connection 1: disconnected: ")
    assert "disconnect_requested" in str(disconnected)
    assert "cause=DisconnectCause.DISCONNECT_REQUESTED" in repr(disconnected)
    for event in (connected, disconnected):
        assert SECRET not in repr(event) + str(event) and "\n" not in str(event)
        for same in (copy.copy(event), pickle.loads(pickle.dumps(event))):
            assert same == event and str(same) == str(event)


def test_an_event_that_the_application_makes_is_shown_as_it_is() -> None:
    made = mqttka.OtherEvent(1, 1, False, "x")
    assert str(made) == repr(made) == (
        "OtherEvent(connection_number=1, attempt_number=1, will_reconnect=False, description='x')"
    )


def test_errors_are_told_in_words() -> None:
    port = free_port()
    client = mqttka.sync.Client(f"mqtt://user:{SECRET}@127.0.0.1:{port}", reconnect=False)
    with pytest.raises(mqttka.TransportFailed) as error:
        client.connect()
    text = str(error.value)
    assert "127.0.0.1" in text and str(port) in text and SECRET not in text
    assert repr(error.value.stage) == "Stage.TCP" and SECRET not in repr(error.value.attempted)
    assert mqttka.TransportFailed.__module__ == "mqttka"
    client.close()

"""A forked child of a process that used the library hears so from every call, at once."""

from __future__ import annotations

from broker import Mosquitto
from scripts import script

OPTIONS = ("-W", "ignore::DeprecationWarning")  # Python 3.12 says that fork is dangerous

TEXT = """
    import asyncio, os, sys, threading, mqttka, mqttka.sync
    from mqttka import sync
    from mqttka.testing import FakeBroker, SeenKind

    port = int(sys.argv[1])
    client = sync.Client("127.0.0.1", port=port, on_event=lambda event: None)
    client.connect()
    messages, events = client.messages(), client.events()
    message = mqttka.Message("a")
    under_way = client.publish_nowait("fork", qos=1)
    fake = FakeBroker()
    loop = asyncio.new_event_loop()

    async def begin():
        client = mqttka.Client("127.0.0.1", port=port)
        await client.connect()
        return client, client.messages(), client.events()

    other, other_messages, other_events = loop.run_until_complete(begin())

    CALLS = {
        "Client": lambda: sync.Client("127.0.0.1"),
        "connect": client.connect,
        "connect_nowait": client.connect_nowait,
        "disconnect": client.disconnect,
        "publish": lambda: client.publish("a"),
        "publish_nowait": lambda: client.publish_nowait("a"),
        "subscribe": lambda: client.subscribe("a"),
        "unsubscribe": lambda: client.unsubscribe("a"),
        "subscription": lambda: client.subscription("a"),
        "messages": client.messages,
        "events": client.events,
        "probe_now": lambda: client.probe_now(1),
        "network_changed": lambda: client.network_changed(mqttka.NetworkChange.CHANGED),
        "reconnect_now": client.reconnect_now,
        "entered_background": client.entered_background,
        "entered_foreground": client.entered_foreground,
        "status": lambda: client.status,
        "state": lambda: client.state,
        "Stream.__next__": lambda: next(messages),
        "Stream.get": lambda: events.get(30),
        "publish_message": lambda: client.publish_message(message),
        "publish_message_nowait": lambda: client.publish_message_nowait(message),
        "flush": lambda: client.flush(),
        "request": lambda: client.request("a"),
        "request_nowait": lambda: client.request_nowait("a"),
        "respond": lambda: client.respond("a", print),
        "reauthenticate": lambda: client.reauthenticate(),
        "negotiated": lambda: client.negotiated,
        "counters": lambda: client.counters(),
        "Operation.wait": under_way.wait,
        "Operation.cancel": under_way.cancel,
    }
    ASYNC_CALLS = {
        "Client": lambda: mqttka.Client("127.0.0.1"),
        "connect": lambda: other.connect(),
        "connect_nowait": lambda: other.connect_nowait(),
        "disconnect": lambda: other.disconnect(),
        "publish": lambda: other.publish("a"),
        "publish_nowait": lambda: other.publish_nowait("a"),
        "subscribe": lambda: other.subscribe("a"),
        "unsubscribe": lambda: other.unsubscribe("a"),
        "subscription": lambda: other.subscription("a"),
        "messages": lambda: other.messages(),
        "events": lambda: other.events(),
        "probe_now": lambda: other.probe_now(1),
        "network_changed": lambda: other.network_changed(mqttka.NetworkChange.CHANGED),
        "reconnect_now": lambda: other.reconnect_now(),
        "entered_background": lambda: other.entered_background(),
        "entered_foreground": lambda: other.entered_foreground(),
        "status": lambda: other.status,
        "state": lambda: other.state,
        "publish_message": lambda: other.publish_message(message),
        "publish_message_nowait": lambda: other.publish_message_nowait(message),
        "flush": lambda: other.flush(),
        "request": lambda: other.request("a"),
        "request_nowait": lambda: other.request_nowait("a"),
        "respond": lambda: other.respond("a", print),
        "respond, with a coroutine function": lambda: other.respond("a", called),
        "reauthenticate": lambda: other.reauthenticate(),
        "negotiated": lambda: other.negotiated,
        "counters": lambda: other.counters(),
        "FakeBroker.wait_for": lambda: fake.wait_for(SeenKind.PINGED),
        "AsyncStream.__anext__": lambda: anext(other_messages),
        "AsyncStream.__anext__ of events": lambda: anext(other_events),
    }
    # What needs no check: it asks nothing, or ends what is no longer there.
    EXEMPT = {"close", "abort", "aclose"}

    def enumerated(*classes):
        for one in classes:
            for name in vars(one):
                if name in EXEMPT or name.startswith("_") and name not in ("__next__", "__anext__"):
                    continue
                yield name if one.__name__ == "Client" else f"{one.__name__}.{name}"

    assert set(enumerated(sync.Client, sync.Stream)) <= set(CALLS)
    assert set(enumerated(mqttka.Client, mqttka.AsyncStream)) <= set(ASYNC_CALLS)

    def refused(name, call):
        try:
            call()
        except mqttka.Forked as error:
            assert error.code == 9
        else:
            raise SystemExit(f"{name} was not refused")

    async def called(call):
        result = call()
        if asyncio.iscoroutine(result) or hasattr(result, "__await__"):
            await asyncio.wait_for(result, 30)

    for _ in range(ROUNDS):
        child = os.fork()
        if child == 0:
            for name, call in CALLS.items():
                refused(name, call)
            for name, call in ASYNC_CALLS.items():
                refused(name, lambda: loop.run_until_complete(called(call)))
            repr(client), repr(other)
            client.close()
            other.close()
            messages.close()
            fake.stop()
            del client, other, messages, events, other_messages, other_events, under_way
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
    assert client.state is mqttka.State.CONNECTED
    client.close()
    other.close()
"""


def test_every_call_is_refused_at_once(mosquitto: Mosquitto) -> None:
    done = script(TEXT.replace("ROUNDS", "5"), mosquitto.port, *OPTIONS)
    assert (done.returncode, done.stderr) == (0, "")


def test_also_where_the_fork_falls_into_traffic(mosquitto: Mosquitto) -> None:
    """Other threads hold whatever locks there are."""
    traffic = """
    client.subscribe("traffic")
    def flood():
        while True:
            try:
                client.publish_nowait("traffic", b"x" * 100)
            except mqttka.QueueFull:
                pass
            except mqttka.MqttkaError:
                return
    for _ in range(2):
        threading.Thread(target=flood, daemon=True).start()
    """
    before, loop, after = TEXT.partition("    for _ in range(ROUNDS):")
    done = script(before + traffic.rstrip(" ") + loop.replace("ROUNDS", "20") + after, mosquitto.port, *OPTIONS)
    assert (done.returncode, done.stderr) == (0, "")

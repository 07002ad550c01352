"""Ends: close, garbage collection, many cycles, the interpreter's exit, fork."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import mqttka
import mqttka.sync
import pytest
from broker import DISCONNECT, PATIENCE, Mosquitto, Peer
from conftest import Run

CYCLES = 200


def test_close_while_connected_ends_the_connection() -> None:
    with Peer() as peer:
        client = mqttka.sync.Client("127.0.0.1", port=peer.port)
        acceptor = threading.Thread(target=peer.accept)
        acceptor.start()
        client.connect()
        acceptor.join()
        client.close()
        assert peer.rest() in DISCONNECT


def test_abort_while_connected_says_nothing() -> None:
    with Peer() as peer:
        client = mqttka.sync.Client("127.0.0.1", port=peer.port)
        acceptor = threading.Thread(target=peer.accept)
        acceptor.start()
        client.connect()
        acceptor.join()
        client.abort()
        assert peer.rest() == b""  # and no DISCONNECT: the broker publishes the will


class Application:
    """Holds a client that holds it."""

    def __init__(self, make: Callable[..., object], port: int) -> None:
        self.client = make("127.0.0.1", port=port, on_event=self.on_event)

    def on_event(self, event: mqttka.Event) -> None:
        pass


def test_a_forgotten_client_is_closed_even_in_a_cycle() -> None:
    with Peer() as peer:
        application = Application(mqttka.sync.Client, peer.port)
        client = application.client
        assert isinstance(client, mqttka.sync.Client)
        acceptor = threading.Thread(target=peer.accept)
        acceptor.start()
        client.connect()
        acceptor.join()
        gone = weakref.ref(application)
        del application, client
        with pytest.warns(ResourceWarning, match="unclosed"):
            deadline = time.monotonic() + PATIENCE
            while gone() is not None:  # its lane may still be in the callback
                gc.collect()
                assert time.monotonic() < deadline, "never collected"
        assert peer.rest() in DISCONNECT


def test_a_client_that_is_all_its_callables_know_is_forgotten(mosquitto: Mosquitto) -> None:
    class Knowing:
        def __init__(self) -> None:
            self.client = mqttka.sync.Client("127.0.0.1", port=mosquitto.port, packet_tap=self.tap)

        def tap(self, packet: mqttka.TappedPacket) -> None:
            pass

        def answer(self, request: mqttka.Message) -> None:
            pass

    knowing = Knowing()
    knowing.client.connect()
    knowing.client.respond("forgotten", knowing.answer)
    gone = weakref.ref(knowing)
    del knowing
    with pytest.warns(ResourceWarning, match="unclosed"):
        deadline = time.monotonic() + PATIENCE
        while gone() is not None:  # a thread may still be in the tap
            gc.collect()
            assert time.monotonic() < deadline, "never collected"


def test_a_forgotten_message_lane_ends() -> None:
    with Peer() as peer:
        client = mqttka.sync.Client("127.0.0.1", port=peer.port, on_message=lambda _: None)
        acceptor = threading.Thread(target=peer.accept)
        acceptor.start()
        client.connect()
        acceptor.join()
        lanes = [one for one in threading.enumerate() if one.name == "mqttka-messages"]
        with pytest.warns(ResourceWarning, match="unclosed"):
            del client
            gc.collect()
        assert peer.rest() in DISCONNECT
        for lane in lanes:
            lane.join(PATIENCE)
            assert not lane.is_alive()


def test_a_forgotten_asyncio_client_is_closed(run: Run) -> None:
    async def scene(peer: Peer) -> None:
        application = Application(mqttka.Client, peer.port)
        client = application.client
        assert isinstance(client, mqttka.Client)
        accepted = asyncio.get_running_loop().run_in_executor(None, peer.accept)
        await client.connect()
        await accepted
        gone = weakref.ref(application)
        messages = client.messages()
        del application, client, messages, accepted
        with pytest.warns(ResourceWarning, match="unclosed"):
            deadline = time.monotonic() + PATIENCE
            while gone() is not None:
                gc.collect()
                assert time.monotonic() < deadline, "never collected"
        assert peer.rest() in DISCONNECT

    with Peer() as peer:
        run(scene(peer))


def usage() -> tuple[int, int]:
    """Threads and file descriptors of this process."""
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


def memory() -> int:
    """Resident bytes."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def comes_down_to(limit: tuple[int, int]) -> tuple[int, int]:
    """The usage, when it is within the limit or does not come there. No event tells when the system
    takes back a thread or a descriptor, so it is asked again and again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        now = usage()
        if now[0] <= limit[0] and now[1] <= limit[1] or time.monotonic() > deadline:
            return now
        os.sched_yield()


def check_growth(cycle: Callable[[], None]) -> None:
    for _ in range(CYCLES // 4):
        cycle()
    gc.collect()
    # What heap and allocator still take, they do not take each time; what leaks, does.
    for left in (2, 1, 0):
        before, memory_before = usage(), memory()
        for _ in range(CYCLES):
            cycle()
        gc.collect()
        after = comes_down_to(before)
        assert after[0] <= before[0], f"threads grew from {before} to {after}"
        assert after[1] <= before[1], f"descriptors grew from {before} to {after}"
        grown = memory() - memory_before
        if grown < 4 * 1024 * 1024:
            return
        assert left, f"memory grew by {grown} bytes, three times"


def test_many_cycles_of_the_sync_client_leave_nothing(mosquitto: Mosquitto) -> None:
    def cycle() -> None:
        with mqttka.sync.Client(
            "127.0.0.1", port=mosquitto.port, on_event=lambda _: None, on_message=lambda _: None
        ) as client:
            client.subscribe("cycle", 1)
            client.publish("cycle", qos=1)

    check_growth(cycle)


def test_many_cycles_of_the_asyncio_client_leave_nothing(mosquitto: Mosquitto) -> None:
    async def one() -> None:
        async with mqttka.Client(
            "127.0.0.1", port=mosquitto.port, on_event=lambda _: None
        ) as client:
            messages = client.messages()
            await client.subscribe("cycle", 1)
            await client.publish("cycle", qos=1)
            await anext(messages)

    with asyncio.Runner() if hasattr(asyncio, "Runner") else pytest.skip("3.11") as runner:
        check_growth(lambda: runner.run(one()))


def test_what_the_collector_has_emptied_can_be_called() -> None:
    """As the library does where a bridge in a cycle goes while an operation is under way."""
    from mqttka._bridge import _Ring

    _Ring.__new__(_Ring)()

"""Enhanced authentication: authenticators of the application, and SCRAM-SHA-256."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import queue
import socket
import threading
from collections.abc import Iterator
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from mqttka import AuthenticationStep
from watched import Watched

METHOD, DATA = 0x15, 0x16


def packet(first: int, body: bytes) -> bytes:
    assert len(body) < 16_384
    length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 127 | 128, len(body) >> 7])
    return bytes([first]) + length + body


def properties(method: str, data: bytes | None) -> bytes:
    of_data = b"" if data is None else bytes([DATA]) + len(data).to_bytes(2, "big") + data
    all_ = bytes([METHOD]) + len(method).to_bytes(2, "big") + method.encode() + of_data
    length = bytes([len(all_)]) if len(all_) < 128 else bytes([len(all_) & 127 | 128, len(all_) >> 7])
    return length + all_


class Exchange:
    """A broker of which a test says each answer."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self._connection: socket.socket | None = None

    def accept(self) -> bytes:
        """The body of CONNECT."""
        if self._connection is not None:
            self._connection.close()
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(PATIENCE)
        self._stream = self._connection.makefile("rb")
        return self.hear(1)

    def hear(self, kind: int) -> bytes:
        while True:
            first = self._stream.read(1)[0]
            length = shift = 0
            while True:
                byte = self._stream.read(1)[0]
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            body = self._stream.read(length)
            if first >> 4 == kind:
                return body

    def data(self, body: bytes) -> bytes:
        """The Authentication Data at the end of what `hear` gave."""
        marker = self._method.encode() + bytes([DATA])
        rest = body[body.index(marker) + len(marker) :]
        return rest[2 : 2 + int.from_bytes(rest[:2], "big")]

    def send(self, data: bytes) -> None:
        assert self._connection is not None
        self._connection.sendall(data)

    def go_on(self, data: bytes | None) -> None:
        self.send(packet(0xF0, b"\x18" + properties(self._method, data)))

    def done(self, data: bytes | None) -> None:
        self.send(packet(0x20, b"\0\0" + properties(self._method, data)))

    def close(self) -> None:
        self._listener.close()
        if self._connection is not None:
            self._stream.close()
            self._connection.close()


@pytest.fixture
def broker() -> Iterator[Exchange]:
    broker = Exchange("STEPS")
    yield broker
    broker.close()


class Steps(mqttka.Authenticator):
    method = "STEPS"

    def __init__(self) -> None:
        self.steps: queue.SimpleQueue[AuthenticationStep] = queue.SimpleQueue()

    def authenticate(self, step: AuthenticationStep) -> bytes | None:
        self.steps.put(step)
        if step.data == b"wrong":
            raise ValueError("it is not the broker")
        if step.data == b"never":
            raise mqttka.StopReconnecting("the user has logged out")
        return None if step.kind == "finish" else f"{step.kind} {step.exchange}".encode()


class LoopSteps(mqttka.Authenticator):
    method = "STEPS"

    async def authenticate(self, step: AuthenticationStep) -> bytes | None:
        return None if step.kind == "finish" else step.kind.encode()


def in_thread(play: Any) -> threading.Thread:
    thread = threading.Thread(target=play)
    thread.start()
    return thread


def test_an_exchange_has_its_steps(broker: Exchange) -> None:
    def play() -> None:
        assert broker.data(broker.accept()) == b"start 1"
        broker.go_on(b"more")
        assert broker.data(broker.hear(15)) == b"continue 1"
        broker.done(b"last")

    steps = Steps()
    playing = in_thread(play)
    with mqttka.sync.Client("127.0.0.1", port=broker.port, authenticator=steps) as client:
        playing.join()
        assert client.negotiated is not None and client.negotiated.authentication_method == "STEPS"
        asked = [steps.steps.get(timeout=PATIENCE) for _ in range(3)]
        assert [(it.kind, it.data) for it in asked] == [
            ("start", None),
            ("continue", b"more"),
            ("finish", b"last"),
        ]
        assert not asked[0].reauthenticates and 0 < asked[0].time_left <= 30
        assert "more" not in repr(asked)
        again = client._native.reauthenticate()
        assert broker.data(broker.hear(15)) == b"start 2"
        broker.send(packet(0xF0, b"\x00" + properties("STEPS", None)))
        again.wait(PATIENCE)
        assert steps.steps.get(timeout=PATIENCE).reauthenticates


def test_a_coroutine_function_runs_in_the_loop(broker: Exchange, run: Run) -> None:
    def play() -> None:
        assert broker.data(broker.accept()) == b"start"
        broker.go_on(None)
        assert broker.data(broker.hear(15)) == b"continue"
        broker.done(None)

    async def main() -> None:
        async with mqttka.Client("127.0.0.1", port=broker.port, authenticator=LoopSteps()):
            pass

    playing = in_thread(play)
    run(main())
    playing.join()


def test_a_cancelled_task_withdraws_a_reauthentication_that_has_not_begun(broker: Exchange, run: Run) -> None:
    def accept() -> None:
        assert broker.data(broker.accept()) == b"start"
        broker.done(None)

    async def main() -> None:
        playing = in_thread(accept)
        async with Watched("127.0.0.1", port=broker.port, authenticator=LoopSteps()) as client:
            playing.join()
            begun, later = (asyncio.ensure_future(client.reauthenticate()) for _ in range(2))
            assert broker.data(await asyncio.to_thread(broker.hear, 15)) == b"start"
            assert client.counters().outbound_queue_messages == 2
            later.cancel()
            with pytest.raises(asyncio.CancelledError):
                await later
            client.withdrawn()
            assert client.counters().outbound_queue_messages == 1
            # What has begun goes on, and nothing of the other one is sent.
            broker.send(packet(0xF0, b"\x00" + properties("STEPS", None)))
            await begun
            assert client.counters().outbound_queue_messages == 0
            assert client.counters().packets_sent[mqttka.PacketType.AUTH] == 1

    run(main())


def test_what_an_authenticator_raises_fails_the_attempt(broker: Exchange) -> None:
    def play() -> None:
        for data in (b"wrong", b"never"):
            broker.accept()
            broker.go_on(data)

    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    playing = in_thread(play)
    options: dict[str, Any] = {"port": broker.port, "authenticator": Steps(), "on_event": events.put}
    client = mqttka.sync.Client("127.0.0.1", reconnect_first_delay=0.01, **options)
    with pytest.raises(mqttka.AuthenticationFailed, match="ValueError: it is not the broker") as failed:
        client.connect()
    assert failed.value.code == 110
    while not isinstance(event := events.get(timeout=PATIENCE), mqttka.ReconnectStopped):
        pass
    assert event.reason is mqttka.StopReason.CREDENTIALS and "logged out" in str(event.cause)
    playing.join()
    client.close()


def test_a_client_without_an_authenticator_has_nothing_to_prove() -> None:
    client = mqttka.sync.Client("127.0.0.1")
    with pytest.raises(mqttka.InvalidArgument, match="no authenticator"):
        client.reauthenticate()
    client.close()


def test_an_authenticator_has_a_method_and_5_0() -> None:
    class Nameless(Steps):
        method = 5  # type: ignore[assignment]

    with pytest.raises(mqttka.InvalidType, match="authenticator.method is of type int"):
        mqttka.sync.Client("127.0.0.1", authenticator=Nameless())
    with pytest.raises(mqttka.InvalidType, match="async"):
        mqttka.sync.Client("127.0.0.1", authenticator=LoopSteps())
    scram = mqttka.ScramSha256("me", "pencil")
    with pytest.raises(mqttka.InvalidArgument, match="authenticator is given; it must be left out in 3.1.1"):
        mqttka.sync.Client("127.0.0.1", authenticator=scram, protocol_version=mqttka.Version.V311)
    assert scram.method == "SCRAM-SHA-256" and "pencil" not in repr(scram)
    with pytest.raises(mqttka.InvalidArgument, match="max_iterations is 1; it must be 4096 to 100000000"):
        mqttka.ScramSha256("me", "pencil", max_iterations=1)
    with pytest.raises(mqttka.InvalidArgument, match="scram_user"):
        mqttka.ScramSha256("", "pencil")


@pytest.mark.parametrize("password", ["pencil", "pen"])
def test_scram_proves_both_sides(password: str) -> None:
    """As RFC 7677 has it, done here anew."""
    broker = Exchange("SCRAM-SHA-256")
    heard: list[bool] = []

    def sign(key: bytes, text: bytes) -> bytes:
        return hmac.new(key, text, hashlib.sha256).digest()

    def play() -> None:
        first = broker.data(broker.accept())
        bare = first.removeprefix(b"n,,")
        nonce = bare.partition(b",r=")[2] + b"ours"
        server_first = b"r=" + nonce + b",s=" + base64.b64encode(b"salt") + b",i=4096"
        broker.go_on(server_first)
        final = broker.data(broker.hear(15))
        without, _, proof = final.partition(b",p=")
        salted = hashlib.pbkdf2_hmac("sha256", b"pencil", b"salt", 4096)
        text = bare + b"," + server_first + b"," + without
        key = sign(salted, b"Client Key")
        signature = sign(hashlib.sha256(key).digest(), text)
        wanted = bytes(a ^ b for a, b in zip(key, signature))
        heard.append(base64.b64decode(proof) == wanted)
        broker.done(b"v=" + base64.b64encode(sign(sign(salted, b"Server Key"), text)))

    playing = in_thread(play)
    scram = mqttka.ScramSha256("me", password)
    client = mqttka.sync.Client("127.0.0.1", port=broker.port, authenticator=scram)
    if password == "pencil":
        with client:
            assert client.negotiated is not None
    else:  # a broker that knows another password is not the right one
        with pytest.raises(mqttka.AuthenticationFailed, match="the broker is refused"):
            client.connect()
        client.close()
    playing.join()
    assert heard == [password == "pencil"]
    broker.close()

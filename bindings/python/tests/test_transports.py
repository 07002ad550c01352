"""Each transport to a real broker, and each way in which one can fail, as an exception tells it."""

from __future__ import annotations

import base64
import contextlib
import errno
import gc
import hashlib
import os
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import CONNACK, PATIENCE, Mosquitto, free_port
from conftest import Run
from mqttka import Stage, Transport, TransportErrorKind
from test_connect_errors import attempt


class Brokers:
    """A mosquitto for each certificate of the authority, and for each transport."""

    def __init__(self, authority: Path, directory: Path) -> None:
        self._authority, self._directory = authority, directory
        self._started: dict[tuple[str, ...], Mosquitto] = {}
        self.socket = directory / "broker.sock"

    def tls(self, name: str = "server", *more: str) -> Mosquitto:
        files = (f"certfile {self._authority / name}.pem", f"keyfile {self._authority / name}.key")
        return self.listening(*files, *more)

    def mutual(self) -> Mosquitto:
        return self.tls("server", f"cafile {self._authority / 'ca.pem'}", "require_certificate true")

    def web_socket(self) -> Mosquitto:
        # Debian's mosquitto ends where all its listeners are WebSocket's.
        return self.listening("protocol websockets", f"listener 0 {self.socket}")

    def listening(self, *lines: str) -> Mosquitto:
        if lines not in self._started:
            directory = self._directory / str(len(self._started))
            directory.mkdir()
            self._started[lines] = Mosquitto(directory, listener=lines)
        return self._started[lines]

    def end(self) -> None:
        for broker in self._started.values():
            broker.end()


@pytest.fixture(scope="module")
def brokers(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    started = Brokers(authority, tmp_path_factory.mktemp("brokers"))
    yield started
    started.end()


def works(host: str, **options: Any) -> mqttka.Attempted:
    """It connects, and carries a message there and back. What was tried."""
    client = mqttka.sync.Client(host, **options)
    events = client.events()
    with client:
        with client.subscription("transports", qos=1) as messages:
            client.publish("transports", b"x" * 1000, qos=1)
            assert next(messages).payload == b"x" * 1000
        connected = events.get(PATIENCE)
    assert isinstance(connected, mqttka.Connected)
    assert connected.attempted is not None
    return connected.attempted


def fails(
    run: Run, host: str, kind: TransportErrorKind, stage: Stage, **options: Any
) -> mqttka.TransportFailed:
    error = attempt(run, host, connect_timeout=PATIENCE, **options)
    assert isinstance(error, mqttka.TransportFailed), error
    assert (error.transport_error, error.stage) == (kind, stage), error
    assert stage in error.stages
    return error


# --- that they work ---


def test_tls(brokers: Brokers, authority: Path) -> None:
    port = brokers.tls().port
    tried = works(f"mqtts://127.0.0.1:{port}", tls_ca_file=authority / "ca.pem")
    assert (tried.transport, tried.host, tried.port) == (Transport.TLS, "127.0.0.1", port)
    assert (tried.address, tried.server_index, tried.proxy) == ("127.0.0.1", 0, None)
    assert list(tried.stages) == [Stage.DNS, Stage.TCP, Stage.TLS, Stage.MQTT]
    assert all(0 <= seconds < PATIENCE for seconds in tried.stages.values())
    works(
        "localhost",
        port=port,
        transport=Transport.TLS,
        tls_ca=(authority / "ca.pem").read_bytes(),
        tls_alpn=["mqtt"],
    )


def test_for_asyncio(run: Run, brokers: Brokers, authority: Path) -> None:
    async def scene() -> None:
        uri = f"mqtts://localhost:{brokers.tls().port}"
        async with mqttka.Client(uri, tls_ca_file=str(authority / "ca.pem")) as client:
            async with client.subscription("a", qos=1) as messages:
                await client.publish("a", "b", qos=1)
                async for message in messages:
                    assert message.payload == b"b"
                    break

    run(scene())


def test_web_socket_and_unix(brokers: Brokers) -> None:
    headers = {"X-Test": "value"}
    tried = works(f"ws://127.0.0.1:{brokers.web_socket().port}/mqtt", web_socket_headers=headers)
    assert tried.transport is Transport.WEB_SOCKET
    assert Stage.WEB_SOCKET in tried.stages
    tried = works(f"unix://{brokers.socket}")
    assert (tried.transport, tried.host, tried.port) == (Transport.UNIX, str(brokers.socket), 0)
    assert tried.address is None


def test_web_socket_over_tls(brokers: Brokers, authority: Path) -> None:
    unused = f"listener 0 {brokers.socket}.unused"
    port = brokers.tls("server", "protocol websockets", unused).port
    tried = works(f"wss://127.0.0.1:{port}", tls_ca_file=authority / "ca.pem")
    assert tried.transport is Transport.WEB_SOCKET_TLS
    assert {Stage.TLS, Stage.WEB_SOCKET} <= set(tried.stages)


def test_the_next_server(brokers: Brokers, authority: Path) -> None:
    further = f"mqtts://127.0.0.1:{brokers.tls().port}"
    uri = f"mqtt://127.0.0.1:{free_port()}"
    tried = works(uri, servers=[further], tls_ca_file=authority / "ca.pem")
    assert (tried.server_index, tried.transport) == (1, Transport.TLS)


@pytest.mark.parametrize("password", [None, "secret"])
def test_a_client_certificate(brokers: Brokers, authority: Path, password: str | None) -> None:
    key = "client.key" if password is None else "client.pk8.encrypted.key"
    works(
        f"mqtts://127.0.0.1:{brokers.mutual().port}",
        tls_ca_file=authority / "ca.pem",
        tls_certificate_file=authority / "client.pem",
        tls_private_key=(authority / key).read_text(),
        tls_private_key_password=password,
    )


def test_a_pin(run: Run, brokers: Brokers, authority: Path) -> None:
    uri = f"mqtts://127.0.0.1:{brokers.tls().port}"
    pin = (authority / "server.pin").read_text().strip()
    other = base64.b64encode(bytes(32)).decode()
    works(uri, tls_ca_file=authority / "ca.pem", tls_pins=[other, f"sha256/{pin}"])
    fails(
        run,
        uri,
        TransportErrorKind.PIN_MISMATCH,
        Stage.TLS,
        tls_danger_accept_any_certificate=True,
        tls_pins=[other],
    )


# --- certificates ---


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("expired", TransportErrorKind.CERTIFICATE_EXPIRED),
        ("not_yet_valid", TransportErrorKind.CERTIFICATE_NOT_YET_VALID),
        ("untrusted", TransportErrorKind.UNKNOWN_ISSUER),
        ("wrong_host", TransportErrorKind.WRONG_HOST),
    ],
)
def test_a_certificate_that_is_not_good(
    run: Run, brokers: Brokers, authority: Path, name: str, kind: TransportErrorKind
) -> None:
    uri = f"mqtts://127.0.0.1:{brokers.tls(name).port}"
    error = fails(run, uri, kind, Stage.TLS, tls_ca_file=authority / "ca.pem")
    assert error.status is None and error.os_error is None
    assert isinstance(error, OSError)
    if kind is TransportErrorKind.WRONG_HOST:
        assert "elsewhere.test" in str(error)
    works(uri, tls_danger_accept_any_certificate=True)


def test_the_platform_does_not_know_the_authority(run: Run, brokers: Brokers) -> None:
    uri = f"mqtts://127.0.0.1:{brokers.tls().port}"
    fails(run, uri, TransportErrorKind.UNKNOWN_ISSUER, Stage.TLS)


def test_the_server_wants_a_certificate(run: Run, brokers: Brokers, authority: Path) -> None:
    uri = f"mqtts://127.0.0.1:{brokers.mutual().port}"
    ca = authority / "ca.pem"
    # With TLS 1.3 the client is through with its handshake before the server says so.
    error = fails(run, uri, TransportErrorKind.TLS_ALERT, Stage.MQTT, tls_ca_file=ca)
    assert error.status == 116


def test_files_that_are_not_there_are_named(tmp_path: Path, authority: Path) -> None:
    for name in ("tls_ca_file", "tls_certificate_file"):
        options: dict[str, Any] = {name: tmp_path / "nothing.pem"}
        with pytest.raises(mqttka.InvalidArgument, match="nothing.pem"):
            mqttka.sync.Client("mqtts://a.example", **options)
    with pytest.raises(mqttka.InvalidArgument, match="tls_private_key"):
        mqttka.sync.Client(
            "mqtts://a.example",
            tls_certificate_file=authority / "client.pem",
            tls_private_key_file=authority / "client.pk8.encrypted.key",
            tls_private_key_password="wrong",
        )


def test_a_verifier(run: Run, brokers: Brokers) -> None:
    seen: list[tuple[list[bytes], str]] = []

    def trusting(chain: list[bytes], name: str) -> bool:
        seen.append((chain, name))
        return True

    def refusing(chain: list[bytes], name: str) -> bool:
        raise ValueError("these people are unknown here")

    def forgetful(chain: list[bytes], name: str) -> Any:
        return None

    uri = f"mqtts://127.0.0.1:{brokers.tls('untrusted').port}"
    works(uri, tls_verifier=trusting, tls_server_name="name.example")
    ((chain, name),) = seen
    assert name == "name.example"
    assert all(isinstance(der, bytes) and der[0] == 0x30 for der in chain)
    def exact(chain: list[bytes], name: str) -> TransportErrorKind:
        return TransportErrorKind.CERTIFICATE_REVOKED

    fails(run, uri, TransportErrorKind.CERTIFICATE_REVOKED, Stage.TLS, tls_verifier=exact)
    for verifier, words in ((refusing, "these people are unknown here"), (forgetful, "not True")):
        kind = TransportErrorKind.CERTIFICATE_INVALID
        error = fails(run, uri, kind, Stage.TLS, tls_verifier=verifier)
        assert words in str(error)


# --- peers that say something else ---


@contextlib.contextmanager
def saying(*answers: bytes | Callable[[bytes], bytes]) -> Iterator[int]:
    """A server that gives these answers to what each client sends."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # the end
                return
            with connection, contextlib.suppress(ConnectionError):
                connection.settimeout(PATIENCE)
                for answer in answers:
                    heard = connection.recv(4096)
                    connection.sendall(answer(heard) if callable(answer) else answer)
                while connection.recv(4096):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve)
        server.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        server.join()


def upgraded(request: bytes) -> bytes:
    """What a server of WebSocket answers."""
    fields = dict(line.lower().split(b": ", 1) for line in request.split(b"\r\n")[1:] if line)
    key = next(
        line.split(b": ", 1)[1]
        for line in request.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key")
    )
    assert fields[b"sec-websocket-protocol"] == b"mqtt"
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"


GOING_AWAY = b"\x88\x0d" + (1001).to_bytes(2, "big") + b"maintenance"


def test_a_peer_without_tls(run: Run) -> None:
    with saying(b"220 mail.example ESMTP\r\n") as port:
        fails(run, f"mqtts://127.0.0.1:{port}", TransportErrorKind.TLS_PROTOCOL, Stage.TLS)


def test_an_upgrade_that_is_refused(run: Run) -> None:
    kind = TransportErrorKind.UPGRADE_REFUSED
    with saying(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as port:
        error = fails(run, f"ws://127.0.0.1:{port}", kind, Stage.WEB_SOCKET)
    assert error.status == 403


def test_a_web_socket_that_is_closed(run: Run) -> None:
    kind = TransportErrorKind.WEB_SOCKET_CLOSED
    with saying(lambda request: upgraded(request) + GOING_AWAY) as port:
        error = fails(run, f"ws://127.0.0.1:{port}", kind, Stage.MQTT)
    assert error.status == 1001
    assert "maintenance" in str(error)


def test_a_connection_whose_web_socket_is_closed() -> None:
    connack = b"\x82\x05" + CONNACK
    with saying(upgraded, connack, GOING_AWAY) as port:
        client = mqttka.sync.Client(f"ws://127.0.0.1:{port}")
        events = client.events()
        client.connect(PATIENCE)
        client.publish_nowait("a", "b")  # to hear the last answer
        assert isinstance(events.get(PATIENCE), mqttka.Connected)
        ended = events.get(PATIENCE)
        client.close()
    assert isinstance(ended, mqttka.Disconnected)
    assert ended.cause is mqttka.DisconnectCause.TRANSPORT
    assert (ended.transport_error, ended.status) == (TransportErrorKind.WEB_SOCKET_CLOSED, 1001)
    assert "maintenance" in ended.description


@pytest.mark.parametrize(
    ("scheme", "answers", "kind", "status"),
    [
        ("http", [b"HTTP/1.1 502 Bad Gateway\r\n\r\n"], TransportErrorKind.PROXY_REFUSED, 502),
        (
            "http",
            [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"],
            TransportErrorKind.PROXY_AUTHENTICATION,
            407,
        ),
        (
            "socks5h",
            [b"\x05\0", b"\x05\x05\0\x01" + bytes(6)],
            TransportErrorKind.PROXY_REFUSED,
            5,
        ),
        ("socks5h", [b"HTTP/1.1 400\r\n\r\n"], TransportErrorKind.PROXY_PROTOCOL, None),
    ],
)
def test_a_proxy_that_refuses(
    run: Run, scheme: str, answers: list[bytes], kind: TransportErrorKind, status: int | None
) -> None:
    with saying(*answers) as port:
        proxy = f"{scheme}://127.0.0.1:{port}"
        error = fails(run, "mqtts://broker.example", kind, Stage.PROXY, proxy=proxy)
    assert error.status == status
    assert error.attempted is not None and error.attempted.proxy == f"127.0.0.1:{port}"
    assert error.host == "broker.example"


# --- the socket hook ---


def test_a_socket_hook(run: Run, mosquitto: Mosquitto) -> None:
    seen: list[int] = []

    def hook(number: int) -> None:
        with socket.socket(fileno=os.dup(number)) as copy:
            assert copy.type is socket.SOCK_STREAM
            with pytest.raises(OSError):
                copy.getpeername()
        seen.append(number)

    def refusing(number: int) -> None:
        raise PermissionError(errno.EACCES, "no")

    def broken(number: int) -> None:
        raise RuntimeError("what a pity")

    uri = f"mqtt://127.0.0.1:{mosquitto.port}"
    works(uri, socket_hook=hook)
    assert len(seen) == 1
    kind = TransportErrorKind.SOCKET_HOOK
    error = fails(run, uri, kind, Stage.TCP, socket_hook=refusing)
    assert error.os_error == error.errno == errno.EACCES
    error = fails(run, uri, kind, Stage.TCP, socket_hook=broken)
    assert "what a pity" in str(error)


def test_a_hook_that_knows_its_client_is_garbage_with_it() -> None:
    class Owner:
        def __init__(self) -> None:
            self.client = mqttka.sync.Client("127.0.0.1", socket_hook=self.hook)

        def hook(self, number: int) -> None: ...

    owner = Owner()
    gone = weakref.ref(owner)
    owner.client.close()
    del owner
    gc.collect()
    assert gone() is None

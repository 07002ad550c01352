"""The fake broker."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, get_args

from .. import _mqttka
from .._bridge import here
from .._errors import InvalidArgument
from .._patience import Deadline
from .._requests import PublishProperties
from .._vocabulary import PacketType, QoS, ReasonCode, Transport
from ._properties import SentProperties
from ._seen import Missing, Seen, seen
from ._vocabulary import Acknowledging, Announced, SeenKind

if TYPE_CHECKING:
    from typing_extensions import Literal, Self, Unpack

    from .._requests import Bytes, Payload

# What only a hang reaches.
_PATIENCE = 10.0


class FakeBroker:
    """An MQTT broker on 127.0.0.1, from when it is made until `stop`, or the end of its `with`. `port`: 0 for
    one that is free. `transport`: what it speaks below MQTT, a Transport or its name in lower case; there is no Unix
    socket. TLS has a certificate for localhost, 127.0.0.1 and ::1, of an `authority` that is made for this broker
    alone::

        with FakeBroker(transport=Transport.TLS) as broker:
            broker.authenticate_scram("pump-1", "pencil")
            scram = mqttka.ScramSha256("pump-1", "pencil")
            with mqttka.sync.Client(broker.uri, tls_ca=broker.authority, authenticator=scram):
                broker.expect(SeenKind.CONNECTED)

    What it is told holds when the call returns: after `go_silent` not a byte is answered. Every method
    may be called from any thread. Where one has a `client_id`, None means all connections that there are;
    NotConnected is raised where there is none. It keeps 10,000 messages for each client, and what it saw:
    the last 10,000."""

    def __init__(
        self,
        port: int = 0,
        transport: Transport | Literal["tcp", "tls", "web_socket", "web_socket_tls"] = Transport.TCP,
    ) -> None:
        self._broker = _mqttka.FakeBroker(port, transport)

    @property
    def host(self) -> str:
        """127.0.0.1."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._broker.port

    @property
    def uri(self) -> str:
        """Where clients find it, such as mqtt://127.0.0.1:PORT or wss://127.0.0.1:PORT/mqtt."""
        return self._broker.uri

    @property
    def authority(self) -> str | None:
        """The certificate, in PEM, of the authority that issued the broker's: for the option `tls_ca`. None without
        TLS."""
        return self._broker.authority

    def __repr__(self) -> str:
        return f"<mqttka.testing.FakeBroker {self.uri}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops it: connections are reset, the port is free. Repeating it does nothing."""
        self._broker.stop()

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped."""
        return self._broker.is_stopped()

    def expect(self, kind: SeenKind, filter: str | None = None, *, timeout: float = _PATIENCE) -> Seen:
        """Waits for the oldest thing of this kind that was not taken before, at most `timeout` seconds, and
        takes it. `filter`: of a message, its topic matches it; of a subscription, it is its filter. It blocks;
        a coroutine has `wait_for`.

        Raises Missing, an AssertionError, whose text says what came instead."""
        return _found(self._broker.expect(kind, filter, timeout))

    def expect_publish(self, filter: str = "#", *, timeout: float = _PATIENCE) -> _mqttka.Message:
        """As `expect`, for the next message on a topic that matches the filter."""
        return _message(self.expect(SeenKind.PUBLISHED, filter, timeout=timeout))

    async def wait_for(self, kind: SeenKind, filter: str | None = None, *, timeout: float = _PATIENCE) -> Seen:
        """As `expect`, for coroutines. Cancelled, it takes nothing."""
        deadline = Deadline(timeout)
        bridge, ready = here(), asyncio.Event()
        number = bridge.stream(ready)
        while True:
            ready.clear()
            found = self._broker.poll_expect(kind, filter, bridge.bell, number)
            if found is not None:
                return _found(found)
            try:
                await asyncio.wait_for(ready.wait(), deadline.left())
            except asyncio.TimeoutError:
                return self.expect(kind, filter, timeout=0)

    async def wait_for_publish(self, filter: str = "#", *, timeout: float = _PATIENCE) -> _mqttka.Message:
        """As `expect_publish`, for coroutines. Cancelled, it takes nothing."""
        return _message(await self.wait_for(SeenKind.PUBLISHED, filter, timeout=timeout))

    def take_any(self) -> Seen | None:
        """Takes the oldest thing that was seen and not taken before, whatever it is. Does not wait."""
        told = self._broker.take_any()
        return None if told is None else seen(told)

    def forget_seen(self) -> None:
        """Forgets what was seen so far."""
        self._broker.forget_seen()

    @property
    def clients(self) -> list[str]:
        """The identifiers of the clients that are connected."""
        return self._broker.clients()

    def retained(self, topic: str) -> _mqttka.Message | None:
        """The message that is retained on this topic."""
        return self._broker.retained(topic)

    def go_silent(self) -> None:
        """The internet is gone: connections stay open, and nothing is read or answered any more, new
        connections included. What the broker is told to send waits, too. Its clock goes on: clients that it does not
        hear are lost to it after one and a half keep-alives."""
        self._broker.go_silent()

    def come_back(self) -> None:
        """The internet is back: what was sent meanwhile is read and answered, what waits is sent."""
        self._broker.come_back()

    def refuse_connections(
        self, reason_code: ReasonCode | int = ReasonCode.NOT_AUTHORIZED, *, times: int | None = None
    ) -> None:
        """Refuses connections from now on, with this code in CONNACK: the next `times`, or all. A code that
        MQTT 3.1.1 has no number for is sent there as SERVER_UNAVAILABLE."""
        self._broker.refuse_connections(reason_code, times)

    def accept_connections(self) -> None:
        """Accepts connections again."""
        self._broker.accept_connections()

    def answer_connects(self, answer: bool) -> None:
        """Whether CONNECT is answered. Where it is not, that connection never is."""
        self._broker.answer_connects(answer)

    def answer_pings(self, answer: bool) -> None:
        """Whether PINGREQ is answered. Where it is not, all else works."""
        self._broker.answer_pings(answer)

    def acknowledge(self, acknowledging: Acknowledging) -> None:
        """When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged. What they ask for is done in any case."""
        self._broker.acknowledge(acknowledging)

    def refuse_publishes(self, reason_code: ReasonCode | int | None = ReasonCode.NOT_AUTHORIZED) -> None:
        """Refuses messages of QoS 1 and 2 from now on, with this code; None: takes them again. They are seen, and
        go to nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged."""
        self._broker.refuse_publishes(reason_code)

    def refuse_subscriptions(self, reason_code: ReasonCode | int | None = ReasonCode.NOT_AUTHORIZED) -> None:
        """Refuses subscriptions from now on, with this code; None: grants them again. MQTT 3.1.1 has one number
        for all codes."""
        self._broker.refuse_subscriptions(reason_code)

    def refuse_unsubscriptions(self, reason_code: ReasonCode | int | None = ReasonCode.NOT_AUTHORIZED) -> None:
        """Refuses to end subscriptions from now on, with this code; None: ends them again. Those that are not ended go
        on. MQTT 3.1.1 has no way to say so: there they are ended."""
        self._broker.refuse_unsubscriptions(reason_code)

    def use_topic_aliases(self, use_them: bool) -> None:
        """Whether messages to clients have topic aliases, of MQTT 5.0 clients that take them. The first topics have one
        each, as many as the client's Topic Alias Maximum. At first they have none."""
        self._broker.use_topic_aliases(use_them)

    def send_copies(self, send_them: bool) -> None:
        """Whether a message goes to a client once for each of its subscriptions that match, with the QoS and the
        Subscription Identifier of each, as mosquitto sends it. At first it goes once, with the identifiers of all."""
        self._broker.send_copies(send_them)

    def announce(self, **properties: Unpack[SentProperties]) -> None:
        """Puts these properties into each CONNACK of MQTT 5.0 from now on, in place of what was announced of them, and
        holds to them: a client that does not is FAULTY. User properties are added to those that were announced::

            broker.announce(receive_maximum=1, user_properties={"region": "north"})"""
        self._broker.announce(properties)

    def announce_number(self, property: Announced, value: int) -> None:
        """As `announce`, of one property whose value is a number."""
        if property not in (names := get_args(Announced)):
            raise InvalidArgument(f"property is {property}; it must be one of {', '.join(names)}")
        self._broker.announce({property: value})

    def set_properties(self, packet_type: PacketType, /, **properties: Unpack[SentProperties]) -> None:
        """Puts these properties into each packet of this type from now on, where the client speaks MQTT 5.0: CONNACK,
        PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT or AUTH. In CONNACK they are only said: what is to be
        held to, is announced. Those of the last call count; without any there are none::

            broker.set_properties(PacketType.PUBACK, reason_string="stored twice")"""
        self._broker.set_properties(packet_type, properties)

    def authenticate(self, method: str | None) -> None:
        """Clients have to authenticate by this method from now on (section 4.12), and are refused where they do not:
        without any as NOT_AUTHORIZED, with another as BAD_AUTHENTICATION_METHOD. Whoever does is let in, after the
        challenges that follow this call. None: nobody has to, which is how a broker begins::

            broker.authenticate("STEPS")
            broker.challenge("who is it?")
            broker.finish_authentication("welcome")"""
        self._broker.authenticate(method)

    def challenge(self, data: Bytes) -> None:
        """One more challenge for each exchange of the method of `authenticate`: AUTH with this data; 100 at most, of
        65,535 bytes at most. What clients send is AUTHENTICATING, and nothing of it is wrong. InvalidArgument is raised
        where no method was told before."""
        self._broker.challenge(data)

    def finish_authentication(self, data: Bytes | None) -> None:
        """What CONNACK, or the last AUTH, has as authentication data, for the method of `authenticate`; None: nothing.
        65,535 bytes at most. InvalidArgument is raised where no method was told before."""
        self._broker.finish_authentication(data)

    def authenticate_scram(self, user: str, password: str) -> None:
        """Clients have to authenticate by SCRAM-SHA-256 from now on, as this user with this password; both as SASLprep
        leaves them, which changes no printable ASCII. Who knows another is refused as NOT_AUTHORIZED."""
        self._broker.authenticate_scram(user, password)

    def refuse_authentications(self, reason_code: ReasonCode | int | None = ReasonCode.NOT_AUTHORIZED) -> None:
        """Refuses with this code at the end of each exchange, whatever the client has proved; None: no longer. It is
        that of CONNACK, and of DISCONNECT where a client authenticates again; a code that DISCONNECT has no number for is
        sent there as NOT_AUTHORIZED."""
        self._broker.refuse_authentications(reason_code)

    def publish(
        self,
        topic: str,
        payload: Payload = None,
        *,
        qos: QoS | int = QoS.AT_MOST_ONCE,
        retain: bool = False,
        **properties: Unpack[PublishProperties],
    ) -> None:
        """Publishes a message to whoever has subscribed to it, as if another client had."""
        self._broker.publish(topic, payload, qos, retain, properties)

    def publish_message(self, message: _mqttka.Message) -> None:
        """As `publish`, of a message that was made before, such as the reply
        to a request::

            broker.publish_message(broker.expect_publish("requests").reply("done"))"""
        self._broker.publish_message(message)

    def send_bytes(self, bytes: bytes, client_id: str | None = None) -> None:
        """Sends these bytes, whatever they are."""
        self._broker.send_bytes(bytes, client_id)

    def disconnect(
        self,
        reason_code: ReasonCode | int = ReasonCode.SERVER_SHUTTING_DOWN,
        client_id: str | None = None,
        *,
        reason_string: str | None = None,
    ) -> None:
        """Sends DISCONNECT with this code, and closes. A broker of MQTT 3.1.1 has no such packet: there it closes
        only. The client's Will is published."""
        self._broker.disconnect(reason_code, client_id, reason_string)

    def close(self, client_id: str | None = None) -> None:
        """Closes without a word (FIN both ways). The client's Will is published."""
        self._broker.close(client_id)

    def half_close(self, client_id: str | None = None) -> None:
        """Says that it sends no more (FIN), and goes on reading."""
        self._broker.half_close(client_id)

    def reset(self, client_id: str | None = None) -> None:
        """Resets (RST). The client's Will is published."""
        self._broker.reset(client_id)

    def forget_sessions(self) -> None:
        """Forgets the sessions of the clients that are not connected, as a broker that was restarted does."""
        self._broker.forget_sessions()


def _found(found: tuple[Any, ...] | str) -> Seen:
    if isinstance(found, str):
        raise Missing(found)
    return seen(found)


def _message(seen: Seen) -> _mqttka.Message:
    if seen.message is None:
        raise Missing(str(seen))
    return seen.message

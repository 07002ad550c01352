"""The fake broker, and what it has seen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .. import _mqttka
from .._errors import InvalidArgument
from .._requests import PublishProperties
from .._vocabulary import QoS, ReasonCode
from ._vocabulary import PROPERTIES, Acknowledging, Announced, SeenKind

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .._requests import Payload

# What only a hang reaches.
_PATIENCE = 10.0


class Missing(AssertionError):
    """What was expected did not come in time; the text says what came instead."""


@dataclass(frozen=True)
class Seen:
    """Something that the broker saw. It prints as a sentence."""

    kind: SeenKind
    connection: int
    """The number of the client's connection with this broker, from 1."""
    client_id: str
    """Empty where it is not known yet."""
    filter: str | None
    """The filter, for SUBSCRIBED and UNSUBSCRIBED."""
    message: _mqttka.Message | None
    """The message, for PUBLISHED; its topic is written out where an alias stood for it."""
    reason_code: ReasonCode | None
    """What the client gave (ACKNOWLEDGED, DISCONNECTED) or was given (REFUSED, SUBSCRIBED, UNSUBSCRIBED)."""
    detail: str
    """In words, for CONNECTED and FAULTY; else empty."""
    _text: str = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self._text


def _seen(told: tuple[Any, ...]) -> Seen:
    return Seen(SeenKind(told[0]), *told[1:])


class FakeBroker:
    """An MQTT broker on 127.0.0.1, from when it is made until `stop`, or the end of its `with`. `port`: 0 for
    one that is free.

    What it is told holds when the call returns: after `go_silent` not a byte is answered. Every method
    may be called from any thread. Where one has a `client_id`, None means all connections that there are;
    NotConnected is raised where there is none. It keeps 10,000 messages for each client, and what it saw:
    the last 10,000."""

    def __init__(self, port: int = 0) -> None:
        self._broker = _mqttka.FakeBroker(port)

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
        """Where clients find it: mqtt://127.0.0.1:PORT."""
        return f"mqtt://{self.host}:{self.port}"

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

    def expect(self, kind: SeenKind, filter: str | None = None, *, timeout: float = _PATIENCE) -> Seen:
        """Waits for the oldest thing of this kind that was not taken before, at most `timeout` seconds, and
        takes it. `filter`: of a message, its topic matches it; of a subscription, it is its filter. It blocks;
        a coroutine has `wait_for`.

        Raises Missing, an AssertionError, whose text says what came instead."""
        found = self._broker.expect(kind, filter, timeout)
        if isinstance(found, str):
            raise Missing(found)
        return _seen(found)

    def expect_publish(self, filter: str = "#", *, timeout: float = _PATIENCE) -> _mqttka.Message:
        """As `expect`, for the next message on a topic that matches the filter."""
        seen = self.expect(SeenKind.PUBLISHED, filter, timeout=timeout)
        if seen.message is None:
            raise Missing(str(seen))
        return seen.message

    async def wait_for(self, kind: SeenKind, filter: str | None = None, *, timeout: float = _PATIENCE) -> Seen:
        """As `expect`, for coroutines. Where it is cancelled, what comes meanwhile may be taken."""
        return await asyncio.to_thread(self.expect, kind, filter, timeout=timeout)

    async def wait_for_publish(self, filter: str = "#", *, timeout: float = _PATIENCE) -> _mqttka.Message:
        """As `expect_publish`, for coroutines. Where it is cancelled, what comes meanwhile may be taken."""
        return await asyncio.to_thread(self.expect_publish, filter, timeout=timeout)

    def take_any(self) -> Seen | None:
        """Takes the oldest thing that was seen and not taken before, whatever it is. Does not wait."""
        told = self._broker.take_any()
        return None if told is None else _seen(told)

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

    def announce_number(self, property: Announced, value: int) -> None:
        """Puts this property into each CONNACK of MQTT 5.0 from now on, and holds to it."""
        number = PROPERTIES.get(property)
        if number is None:
            raise InvalidArgument(f"property is {property}; it must be one of {', '.join(PROPERTIES)}")
        self._broker.announce_number(number, value)

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

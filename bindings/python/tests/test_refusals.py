"""Whatever the broker refuses, whoever waits for it hears the reason code, the words and the user properties."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import mqttka
import mqttka.sync
import pytest
from conftest import Run
from mqttka import PacketType, ReasonCode
from mqttka.testing import FakeBroker

CODE = ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR  # which all of these packets can have
PAIRS = [("k", "v"), ("k", "w")]


class Nothing(mqttka.Authenticator):
    """Proves nothing, and is content."""

    method = "NOTHING"

    def authenticate(self, step: mqttka.AuthenticationStep) -> bytes | None:
        return None


def answer(request: mqttka.Message) -> bytes:
    return b""


# By the method's name: how the broker refuses what either client asks for.
Call = Callable[[Any], Any]
PUBLISHES, SUBSCRIPTIONS = FakeBroker.refuse_publishes, FakeBroker.refuse_subscriptions
UNSUBSCRIPTIONS = FakeBroker.refuse_unsubscriptions
REFUSED: dict[str, list[tuple[Callable[[FakeBroker, ReasonCode], None], Call]]] = {
    "publish": [(PUBLISHES, lambda it: it.publish("t", qos=1)), (PUBLISHES, lambda it: it.publish("t", qos=2))],
    "publish_message": [(PUBLISHES, lambda it: it.publish_message(mqttka.Message("t", qos=1)))],
    "publish_nowait": [(PUBLISHES, lambda it: it.publish_nowait("t", qos=1))],
    "publish_message_nowait": [(PUBLISHES, lambda it: it.publish_message_nowait(mqttka.Message("t", qos=1)))],
    "subscribe": [(SUBSCRIPTIONS, lambda it: it.subscribe("t"))],
    "subscription": [(SUBSCRIPTIONS, lambda it: it.subscription("t"))],
    "unsubscribe": [(UNSUBSCRIPTIONS, lambda it: it.unsubscribe("t"))],
    "respond": [(SUBSCRIPTIONS, lambda it: it.respond("t", answer))],
    "request": [
        (PUBLISHES, lambda it: it.request("t", qos=1)),
        (PUBLISHES, lambda it: it.request("t", qos=2)),
        (SUBSCRIPTIONS, lambda it: it.request("t")),
    ],
    "request_nowait": [(PUBLISHES, lambda it: it.request_nowait("t", qos=1))],
    "reauthenticate": [(FakeBroker.refuse_authentications, lambda it: it.reauthenticate())],
}
# Who connects has a test of its own, below.
ELSEWHERE = {"connect", "connect_nowait"}
# Nothing that a broker refuses.
NEVER = {"disconnect", "flush"}

EACH = [pytest.param(*case, id=f"{name}-{number}") for name, cases in REFUSED.items() for number, case in enumerate(cases)]


def test_whatever_waits_for_the_broker_is_here() -> None:
    def waits(name: str) -> bool:
        method = inspect.getattr_static(mqttka.Client, name)
        return inspect.iscoroutinefunction(method) or name.endswith("_nowait") or name == "subscription"

    waiting = {name for name in dir(mqttka.Client) if not name.startswith("_") and waits(name)}
    assert waiting == {*REFUSED} | ELSEWHERE | NEVER


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as broker:
        broker.authenticate("NOTHING")
        for packet_type in ("CONNACK", "PUBACK", "PUBREC", "SUBACK", "UNSUBACK", "DISCONNECT"):
            broker.set_properties(PacketType[packet_type], reason_string="too many", user_properties=PAIRS)
        yield broker


def check(refused: mqttka.OperationRefused | mqttka.ConnectRefused) -> None:
    assert refused.reason_code is CODE
    assert (refused.reason_string, refused.user_properties) == ("too many", PAIRS)


@pytest.mark.parametrize(("refuse", "call"), EACH)
def test_a_thread_hears_why(broker: FakeBroker, refuse: Callable[[FakeBroker, ReasonCode], None], call: Call) -> None:
    with mqttka.sync.Client(broker.uri, authenticator=Nothing(), reconnect=False) as client:
        refuse(broker, CODE)
        with pytest.raises(mqttka.OperationRefused) as refused:
            operation = call(client)
            if isinstance(operation, mqttka.Operation):
                operation.wait()
            else:
                operation.__enter__()
        check(refused.value)


@pytest.mark.parametrize(("refuse", "call"), EACH)
def test_a_coroutine_hears_why(
    broker: FakeBroker, run: Run, refuse: Callable[[FakeBroker, ReasonCode], None], call: Call
) -> None:
    async def main() -> None:
        async with mqttka.Client(broker.uri, authenticator=Nothing(), reconnect=False) as client:
            refuse(broker, CODE)
            with pytest.raises(mqttka.OperationRefused) as refused:
                operation = call(client)
                if isinstance(operation, Awaitable):
                    await operation
                else:
                    await operation.__aenter__()
            check(refused.value)

    run(main())


def test_who_connects_hears_why(broker: FakeBroker, run: Run) -> None:
    broker.refuse_connections(CODE)
    client = mqttka.sync.Client(broker.uri, authenticator=Nothing(), reconnect=False)
    calls: list[Callable[[], object]] = [client.connect, lambda: client.connect_nowait().wait()]
    for call in calls:
        with pytest.raises(mqttka.ConnectRefused) as refused:
            call()
        check(refused.value)
    client.close()

    async def main() -> None:
        looped = mqttka.Client(broker.uri, authenticator=Nothing(), reconnect=False)
        with pytest.raises(mqttka.ConnectRefused) as refused:
            await looped.connect()
        check(refused.value)
        with pytest.raises(mqttka.ConnectRefused) as refused:
            await looped.connect_nowait()
        check(refused.value)
        looped.close()

    run(main())


def test_who_loses_a_subscription_to_a_lost_session_hears_why(broker: FakeBroker, run: Run) -> None:
    """The client subscribes again by itself, and nobody waits for that SUBACK."""
    options: dict[str, Any] = {"authenticator": Nothing(), "reconnect_first_delay": 0.05, "reconnect_max_delay": 0.2}

    def told(lost: mqttka.SubscriptionsLost) -> None:
        assert (lost.reason_string, lost.user_properties) == ("too many", PAIRS)
        for refused in lost.filters.values():
            assert isinstance(refused, mqttka.OperationRefused)
            check(refused)

    with mqttka.sync.Client(broker.uri, **options) as client:
        messages = client.subscription("a")
        waiting = client.request_nowait("nobody")
        broker.expect_publish("nobody")
        events = client.events()
        broker.refuse_subscriptions(CODE)
        broker.reset()
        with pytest.raises(mqttka.OperationRefused) as refused:
            messages.get(60)
        check(refused.value)
        with pytest.raises(mqttka.OperationRefused) as refused:
            waiting.wait(60)
        check(refused.value)
        lost = next(it for it in events if isinstance(it, mqttka.SubscriptionsLost))
        assert "a" in lost.filters
        told(lost)
        broker.refuse_subscriptions(None)

    async def main() -> None:
        async with mqttka.Client(broker.uri, **options) as looped:
            events = looped.events()
            with pytest.raises(mqttka.OperationRefused) as refused:
                async with looped.subscription("b") as messages:
                    broker.refuse_subscriptions(CODE)
                    broker.reset()
                    await anext(messages)
            check(refused.value)
            told(await anext(it async for it in events if isinstance(it, mqttka.SubscriptionsLost)))
            broker.refuse_subscriptions(None)
            waiting = asyncio.ensure_future(looped.request("nobody"))
            await broker.wait_for_publish("nobody")
            broker.refuse_subscriptions(CODE)
            broker.reset()
            with pytest.raises(mqttka.OperationRefused) as refused:
                await waiting
            check(refused.value)

    run(main())

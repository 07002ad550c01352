"""What AUTH says besides its data comes to the authenticator, and what that says besides leaves in AUTH."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator
from typing import Any, Union

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from conftest import Run
from mqttka import AuthenticationReply, AuthenticationStep, PacketType
from mqttka.testing import FakeBroker, SeenKind

PAIRS = [("k", "v"), ("k", "w")]

Answer = Union[bytes, AuthenticationReply, None]


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as broker:
        broker.authenticate("STEPS")
        broker.challenge("more")
        yield broker


class Steps(mqttka.Authenticator):
    """Answers as the test says."""

    method = "STEPS"

    def __init__(self, answer: Callable[[AuthenticationStep], Answer] = lambda _: None) -> None:
        self.steps: list[AuthenticationStep] = []
        self.answer = answer

    def authenticate(self, step: AuthenticationStep) -> Answer:
        self.steps.append(step)
        return self.answer(step)

    def told(self) -> list[tuple[str, str | None, list[tuple[str, str]]]]:
        """What they were told since it was asked for last."""
        told: list[tuple[str, str | None, list[tuple[str, str]]]] = [(it.kind, it.reason_string, it.user_properties) for it in self.steps]
        self.steps.clear()
        return told


class LoopSteps(Steps):
    """The same in the event loop."""

    async def authenticate(self, step: AuthenticationStep) -> Answer:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().authenticate(step)


def test_the_authenticator_is_told(broker: FakeBroker) -> None:
    steps = Steps()
    with mqttka.sync.Client(broker.uri, authenticator=steps) as client:
        assert steps.told() == [("start", None, []), ("continue", None, []), ("finish", None, [])]
        broker.set_properties(PacketType.AUTH, reason_string="once more", user_properties=PAIRS)
        client.reauthenticate()
        told = ("once more", PAIRS)
        assert steps.told() == [("start", None, []), ("continue", *told), ("finish", *told)]
    broker.set_properties(PacketType.CONNACK, reason_string="welcome", user_properties={"a": "b"})
    with mqttka.sync.Client(broker.uri, authenticator=steps):
        end = ("finish", "welcome", [("a", "b")])
        assert steps.told() == [("start", None, []), ("continue", *told), end]


def test_a_coroutine_function_is_told_and_answers(broker: FakeBroker, run: Run) -> None:
    async def main() -> None:
        broker.set_properties(PacketType.AUTH, reason_string="once more", user_properties=PAIRS)
        steps = LoopSteps(lambda it: AuthenticationReply(it.kind, PAIRS) if it.kind == "continue" else None)
        async with mqttka.Client(broker.uri, authenticator=steps) as client:
            assert steps.told()[1] == ("continue", "once more", PAIRS)
            await broker.wait_for(SeenKind.AUTHENTICATING)
            answer = (await broker.wait_for(SeenKind.AUTHENTICATING)).properties
            assert (answer.authentication_data, answer.user_properties) == (b"continue", PAIRS)
            await client.reauthenticate()
            assert steps.told()[1:] == [("continue", "once more", PAIRS), ("finish", "once more", PAIRS)]

    run(main())


def test_what_an_authenticator_says_leaves_in_auth(broker: FakeBroker) -> None:
    def answer(step: AuthenticationStep) -> Answer:
        if step.kind == "finish":
            return AuthenticationReply()
        pairs = PAIRS if step.kind == "continue" else {"again": "yes"} if step.reauthenticates else None
        return AuthenticationReply(step.kind, pairs)

    def seen() -> tuple[bytes | None, list[tuple[str, str]]]:
        properties = broker.expect(SeenKind.AUTHENTICATING).properties
        return properties.authentication_data, properties.user_properties

    # Those of CONNECT are the option's.
    with mqttka.sync.Client(broker.uri, authenticator=Steps(answer), user_properties={"o": "p"}) as client:
        assert seen() == (b"start", [("o", "p")])
        assert seen() == (b"continue", PAIRS)
        client.reauthenticate()
        assert seen() == (b"start", [("again", "yes")])
        assert seen() == (b"continue", PAIRS)


@pytest.mark.parametrize("kind", ["start", "finish"])
def test_an_answer_that_leaves_in_no_auth_has_no_user_properties(broker: FakeBroker, kind: str) -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    steps = Steps(lambda it: AuthenticationReply(None, PAIRS) if it.kind == kind else None)
    client = mqttka.sync.Client(broker.uri, authenticator=steps, on_event=events.put)
    with pytest.raises(mqttka.AuthenticationFailed, match="user_properties is given; it must be left out"):
        client.connect()
    while not isinstance(event := events.get(timeout=PATIENCE), mqttka.ReconnectStopped):
        pass
    assert event.reason is mqttka.StopReason.CREDENTIALS
    client.close()


WRONG: dict[str, Any] = {
    "InvalidType: user_properties is of type int": AuthenticationReply(None, 5),  # type: ignore[arg-type]
    "InvalidTopic|InvalidText|InvalidArgument: user_properties": AuthenticationReply(None, {"\0": ""}),
    "InvalidType: what the authenticator returned is of type int": AuthenticationReply(5),  # type: ignore[arg-type]
    "user_properties is 9999 long; it must be at most 9998": AuthenticationReply(None, [("k", "")] * 9_999),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_an_answer_is_told(broker: FakeBroker, text: str) -> None:
    steps = Steps(lambda it: WRONG[text] if it.kind == "continue" else None)
    client = mqttka.sync.Client(broker.uri, authenticator=steps, reconnect=False)
    with pytest.raises(mqttka.AuthenticationFailed, match=text):
        client.connect()
    client.close()


def test_an_answer_that_the_broker_has_no_room_for_fails(broker: FakeBroker) -> None:
    broker.announce(maximum_packet_size=100)
    steps = Steps(lambda it: AuthenticationReply(None, [("k", "v" * 100)]) if it.exchange > 1 else None)
    with mqttka.sync.Client(broker.uri, authenticator=steps, reconnect=False) as client:
        with pytest.raises(mqttka.ReauthenticationFailed, match=r"\d+ bytes, and the broker takes 100$"):
            client.reauthenticate()


def test_a_reply_prints_no_data() -> None:
    shown = repr(AuthenticationReply(b"secret", PAIRS))
    assert "secret" not in shown and "('k', 'w')" in shown
    step = AuthenticationStep("start", None, 1, False, 1.0)
    assert (step.reason_string, step.user_properties) == (None, []) and hash(step) == hash(step)


def test_who_is_refused_hears_why(broker: FakeBroker) -> None:
    """By CONNACK, and by DISCONNECT when it authenticates again."""
    for packet_type in (PacketType.CONNACK, PacketType.DISCONNECT):
        broker.set_properties(packet_type, reason_string="not you", user_properties=PAIRS)
    with mqttka.sync.Client(broker.uri, authenticator=Steps(), reconnect=False) as client:
        broker.refuse_authentications(mqttka.ReasonCode.QUOTA_EXCEEDED)
        with pytest.raises(mqttka.OperationRefused) as again:
            client.reauthenticate()
    with pytest.raises(mqttka.ConnectRefused) as first:
        with mqttka.sync.Client(broker.uri, authenticator=Steps(), reconnect=False):
            pass
    for refused in (again.value, first.value):
        assert refused.reason_code is mqttka.ReasonCode.QUOTA_EXCEEDED
        assert (refused.reason_string, refused.user_properties) == ("not you", PAIRS)

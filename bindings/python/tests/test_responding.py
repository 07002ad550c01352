"""Requests that coroutine functions answer: several at a time, and acknowledged when they were answered."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import mqttka
import pytest
from broker import PATIENCE
from conftest import Run
from mqttka.testing import FakeBroker, Seen, SeenKind
from scripts import script

Handler = Callable[[mqttka.Message], Awaitable[Any]]


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as broker:
        yield broker


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `sys.unraisablehook` hears."""
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    return told


@asynccontextmanager
async def service(
    broker: FakeBroker, handler: Handler, **options: Any
) -> AsyncIterator[tuple[mqttka.Client, mqttka.AsyncResponder]]:
    """A client that answers what comes to `ask`."""
    async with mqttka.Client(broker.uri, **options) as client:
        yield client, await client.respond("ask", handler, qos=1)


def ask(broker: FakeBroker, *payloads: str, qos: int = 1) -> None:
    for payload in payloads:
        broker.publish("ask", payload, qos=qos, response_topic="answers")


async def answer(broker: FakeBroker) -> str:
    return (await broker.wait_for_publish("answers", timeout=PATIENCE)).text


async def seen(client: mqttka.Client, broker: FakeBroker, kind: SeenKind) -> list[Seen]:
    """All of this kind, when the broker has read what the client has sent so far."""
    await client.flush(timeout=PATIENCE)
    return [one for one in iter(broker.take_any, None) if one.kind is kind]


def test_a_slow_answer_holds_no_other_one_up(broker: FakeBroker, run: Run) -> None:
    async def main() -> None:
        slow = asyncio.Event()

        async def handler(request: mqttka.Message) -> str:
            if request.text == "slow":
                await slow.wait()
            return request.text

        async with service(broker, handler) as (client, _):
            ask(broker, "slow", "fast", "faster")
            assert {await answer(broker), await answer(broker)} == {"fast", "faster"}
            # Acknowledgements leave in the order of the requests, so there is none.
            assert await seen(client, broker, SeenKind.ACKNOWLEDGED) == []
            slow.set()
            assert await answer(broker) == "slow"
            for _ in range(3):
                await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)

    run(main())


def test_what_is_no_request_and_what_has_no_answer(broker: FakeBroker, run: Run) -> None:
    asked: list[str] = []

    async def handler(request: mqttka.Message) -> str | None:
        asked.append(request.text)
        return None if request.text == "quiet" else request.text

    async def main() -> None:
        async with service(broker, handler):
            broker.publish("ask", "plain", qos=1)
            ask(broker, "quiet", "loud")
            assert await answer(broker) == "loud"
            for _ in range(3):
                await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)

    run(main())
    assert asked == ["quiet", "loud"]


def test_what_a_coroutine_raises_or_gives_wrongly_is_told(
    broker: FakeBroker, run: Run, told: list[Any]
) -> None:
    async def handler(request: mqttka.Message) -> object:
        if request.text == "bad":
            raise ValueError("nothing is asked")
        return {"a": 1} if request.text == "wrong" else request.text

    async def main() -> None:
        async with service(broker, handler):
            ask(broker, "bad", "wrong", "good")
            assert await answer(broker) == "good"
            for _ in range(3):
                await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)

    run(main())
    assert [type(it.exc_value) for it in told] == [ValueError, mqttka.InvalidType]
    assert "what the responder returned" in str(told[1].exc_value)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a task cannot tell that it was cancelled")
def test_what_awaits_something_cancelled_has_failed(broker: FakeBroker, run: Run, told: list[Any]) -> None:
    async def main() -> None:
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        over.cancel()

        async def handler(request: mqttka.Message) -> str:
            return await over if request.text == "over" else request.text

        async with service(broker, handler):
            ask(broker, "over", "good")
            assert await answer(broker) == "good"
            for _ in range(2):
                await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)

    run(main())
    assert [type(it.exc_value) for it in told] == [asyncio.CancelledError]


def test_one_that_is_cancelled_comes_again(broker: FakeBroker, run: Run, told: list[Any]) -> None:
    async def main() -> None:
        begun: asyncio.Queue[Any] = asyncio.Queue()

        async def handler(request: mqttka.Message) -> str:
            begun.put_nowait(asyncio.current_task())
            if begun.qsize() + cancelled < 2:
                await asyncio.Event().wait()
            return request.text

        cancelled = 0
        async with service(broker, handler) as (client, _):
            ask(broker, "x")
            task = await begun.get()
            assert await seen(client, broker, SeenKind.ACKNOWLEDGED) == []
            cancelled = 1
            task.cancel()
            assert await answer(broker) == "x"
            await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)
            assert await begun.get() is not task

    run(main())
    assert told == []


def test_what_is_not_answered_when_the_client_is_closed_comes_again(broker: FakeBroker, run: Run) -> None:
    async def main() -> None:
        begun = asyncio.Event()
        never = asyncio.Event()

        async def hangs(request: mqttka.Message) -> str:
            begun.set()
            await never.wait()
            return "too late"

        session: dict[str, Any] = {"client_id": "a", "clean_start": False, "session_expiry_interval": 60}
        async with service(broker, hangs, **session):
            ask(broker, "x")
            await begun.wait()
        await broker.wait_for(SeenKind.DISCONNECTED, timeout=PATIENCE)
        assert not [it for it in iter(broker.take_any, None) if it.kind is SeenKind.ACKNOWLEDGED]

        async def answers(request: mqttka.Message) -> str:
            return f"{request.text} {request.dup}"

        async with service(broker, answers, **session):
            assert await answer(broker) == "x True"
            # To nobody: its client is closed.
            never.set()
            await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)

    run(main())


def test_what_was_begun_is_answered_after_the_responder_is_closed(broker: FakeBroker, run: Run) -> None:
    async def main() -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def handler(request: mqttka.Message) -> str:
            begun.set()
            await go.wait()
            return request.text

        async with service(broker, handler) as (_, responder):
            ask(broker, "x")
            await begun.wait()
            await responder.aclose()
            await broker.wait_for(SeenKind.UNSUBSCRIBED, timeout=PATIENCE)
            go.set()
            assert await answer(broker) == "x"
            await broker.wait_for(SeenKind.ACKNOWLEDGED, timeout=PATIENCE)

    run(main())


def test_so_many_are_answered_at_a_time(broker: FakeBroker, run: Run) -> None:
    async def main() -> None:
        begun: asyncio.Queue[tuple[str, asyncio.Event]] = asyncio.Queue()

        async def handler(request: mqttka.Message) -> str:
            go = asyncio.Event()
            begun.put_nowait((request.text[:9], go))
            await go.wait()
            return "done"

        async with service(broker, handler) as (client, _):
            ask(broker, *map(str, range(1100)), qos=0)
            waiting = [await begun.get() for _ in range(1024)]
            # However much the event loop does.
            await client.flush(timeout=PATIENCE)
            assert begun.empty()
            for _, go in waiting:
                go.set()
            waiting = [await begun.get() for _ in range(1100 - 1024)]
            for _, go in waiting:
                go.set()
            for _ in range(1100):
                assert await answer(broker) == "done"
            # As many bytes are enough, too.
            ask(broker, "a" * (1 << 19), "b" * (1 << 19), "c", qos=0)
            waiting = [await begun.get() for _ in range(2)]
            await client.flush(timeout=PATIENCE)
            assert begun.empty()
            waiting[0][1].set()
            assert (await begun.get())[0] == "c"

    run(main())


def test_requests_wait_for_a_busy_loop(broker: FakeBroker, run: Run, told: list[Any]) -> None:
    begun = 0

    async def handler(request: mqttka.Message) -> str:
        nonlocal begun
        begun += 1
        return ""

    async def main() -> None:
        async with service(broker, handler) as (client, _):
            ask(broker, *["x"] * 1100, qos=0)
            # Nothing else runs in the event loop meanwhile.
            client.publish_nowait("barrier", receipt=True).wait(PATIENCE)
            assert begun == 0
            for _ in range(1100):
                await answer(broker)

    run(main())
    assert begun == 1100 and told == []


def test_a_loop_that_ends_gives_back_what_is_under_way(broker: FakeBroker) -> None:
    ended = script(
        """
        import asyncio
        import mqttka
        from mqttka.testing import FakeBroker, SeenKind

        broker = FakeBroker()
        client = mqttka.Client(broker.uri)  # which nobody closes

        async def main():
            begun = asyncio.Event()

            async def handler(request):
                begun.set()
                await asyncio.Event().wait()

            await client.connect()
            await client.respond("ask", handler, qos=1)
            for _ in range(3):
                broker.publish("ask", "x", qos=1, response_topic="a")
            await begun.wait()

        asyncio.run(main())
        client.close()
        broker.expect(SeenKind.DISCONNECTED)
        assert not [it for it in iter(broker.take_any, None) if it.kind is SeenKind.ACKNOWLEDGED]
        """,
        0,
        "-X",
        "dev",
    )
    # No word of tasks that were destroyed while they waited, or of what was never awaited.
    assert (ended.stderr, ended.returncode) == ("", 0)

"""How the application's authenticator is asked."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from . import _lanes
from ._authenticator import AuthenticationReply, AuthenticationStep, Authenticator
from ._errors import InvalidType, StopReconnecting

if TYPE_CHECKING:
    from ._mqttka import Challenge
    from ._options import Options

Ask = Callable[["Challenge"], None]


class LoopAuthenticator:
    """Runs a coroutine function in the client's event loop, for one exchange at a time."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Before the first attempt."""
        self._loop = loop

    def __call__(self, challenge: Challenge) -> None:
        """Called on a thread of the library."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._start, challenge)
        except RuntimeError:
            challenge.fail("the event loop is closed", True)

    def _start(self, challenge: Challenge) -> None:
        assert self._loop is not None
        if self._task is not None:
            self._task.cancel()
        self._task = task = self._loop.create_task(self._run(challenge))
        deadline = self._loop.call_later(challenge.time_left, task.cancel)
        task.add_done_callback(lambda _: deadline.cancel())

    async def _run(self, challenge: Challenge) -> None:
        try:
            _reply(challenge, await cast(Any, self._authenticator.authenticate(_step(challenge))))
        except Exception as raised:
            _fail(challenge, raised)
        except BaseException as raised:  # cancelled, Ctrl-C
            _fail(challenge, raised)
            raise


def prepare(options: Options, looped: bool) -> tuple[dict[str, object], LoopAuthenticator | None]:
    """What the native module is given in place of an application's authenticator."""
    given = options.get("authenticator")
    if not isinstance(given, Authenticator):
        return {}, None
    method = getattr(given, "method", None)
    if not isinstance(method, str):
        raise InvalidType(f"authenticator.method is of type {type(method).__name__}; it must be a str")
    if looped and _lanes.is_async(given.authenticate):
        in_loop = LoopAuthenticator(given)
        return {"authenticator": (method, in_loop)}, in_loop
    _lanes.check("authenticator.authenticate", given.authenticate, "mqttka.Client")
    return {"authenticator": (method, _asking(given))}, None


def _asking(authenticator: Authenticator) -> Ask:
    def ask(challenge: Challenge) -> None:
        try:
            answer = authenticator.authenticate(_step(challenge))
            if inspect.iscoroutine(answer):
                answer.close()
                raise TypeError("the authenticator gave a coroutine; make it an async function")
            _reply(challenge, answer)
        except BaseException as raised:  # SystemExit, too: it is a thread of the library
            _fail(challenge, raised)

    return ask


def _step(challenge: Challenge) -> AuthenticationStep:
    return AuthenticationStep(
        challenge.kind,
        challenge.data,
        challenge.exchange,
        challenge.reauthenticates,
        challenge.time_left,
        challenge.reason_string,
        challenge.user_properties,
    )


def _reply(challenge: Challenge, answer: Any) -> None:
    if isinstance(answer, AuthenticationReply):
        challenge.reply(answer.data, answer.user_properties)
    else:
        challenge.reply(answer, None)


def _fail(challenge: Challenge, raised: BaseException) -> None:
    kind = type(raised).__name__
    fatal = isinstance(raised, StopReconnecting)
    words = str(raised) if fatal else f"{kind}: {raised}" if str(raised) else kind
    challenge.fail(words, fatal)

"""How long a caller is willing to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

from ._errors import InvalidArgument, InvalidType, MqttkaError, WaitTimeout

T = TypeVar("T")


class Deadline:
    """When a call's own `timeout` ends; None is no limit."""

    def __init__(self, timeout: float | None) -> None:
        check(timeout)
        self._at = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Seconds; 0 where it has passed."""
        return None if self._at is None else max(0.0, self._at - time.monotonic())


def check(timeout: float | None) -> None:
    """Refuses what is no limit."""
    if timeout is None:
        return
    if not isinstance(timeout, (int, float)):
        kind = type(timeout).__name__
        raise InvalidType(f"timeout is of type {kind}; it must be a number of seconds")
    if not timeout >= 0:
        raise InvalidArgument(f"timeout is {timeout}; it must be 0 or more")


async def within(awaited: Awaitable[T], timeout: float | None) -> T:
    """What comes of it. Raises WaitTimeout where nothing comes within `timeout` seconds."""
    check(timeout)
    if timeout is None:
        return await awaited
    try:
        return await asyncio.wait_for(_wait(awaited), timeout)
    except asyncio.TimeoutError as error:
        if isinstance(error, MqttkaError):  # its own
            raise
        raise WaitTimeout("timed out") from None


async def _wait(awaited: Awaitable[T]) -> T:
    return await awaited

"""Several scenes at once: they mostly wait."""

from __future__ import annotations

import signal
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Callable, Iterator, Sequence, TypeVar

from .clock import Cancelled, Stop

T = TypeVar("T")


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """SIGINT, SIGTERM and SIGHUP end all waits; every scene then cleans up after itself."""
    stop = Stop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)


def run_all(jobs: int, tasks: Sequence[Callable[[], T]], done: Callable[[T], None], stop: Stop) -> list[T]:
    """The results, in the order of the tasks. A failure of one ends them all."""
    with ThreadPoolExecutor(jobs) as pool:
        futures: list[Future[T]] = [pool.submit(_unless_stopped, task, stop) for task in tasks]
        pending = set(futures)
        try:
            while pending:
                # The timeout lets the main thread run its signal handlers.
                finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    done(future.result())
        except BaseException:
            stop.set()
            raise
    return [future.result() for future in futures]


def _unless_stopped(task: Callable[[], T], stop: Stop) -> T:
    if stop.is_set():
        raise Cancelled
    return task()

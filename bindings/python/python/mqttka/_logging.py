"""The library's diagnostics in Python's `logging`, on a thread of their own."""

from __future__ import annotations

import logging

from . import _mqttka, _threads
from ._errors import StartupFailed

TRACE = 5
"""The level below DEBUG, at which each packet is logged."""

_BATCH = 64


def enable_logging(level: int = logging.WARNING) -> None:
    """Forwards the library's diagnostics of this level and above to the logger "mqttka": a whole
    session at DEBUG, each packet (kind, size, identifier; no topic, payload or credentials) at TRACE.
    Calling it again changes the level.

    Handlers run on a thread of their own: however slow they are, nothing waits for them; beyond
    1,024 records that wait, records are dropped and counted.

    Raises LoggingTaken where other native code of the process took the place for such a receiver,
    StartupFailed where the system gives no thread."""
    if (records := _mqttka.forward_logs(level)) is None:
        return
    logging.addLevelName(TRACE, "TRACE")
    waiting = records
    try:
        _threads.start("mqttka-log", lambda: _run(waiting))
    except RuntimeError as error:
        raise StartupFailed(str(error)) from error


def _run(records: _mqttka.Records) -> None:
    logger = logging.getLogger("mqttka")
    while True:
        for level, text in records.wait(_BATCH):
            if not _mqttka.enter():
                return
            try:
                logger.log(level, "%s", text)
            except BaseException as error:  # a handler's own
                _mqttka.report(error, logger.log)
            finally:
                _mqttka.leave()

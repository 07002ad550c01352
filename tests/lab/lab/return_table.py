"""The table of clients that come back by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Sequence

from .measure import Trial
from .returning import Return
from .table import layout, seconds, span


@dataclass(frozen=True)
class ReturnRow:
    client: str
    transport: str
    case: str
    n: int
    median_back: float | None
    max_back: float | None
    ends: str  # how many `disconnected` each trial had: "1", or "0-2"
    returns: int  # how many `connected` or `moved` were measured
    messages: int  # with QoS 1 and 2, both ways
    lost: int
    twice: int  # at QoS 2
    pings: str
    problems: int
    broken: int


def rows(trials: Sequence[Trial]) -> list[ReturnRow]:
    groups: dict[tuple[str, str, str], list[Return]] = {}
    for trial in trials:
        assert isinstance(trial, Return)
        groups.setdefault((trial.client, trial.transport, trial.case), []).append(trial)
    return [_row(*key, group) for key, group in groups.items()]


def _row(client: str, transport: str, case: str, trials: list[Return]) -> ReturnRow:
    sound = [trial for trial in trials if not trial.broken]
    back = [time for trial in sound for time in trial.back]
    return ReturnRow(
        client,
        transport,
        case,
        len(sound),
        median(back) if back else None,
        max(back, default=None),
        span([trial.disconnected for trial in sound]),
        len(back),
        sum(trial.account.sent for trial in sound),
        sum(len(lost) for trial in sound for lost in trial.account.lost.values()),
        sum(len(trial.account.doubled[2]) for trial in sound),
        span([trial.pings for trial in sound if trial.pings is not None]),
        sum(bool(trial.problems) for trial in sound),
        len(trials) - len(sound),
    )


LEGEND = """\
back     seconds from when the client could come back to `connected`: how many returns, their median, the longest
ends     `disconnected` in each trial
messages with QoS 1 and 2, both ways: how many, how many were lost, how many came twice at QoS 2
pings    PINGREQs, where they are counted
bad      trials in which anything was not as it must be"""

_HEAD = ("client", "case", "n", "back: n", "median, s", "longest, s", "ends", "messages", "lost", "twice", "pings", "bad")


def render(table: list[ReturnRow]) -> str:
    several = len({row.transport for row in table}) > 1
    return layout(
        _HEAD,
        [
            (
                row.client,
                f"{row.case} over {row.transport}" if several else row.case,
                str(row.n) + (f" (+{row.broken} broken)" if row.broken else ""),
                str(row.returns or "-"),
                *(seconds(value) for value in (row.median_back, row.max_back)),
                row.ends or "-",
                str(row.messages or "-"),
                *(str(count or "-") for count in (row.lost, row.twice)),
                row.pings or "-",
                str(row.problems or "-"),
            )
            for row in table
        ],
    )

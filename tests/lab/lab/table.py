"""What people read."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from .measure import Trial


@dataclass(frozen=True)
class Row:
    client: str
    transport: str
    case: str
    n: int
    median_from_fault: float | None
    max_from_fault: float | None
    median_from_evidence: float | None
    max_from_evidence: float | None
    never: int
    events: str  # how many `disconnected` there were: "1", or "0-2"
    alarms: int  # connections lost with no fault, or with one that must not end them
    problems: int
    broken: int


def rows(trials: list[Trial], must_not_fire: set[str]) -> list[Row]:
    groups: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.client, trial.transport, trial.case), []).append(trial)
    return [_row(*key, group, key[2] in must_not_fire) for key, group in groups.items()]


def _row(client: str, transport: str, case: str, trials: list[Trial], must_not_fire: bool) -> Row:
    sound = [trial for trial in trials if not trial.broken]
    fault = [trial.from_fault for trial in sound if trial.from_fault is not None]
    evidence = [trial.from_evidence for trial in sound if trial.from_evidence is not None]
    return Row(
        client,
        transport,
        case,
        len(sound),
        median(fault) if fault else None,
        max(fault, default=None),
        median(evidence) if evidence else None,
        max(evidence, default=None),
        0 if must_not_fire else sum(trial.from_fault is None and not trial.premature for trial in sound),
        span([trial.disconnected for trial in sound]),
        sum(trial.false_alarm or trial.premature for trial in sound),
        sum(bool(trial.problems) for trial in sound),
        len(trials) - len(sound),
    )


_TIMES = ("fault->event: median", "max", "evidence->event: median", "max")
_HEAD = ("client", "case", "n", *_TIMES, "never", "events", "alarms", "bad")


def render(table: list[Row]) -> str:
    """A table for each transport; one of TCP alone needs no heading."""
    transports = list(dict.fromkeys(row.transport for row in table))
    if transports in ([], ["tcp"]):
        return _render(table)
    return "\n\n".join(
        f"transport {transport}\n\n" + _render([row for row in table if row.transport == transport])
        for transport in transports
    )


def _render(table: list[Row]) -> str:
    return layout(
        _HEAD,
        [
            (
                row.client,
                row.case,
                str(row.n) + (f" (+{row.broken} broken)" if row.broken else ""),
                *(seconds(value) for value in (row.median_from_fault, row.max_from_fault)),
                *(seconds(value) for value in (row.median_from_evidence, row.max_from_evidence)),
                str(row.never or "-"),
                row.events or "-",
                str(row.alarms or "-"),
                str(row.problems or "-"),
            )
            for row in table
        ],
    )


def layout(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns: two of words, then figures."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = []
    for line in lines:
        left = [cell.ljust(width) for cell, width in zip(line[:2], widths)]
        right = [cell.rjust(width) for cell, width in zip(line[2:], widths[2:])]
        text.append("  ".join(left + right).rstrip())
    return "\n".join(text)


def span(counts: list[int]) -> str:
    """Such as "1", or "0-2"; empty where there is none."""
    ends = sorted({min(counts), max(counts)}) if counts else []
    return "-".join(str(count) for count in ends)


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"

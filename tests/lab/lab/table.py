"""What people read."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from .case import Expect
from .measure import Trial


@dataclass(frozen=True)
class Row:
    client: str
    transport: str
    case: str
    n: int
    limit: float | None  # none: nothing may be told
    median_from_fault: float | None
    max_from_fault: float | None
    median_from_evidence: float | None
    max_from_evidence: float | None
    max_took: float | None  # from where the limit counts
    never: int
    late: int
    events: str  # how many `disconnected` there were: "1", or "0-2"
    alarms: int  # connections lost with no fault, or with one that must not end them
    problems: int
    broken: int
    promised: bool = True


def rows(trials: list[Trial]) -> list[Row]:
    groups: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.client, trial.transport, trial.case), []).append(trial)
    return [_row(*key, group) for key, group in groups.items()]


def _row(client: str, transport: str, case: str, trials: list[Trial]) -> Row:
    sound = [trial for trial in trials if not trial.broken]
    limit = next((trial.limit for trial in sound), None)
    fault = [trial.from_fault for trial in sound if trial.from_fault is not None]
    evidence = [trial.from_evidence for trial in sound if trial.from_evidence is not None]
    return Row(
        client,
        transport,
        case,
        len(sound),
        limit,
        median(fault) if fault else None,
        max(fault, default=None),
        median(evidence) if evidence else None,
        max(evidence, default=None),
        max((trial.took for trial in sound if trial.took is not None), default=None),
        0 if limit is None else sum(trial.from_fault is None and not trial.premature for trial in sound),
        sum(trial.late for trial in sound),
        span([trial.disconnected for trial in sound]),
        sum(trial.false_alarm or trial.premature for trial in sound),
        sum(bool(trial.problems) for trial in sound),
        len(trials) - len(sound),
        all(trial.expect != Expect.UNPROMISED.value for trial in trials),
    )


_HEAD = ("client", "case", "n", "median, s", "longest, s", "bound, s", "of the bound, s", "events", "bad")

LEGEND = """\
median,  seconds from the fault to the callback; connecting: from the attempt
longest
bound    1.5 K from the last sign of life that reached the client (connecting: from the attempt, and 0.1 s more; reset or
         closed: 0.5 s; after a pause: from its end); none: nothing may be told, or nothing is promised
of the   the longest from where the bound counts. ok: in time, or rightly quiet; LATE: beyond the bound; NEVER: so many
bound    trials without any event; ALARM: so many connections lost that were alive; BAD: not as it must be (see above);
         open: nothing is promised, and one event at most was told
events   `disconnected` in each trial
bad      trials that break the promise; a peer has given none, and is not judged"""


def verdict(row: Row) -> str:
    """What the worst trial of a row was, in a word or two."""
    if row.n == 0:
        return "-"
    if row.alarms:
        return f"{row.alarms} ALARM"
    if not row.promised:
        return "open" if not row.problems else "BAD"
    if row.limit is None:
        return "ok" if not row.problems else "BAD"
    if row.never:
        return f"{row.never} NEVER"
    return f"{seconds(row.max_took)} {'LATE' if row.late else 'BAD' if row.problems else 'ok'}"


def render(table: list[Row], markdown: bool = False) -> str:
    """A table for each transport; one of TCP alone needs no heading."""
    transports = list(dict.fromkeys(row.transport for row in table))
    draw = layout_markdown if markdown else layout
    tables = []
    for transport in transports:
        heading = "" if transports == ["tcp"] else f"transport {transport}\n\n"
        tables.append(heading + draw(_HEAD, [_cells(row) for row in table if row.transport == transport]))
    return "\n\n".join(tables)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.client,
        row.case,
        str(row.n) + (f" (+{row.broken} broken)" if row.broken else ""),
        "-" if row.limit is None else seconds(row.median_from_fault),
        "-" if row.limit is None else seconds(row.max_from_fault),
        "none" if row.limit is None else seconds(row.limit),
        verdict(row),
        row.events or "-",
        str(row.problems or "-"),
    )


def summary(table: list[Row]) -> str:
    """A line for each client."""
    lines = []
    for client in dict.fromkeys(row.client for row in table):
        own = [row for row in table if row.client == client]
        faults = [row for row in own if row.limit is not None]
        calm = sum(row.n for row in own if row.limit is None and row.promised)
        lines.append(
            f"{client}: {sum(row.n for row in faults)} faults, {sum(row.late for row in own)} told late, "
            f"{sum(row.never for row in own)} never; {sum(row.alarms for row in own)} false alarms, of {calm} trials that "
            "must be silent"
        )
    return "\n".join(lines)


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


def layout_markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """The same for a page."""
    marks = ("---", "---", *("--:" for _ in head[2:]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows))


def span(counts: list[int]) -> str:
    """Such as "1", or "0-2"; empty where there is none."""
    ends = sorted({min(counts), max(counts)}) if counts else []
    return "-".join(str(count) for count in ends)


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"

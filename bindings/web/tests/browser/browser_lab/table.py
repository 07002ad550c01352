"""What people read."""

from __future__ import annotations

from lab.table import layout, layout_markdown, seconds

from .measure import Row

_HEAD = ("client", "case", "n", "median, s", "longest, s", "bound, s", "verdict", "events", "back, s", "bad", "cause")

LEGEND = """\
median,  seconds from the last byte that the page got to its event `disconnected` (MQTT.js: `close`); closed and resumed: from
longest  then; parked: from the page's return to `connected`
bound    1.5 K, and what a case without a Worker may add; closed, frozen: 1 s; none: nothing may be told
verdict  ok; LATE; NEVER: so many trials without an event; ALARM: so many connections lost that were alive; BAD: see above
back     seconds from when it could be back (the path healed, and it knew of the loss) to `connected`: the median
bad      trials that break the promise; MQTT.js has given none, and is not judged"""


def verdict(row: Row) -> str:
    if row.n == 0:
        return "-"
    if row.alarms:
        return f"{row.alarms} ALARM"
    if row.never:
        return f"{row.never} NEVER"
    if row.late:
        return f"{row.late} LATE"
    return "BAD" if row.problems else "ok"


def render(table: list[Row], markdown: bool = False) -> str:
    return (layout_markdown if markdown else layout)(_HEAD, [_cells(row) for row in table])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.client,
        row.case,
        str(row.n) + (f" (+{row.broken} broken)" if row.broken else ""),
        seconds(row.median_took),
        seconds(row.max_took),
        "none" if row.limit is None else seconds(row.limit),
        verdict(row),
        row.events or "-",
        seconds(row.median_back),
        str(row.problems or "-"),
        row.causes or "-",
    )


def summary(table: list[Row]) -> str:
    """A line for each client."""
    lines = []
    for client in dict.fromkeys(row.client for row in table):
        own = [row for row in table if row.client == client]
        faults = sum(row.n for row in own if row.limit is not None)
        calm = sum(row.n for row in own if row.limit is None)
        lines.append(
            f"{client}: {faults} faults, {sum(row.late for row in own)} told late, {sum(row.never for row in own)} never; "
            f"{sum(row.alarms for row in own)} connections lost that were alive, {calm} trials that must be silent"
        )
    return "\n".join(lines)

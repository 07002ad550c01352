"""From what a page told to figures, and from figures to a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from lab.clock import SECOND

from .case import Case, Expect
from .page import PAGE, Entry
from .scene import Line
from .witness import Witness

OURS = "mqttka"
CONNECTED, DISCONNECTED = "connected", "disconnected"
# What is there to be told must be told at once.
_AT_ONCE = 1.0
# Between the page's clock and the lab's, and between two listeners of one event.
_SAME_INSTANT = SECOND // 20


@dataclass
class Verdict:
    """One client in one trial."""

    client: str
    case: str
    repeat: int
    expect: str
    limit: float | None = None  # seconds, from where the limit counts; none: nothing may be told
    took: float | None = None  # seconds to the event from there
    from_happening: float | None = None  # seconds to the event from what happened
    from_evidence: float | None = None  # from the last byte that the page got
    cause: str = ""
    disconnected: int = 0
    back: float | None = None  # seconds until it was connected again, from when it could be
    buffered: int | None = None  # bytes that the page's socket still held at the event
    late: bool = False
    back_late: bool = False
    never: bool = False
    alarm: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: str = ""  # the lab failed, or the machine was too busy: no verdict, and worth another try
    entries: list[Entry] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {**self.__dict__, "entries": [entry.as_json() for entry in self.entries]}


def limit_of(case: Case, keep_alive: int) -> float | None:
    match case.expect:
        case Expect.SURVIVE | Expect.LIMIT | Expect.GOODBYE:
            return None
        case Expect.CLOSED | Expect.FROZEN:
            return _AT_ONCE
        case Expect.PARKED:
            return case.back_within
    return 1.5 * keep_alive + case.late


def judge(verdict: Verdict, case: Case, keep_alive: int, line: Line, goodbye: bool | None) -> None:
    """Fills in the figures and the problems.

    `goodbye`: whether the broker got a DISCONNECT and published no Will; none where that is not asked."""
    happened_at = line.happened_at
    assert happened_at is not None
    verdict.limit = limit_of(case, keep_alive)
    own = [entry for entry in verdict.entries if entry.client == verdict.client]
    verdict.problems += [f"told an error: {one.fields.get('message')}" for one in own if one.event == "error"]
    before = [one for one in own if one.event == DISCONNECTED and one.time < (line.begun_at or happened_at) - _SAME_INSTANT]
    if before:
        verdict.alarm = True
        verdict.problems.append("lost the connection before anything happened")
        return
    lost = [one for one in own if one.event == DISCONNECTED]
    verdict.disconnected = len(lost)
    if lost:
        first = lost[0]
        verdict.cause = str(first.fields.get("cause") or "")
        verdict.buffered = first.fields.get("buffered")
        verdict.from_happening = (first.time - happened_at) / SECOND
        if first.heard is not None:
            verdict.from_evidence = (first.time - first.heard) / SECOND
    match case.expect:
        case Expect.SURVIVE | Expect.LIMIT:
            if lost:
                verdict.alarm = True
                verdict.problems.append(f"false alarm {verdict.from_happening:.2f} s after ({verdict.cause})")
            elif case.total and not any(one.event in ("downloaded", "uploaded") for one in own):
                verdict.problems.append(f"only {own[-1].fields.get('received') if own else 0} bytes came")
        case Expect.GOODBYE:
            pass
        case Expect.PARKED:
            _judge_parked(verdict, lost)
        case _:
            _judge_detection(verdict, case, lost)
    if goodbye is False:
        verdict.problems.append("the broker got no DISCONNECT, or published the Will")
    if case.expect not in (Expect.SURVIVE, Expect.LIMIT, Expect.GOODBYE):
        _judge_return(verdict, case, own, lost, line)
    if case.alone:
        said = {one.event for one in verdict.entries if one.client == PAGE}
        verdict.problems += [f"the browser did not say {event}" for event in ("offline", "online") if event not in said]


def _judge_detection(verdict: Verdict, case: Case, lost: list[Entry]) -> None:
    if len(lost) != 1:
        verdict.problems.append(f"{len(lost)} disconnected")
    if not lost:
        verdict.never = True
        return
    if verdict.client == OURS and case.causes and verdict.cause not in case.causes:
        verdict.problems.append(f"cause {verdict.cause}, not {' or '.join(sorted(case.causes))}")
    took = verdict.from_evidence if case.expect is Expect.DEAD else verdict.from_happening
    if case.expect is Expect.FROZEN and took is not None:
        took = max(0.0, took)  # told as it froze, most likely
    if took is None:
        verdict.broken = "the page saw no byte for this client"
        return
    assert verdict.limit is not None
    verdict.took = took
    verdict.late = took > verdict.limit
    if verdict.late:
        verdict.problems.append(f"late: {took:.3f} s, bound {verdict.limit:.1f} s ({verdict.cause})")


def excuse(verdict: Verdict, machine: Witness) -> None:
    """What is late on a machine that was late itself proves nothing: it is tried again, and no pass."""
    told = next((one for one in verdict.entries if one.client == verdict.client and one.event == DISCONNECTED), None)
    slow = verdict.late or verdict.back_late
    if verdict.client != OURS or not slow or told is None:
        return
    excess = verdict.took - verdict.limit if verdict.late and verdict.took and verdict.limit else 0.0
    late = machine.latest(told.time - 2 * SECOND, told.time + SECOND // 2)
    if machine.is_overloaded or late > 0.5 * excess > 0:
        verdict.broken = f"{verdict.problems[-1]}; on a machine that was late by {late:.2f} s itself, load {machine.load:.0f}"


def _judge_parked(verdict: Verdict, lost: list[Entry]) -> None:
    if len(lost) != 1:
        verdict.problems.append(f"{len(lost)} disconnected")
    shown = [one for one in verdict.entries if one.client == PAGE and one.event == "pageshow" and one.fields.get("persisted")]
    if not shown:
        verdict.problems.append("the page was not in the back/forward cache")


def _judge_return(verdict: Verdict, case: Case, own: list[Entry], lost: list[Entry], line: Line) -> None:
    if not lost:
        return
    back = [one for one in own if one.event == CONNECTED and one.time > lost[0].time]
    if not back:
        verdict.problems.append("did not come back")
        return
    if len(back) != len(lost):
        verdict.problems.append(f"{len(back)} connected after {len(lost)} disconnected")
    # It could be back when the page was and the path was, and it knew of the loss, if there was anything to heal.
    could = max(lost[0].time, line.happened_at or 0)
    if case.expect is Expect.PARKED:
        could = max([could, *(one.time for one in verdict.entries if one.client == PAGE and one.event == "pageshow")])
    if line.healed_at is not None and back[0].time > line.healed_at:
        could = max(could, line.healed_at)
    verdict.back = (back[0].time - could) / SECOND
    if case.expect is Expect.PARKED:
        verdict.took = verdict.back
    if case.back_within is not None and verdict.back > case.back_within:
        verdict.back_late = True
        verdict.late = verdict.late or case.expect is Expect.PARKED
        verdict.problems.append(f"back only after {verdict.back:.2f} s, bound {case.back_within:.1f} s")


@dataclass(frozen=True)
class Row:
    client: str
    case: str
    n: int
    limit: float | None
    median_took: float | None
    max_took: float | None
    median_back: float | None
    events: str
    causes: str
    never: int
    late: int
    alarms: int
    problems: int
    broken: int


def rows(verdicts: list[Verdict]) -> list[Row]:
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault((one.case, one.client), []).append(one)
    return [_row(case, client, group) for (case, client), group in groups.items()]


def _row(case: str, client: str, group: list[Verdict]) -> Row:
    sound = [one for one in group if not one.broken]
    took = [one.took for one in sound if one.took is not None]
    back = [one.back for one in sound if one.back is not None]
    counts = sorted({one.disconnected for one in sound})
    return Row(
        client,
        case,
        len(sound),
        next((one.limit for one in sound), None),
        median(took) if took else None,
        max(took, default=None),
        median(back) if back else None,
        "-".join(str(count) for count in sorted({*counts[:1], *counts[-1:]})),
        ", ".join(sorted({one.cause for one in sound if one.cause})),
        sum(one.never for one in sound),
        sum(one.late for one in sound),
        sum(one.alarm for one in sound),
        sum(bool(one.problems) for one in sound),
        len(group) - len(sound),
    )

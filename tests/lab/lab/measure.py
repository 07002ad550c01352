"""From events and a capture to figures, and from figures to a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import transports
from .adapter import CONNECT_FAILED, CONNECTED, CONNECTING, DISCONNECTED, Event
from .capture import Flow, last_before
from .case import Case, Expect
from .clock import SECOND

# What is ready to be read (a FIN, a RST) must be told at once.
_AT_ONCE = 0.5
# A deadline's own event comes after it.
_CONNECT_TOLERANCE = 0.1


def bound(keep_alive: int) -> float:
    return 1.5 * keep_alive


def connect_bound(keep_alive: int) -> float:
    return min(bound(keep_alive), 30.0) + _CONNECT_TOLERANCE


def limit_of(case: Case, keep_alive: int) -> float | None:
    """Within how many seconds the application must know; none: nothing may be told, or nothing is promised."""
    if case.expect in (Expect.SURVIVE, Expect.UNPROMISED):
        return None
    if case.expect is Expect.CONNECT_FAILS:
        return connect_bound(keep_alive)
    return _AT_ONCE if case.expect in (Expect.CLOSED, Expect.RESUMED_CLOSED) else bound(keep_alive)


@dataclass
class Trial:
    """One run of one case by one client."""

    client: str
    transport: str
    case: str
    repeat: int
    keep_alive: int
    expect: str
    events: list[Event] = field(default_factory=list)
    fault_at: int | None = None
    connected: int = 0
    disconnected: int = 0  # before the lab asked for it
    from_fault: float | None = None  # seconds to the event that tells; none: it did not come in time
    from_evidence: float | None = None  # the same from the last packet that told the client's machine something new
    exit_seconds: float | None = None  # from "quit" to the end of the process; none: killed
    limit: float | None = None  # seconds that the promise allows, from where it counts; none: nothing may be told
    took: float | None = None  # seconds to the event from where the limit counts
    late: bool = False
    premature: bool = False  # lost the connection before there was any fault
    false_alarm: bool = False
    problems: list[str] = field(default_factory=list)  # what breaks the promise
    notes: list[str] = field(default_factory=list)
    broken: str = ""  # the lab itself failed: no verdict

    def as_json(self) -> dict[str, object]:
        return {**self.__dict__, "events": [event.as_json() for event in self.events]}


def verdict_event(case: Case) -> str:
    return CONNECT_FAILED if case.expect is Expect.CONNECT_FAILS else DISCONNECTED


def judge(trial: Trial, case: Case, quit_at: int, flows: list[Flow], last_byte_at: int | None = None) -> None:
    """Fills in the figures and the problems.

    `last_byte_at`: the last byte of the MQTT stream, where a relay knows better than the capture."""
    trial.limit = limit_of(case, trial.keep_alive)
    before_quit = [event for event in trial.events if event.time < quit_at]
    trial.connected = sum(event.name == CONNECTED for event in before_quit)
    trial.disconnected = sum(event.name == DISCONNECTED for event in before_quit)
    if trial.fault_at is None:
        trial.premature = True
        trial.problems.append("lost the connection before there was any fault")
        return
    fault_at = trial.fault_at
    told = next((event for event in before_quit if event.name == verdict_event(case)), None)
    match case.expect:
        case Expect.SURVIVE:
            trial.false_alarm = told is not None
            if told is not None:
                trial.from_fault = (told.time - fault_at) / SECOND
                trial.problems.append(f"false alarm {trial.from_fault:.2f} s after the fault {_why(told)}")
        case Expect.UNPROMISED:
            if told is not None:
                trial.from_fault = (told.time - fault_at) / SECOND
                _judge_cause(trial, case, told)
        case Expect.CONNECT_FAILS:
            _judge_connecting(trial, case, told)
        case _:
            _judge_detection(trial, case, told, flows, last_byte_at)


def _judge_connecting(trial: Trial, case: Case, told: Event | None) -> None:
    if told is None:
        trial.problems.append("no connect_failed")
        return
    start = next(event for event in trial.events if event.name == CONNECTING)
    trial.from_fault = (told.time - start.time) / SECOND
    trial.took = trial.from_fault
    trial.late = trial.from_fault > connect_bound(trial.keep_alive)
    if trial.late:
        trial.problems.append(f"late: {trial.from_fault:.3f} s, bound {connect_bound(trial.keep_alive):.1f} s")
    stage = told.fields.get("stage", case.stage)
    if stage != case.stage:
        trial.problems.append(f"stage {stage}, not {case.stage}")


def _judge_detection(
    trial: Trial, case: Case, told: Event | None, flows: list[Flow], last_byte_at: int | None
) -> None:
    assert trial.fault_at is not None
    if trial.disconnected != 1:
        trial.problems.append(f"{trial.disconnected} disconnected")
    if told is None:
        return
    trial.from_fault = (told.time - trial.fault_at) / SECOND
    _judge_cause(trial, case, told)
    # One adapter's attempt to connect again, if it makes one, is a flow of its own: the first counts.
    flow = flows[0] if flows else Flow()
    payload = last_before(flow.payload, told.time)
    evidence = last_before(flow.payload + flow.progress, told.time)
    if payload is None or evidence is None:
        trial.broken = "the capture shows nothing from the broker"
        return
    if last_byte_at is not None:
        # The packets with the relay's pings, and the acknowledgements of what answers them, are no evidence.
        payload = evidence = last_byte_at
    trial.from_evidence = (told.time - evidence) / SECOND
    closes = [time for time in flow.closes if trial.fault_at <= time <= told.time]
    since = {
        Expect.DEAD_PATH: evidence,
        Expect.DEAD_PEER: evidence if case.bulk else payload,
        Expect.CLOSED: min(closes, default=trial.fault_at),
        Expect.RESUMED_DEAD: trial.fault_at,
        Expect.RESUMED_CLOSED: trial.fault_at,
    }
    instant, limit = since[case.expect], trial.limit
    assert limit is not None
    took = trial.took = (told.time - instant) / SECOND
    trial.late = took > limit
    if trial.late:
        trial.problems.append(f"late: {took:.3f} s, bound {limit:.1f} s {_why(told)}")


def _judge_cause(trial: Trial, case: Case, told: Event) -> None:
    cause = told.fields.get("cause")
    causes = case.causes_over(transports.parse(trial.transport)[0])
    if cause is not None and causes and cause not in causes:
        trial.problems.append(f"cause {cause}, not {' or '.join(sorted(causes))}")


def _why(event: Event) -> str:
    return " ".join(f"{key}={value}" for key, value in event.fields.items()).join("()")

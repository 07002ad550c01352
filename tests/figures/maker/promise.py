"""The lab's trials: a dot for each, the bound as a line, false alarms as crosses."""

from __future__ import annotations

from typing import Any, Callable

from .svg import Drawing, Theme, cross, outline, ring

TITLE = "Seconds from the fault to the application's callback"

# What a row of the picture is made of; any other case gets a row with its own name.
_FAULTS = {
    "internet gone, idle": ("hole-idle", "hole-subscriber"),
    "… while publishing": ("hole-qos0", "hole-qos1"),
    "… while sending much": ("hole-flood", "hole-upload"),
    "… message handler stuck": ("hole-stuck",),
    "broker's process stops": ("stopped-idle", "stopped-qos0", "stopped-qos1"),
    "no answer on connecting": ("syn-dropped", "no-connack", "dns-hang"),
    "reset or closed": ("rst-idle", "fin-idle"),
}
_NO_FAULTS = {
    "outage of 3 s": ("outage-3s-idle", "outage-3s-qos0", "outage-3s-qos1", "outage-3s-subscriber"),
    "10 % loss; round trip 3 s": (
        *(f"loss-10-{load}" for load in ("idle", "qos0", "qos1", "upload", "subscriber")),
        *(f"rtt-3s-{load}" for load in ("idle", "qos0", "qos1", "subscriber")),
    ),
    "slow link, full": ("slow-upload", "slow-flood", "slow-download", "slow-download-qos0"),
    "long queues, crawling link": ("bloat-upload", "bloat-download", "crawl-upload", "crawl-download"),
}

_WIDTH, _LEFT, _RIGHT = 880, 196, 800
_NEVER = 840  # the middle of the column for what never came
_LANE = 11.0
_GAP = 9.0


def _grouped(groups: dict[str, tuple[str, ...]], cases: list[str]) -> list[tuple[str, list[str]]]:
    known = {case for members in groups.values() for case in members}
    rows = [(name, [case for case in members if case in cases]) for name, members in groups.items()]
    return [row for row in rows if row[1]] + [(case, [case]) for case in cases if case not in known]


def draw(data: dict[str, Any], theme: Theme) -> str:
    """`data`: as docs/figures/README.md says."""
    clients: list[str] = list(data["trials"])
    names = {client: data["names"].get(client, client) for client in clients}
    quiet = set(data["must_not_fire"])
    cases = list(dict.fromkeys(case for of in data["trials"].values() for case in of))
    told = _grouped(_FAULTS, [case for case in cases if case not in quiet])
    still = _grouped(_NO_FAULTS, [case for case in cases if case in quiet])
    row = _LANE * len(clients) + _GAP
    top = 82
    middle = top + row * len(told)
    lower = middle + (70 if told else 0)
    height = round((lower if still else middle) + row * len(still) + 56)

    bound = data["bound"]
    times = [seconds for of in data["trials"].values() for case, all_ in of.items() if case not in quiet
             for seconds in all_ if isinstance(seconds, (int, float))]  # fmt: skip
    last = max([2 * bound, *times]) * 1.02
    step = 5 if last <= 40 else 10 if last <= 80 else 30

    def x(seconds: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(seconds, last) / last

    style = (
        f".a{{fill:{theme.shade}}}.w{{stroke:{theme.ink};stroke-width:1.5;stroke-dasharray:5 3}}"
        ".c{font-size:11px}"
        f".x{{stroke:{theme.bad};stroke-width:1.6;fill:none}}.o{{fill:none;stroke:{theme.quiet};stroke-width:1}}"
    )
    for index, colour in enumerate(theme.series):
        style += f".s{index}{{fill:{colour};fill-opacity:.85}}.t{index}{{fill:{colour}}}"
    picture = Drawing(_WIDTH, height, TITLE, _description(data, names, told, still), theme, style)

    picture.text(16, 26, TITLE, "h")
    place = 16.0
    for index, client in enumerate(clients):
        picture.marks([outline(index, place + 5, 46, 4.5)], f"s{index % 5}")
        picture.text(place + 15, 50.5, names[client], f"t{index % 5} b" if index == 0 else f"t{index % 5}")
        place += 32 + 7.4 * len(names[client])

    if told:
        _frame(picture, told, top, row, len(clients))
        for seconds in range(0, int(last) + 1, step):
            picture.line(x(seconds), top - 4, x(seconds), middle, "g")
            picture.text(x(seconds), middle + 16, f"{seconds} s" if seconds == 0 else f"{seconds}", "m q")
        picture.line(x(bound), top - 6, x(bound), middle + 4, "w")
        picture.text(x(bound), top - 11, f"bound: {bound:g} s = 1.5 x keep-alive", "m b")
        picture.text(_NEVER, middle + 16, "never", "m q")
        for number, (_, members) in enumerate(told):
            for index, client in enumerate(clients):
                y = top + row * number + _GAP / 2 + _LANE * (index + 0.5)
                trials = [trial for case in members for trial in data["trials"][client].get(case, [])]
                _dots(picture, index, trials, x, y)
    if still:
        picture.text(16, lower - 14, "Not dead, only slow: nothing may be told", "b")
        picture.marks([ring(344, lower - 18.5, 3)], "o")
        picture.text(353, lower - 14, "kept quiet", "q")
        picture.marks([cross(438, lower - 18.5, 3.4)], "x")
        picture.text(448, lower - 14, "false alarm", "q")
        _frame(picture, still, lower, row, len(clients))
        for number, (_, members) in enumerate(still):
            for index, client in enumerate(clients):
                y = lower + row * number + _GAP / 2 + _LANE * (index + 0.5)
                _alarms(picture, index, [s for case in members for s in data["trials"][client].get(case, [])], y)
    meta = data["meta"]
    picture.text(16, height - 14, _small_print(data, meta), "q")
    return picture.finish()


def table(data: dict[str, Any]) -> str:
    """The same for a page: the longest time of each row, and how many alarms were false."""
    return _page(data, _FAULTS, _NO_FAULTS)


def summary(data: dict[str, Any]) -> str:
    """The same in five rows."""
    gone = [case for name, members in _FAULTS.items() if "gone" in name or "while" in name for case in members]
    faults = {name: members for name, members in _FAULTS.items() if name not in ("internet gone, idle", "reset or closed")}
    faults = {name: members for name, members in faults.items() if "while" not in name}
    quiet = [case for members in _NO_FAULTS.values() for case in members]
    return _page(
        data,
        {"internet gone, idle or under any load": tuple(gone), **faults},
        {"slow or lossy links, outages of 3 s": tuple(quiet)},
    )


def _page(data: dict[str, Any], faults: dict[str, tuple[str, ...]], no_faults: dict[str, tuple[str, ...]]) -> str:
    names = [data["names"].get(client, client) for client in data["trials"]]
    lines = [["", *names], ["---", *("--:" for _ in names)]]

    def add(groups: dict[str, tuple[str, ...]], cell: Callable[[list[Any]], str]) -> None:
        for name, members in groups.items():
            trials = [[trial for case in members for trial in of.get(case, [])] for of in data["trials"].values()]
            if any(trials):
                lines.append([name, *(cell(some) if some else "-" for some in trials)])

    add(
        faults,
        lambda trials: "never" if None in trials else "early" if "early" in trials else f"{max(trials):.2f}",
    )
    add(
        {f"**false alarms:** {name}": members for name, members in no_faults.items()},
        lambda trials: f"{sum(trial is not None for trial in trials)} of {len(trials)}",
    )
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _frame(picture: Drawing, rows: list[tuple[str, list[str]]], top: float, row: float, lanes: int) -> None:
    for index, (name, _) in enumerate(rows):
        y = top + row * index
        if index % 2 == 0:
            picture.box(8, y, _WIDTH - 16, row, "a", rx=3)
        picture.text(_LEFT - 12, y + row / 2 + 4.5, name, "e")


def _dots(picture: Drawing, index: int, trials: list[Any], x: Callable[[float], float], y: float) -> None:
    """A mark for each trial; a cross at the left where the connection was lost before there was any fault."""
    never = [float(_NEVER)] if None in trials else []
    places = [x(trial) for trial in trials if trial is not None and trial != "early"] + never
    picture.marks([outline(index, place, y, 4) for place in sorted(places)], f"s{index % 5}")
    picture.marks([cross(x(0), y, 3.4) for trial in trials if trial == "early"], "x")
    if trials.count(None) > 1:
        picture.text(never[0] + 12, y + 4, f"x {trials.count(None)}", f"c t{index % 5}")


def _alarms(picture: Drawing, index: int, trials: list[Any], y: float) -> None:
    """Crosses first, so that they can be compared; rings for the rest; and in figures."""
    alarms = sum(trial is not None for trial in trials)
    step = min(10.0, (_RIGHT - _LEFT - 70) / max(1, len(trials)))
    places = [_LEFT + 4 + step * place for place in range(len(trials))]
    picture.marks([cross(place, y, 3.2) for place in places[:alarms]], "x")
    picture.marks([ring(place, y, 2.6) for place in places[alarms:]], "o")
    if trials:
        picture.text(_LEFT + 10 + step * len(trials), y + 4, f"{alarms} of {len(trials)}", f"c t{index % 5}")


def _small_print(data: dict[str, Any], meta: dict[str, Any]) -> str:
    load = meta["load"]
    return (
        f"make lab, {meta['date']}: K = {data['keep_alive']} s, n = {meta['repeat']}, mosquitto "
        f"{meta['broker']}, {meta['cores']} cores at load {load['least']:g} to {load['most']:g}"
        + (f"; {meta['runs']}." if "runs" in meta else ".")
    )


def _description(data: dict[str, Any], names: dict[str, str], told: Any, still: Any) -> str:
    """The figures in words."""
    words = [f"The bound is {data['bound']:g} s."]
    for client, name in names.items():
        of = data["trials"][client]
        seen = [s for _, members in told for case in members for s in of.get(case, [])]
        times = [s for s in seen if isinstance(s, (int, float))]
        late = sum(s > data["bound"] for s in times)
        never = sum(s is None for s in seen)
        calm = [s for _, members in still for case in members for s in of.get(case, [])]
        alarms = sum(s is not None for s in calm)
        longest = f", at most {max(times):.2f} s" if times else ""
        words.append(
            f"{name}: {len(seen)} faults{longest}, {late} later than that, {never} never; "
            f"{alarms} false alarms in {len(calm)} trials without a fault."
        )
    return " ".join(words)

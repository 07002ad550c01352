"""The bench's medians: bars of CPU time per message, a panel for each mode, each to its own scale."""

from __future__ import annotations

from typing import Any

from .svg import Drawing, Theme

TITLE = "CPU time per message"

_PANELS = {
    "pub0": "publish, QoS 0",
    "pub1": "publish, QoS 1",
    "pub2": "publish, QoS 2",
    "sub0": "receive, QoS 0",
    "sub1": "receive, QoS 1",
}
_WIDTH, _NAMES, _BAR, _LANE = 880, 150, 200, 22


def draw(data: dict[str, Any], theme: Theme) -> str:
    clients: list[str] = list(data["names"])
    meta = data["meta"]
    style = f".p{{fill:{theme.quiet};fill-opacity:.55}}.o{{fill:{theme.series[0]}}}.n{{fill:{theme.series[0]};font-weight:600}}"
    panel = 34 + _LANE * len(clients)
    height = 62 + 3 * panel + 20
    words = "; ".join(
        f"{title}: " + ", ".join(f"{data['names'][client]} {_shown(data['medians'][client][mode])}" for client in clients)
        for mode, title in _PANELS.items()
    )
    picture = Drawing(_WIDTH, height, TITLE, f"In microseconds. {words}.", theme, style)
    picture.text(16, 26, f"{TITLE}, in µs: shorter is better", "h")
    picture.text(16, 46, "Each panel has a scale of its own.", "q")
    for place, (mode, title) in enumerate(_PANELS.items()):
        # Publishing in the left column, receiving in the right one.
        left, top = (16, 66 + panel * place) if place < 3 else (456, 66 + panel * (place - 3))
        _panel(picture, (left, top), title, {client: data["medians"][client][mode] for client in clients}, data["names"])
    lines = (
        f"make bench, {meta['date']}: {meta['size']} bytes over {meta['transport'].upper()},",
        f"window {meta['window']}, medians of {meta['rounds']} rounds, {meta['load']} of {meta['cores']} cores;",
        "user and system time of all the client's threads.",
        "Compare the ratios: the machine makes the figures.",
    )
    for index, line in enumerate(lines):
        picture.text(456, 66 + 2 * panel + 34 + 20 * index, line, "q")
    return picture.finish()


def _panel(
    picture: Drawing, corner: tuple[float, float], title: str, values: dict[str, float | None], names: dict[str, str]
) -> None:
    left, top = corner
    picture.text(left, top + 14, title, "b")
    most = max(value for value in values.values() if value is not None)
    for index, (client, value) in enumerate(values.items()):
        y = top + 24 + _LANE * index
        ours = client == "mqttka"
        picture.text(left + _NAMES - 8, y + 14, names[client], "e n" if ours else "e")
        if value is None:
            picture.text(left + _NAMES + 2, y + 14, "not measured", "q")
            continue
        length = max(2.0, _BAR * value / most)
        picture.box(left + _NAMES, y + 2, length, _LANE - 6, "o" if ours else "p", rx=2)
        picture.text(left + _NAMES + length + 6, y + 14, _shown(value), "n" if ours else "")


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"

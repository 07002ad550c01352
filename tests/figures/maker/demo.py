"""A recording of the demo, as it went; where nothing moves, all that stood on the screen at its end."""

from __future__ import annotations

from xml.sax.saxutils import escape

from .svg import MONOSPACE, Drawing, Theme, number
from .terminal import BAD, GOOD, HEAD, PLAIN, QUIET, Showing, showings

_WIDTH, _LEFT, _TOP, _ROW, _COLUMN = 800, 20, 64, 17, 7.83
_HOLD = 8.0  # seconds for which the end stands
_COMMAND = '$ make demo ARGS="--peer mosquitto --cut-after 7"'
_CLASSES = {PLAIN: "", HEAD: "b", QUIET: "q", GOOD: "y", BAD: "n"}


def draw(cast: str, theme: Theme) -> str:
    _, all_, seconds = showings(cast)
    rows = 1 + max(one.row for one in all_)
    last = [one for one in all_ if one.end is None]
    whole = seconds + _HOLD
    spans = sorted({(one.start, one.end or whole) for one in all_ if one.start > 0 or one.end is not None})
    names = {span: f"k{index:x}" for index, span in enumerate(spans)}
    style = (
        f"text{{font:13px {MONOSPACE};white-space:pre}}.y{{fill:{theme.good};font-weight:600}}"
        f".n{{fill:{theme.bad};font-weight:600}}.f{{fill:{theme.shade}}}.x{{opacity:0}}"
        f".v{{animation:{number(whole)}s step-end infinite}}"
        + "".join(_keyframes(name, span, whole) for span, name in names.items())
        # Who wants nothing to move gets the end.
        + "@media(prefers-reduced-motion:reduce){.v{animation:none}}"
    )
    words = "The recording of one run; at its end it says: " + " / ".join(_line(one) for one in last[-2:]) + "."
    title = "The demo: a hotspot loses its internet; mqttka above, libmosquitto below"
    picture = Drawing(_WIDTH, _TOP + _ROW * rows + 14, title, words, theme, style)
    picture.box(0, 0, _WIDTH, 40, "f", rx=6)
    picture.text(_LEFT, 25, _COMMAND, "b")
    picture.add('<g xml:space="preserve">')
    for one in all_:
        _show(picture, one, names.get((one.start, one.end or whole)))
    picture.add("</g>")
    return picture.finish()


def _keyframes(name: str, span: tuple[float, float], whole: float) -> str:
    start, end = (number(100 * second / whole) for second in span)
    steps = "" if start == "0" else "0%{opacity:0}"
    steps += f"{start}%{{opacity:1}}"
    steps += "" if end == "100" else f"{end}%,to{{opacity:0}}"
    return f".{name}{{animation-name:{name}}}@keyframes {name}{{{steps}}}"


def _show(picture: Drawing, one: Showing, name: str | None) -> None:
    """A row, for as long as it stood there."""
    y = _TOP + _ROW * one.row
    moving = "" if name is None else f"v {name}" + ("" if one.end is None else " x")
    for run in one.runs:
        classes = " ".join(part for part in (_CLASSES[run.look], moving) if part)
        picture.element("text", escape(run.words), x=_LEFT + _COLUMN * run.column, y=y, class_=classes or None)


def _line(one: Showing) -> str:
    return " ".join(run.words for run in one.runs)

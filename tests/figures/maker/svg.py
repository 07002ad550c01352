"""SVG, as far as the figures need it: two themes, text as text, and the same bytes for the same data."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif"
MONOSPACE = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"


@dataclass(frozen=True)
class Theme:
    """GitHub's own page colours, and five that people who confuse red and green can tell apart."""

    suffix: str  # of the file's name
    paper: str
    ink: str
    quiet: str  # words of less weight
    rule: str  # lines of a grid
    shade: str  # areas
    good: str
    bad: str
    series: tuple[str, ...]


LIGHT = Theme(
    "", "#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#f3f5f7", "#116329", "#b3261e",
    ("#0550ae", "#b35900", "#7a3e9d", "#0f766e", "#6e5a00"),
)  # fmt: skip
DARK = Theme(
    "-dark", "#0d1117", "#f0f6fc", "#9198a1", "#30363d", "#161b22", "#56d364", "#ff8f85",
    ("#6cb6ff", "#f0a04b", "#d2a8ff", "#5eead4", "#e3c84f"),
)  # fmt: skip
THEMES = (LIGHT, DARK)


def number(value: float, decimals: int = 2) -> str:
    """At most so many decimals, and none that say nothing."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@dataclass
class Drawing:
    """One picture, in one theme."""

    width: int
    height: int
    title: str  # what it is, for those who do not see it
    description: str  # what it shows
    theme: Theme
    style: str = ""
    parts: list[str] = field(default_factory=list)

    def add(self, part: str) -> None:
        self.parts.append(part)

    def element(self, name: str, content: str | None = None, /, **attributes: object) -> None:
        words = [name]
        for key, value in attributes.items():
            if value is None:
                continue
            shown = number(value) if isinstance(value, float) else str(value)
            words.append(f"{key.rstrip('_').replace('_', '-')}={quoteattr(shown)}")
        opening = " ".join(words)
        self.add(f"<{opening}/>" if content is None else f"<{opening}>{content}</{name}>")

    def text(self, x: float, y: float, words: str, class_: str = "", **attributes: object) -> None:
        self.element("text", escape(words), x=float(x), y=float(y), class_=class_ or None, **attributes)

    def line(self, x1: float, y1: float, x2: float, y2: float, class_: str = "g") -> None:
        self.element("path", class_=class_, d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}")

    def box(self, x: float, y: float, width: float, height: float, class_: str = "", rx: float | None = None) -> None:
        self.element(
            "rect", x=float(x), y=float(y), width=float(width), height=float(height), rx=rx, class_=class_ or None
        )

    def marks(self, outlines: list[str], class_: str) -> None:
        """Any number of marks of one look, as one path."""
        if outlines:
            self.element("path", class_=class_, d="".join(outlines))

    def finish(self) -> str:
        theme = self.theme
        style = (
            f"text{{font:13px {FONT};fill:{theme.ink}}}"
            ".e{text-anchor:end}.m{text-anchor:middle}"
            f".h{{font-size:16px;font-weight:600}}.b{{font-weight:600}}.q{{fill:{theme.quiet}}}"
            f".g{{stroke:{theme.rule};fill:none}}{self.style}"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" aria-labelledby="title desc">\n'
            f'<title id="title">{escape(self.title)}</title>\n<desc id="desc">{escape(self.description)}</desc>\n'
            f'<style>{style}</style>\n<rect width="{self.width}" height="{self.height}" rx="6" fill="{theme.paper}"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def outline(shape: int, x: float, y: float, size: float) -> str:
    """A path around (x, y), one of five, so that nobody needs the colour: circle, square, triangle, diamond, upside-down
    triangle."""
    r = size
    points: list[tuple[float, float]]
    match shape % 5:
        case 0:
            return ring(x, y, r)
        case 1:
            s = 0.85 * r
            points = [(-s, -s), (s, -s), (s, s), (-s, s)]
        case 2:
            points = [(0, -1.1 * r), (1.05 * r, 0.8 * r), (-1.05 * r, 0.8 * r)]
        case 3:
            points = [(0, -1.2 * r), (1.2 * r, 0), (0, 1.2 * r), (-1.2 * r, 0)]
        case _:
            points = [(0, 1.1 * r), (1.05 * r, -0.8 * r), (-1.05 * r, -0.8 * r)]
    return "M" + "L".join(f"{number(x + dx, 1)} {number(y + dy, 1)}" for dx, dy in points) + "z"


def ring(x: float, y: float, radius: float) -> str:
    """The path of a circle."""
    r, across = number(radius), number(2 * radius)
    return f"M{number(x - radius, 1)} {number(y, 1)}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0-{across} 0z"


def cross(x: float, y: float, size: float) -> str:
    """The path of an X."""
    a, b, c, d = (number(value, 1) for value in (x - size, y - size, x + size, y + size))
    return f"M{a} {b}L{c} {d}M{a} {d}L{c} {b}"

"""`make figures`: every picture of docs/figures, light and dark, from docs/figures/data.

    tests/figures/run                       all of them
    tests/figures/run --check               nothing is written; fails where one is not what its data give
    tests/figures/run --promise FILE...     first takes the lab's trials from what `tests/lab/run --json FILE` wrote
    tests/figures/run --speed FILE LOAD     first takes the medians from what `tests/bench/run --json FILE`
                                            wrote, with words for the machine's load, such as "quiet machine"
    tests/figures/run --table               prints the lab's trials as tables: of docs/measured.md, and of README.md
    tests/figures/run --cast FILE SVG       a recording of the demo's as a picture; nothing else is written
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

from . import condense, demo, layers, promise, speed
from .svg import LIGHT, THEMES, Theme

REPOSITORY = Path(__file__).resolve().parents[3]
FIGURES = REPOSITORY / "docs" / "figures"
DATA = FIGURES / "data"
# More, and a page that shows it loads slowly.
MOST_BYTES = 60_000


def _json(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


PICTURES: dict[str, Callable[[Theme], str]] = {
    "promise": lambda theme: promise.draw(_json("promise"), theme),
    "demo": lambda theme: demo.draw((DATA / "demo.cast").read_text(), theme),
    "speed": lambda theme: speed.draw(_json("speed"), theme),
    "layers": layers.draw,
}


def pictures() -> dict[Path, str]:
    return {FIGURES / f"{name}{theme.suffix}.svg": draw(theme) for name, draw in PICTURES.items() for theme in THEMES}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests/figures/run", description="Draws the pictures from their data.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a picture is not up to date")
    parser.add_argument("--promise", type=Path, nargs="+", metavar="FILE", help="take the lab's trials from these")
    parser.add_argument("--speed", nargs=2, metavar=("FILE", "LOAD"), help="take the bench's medians from this")
    parser.add_argument("--cast", type=Path, nargs=2, metavar=("FILE", "SVG"), help="draw only this recording")
    parser.add_argument("--table", action="store_true", help="print the lab's trials as tables for pages")
    options = parser.parse_args(arguments)
    if options.table:
        print(promise.table(_json("promise")), promise.summary(_json("promise")), sep="\n\n")
        return 0
    if options.cast:
        cast, picture = options.cast
        picture.write_text(demo.draw(cast.read_text(), LIGHT))
        return 0
    if options.promise:
        data = condense.together([condense.trials(json.loads(file.read_text())) for file in options.promise])
        (DATA / "promise.json").write_text(condense.dump(data))
    if options.speed:
        file, load = Path(options.speed[0]), options.speed[1]
        date = datetime.fromtimestamp(file.stat().st_mtime, timezone.utc).date().isoformat()
        data = condense.medians(json.loads(file.read_text()), date, load)
        (DATA / "speed.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    wrong = 0
    for path, text in pictures().items():
        size = len(text.encode())
        if size > MOST_BYTES:
            print(f"{path.name}: {size} bytes, more than {MOST_BYTES}", file=sys.stderr)
            wrong += 1
        if not options.check:
            path.write_text(text)
            print(f"{path.relative_to(REPOSITORY)}  {size} bytes")
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name} is not what its data give: run `make figures`", file=sys.stderr)
            wrong += 1
    return 1 if wrong else 0


"""What a terminal shows, from an asciicast: as much of a terminal as tests/demo writes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import Iterator

# Plain, or what SGR calls it.
PLAIN, HEAD, QUIET, GOOD, BAD = "", "1", "2", "1;32", "1;31"

_PIECE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\r\n|[^\x1b\r]+")


@dataclass(frozen=True)
class Run:
    """Letters of one look, from a column on."""

    column: int
    words: str
    look: str


@dataclass(frozen=True)
class Showing:
    """What a row showed, from when until when; None: to the end."""

    row: int
    start: float
    end: float | None
    runs: tuple[Run, ...]


class UnknownOutput(Exception):
    """Something that tests/demo does not write."""


def showings(cast: str) -> tuple[dict[str, int], list[Showing], float]:
    """The recording's head, what each row showed when, and how long it all took."""
    head, *lines = cast.splitlines()
    events = [json.loads(line) for line in lines if line]
    rows: list[list[tuple[str, str]]] = [[]]
    cursor, done = 0, []
    shown: dict[int, tuple[float, tuple[Run, ...]]] = {}
    time = 0.0
    # What comes within a twentieth of a second comes at once.
    for tick, some in groupby(events, key=lambda event: round(event[0] * 20)):
        time = tick / 20
        for _, _, text in some:
            cursor = _write(rows, cursor, text)
        for row, cells in enumerate(rows):
            runs = tuple(_runs(cells))
            before = shown.get(row)
            if before is not None and before[1] == runs:
                continue
            if before is not None:
                done.append(Showing(row, before[0], time, before[1]))
            shown[row] = (time, runs)
    done += [Showing(row, start, None, runs) for row, (start, runs) in shown.items()]
    ordered = sorted((one for one in done if one.runs), key=lambda one: (one.row, one.start))
    return json.loads(head), ordered, time


def _write(rows: list[list[tuple[str, str]]], cursor: int, text: str) -> int:
    """Writes at the cursor, which is at the start of a row before and after; the row where it is then."""
    look, at = PLAIN, 0
    for piece in _PIECE.finditer(text):
        argument, command = piece.groups()
        if piece[0] == "\r\n":
            cursor, at = cursor + 1, 0
            if cursor == len(rows):
                rows.append([])
        elif command is None:
            # No line that is written is longer than the terminal, or over another.
            rows[cursor][at:] = [(letter, look) for letter in piece[0]]
            at = len(rows[cursor])
        elif command == "m":
            look = PLAIN if argument in ("", "0") else argument
        elif command in "FE":
            cursor, at = cursor + (int(argument or 1) if command == "E" else -int(argument or 1)), 0
        elif command == "K" and argument == "2":
            rows[cursor] = []
        else:
            raise UnknownOutput(repr(piece[0]))
    if at:
        raise UnknownOutput("half a line")
    return cursor


def _runs(cells: list[tuple[str, str]]) -> Iterator[Run]:
    column = 0
    for look, some in groupby(cells, key=lambda cell: cell[1]):
        words = "".join(letter for letter, _ in some)
        stripped = words.lstrip(" ")
        if stripped.rstrip(" "):
            yield Run(column + len(words) - len(stripped), stripped.rstrip(" "), look)
        column += len(words)

"""Programs of their own, for what cannot be undone in a process: its end, a fork, a patch."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from broker import PATIENCE


def script(text: str, port: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end; the port is its first argument. Options are the interpreter's."""
    return subprocess.run(
        _command(text, port, options),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )


def started(text: str, port: int) -> subprocess.Popen[str]:
    """Starts it."""
    return subprocess.Popen(
        _command(text, port, ()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _command(text: str, port: int, options: tuple[str, ...]) -> list[str]:
    interpreter = [sys.executable, "-X", "faulthandler", *options]
    return [*interpreter, "-c", textwrap.dedent(text), str(port)]

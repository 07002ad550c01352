"""Child processes. The lab ends those that it started, by pid, and no others."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO


class CommandFailed(Exception):
    """A command of the lab's own plumbing failed."""


def run(argv: list[str], stdin: str | None = None) -> str:
    """Runs a short command to its end; its standard output."""
    # A process group of its own: Ctrl-C must not hit the commands that clean up.
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, process_group=0)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Child:
    """A long-running child in a network namespace. The kernel kills it if the lab dies."""

    def __init__(
        self,
        argv: list[str],
        namespace: str,
        stderr: IO[bytes] | int,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        environment: dict[str, str] | None = None,
    ) -> None:
        # `setpriv` and `ip netns exec` replace themselves: the pid is the program's own.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "ip", "netns", "exec", namespace, *argv],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            process_group=0,
        )
        self._name = Path(argv[0]).name

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def ended_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def end(self, polite: signal.Signals = signal.SIGTERM, patience: float = 3.0) -> bool:
        """Ends it politely if it lets us, whether stopped or not; true if that was enough."""
        self.send(polite)
        self.send(signal.SIGCONT)
        polite_was_enough = self.ended_within(patience)
        if not polite_was_enough:
            self.process.kill()
            self.process.wait()
        return polite_was_enough

    def close(self) -> None:
        """Closes our ends of its pipes."""
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

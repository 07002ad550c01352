"""A client under test: a program that prints events and obeys commands (README.md, "Adapters")."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from .clock import SECOND, Stop, now
from .processes import Child

CONNECTED = "connected"
CONNECTING = "connecting"
CONNECT_FAILED = "connect_failed"
DISCONNECTED = "disconnected"
RECONNECTING = "reconnecting"
RECONNECT_STOPPED = "reconnect_stopped"
MOVED = "moved"
GOT = "got"
SENT = "sent"
UNPUBLISHED = "unpublished"
STUCK = "stuck"
SUBSCRIBED = "subscribed"


@dataclass(frozen=True)
class Target:
    """Where the adapter is to connect, and how."""

    host: str
    port: int
    uri: str
    ca: str = ""  # a PEM file; empty: no TLS
    proxy: str = ""  # a URI; empty: none
    settings: tuple[tuple[str, str], ...] = ()  # further ones, of an adapter that comes back by itself

    def environment(self) -> dict[str, str]:
        own = {"LAB_URI": self.uri, "LAB_CA": self.ca, "LAB_PROXY": self.proxy}
        return {**os.environ, **own, **dict(self.settings)}


@dataclass(frozen=True)
class Event:
    time: int
    name: str
    fields: dict[str, object]

    def as_json(self) -> dict[str, object]:
        return {"t": self.time, "event": self.name, **self.fields}


class Adapter:
    """A running adapter. A context manager: the process is gone afterwards."""

    def __init__(
        self, command: list[str], namespace: str, target: Target, keep_alive: int, load: str, log: Path, stop: Stop
    ) -> None:
        self._stop = stop
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._unreadable: list[str] = []
        self._log = log
        with log.open("wb") as stderr:
            self._child = Child(
                [*command, target.host, str(target.port), str(keep_alive), load],
                namespace,
                environment=target.environment(),
                stderr=stderr,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Adapter:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end(signal.SIGKILL)
        self._reader.join()
        self._child.close()

    def _read(self) -> None:
        assert self._child.process.stdout is not None
        for line in self._child.process.stdout:
            try:
                fields = json.loads(line)
                event = Event(int(fields.pop("t")), str(fields.pop("event")), fields)
            except (ValueError, KeyError, AttributeError):
                with self._changed:
                    self._unreadable.append(line.decode(errors="replace").strip())
                continue
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def events(self) -> list[Event]:
        with self._changed:
            return list(self._events)

    @property
    def unreadable(self) -> list[str]:
        """What it wrote that is no event."""
        with self._changed:
            return [f"unreadable line: {line}" for line in self._unreadable]

    @property
    def complaints(self) -> list[str]:
        """What it said on standard error."""
        text = self._log.read_text(errors="replace").strip()
        return [f"adapter said: {text[-400:]}"] if text else []

    def wait(self, names: tuple[str, ...], seconds: float, after: int = 0) -> Event | None:
        """The first event with one of these names among those past the first `after` events."""
        return self.wait_for(lambda event: event.name in names, seconds, after)

    def wait_for(self, wanted: Callable[[Event], bool], seconds: float, after: int = 0) -> Event | None:
        found: list[Event] = []
        looked = after

        def there() -> bool:
            nonlocal looked
            found[:] = [event for event in self._events[looked:] if wanted(event)]
            looked = len(self._events)
            return bool(found)

        with self._changed:
            self._stop.wait_for(self._changed, there, seconds)
        return found[0] if found else None

    def command(self, word: str) -> None:
        assert self._child.process.stdin is not None
        try:
            self._child.process.stdin.write(f"{word}\n".encode())
            self._child.process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended; the events say what went before

    def freeze(self) -> None:
        self._child.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._child.send(signal.SIGCONT)

    def quit(self, patience: float) -> float | None:
        """Lets it end; the seconds that it took, or none if it did not end in time (it is killed then)."""
        start = now()
        self.command("quit")
        self.thaw()
        if self._child.ended_within(patience):
            self._reader.join()
            return (now() - start) / SECOND
        return None


def audit(events: list[Event], complete: bool) -> list[str]:
    """Each attempt has one outcome, and each `connected` one `disconnected`: what breaks that.

    `complete`: the adapter ended by itself, so nothing more can come."""
    problems = []
    state = "idle"
    for event in events:
        match event.name, state:
            case ("connecting", "idle"):
                state = "connecting"
            case ("connecting", _):
                problems.append(f"connecting while {state}")
            case ("connected", "connecting"):
                state = "connected"
            case ("connected", _):
                problems.append(f"connected while {state}")
            case ("connect_failed", "connecting"):
                state = "idle"
            case ("connect_failed", _):
                problems.append(f"connect_failed while {state}")
            case ("disconnected", "connected"):
                state = "idle"
            case ("disconnected", _):
                problems.append(f"disconnected while {state}: one too many")
    if complete and state == "connected":
        problems.append("connected, and never disconnected")
    if complete and state == "connecting":
        problems.append("an attempt to connect without an outcome")
    return problems


# The states of a client that comes back by itself, by the event that leads there. "ended" lasts until it has said whether
# it tries again.
_RETURNING = {
    (CONNECTING, "idle"): "trying",
    (CONNECTED, "trying"): "connected",
    (CONNECT_FAILED, "trying"): "ended",
    (MOVED, "connected"): "connected",
    (DISCONNECTED, "connected"): "ended",
    (RECONNECTING, "ended"): "trying",
    (RECONNECT_STOPPED, "ended"): "idle",
    (RECONNECT_STOPPED, "trying"): "idle",  # it was waiting to try again
}


def audit_returning(events: list[Event], complete: bool) -> list[str]:
    """As `audit`, of a client that comes back by itself: each end that nobody asked for is followed by one `reconnecting` or
    `reconnect_stopped`, each `reconnecting` by one outcome."""
    problems = []
    state = "idle"
    for event in events:
        if not any(event.name == name for name, _ in _RETURNING):
            continue
        after = _RETURNING.get((event.name, state))
        if after is None:
            problems.append(f"{event.name} while {state}")
            continue
        # Asked for: nothing follows.
        state = "idle" if after == "ended" and event.fields.get("final") else after
    if complete and state != "idle":
        problems.append(f"at the end it was {state}")
    return problems

"""What a happening can act on: a page, and for each client in it a line to a broker of its own."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from lab.brokers import Mosquitto
from lab.clock import Stop, now
from lab.scripted import Scripted

from .hub import Branch, Hub
from .page import Tab
from .wills import Wills


@dataclass
class Line:
    """A client's connection to its broker, and what became of it."""

    client: str
    branch: Branch
    broker: Mosquitto | Scripted
    log: Path  # the broker's
    happened_at: int | None = None  # from where its consequences count
    begun_at: int | None = None  # from where there may be some; none: the same
    healed_at: int | None = None
    wills: Wills | None = None

    @property
    def mosquitto(self) -> Mosquitto:
        assert isinstance(self.broker, Mosquitto)
        return self.broker

    def happens(self) -> None:
        self.happened_at = now()

    def logged(self, words: str) -> bool:
        """Whether the broker said so of the client under test."""
        return self.log.exists() and f" {self.client} {words}" in self.log.read_text(errors="replace")

    def heal(self) -> None:
        self.healed_at = now()
        self.branch.heal()
        if isinstance(self.broker, Mosquitto):
            self.broker.thaw_or_start()


@dataclass
class Scene:
    hub: Hub
    tab: Tab
    lines: list[Line]
    keep_alive: int
    random: random.Random
    stop: Stop
    stack: ExitStack
    notes: list[str] = field(default_factory=list)

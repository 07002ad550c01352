"""Under what circumstances a run went: a figure without them is none."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from statistics import median


class Circumstances:
    """The machine, and its load from trial to trial."""

    def __init__(self) -> None:
        self._start = datetime.now(timezone.utc)
        self._loads: list[float] = []
        self.sample()

    def sample(self) -> None:
        self._loads.append(round(os.getloadavg()[0], 1))

    def as_json(self) -> dict[str, object]:
        return {
            "date": self._start.date().isoformat(),
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "broker": _mosquitto(),
            "load": {"least": min(self._loads), "median": round(median(self._loads), 1), "most": max(self._loads)},
        }

    def __str__(self) -> str:
        return f"{os.cpu_count()} cores at load {min(self._loads):g} to {max(self._loads):g}"


def _mosquitto() -> str:
    """The version, as the program says it."""
    said = subprocess.run(["mosquitto", "-h"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version ([0-9.]+)", said)
    return found[1] if found else "of unknown version"

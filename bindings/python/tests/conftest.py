"""Fixtures: a broker for the session, and a runner for each event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from broker import PATIENCE, Mosquitto  # noqa: E402

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    yield broker
    broker.end()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the certificates of the repository's test authority."""
    directory = tmp_path_factory.mktemp("authority")
    root = Path(__file__).parents[3]
    command = ["cargo", "run", "--quiet", "--manifest-path", str(root / "Cargo.toml")]
    subprocess.run([*command, "-p", "mqttka-authority", "--", str(directory)], check=True)
    return directory


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine, in both event loops, with a limit that only a hang reaches."""
    runner: Any = asyncio
    if request.param == "uvloop":
        runner = pytest.importorskip("uvloop")

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return runner.run(asyncio.wait_for(coroutine, 4 * PATIENCE))

    return run

"""What a stranger gets: the wheel and the source distribution that `run-tests` has made, in a clean
environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import mqttka
import pytest
from broker import PATIENCE, Mosquitto

ROOT = Path(__file__).parents[3]
DIST = Path(os.environ.get("MQTTKA_DIST", "/nonexistent"))
pytestmark = pytest.mark.skipif(not DIST.is_dir(), reason="run-tests makes the distributions")


def _one(pattern: str) -> Path:
    (found,) = DIST.glob(pattern)
    return found


def test_the_metadata_say_what_it_is() -> None:
    with zipfile.ZipFile(_one("*.whl")) as wheel:
        names = wheel.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        said = HeaderParser().parsestr(wheel.read(metadata).decode())
        licences = [name for name in names if "/licenses/LICENSE" in name]
        for licence in licences:
            assert wheel.read(licence) == (ROOT / "bindings/python" / Path(licence).name).read_bytes()
    for own in ("LICENSE-APACHE", "LICENSE-MIT"):
        assert (ROOT / own).read_bytes() == (ROOT / "bindings/python" / own).read_bytes()
    assert said["Version"] == mqttka.__version__ and said["License-Expression"] == "MIT OR Apache-2.0"
    named = {*said.get_all("License-File", [])}
    assert named == {Path(licence).name for licence in licences} >= {"LICENSE-APACHE", "LICENSE-MIT"}
    assert "mqttka/py.typed" in names and "mqttka/_mqttka.pyi" in names
    assert said["Author"] == "The mqttka authors" and said["Requires-Python"] == ">=3.10"
    urls = {url.partition(",")[0] for url in said.get_all("Project-URL", [])}
    assert urls == {"Homepage", "Documentation", "Repository", "Issues", "Changelog"}
    classifiers = said.get_all("Classifier", [])
    assert "Typing :: Typed" in classifiers and "Programming Language :: Python :: 3.10" in classifiers


def test_the_wheel_is_for_older_systems_too() -> None:
    tags = _one("*.whl").stem.split("-", 2)[2]
    found = re.fullmatch(r"cp3\d+-(?:abi3|cp3\d+t?)-(?:manylinux\w+\.)*manylinux_2_(\d+)_\w+", tags)
    assert found is not None and int(found[1]) <= 39, tags


def test_the_source_distribution_has_all_and_no_more() -> None:
    with tarfile.open(_one("*.tar.gz")) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    for needed in ("pyproject.toml", "PKG-INFO", "LICENSE-MIT", "LICENSE-APACHE", "core/Cargo.toml"):
        assert needed in names, needed
    assert not [name for name in names if name.startswith("target/") or name.endswith((".so", ".pyc"))]


PROGRAM = """
import asyncio, mqttka

async def main():
    async with mqttka.Client("mqtt://127.0.0.1:{port}", keep_alive=10) as client:
        async with client.subscription("sensors/#", qos=1) as messages:
            await client.publish("sensors/door", "open", qos=1)
            async for message in messages:
                print(message.topic, message.text)
                break

asyncio.run(main())
"""


def test_it_is_installed_and_used_by_a_stranger(mosquitto: Mosquitto, tmp_path: Path) -> None:
    venv.create(tmp_path / "clean")
    python = tmp_path / "clean" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    subprocess.run([*pip, "--quiet", "--disable-pip-version-check", str(_one("*.whl"))], check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    said = subprocess.run(
        [python, "-W", "error", "-c", PROGRAM.format(port=mosquitto.port)],
        check=True,
        cwd=tmp_path,
        env=environment,
        timeout=4 * PATIENCE,
        capture_output=True,
        text=True,
    )
    assert (said.stdout, said.stderr) == ("sensors/door open\n", "")

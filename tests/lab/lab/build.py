"""Compiles the C adapters, outside the source tree."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .processes import CommandFailed, run

LAB = Path(__file__).resolve().parent.parent
REPOSITORY = LAB.parent.parent
_LIBRARIES = {"mosquitto": "mosquitto", "paho": "paho-mqtt3a", "mqttka": "mqttka"}
KNOWN = tuple(_LIBRARIES)


@dataclass(frozen=True)
class Places:
    build: Path
    mqttka_library: Path  # the directory of libmqttka.so
    mqttka_include: Path


def default_build() -> Path:
    base = os.environ.get("MQTTKA_BUILD")
    return Path(base) / "lab" if base else REPOSITORY / "target" / "lab"


def default_mqttka_library() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release"


def adapter(name: str, places: Places) -> list[str]:
    """Compiles the adapter of that name; the command that runs it."""
    places.build.mkdir(parents=True, exist_ok=True)
    program = places.build / f"lab-{name}"
    flags: list[str] = []
    if name == "mqttka":
        if not (places.mqttka_library / "libmqttka.so").exists():
            raise CommandFailed(
                f"no libmqttka.so in {places.mqttka_library}: "
                "build it (cargo build --release) or name its place with --mqttka-dir"
            )
        flags = [f"-I{places.mqttka_include}", f"-L{places.mqttka_library}", f"-Wl,-rpath,{places.mqttka_library}"]
    run(
        [os.environ.get("CC", "gcc"), "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]
        + [str(LAB / "adapters" / f"{name}.c"), "-o", str(program), *flags, f"-l{_LIBRARIES[name]}"]
    )
    return [str(program)]

"""Makes the adapters ready to run, outside the source tree, and knows what they speak."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import transports
from .processes import CommandFailed, run
from .transports import Transport

LAB = Path(__file__).resolve().parent.parent
REPOSITORY = LAB.parent.parent
_LIBRARIES = {"mosquitto": "mosquitto", "paho": "paho-mqtt3as", "mqttka": "mqttka"}
_MQTT_JS = "5.16.0"
_OURS = ("mqttka", "mqttka-node")
KNOWN = (*_LIBRARIES, "mqttka-node", "mqttjs", "rumqttc")

# Known, and without a promise of ours.
PEERS = tuple(name for name in KNOWN if name not in _OURS)

# Where the system's kernel is not asked what the peer's has acknowledged: bytes that come are all the evidence there is.
BYTES_ALONE = ("mqttka-node",)

RETURNING = _OURS

_SPEAKS = {
    "mosquitto": {"tcp", "tls", "proxy-socks5"},  # WebSocket came after 2.0
    "paho": {"tcp", "tls", "ws", "wss", "proxy-http"},
    "mqttka-node": {"tcp", "tls", "ws", "wss"},  # Node's sockets, as they are
    "mqttjs": {"tcp", "tls", "ws", "wss"},
    "rumqttc": {"tcp"},  # the adapter; the library does more
}


class NotToBeHad(Exception):
    """An adapter for which this machine lacks something."""


def speaks(name: str, transport: Transport) -> bool:
    """Of an adapter that is not ours nobody knows."""
    return transport.name in _SPEAKS.get(name, transports.NAMES)


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


def adapter(name: str, places: Places, returns: bool = False) -> list[str]:
    """Makes the adapter of that name; the command that runs it. `returns`: the one that comes back by itself."""
    places.build.mkdir(parents=True, exist_ok=True)
    if returns and name not in RETURNING:
        raise NotToBeHad("the lab has no adapter of it that comes back by itself")
    if name == "mqttka-node":
        return _node()
    if returns:
        return _returning()
    if name == "mqttjs":
        return _mqtt_js(places.build / f"mqttjs-{_MQTT_JS}")
    if name == "rumqttc":
        return _rumqttc(places.build / "rumqttc")
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


def _returning() -> list[str]:
    """Of the core itself: what is measured is the same machine, and it needs no optimized library."""
    manifest = str(REPOSITORY / "Cargo.toml")
    package = "mqttka-lab-returning"
    run([os.environ.get("CARGO", "cargo"), "build", "-q", "--manifest-path", manifest, "-p", package])
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return [str(target.resolve() / "debug" / package)]


def _node() -> list[str]:
    """The npm package as bindings/web/build has made it."""
    if shutil.which("node") is None:
        raise NotToBeHad("there is no node")
    package = REPOSITORY / "bindings" / "web"
    if not (package / "dist" / "node.js").exists():
        raise NotToBeHad("bindings/web/build has not made the package")
    return ["node", str(package / "tests" / "lab" / "client.mjs")]


def _rumqttc(target: Path) -> list[str]:
    manifest = str(LAB / "adapters" / "rumqttc" / "Cargo.toml")
    cargo = os.environ.get("CARGO", "cargo")
    try:
        run([cargo, "build", "-q", "--release", "--locked", "--manifest-path", manifest, "--target-dir", str(target)])
    except CommandFailed as problem:
        raise NotToBeHad(f"cargo does not build it: {problem}") from None
    return [str(target / "release" / "lab-rumqttc")]


def _mqtt_js(directory: Path) -> list[str]:
    """From npm, once."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotToBeHad("there is no node or no npm")
    if not (directory / "node_modules" / "mqtt").exists():
        try:
            run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(directory), f"mqtt@{_MQTT_JS}"])
        except CommandFailed as problem:
            raise NotToBeHad(f"npm does not get it: {problem}") from None
    return ["env", f"NODE_PATH={directory / 'node_modules'}", "node", str(LAB / "adapters" / "mqttjs.js")]

"""What an artifact links: the crates of its Rust library, with just the features and systems it is built for.

`cargo tree` knows; `cargo metadata` would mix in the features that tests and other members ask for.
"""

import functools
import json
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

APPLE = ("aarch64-apple-darwin", "aarch64-apple-ios", "x86_64-apple-darwin")
ANDROID = ("aarch64-linux-android", "armv7-linux-androideabi", "x86_64-linux-android")
WEB = ("wasm32-unknown-unknown",)
DESKTOP = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc")


@dataclass(frozen=True)
class Artifact:
    """Something that is released, and the crate that it is built from."""

    purl: str  # its name where its users get it, without the version
    manifest: str
    package: str
    targets: tuple[str, ...]
    linked: bool = True  # into a binary, with Rust's standard library
    pom: str = ""  # a Maven module's declared dependencies belong to it
    others: tuple[str, ...] = ()  # crates of the same manifest, in libraries of their own beside the first


ARTIFACTS = {
    "libmqttka": Artifact("pkg:generic/libmqttka", "Cargo.toml", "mqttka-ffi", DESKTOP),
    "python": Artifact("pkg:pypi/mqttka", "bindings/python/Cargo.toml", "mqttka-python", DESKTOP),
    "jvm": Artifact("pkg:maven/io.mqttka/mqttka", "bindings/uniffi/Cargo.toml", "mqttka-uniffi", DESKTOP,
                    pom="bindings/kotlin/mqttka/pom.xml"),
    "android": Artifact("pkg:maven/io.mqttka/mqttka-android", "bindings/uniffi/Cargo.toml", "mqttka-uniffi", ANDROID,
                        pom="bindings/kotlin/android/pom.xml"),
    "apple": Artifact("pkg:swift/github.com/mqttka/mqttka", "bindings/uniffi/Cargo.toml", "mqttka-uniffi", APPLE),
    "web": Artifact("pkg:npm/mqttka", "bindings/web/engine/Cargo.toml", "mqttka-web", WEB,
                    others=("mqttka-web-scram", "mqttka-web-testing")),
    "crate": Artifact("pkg:cargo/mqttka", "Cargo.toml", "mqttka", DESKTOP, linked=False),
}


@dataclass
class Crate:
    """One crate as it is linked."""

    name: str
    version: str
    license: str
    description: str
    repository: str
    folder: Path
    checksum: str  # of the file on crates.io; empty for ours
    dependencies: set[str] = field(default_factory=set)

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:cargo/{self.name}@{self.version}"


def crates(artifact: Artifact, targets: tuple[str, ...]) -> tuple[Crate, list[Crate]]:
    """The artifact's own crate, and all that it links on any of these targets, sorted."""
    known = metadata(artifact.manifest)
    sums = checksums(artifact.manifest)
    found: dict[str, Crate] = {}
    top = None
    for target, root in [(target, root) for target in targets for root in (artifact.package, *artifact.others)]:
        path: list[Crate] = []
        for depth, name, version in tree(artifact, target, root):
            package = known[name, version]
            crate = Crate(
                name, version, package["license"] or "NOASSERTION", package["description"] or "", package["repository"] or "",
                Path(package["manifest_path"]).parent, sums.get((name, version), ""))
            crate = found.setdefault(crate.purl, crate)
            path[depth:] = [crate]
            if depth:
                path[depth - 1].dependencies.add(crate.purl)
            elif top is None:
                top = crate
            elif top is not crate:
                # Its library is beside the first one's.
                top.dependencies.add(crate.purl)
    assert top is not None
    del found[top.purl]
    return top, [found[purl] for purl in sorted(found)]


@functools.cache
def tree(artifact: Artifact, target: str, package: str) -> list[tuple[int, str, str]]:
    """Depth, name and version of each line of `cargo tree`, without what only builds or tests use."""
    text = cargo("tree", artifact.manifest, "--package", package, "--edges", "normal,no-proc-macro",
                 "--target", target, "--prefix", "depth", "--format", " {p}")
    lines = re.findall(r"^(\d+) (\S+) v(\S+)", text, re.MULTILINE)
    assert len(lines) > 5, f"cargo tree said: {text}"
    return [(int(depth), name, version) for depth, name, version in lines]


@functools.cache
def metadata(manifest: str) -> dict[tuple[str, str], dict]:
    """What each crate says of itself, by name and version."""
    packages = json.loads(cargo("metadata", manifest, "--format-version", "1", "--all-features"))["packages"]
    return {(package["name"], package["version"]): package for package in packages}


@functools.cache
def checksums(manifest: str) -> dict[tuple[str, str], str]:
    """The SHA-256 of each crate's file, from the lock file."""
    lock = tomllib.loads((ROOT / manifest).with_name("Cargo.lock").read_text())
    return {(package["name"], package["version"]): package.get("checksum", "") for package in lock["package"]}


def cargo(command: str, manifest: str, *arguments: str) -> str:
    """What a cargo command prints; what is locked stays as it is."""
    return subprocess.run(["cargo", command, "--locked", "--manifest-path", ROOT / manifest, *arguments],
                          check=True, capture_output=True, text=True).stdout


@functools.cache
def rust_version() -> str:
    """Of the compiler, whose standard library is in each binary."""
    return subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]


def named(name: str) -> Artifact:
    """The artifact of that name, or an end with all names."""
    if name not in ARTIFACTS:
        raise SystemExit(f"no artifact '{name}'; there are: {', '.join(ARTIFACTS)}")
    return ARTIFACTS[name]

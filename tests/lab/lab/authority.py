"""The certificates of a run: made by the test authority (tests/authority), gone with the run's directory."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from .network import BEHIND, FAR_END
from .processes import run

CARGO = os.environ.get("CARGO", "cargo")
_REPOSITORY = Path(__file__).resolve().parent.parent.parent.parent


@dataclass(frozen=True)
class Authority:
    directory: Path

    @property
    def ca(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def certificate(self) -> Path:
        return self.directory / "server.pem"

    @property
    def key(self) -> Path:
        return self.directory / "server.key"

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make(directory: Path) -> Authority:
    manifest = _REPOSITORY / "Cargo.toml"
    run(
        [CARGO, "run", "-q", "--manifest-path", str(manifest), "-p", "mqttka-authority", "--"]
        + [str(directory), FAR_END, BEHIND]
    )
    return Authority(directory)

"""What a connection attempt tried. Times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._vocabulary import Stage, Transport


@dataclass(frozen=True)
class Attempted:
    """What a connection attempt tried, and where its time went."""

    server_index: int
    """Which of the servers it was, from 0: the last that was tried."""
    transport: Transport
    """What was to carry MQTT."""
    host: str
    """The server's host; the path of a Unix socket."""
    port: int
    """The server's port; 0 for a Unix socket."""
    proxy: str | None
    """The proxy between, as host:port."""
    address: str | None
    """The IP address that was tried last, the proxy's where there is one."""
    remembered_address: bool
    """The resolver had not answered for a second, and an address that an earlier attempt had found
    was tried."""
    stages: Mapping[Stage, float]
    """How many seconds each stage took that the attempt entered, in their order; the last one may
    have failed."""

"""Puts up what a trial's scene is made of: the network, the broker, what stands in the middle, and the way there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from .adapter import Target
from .authority import Authority
from .brokers import Mosquitto
from .case import Broker, Case, Middle
from .clock import Stop
from .network import FAR_END, Network
from .proxies import Proxy
from .relays import PingingRelay, SlowRelay
from .scripted import Scripted
from .stalls import Stall, Stalling
from .transports import Transport

HOST_NAME = "broker.lab.test"  # no name server answers for it


@dataclass(frozen=True)
class Settings:
    keep_alive: int
    patience: float  # seconds to wait for an event that is late
    seed: int
    directory: Path  # for logs and captures
    keep: bool  # captures both ways, and leaves them
    authority: Authority | None  # where a transport has TLS

    def server_context(self) -> ssl.SSLContext | None:
        return self.authority.server_context() if self.authority else None


def make_network(index: int, transport: Transport, middle: Middle = Middle.AS_TRANSPORT) -> Network:
    return Network(index, middle is not Middle.AS_TRANSPORT or bool(transport.proxy))


def make_broker(
    case: Case, net: Network, transport: Transport, directory: Path, keep_alive: int, settings: Settings, stop: Stop
) -> Mosquitto | Scripted | Stalling:
    context = settings.server_context()
    kind = case.broker_over(transport)
    if isinstance(kind, Stall):
        return Stalling(net, transport, context, kind)
    match kind:
        case Broker.MOSQUITTO:
            return Mosquitto(net, transport, settings.authority, directory)
        case Broker.STRICT:
            return Scripted(net, transport, context, stop, kick_after=1.5 * keep_alive)
        case Broker.SILENT:
            return Scripted(net, transport, context, stop, silence="all")
        case Broker.HALF:
            return Scripted(net, transport, context, stop, silence="half")
        case _:
            return Scripted(net, transport, context, stop)


def make_middle(
    case: Case, net: Network, transport: Transport, directory: Path, settings: Settings
) -> Proxy | SlowRelay | PingingRelay | None:
    if isinstance(case.broker, Stall):
        return None  # it stands where the proxy would
    match case.middle:
        case Middle.SLOW:
            return SlowRelay(net, transport)
        case Middle.PINGING:
            return PingingRelay(net, transport, settings.server_context())
        case _:
            return Proxy(net, transport, directory) if transport.proxy else None


def target(net: Network, transport: Transport, settings: Settings, by_name: bool = False) -> Target:
    """Where the adapter is sent. `by_name`: what its TCP connects to first has a name instead of an address."""
    entrance = HOST_NAME if by_name else FAR_END
    host = net.broker_address if transport.proxy else entrance
    return Target(
        host,
        transport.port,
        transport.uri(host),
        str(settings.authority.ca) if transport.tls and settings.authority else "",
        transport.proxy_uri(entrance) if transport.proxy else "",
    )

"""The cases that not every transport has: stalls in its stages, what lies behind a proxy, records and frames."""

from __future__ import annotations

from . import faults, middle_faults
from .case import TIMEOUT, UNRESPONSIVE, Broker, Case, Expect, Middle
from .stalls import Stall

_PROXIES = frozenset({"proxy-http", "proxy-socks5"})
_TLS = frozenset({"tls", "wss"})
_WEB_SOCKETS = frozenset({"ws", "wss"})


def _stalls() -> list[Case]:
    def stall(name: str, kind: Stall, stage: str, transports: frozenset[str]) -> Case:
        return Case(name, "idle", faults.none, Expect.CONNECT_FAILS, kind, stage=stage, transports=transports)

    return [
        stall("proxy-silent", Stall.PROXY_SILENT, "proxy", _PROXIES),
        stall("proxy-half-line", Stall.PROXY_HALF, "proxy", _PROXIES),
        stall("proxy-trickles", Stall.PROXY_TRICKLES, "proxy", _PROXIES),
        stall("tls-silent", Stall.TLS_SILENT, "tls", _TLS),
        stall("tls-hello", Stall.TLS_HELLO, "tls", _TLS),
        stall("tls-trickles", Stall.TLS_TRICKLES, "tls", _TLS),
        stall("upgrade-silent", Stall.UPGRADE_SILENT, "web_socket", _WEB_SOCKETS),
        stall("upgrade-half-line", Stall.UPGRADE_HALF, "web_socket", _WEB_SOCKETS),
        stall("upgrade-trickles", Stall.UPGRADE_TRICKLES, "web_socket", _WEB_SOCKETS),
    ]


def _behind_proxies() -> list[Case]:
    """The proxy's kernel acknowledges and its process reads: to the client it is the broker that does not answer."""

    def behind(load: str, causes: frozenset[str]) -> list[Case]:
        peer = Expect.DEAD_PEER
        return [
            Case(f"hole-behind-{load}", load, middle_faults.hole_behind, peer, causes=causes, transports=_PROXIES),
            Case(f"proxy-stopped-{load}", load, middle_faults.stopped, peer, causes=causes, transports=_PROXIES),
        ]

    unreachable = middle_faults.syn_dropped_behind
    return [
        *(case for load in ("idle", "qos0", "qos1", "subscriber", "download") for case in behind(load, UNRESPONSIVE)),
        # The receive buffers of all that stands before the dead broker are full at some time.
        *(case for load in ("flood", "upload") for case in behind(load, UNRESPONSIVE | TIMEOUT)),
        Case("syn-dropped-behind", "idle", unreachable, Expect.CONNECT_FAILS, stage="proxy", transports=_PROXIES),
    ]


def _records_and_frames() -> list[Case]:
    slow, pinging = Middle.SLOW, Middle.PINGING
    layered = _TLS | _WEB_SOCKETS

    def dead(load: str) -> Case:
        name = f"pings-broker-stopped-{load}"
        fault, peer = middle_faults.stopped_behind_pings, Expect.DEAD_PEER
        return Case(name, load, fault, peer, causes=UNRESPONSIVE, transports=_WEB_SOCKETS, middle=pinging)

    trickle, survive, keep_alive = middle_faults.trickle, Expect.SURVIVE, 5
    return [
        *(dead(load) for load in ("idle", "qos0", "subscriber")),
        # A record of 16 KiB takes all the time, and longer. The PINGRESPs wait behind it.
        *(
            Case(f"trickle-{load}", load, trickle, survive, Broker.PATIENT, keep_alive, 7.0, transports=layered, middle=slow)
            for load in ("download", "download-qos0")
        ),
    ]


ALL = [*_stalls(), *_behind_proxies(), *_records_and_frames()]

# What CI runs (--quick) of all cases on the transports that it does not run whole.
QUICK = {
    *("hole-idle", "hole-qos0", "stopped-qos0", "rst-idle", "fin-subscriber", "no-connack"),
    *("proxy-silent", "proxy-half-line", "tls-silent", "tls-hello", "upgrade-silent", "hole-behind-qos0"),
    *("pings-broker-stopped-qos0", "outage-3s-idle", "trickle-download"),
}

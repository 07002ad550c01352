"""What the clients speak under MQTT: the transports that the lab measures."""

from __future__ import annotations

from dataclasses import dataclass

PLAIN_PORT = 1883  # every broker of the lab listens there, whatever the adapter speaks


@dataclass(frozen=True)
class Transport:
    name: str
    scheme: str  # of the broker's URI
    port: int  # the broker's
    tls: bool = False
    web_socket: bool = False
    proxy: str = ""  # the scheme of the proxy's URI; empty: none
    proxy_port: int = 0

    @property
    def entrance(self) -> int:
        """The port to which the client's TCP connects."""
        return self.proxy_port or self.port

    def uri(self, host: str) -> str:
        return f"{self.scheme}://{host}:{self.port}" + ("/mqtt" if self.web_socket else "")

    def proxy_uri(self, host: str) -> str:
        return f"{self.proxy}://{host}:{self.proxy_port}"


TCP = Transport("tcp", "mqtt", PLAIN_PORT)
ALL = (
    TCP,
    Transport("tls", "mqtts", 8883, tls=True),
    Transport("ws", "ws", 8080, web_socket=True),
    Transport("wss", "wss", 8443, tls=True, web_socket=True),
    Transport("proxy-http", "mqtt", PLAIN_PORT, proxy="http", proxy_port=8888),
    Transport("proxy-socks5", "mqtt", PLAIN_PORT, proxy="socks5", proxy_port=1080),
)
NAMES = tuple(transport.name for transport in ALL)


def parse(names: str) -> list[Transport]:
    """Of comma-separated names."""
    known = {transport.name: transport for transport in ALL}
    for name in names.split(","):
        if name not in known:
            raise ValueError(f"no transport is called {name}: there are {', '.join(NAMES)}")
    return [known[name] for name in dict.fromkeys(names.split(","))]

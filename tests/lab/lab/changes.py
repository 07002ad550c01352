"""What happens to a machine's network and processes besides lost packets: addresses, interfaces, a NAT that forgets, a second
uplink, a freezer."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

from .network import (
    CLIENT,
    FAR_END,
    ROUTER_AT_BROKER,
    ROUTER_AT_CLIENT,
    TO_CLIENT,
    Network,
    inside,
    iptables,
    mac,
    run_name,
    set_up,
    stale_in,
)
from .processes import CommandFailed, run

# --- the client's interface ---


def take_address(net: Network) -> None:
    """And with it the routes that need it, as where a lease ends."""
    run(["ip", "-n", net.client, "addr", "del", f"{CLIENT}/24", "dev", "c0"])


def interface_down(net: Network) -> None:
    run(["ip", "-n", net.client, "link", "set", "c0", "down"])


def give_back(net: Network) -> None:
    """The interface, its address and its route, whatever of it is gone."""
    run(
        ["ip", "-n", net.client, "-batch", "-"],
        f"link set c0 up\naddr replace {CLIENT}/24 dev c0\n"
        f"neigh replace {ROUTER_AT_CLIENT} lladdr {mac(2)} dev c0 nud permanent\n"
        f"route replace default via {ROUTER_AT_CLIENT} dev c0\n",
    )


# --- the NAT in the router ---

_NETLINK_NETFILTER = 12
_CTNETLINK, _DELETE = 1, 2
_REQUEST, _ACK = 1, 4


def translate(net: Network) -> None:
    """The router hides the client behind its own address, and drops what belongs to no connection that it knows."""
    with inside(net.router):
        Path("/proc/sys/net/netfilter/nf_conntrack_tcp_loose").write_text("0")
    for rule in (
        ["-t", "nat", "-A", "POSTROUTING", "-o", TO_CLIENT, "-j", "SNAT", "--to-source", ROUTER_AT_BROKER],
        ["-t", "mangle", "-A", "FORWARD", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP"],
    ):
        run(["ip", "netns", "exec", net.router, iptables(), "-w", *rule])


def forget_translations(net: Network) -> None:
    """What `conntrack -F` does."""
    message = struct.pack("=IHHII", 20, _CTNETLINK << 8 | _DELETE, _REQUEST | _ACK, 1, 0) + bytes(4)
    with inside(net.router), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as netlink:
        netlink.settimeout(5)
        netlink.send(message)
        error = struct.unpack_from("=i", netlink.recv(1024), 16)[0]
    if error:
        raise CommandFailed(f"the router's connections could not be flushed: {os.strerror(-error)}")


# --- the client's sockets and its process ---


def destroy_client_sockets(net: Network) -> None:
    """The client's own kernel ends them, as a system does that takes sockets from a frozen application."""
    run(["ip", "netns", "exec", net.client, "ss", "-H", "-t", "-n", "-K", "dst", FAR_END])


def _version_2() -> Path:
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise CommandFailed("no cgroup of version 2 is mounted: nothing can be frozen")


class Freezer:
    """A control group whose process stands still when told so. A context manager."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._root = _version_2()
        self._group = self._root / f"{run_name()}-{pid}"

    def __enter__(self) -> Freezer:
        self._group.mkdir()
        (self._group / "cgroup.procs").write_text(str(self._pid))
        return self

    def __exit__(self, *_: object) -> None:
        self.thaw()
        try:
            (self._root / "cgroup.procs").write_text(str(self._pid))
        except ProcessLookupError:
            pass  # it has ended
        self._group.rmdir()

    def freeze(self) -> None:
        (self._group / "cgroup.freeze").write_text("1")

    def thaw(self) -> None:
        (self._group / "cgroup.freeze").write_text("0")


def remove_stale_freezers() -> None:
    """Those of runs that were killed; the kernel killed their processes, too."""
    try:
        root = _version_2()
    except CommandFailed:
        return
    for name in stale_in(root):
        try:
            (root / name / "cgroup.freeze").write_text("0")
            (root / name).rmdir()
        except OSError:
            pass  # its process ends just now: the next run removes it


# --- a second uplink ---

SECOND_CLIENT = "10.77.4.2"
_SECOND_ROUTER = "10.77.4.1"
_UPLINKS = (("c0", CLIENT, ROUTER_AT_CLIENT), ("c1", SECOND_CLIENT, _SECOND_ROUTER))


class TwoUplinks:
    """A second link between the client and the router, with an address of its own. What has an address of a link goes over
    that link, as on a phone, whatever the default route says."""

    SECOND = "rd"  # the router's second interface

    def __init__(self, net: Network) -> None:
        self._net = net
        self.current = 0
        c, r = net.client, net.router
        run(
            ["ip", "-batch", "-"],
            f"link add c1 netns {c} address {mac(7)} type veth peer name {self.SECOND} netns {r} address {mac(8)}\n",
        )
        set_up(c, ("c1", SECOND_CLIENT, f"{_SECOND_ROUTER} lladdr {mac(8)}"))
        set_up(r, (self.SECOND, _SECOND_ROUTER, f"{SECOND_CLIENT} lladdr {mac(7)}"))
        lines = [
            f"rule add from {address} lookup {100 + number}\nroute add default via {gateway} dev {link} table {100 + number}\n"
            for number, (link, address, gateway) in enumerate(_UPLINKS)
        ]
        run(["ip", "-n", c, "-batch", "-"], "".join(lines))
        with inside(r):
            Path(f"/proc/sys/net/ipv4/conf/{self.SECOND}/rp_filter").write_text("0")

    def switch(self) -> None:
        """The default route goes over the other link; the one before stays as it is."""
        self.current = 1 - self.current
        link, _, gateway = _UPLINKS[self.current]
        run(["ip", "-n", self._net.client, "route", "replace", "default", "via", gateway, "dev", link])

    def carries(self) -> bool:
        """Whether a connection of the client's goes over the default link."""
        address = _UPLINKS[self.current][1]
        shown = run(
            ["ip", "netns", "exec", self._net.client]
            + ["ss", "-H", "-t", "-n", "state", "established", "src", address, "dst", FAR_END]
        )
        return bool(shown.strip())

    def cut_other(self) -> None:
        """The link that is not the default one carries nothing any more."""
        other = (self.SECOND, "rc")[self.current]
        address = _UPLINKS[1 - self.current][1]
        self._net.rule("-A", "-i", other, "-j", "DROP")
        self._net.rule("-A", "-d", address, "-j", "DROP")


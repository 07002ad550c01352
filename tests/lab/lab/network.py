"""Network namespaces in a row: client -- router -- broker. Nothing touches the machine's own network.

Where a proxy or a relay is part of the scene it has a fourth one: client -- router -- middle -- broker. The middle
forwards no packets. For the client and the router it stands where the broker stands otherwise, with the same address, so
that a fault of the path is the same fault."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Iterator

from .processes import CommandFailed, run

PREFIX = "mqttka-lab"
CLIENT = "10.77.1.2"
ROUTER_AT_CLIENT = "10.77.1.1"
ROUTER_AT_BROKER = "10.77.2.1"
FAR_END = "10.77.2.2"  # what the client's TCP talks to: the broker, or the middle
MIDDLE_AT_BROKER = "10.77.3.1"
BEHIND = "10.77.3.2"  # the broker, where there is a middle
NAME_SERVER = "10.77.2.53"  # nobody

TO_BROKER = "rc"  # the router's interface by which packets for the broker come in
TO_CLIENT = "rb"  # and those for the client
_TO_BEHIND = "m0"  # the middle's interface at the broker

_NETNS = Path("/run/netns")
_RESOLVERS = Path("/etc/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _start_time(pid: int) -> str | None:
    """Distinguishes a process from a later one with the same pid; none if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def run_name() -> str:
    return f"{PREFIX}-{os.getpid()}-{_start_time(os.getpid())}"


def remove_stale() -> list[str]:
    """Removes what earlier runs left that died without cleaning up."""
    removed = []
    for name in stale_in(_NETNS):
        _remove_namespace(name)
        removed.append(name)
    for name in stale_in(_RESOLVERS):
        _remove_resolver(name)
    for name in stale_in(Path(tempfile.gettempdir())):
        shutil.rmtree(Path(tempfile.gettempdir()) / name, ignore_errors=True)
    return removed


def stale_in(directory: Path) -> list[str]:
    """The entries there that belong to runs which are no more."""
    stale = []
    for entry in sorted(directory.glob(f"{PREFIX}-*-*-*")):
        pid, start = entry.name.removeprefix(f"{PREFIX}-").split("-")[:2]
        if pid.isdigit() and _start_time(int(pid)) != start:
            stale.append(entry.name)
    return stale


def _remove_namespace(name: str) -> None:
    try:
        run(["ip", "netns", "delete", name])
    except CommandFailed:
        if (_NETNS / name).exists():
            raise


def _remove_resolver(name: str) -> None:
    shutil.rmtree(_RESOLVERS / name, ignore_errors=True)
    try:
        _RESOLVERS.rmdir()  # only if it is empty
    except OSError:
        pass


class Network:
    """One row of namespaces. A context manager: they are gone afterwards, whatever happened."""

    def __init__(self, index: int, middle: bool = False) -> None:
        base = f"{run_name()}-{index}"
        self.client, self.router, self.broker = (f"{base}-{part}" for part in "crb")
        self._middle = f"{base}-m" if middle else ""
        self.broker_address = BEHIND if middle else FAR_END

    @property
    def middle(self) -> str:
        assert self._middle
        return self._middle

    @property
    def far_end(self) -> str:
        """The namespace of what the client's TCP talks to."""
        return self._middle or self.broker

    def __enter__(self) -> Network:
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _build(self) -> None:
        resolver = _RESOLVERS / self.client
        resolver.mkdir(parents=True)
        (resolver / "resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
        run(["ip", "-batch", "-"], "".join(f"netns add {name}\n" for name in self._names()))
        c, r, f = self.client, self.router, self.far_end
        run(
            ["ip", "-batch", "-"],
            f"link add c0 netns {c} address {mac(1)} type veth peer name {TO_BROKER} netns {r} address {mac(2)}\n"
            f"link add b0 netns {f} address {mac(3)} type veth peer name {TO_CLIENT} netns {r} address {mac(4)}\n",
        )
        set_up(c, ("c0", CLIENT, f"{ROUTER_AT_CLIENT} lladdr {mac(2)}"), gateway=ROUTER_AT_CLIENT)
        set_up(
            r,
            (TO_BROKER, ROUTER_AT_CLIENT, f"{CLIENT} lladdr {mac(1)}"),
            (TO_CLIENT, ROUTER_AT_BROKER, f"{FAR_END} lladdr {mac(3)}"),
        )
        set_up(f, ("b0", FAR_END, f"{ROUTER_AT_BROKER} lladdr {mac(4)}"), gateway=ROUTER_AT_BROKER)
        if self._middle:
            self._build_behind()
        with inside(self.router):
            # /proc/sys/net is that of the namespace of the thread that opens it.
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            for interface in ("all", "default", TO_BROKER, TO_CLIENT):
                Path(f"/proc/sys/net/ipv4/conf/{interface}/rp_filter").write_text("0")

    def _build_behind(self) -> None:
        m, b = self.middle, self.broker
        run(
            ["ip", "-batch", "-"],
            f"link add {_TO_BEHIND} netns {m} address {mac(5)} type veth peer name b0 netns {b} address {mac(6)}\n",
        )
        set_up(m, (_TO_BEHIND, MIDDLE_AT_BROKER, f"{BEHIND} lladdr {mac(6)}"))
        set_up(b, ("b0", BEHIND, f"{MIDDLE_AT_BROKER} lladdr {mac(5)}"))

    def _names(self) -> list[str]:
        return [self.client, self.router, self.broker] + ([self._middle] if self._middle else [])

    def _remove(self) -> None:
        for name in self._names():
            if (_NETNS / name).exists():
                _remove_namespace(name)
        _remove_resolver(self.client)

    # --- what a fault can do ---

    def rule(self, action: str, *match: str) -> None:
        """Appends ("-A") or deletes ("-D") a rule of the router's FORWARD chain."""
        run(["ip", "netns", "exec", self.router, iptables(), "-w", action, "FORWARD", *match])

    def cut_behind(self, *match: str) -> None:
        """Between the middle and the broker nothing passes that matches."""
        for namespace, interface in ((self.middle, _TO_BEHIND), (self.broker, "b0")):
            rule = ["-A", "INPUT", "-i", interface, *match, "-j", "DROP"]
            run(["ip", "netns", "exec", namespace, iptables(), "-w", *rule])

    def heal(self) -> None:
        """Takes the rules away; what lies behind a middle is not part of the path."""
        run(["ip", "netns", "exec", self.router, iptables(), "-w", "-F", "FORWARD"])

    def limit_rate(self, namespace: str, interface: str, bits_per_second: int, burst: int, queue: int) -> None:
        """A slow link: a token bucket where the sender's own kernel sees its queue."""
        run(
            ["tc", "-n", namespace, "qdisc", "replace", "dev", interface, "root", "tbf"]
            + ["rate", f"{bits_per_second}bit", "burst", str(burst), "limit", str(queue)]
        )

    def reset_far_sockets(self, port: int) -> None:
        """The far end's kernel resets the connections to that port, at once and with the right sequence numbers."""
        shown = run(
            ["ip", "netns", "exec", self.far_end]
            + ["ss", "-H", "-t", "-n", "-K", "state", "established", "sport", "=", f":{port}"]
        )
        if not shown.strip():
            raise CommandFailed("ss -K found no connection to reset (or the kernel lacks INET_DIAG_DESTROY)")


def address(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def mac(number: int) -> str:
    return f"02:00:00:00:00:{number:02x}"


def set_up(namespace: str, *interfaces: tuple[str, str, str], gateway: str = "") -> None:
    """Each interface: its name, its address, its neighbour and the neighbour's address on the link."""
    lines = ["link set lo up"]
    for name, address, neighbour in interfaces:
        lines += [
            f"addr add {address}/24 dev {name}",
            # Packets of the size that a wire has. A larger one in its queue would stop a token bucket for ever when its
            # burst is lowered, and a lost one would be a large loss.
            f"link set {name} up gso_max_segs 1",
            # ARP in a long queue comes too late, and the path is dead for no fault of ours.
            f"neigh add {neighbour} dev {name} nud permanent",
        ]
    if gateway:
        lines.append(f"route add default via {gateway}")
    run(["ip", "-n", namespace, "-batch", "-"], "\n".join(lines) + "\n")


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread is in that namespace: sockets and devices opened here belong to it."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(_NETNS / namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _set_namespace(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _set_namespace(here)
    finally:
        os.close(here)


def _set_namespace(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"setns: {os.strerror(error)}")


@cache
def iptables() -> str:
    """The iptables back end that works on this kernel."""
    name = f"{run_name()}-probe"
    run(["ip", "netns", "add", name])
    try:
        problems = []
        for candidate in ("iptables-legacy", "iptables-nft", "iptables"):
            try:
                run(["ip", "netns", "exec", name, candidate, "-w", "-A", "FORWARD", "-j", "DROP"])
                return candidate
            except CommandFailed as problem:
                problems.append(str(problem))
        raise CommandFailed("no iptables works here: " + "; ".join(problems))
    finally:
        _remove_namespace(name)

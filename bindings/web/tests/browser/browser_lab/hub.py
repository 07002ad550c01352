"""One client's machine, one router, and a broker's machine for each client under test.

The lab for the other languages gives each trial a row of three namespaces of its own. Here many pages live in one browser,
thus in one namespace; so each connection gets a branch of the router, and what breaks is that branch."""

from __future__ import annotations

import threading
from pathlib import Path

from lab.network import TO_BROKER, inside, iptables, mac, run_name, set_up
from lab.processes import CommandFailed, run

_CLIENT, _ROUTER_AT_CLIENT = "10.77.1.2", "10.77.1.1"
_MOST_BRANCHES = 250


class Hub:
    """The browser's machine and the router. A context manager."""

    def __init__(self, name: str) -> None:
        base = f"{run_name()}-{name}"
        self.client, self.router = f"{base}-c", f"{base}-r"
        self._base = base
        self._free = list(range(_MOST_BRANCHES, 0, -1))
        self._choosing = threading.Lock()
        self.link_is_down = False

    def __enter__(self) -> Hub:
        try:
            run(["ip", "-batch", "-"], f"netns add {self.client}\nnetns add {self.router}\n")
            _without_ipv6(self.client)
            run(
                ["ip", "-batch", "-"],
                f"link add c0 netns {self.client} address {mac(1)} type veth"
                f" peer name {TO_BROKER} netns {self.router} address {mac(2)}\n",
            )
            neighbour = f"{_ROUTER_AT_CLIENT} lladdr {mac(2)}"
            set_up(self.client, ("c0", _CLIENT, neighbour), gateway=_ROUTER_AT_CLIENT)
            set_up(self.router, (TO_BROKER, _ROUTER_AT_CLIENT, f"{_CLIENT} lladdr {mac(1)}"))
            with inside(self.router):
                Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
                for interface in ("all", "default", TO_BROKER):
                    Path(f"/proc/sys/net/ipv4/conf/{interface}/rp_filter").write_text("0")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.client, self.router):
            remove(name)

    def branch(self) -> Branch:
        with self._choosing:
            number = self._free.pop()
        return Branch(self, number, f"{self._base}-{number}b")

    def give_back(self, number: int) -> None:
        with self._choosing:
            self._free.insert(0, number)

    def link(self, state: str) -> None:
        """The client's interface goes "down" or "up", and with it what is said of its routes and neighbours."""
        lines = [f"link set c0 {state}"]
        if state == "up":
            lines += [
                f"neigh replace {_ROUTER_AT_CLIENT} lladdr {mac(2)} dev c0",
                f"route replace default via {_ROUTER_AT_CLIENT}",
            ]
        # In one go: a browser that hears of the interface connects at once.
        run(["ip", "-n", self.client, "-batch", "-"], "\n".join(lines) + "\n")
        self.link_is_down = state == "down"


class Branch:
    """One broker's machine at the router, and what a fault can do to the way there. A context manager.

    It has as much of `lab.network.Network` as brokers and delays of the lab need."""

    def __init__(self, hub: Hub, number: int, broker: str) -> None:
        self._hub = hub
        self.number = number
        self.client, self.router, self.broker = hub.client, hub.router, broker
        self.interface = f"b{number}"  # the router's
        self._subnet = f"10.78.{number}"
        self.broker_address = f"{self._subnet}.2"
        self._rules: list[str] = []

    def __enter__(self) -> Branch:
        try:
            there, here = mac(3), mac(4)
            run(["ip", "netns", "add", self.broker])
            run(
                ["ip", "-batch", "-"],
                f"link add b0 netns {self.broker} address {there} type veth"
                f" peer name {self.interface} netns {self.router} address {here}\n",
            )
            gateway = f"{self._subnet}.1"
            set_up(self.router, (self.interface, gateway, f"{self.broker_address} lladdr {there}"))
            set_up(self.broker, ("b0", self.broker_address, f"{gateway} lladdr {here}"), gateway=gateway)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.heal()
        remove(self.broker)
        self._hub.give_back(self.number)

    def cut(self, towards_client: bool = True, towards_broker: bool = True, *match: str) -> None:
        """Drops what passes and matches."""
        ways = [way for way, cut in (("-i", towards_client), ("-o", towards_broker)) if cut]
        rules = [" ".join([way, self.interface, *match, "-j", "DROP"]) for way in ways]
        self._change("-A", rules)
        self._rules += rules

    def heal(self) -> None:
        rules, self._rules = self._rules, []
        self._change("-D", rules)

    def _change(self, action: str, rules: list[str]) -> None:
        """All in one go, so that both ways are cut at the same instant."""
        if rules:
            lines = "".join(f"{action} FORWARD {rule}\n" for rule in rules)
            command = ["ip", "netns", "exec", self.router, f"{iptables()}-restore", "-w", "--noflush"]
            run(command, f"*filter\n{lines}COMMIT\n")

    def limit_rate(self, up: int = 0, down: int = 0, queue: int = 32_000) -> None:
        """A slow link, in bits per second each way: the queue is the router's, or the broker's own."""
        for namespace, interface, rate in ((self.router, self.interface, up), (self.broker, "b0", down)):
            if rate:
                run(
                    ["tc", "-n", namespace, "qdisc", "replace", "dev", interface, "root", "tbf"]
                    + ["rate", f"{rate}bit", "burst", "3200", "limit", str(queue)]
                )

    def reset_sockets(self, port: int) -> None:
        """The broker's kernel resets the connections to that port."""
        shown = run(
            ["ip", "netns", "exec", self.broker]
            + ["ss", "-H", "-t", "-n", "-K", "state", "established", "sport", "=", f":{port}"]
        )
        if not shown.strip():
            raise CommandFailed("ss -K found no connection to reset (or the kernel lacks INET_DIAG_DESTROY)")

    @property
    def delay_rules(self) -> tuple[str, ...]:
        """Which packets in the router are of this branch, for `ip rule`."""
        return f"iif {TO_BROKER} to {self._subnet}.0/24", f"iif {self.interface}"


def _without_ipv6(namespace: str) -> None:
    """An address of the link's own is there a second or two after the link, and Chromium ends what it is loading when an
    address comes: the first page would not load."""
    with inside(namespace):
        for which in ("all", "default"):
            switch = Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6")
            if switch.exists():  # some kernels have none at all
                switch.write_text("1")


def remove(namespace: str) -> None:
    try:
        run(["ip", "netns", "delete", namespace])
    except CommandFailed:
        if (Path("/run/netns") / namespace).exists():
            raise

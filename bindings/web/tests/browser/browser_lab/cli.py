"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Callable

from lab import network
from lab.circumstances import Circumstances
from lab.clock import SECOND, Cancelled, Stop, now
from lab.pool import run_all, stopped_by_signals
from lab.processes import CommandFailed

from .case import Case, Expect
from .cases import select
from .cdp import Browser, program
from .hub import Hub
from .measure import OURS, Verdict, rows
from .server import Server
from .table import LEGEND, render, summary
from .trial import LONG_HIDDEN_FEATURES, Place, Settings, run_trial
from .witness import Witness

EXIT_PROMISE_BROKEN = 1
EXIT_USAGE = 2
EXIT_LAB_FAILED = 3
EXIT_NOT_ROOT = 77
EXIT_INTERRUPTED = 130

PEER = "mqttjs"
_KNOWN = (OURS, PEER)
_RETRIES = 2
_OPENING = 3  # pages at once
_TOOLS = ("ip", "tc", "ss", "mosquitto", "setpriv")
_WEB = Path(__file__).resolve().parents[3]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run", description="Real faults under a real browser, and the time until the page knows."
    )
    known = f"comma-separated, of {', '.join(_KNOWN)}; both, or with --quick the first alone"
    parser.add_argument("--clients", help=known)
    parser.add_argument("--cases", default="*", help="comma-separated names or patterns, e.g. 'hole-*,outage-*'")
    parser.add_argument("--list", action="store_true", help="shows the cases, runs none")
    parser.add_argument("--quick", action="store_true", help="fewer cases, for each change")
    parser.add_argument("--check", action="store_true", help="fails where mqttka breaks the promise")
    parser.add_argument("--keep-alive", type=int, default=5, metavar="K", help="seconds (5)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="trials of each case (1)")
    parser.add_argument("--jobs", type=int, default=12, metavar="N", help="trials at once (12)")
    parser.add_argument("--patience", type=float, default=30.0, metavar="S", help="to wait for a late event (30 s)")
    parser.add_argument("--return-patience", type=float, default=60.0, metavar="S", help="to wait for it to be back (60)")
    parser.add_argument("--seed", type=int, default=None, help="of the instants at which it happens")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything")
    parser.add_argument("--markdown", action="store_true", help="the table for a page")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leaves the browsers' and brokers' logs there")
    parser.add_argument("--dist", type=Path, default=_WEB / "dist", help="the built package (bindings/web/dist)")
    parser.add_argument("--lie", help=argparse.SUPPRESS)  # of the client that stands in for mqttka in the self-test
    options = parser.parse_args(arguments)
    if options.clients is None:
        options.clients = OURS if options.quick else ",".join(_KNOWN)
    if options.lie is not None:
        options.dist = Path(__file__).resolve().parents[1] / "liar"
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    return options


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        cases = select(options.cases.split(","), options.quick)
    except ValueError as problem:
        print(f"run: {problem}", file=sys.stderr)
        return EXIT_USAGE
    if options.list:
        print("\n".join(f"{case.name}: {case.expect.value}" for case in cases))
        return 0
    clients = tuple(dict.fromkeys(options.clients.split(",")))
    lacking = _missing(clients, options)
    if lacking:
        print(f"run: {lacking}", file=sys.stderr)
        return EXIT_USAGE
    if os.geteuid() != 0:
        print("run: needs root, for network namespaces", file=sys.stderr)
        return EXIT_NOT_ROOT
    directory = options.keep or Path(tempfile.mkdtemp(prefix=f"{network.run_name()}-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        return _run(options, cases, clients, directory)
    except Cancelled:
        return EXIT_INTERRUPTED
    except CommandFailed as failure:
        print(f"run: {failure}", file=sys.stderr)
        return EXIT_LAB_FAILED
    finally:
        if options.keep is None:
            shutil.rmtree(directory, ignore_errors=True)


def _missing(clients: tuple[str, ...], options: argparse.Namespace) -> str:
    for client in clients:
        if client not in _KNOWN:
            return f"no client is called {client}: there are {', '.join(_KNOWN)}"
    if OURS in clients and not (options.dist / "index.js").exists():
        return f"{options.dist}/index.js is not there: bindings/web/build makes it"
    if PEER in clients and not _peer().exists():
        return f"{_peer()} is not there: npm ci in bindings/web brings it"
    if program() is None:
        return "there is no chromium: tests/setup installs it"
    lacking = [tool for tool in _TOOLS if shutil.which(tool) is None]
    return f"missing: {', '.join(lacking)}" if lacking else ""


def _peer() -> Path:
    return _WEB / "node_modules" / "mqtt" / "dist" / "mqtt.esm.js"


def _run(options: argparse.Namespace, cases: list[Case], clients: tuple[str, ...], directory: Path) -> int:
    started = now()
    circumstances = Circumstances()
    network.remove_stale()
    network.iptables()  # asked once, before several trials would at once
    settings = Settings(
        options.keep_alive, options.patience, options.return_patience, options.seed, directory / "trials", options.lie
    )
    folders = {
        "page": Path(__file__).resolve().parents[1] / "page",
        "dist": options.dist,
        "mqttjs": _peer().parent,
    }
    with (
        stopped_by_signals() as stop,
        Hub("web") as hub,
        Witness() as machine,
        Server(hub.client, folders),
        Browser(hub.client, directory / "browser", stop) as browser,
        Browser(hub.client, directory / "long-hidden", stop, LONG_HIDDEN_FEATURES) as long_hidden,
    ):
        place = Place(hub, browser, long_hidden, machine, threading.Semaphore(_OPENING))
        print(f"{browser.version}, K = {options.keep_alive} s, seed {options.seed}", flush=True)
        verdicts = _trials(options, cases, clients, place, settings, circumstances, stop)
        version = browser.version
    order = {case.name: place for place, case in enumerate(cases)}
    verdicts.sort(key=lambda one: (order[one.case], clients.index(one.client), one.repeat))
    return _report(options, verdicts, circumstances, version, (now() - started) / SECOND)


def _trials(
    options: argparse.Namespace,
    cases: list[Case],
    clients: tuple[str, ...],
    place: Place,
    settings: Settings,
    circumstances: Circumstances,
    stop: Stop,
) -> list[Verdict]:
    def show(verdicts: list[Verdict]) -> None:
        circumstances.sample()
        for words in _wrong(verdicts):
            print(words, flush=True)

    index = count()

    def task(case: Case, group: tuple[str, ...], repeat: int) -> Callable[[], list[Verdict]]:
        return lambda: run_trial(case, group, repeat, next(index), place, settings, stop)

    together: list[Callable[[], list[Verdict]]] = []
    alone: list[Callable[[], list[Verdict]]] = []
    for repeat in range(options.repeat):
        for case in sorted(cases, key=lambda case: -case.watch):
            for group in [(client,) for client in clients] if case.apart else [clients]:
                (alone if case.alone else together).append(task(case, group, repeat))
    results = run_all(options.jobs, together, show, stop) + run_all(1, alone, show, stop)
    by_name = {case.name: case for case in cases}
    for _ in range(_RETRIES):
        # The lab failed, or the machine was busy with something else: again, with fewer beside it.
        again = [result for result in results if any(one.broken for one in result)]
        results = [result for result in results if result not in again]
        retries = [task(by_name[one[0].case], tuple(each.client for each in one), one[0].repeat) for one in again]
        results += run_all(1 if any(by_name[one[0].case].alone for one in again) else 4, retries, show, stop)
    return [verdict for result in results for verdict in result]


def _wrong(verdicts: list[Verdict]) -> list[str]:
    """A line for what is wrong; nothing for what is well, nor for what a peer does."""
    lines = []
    for one in verdicts:
        wrong = [f"no result: {one.broken}"] if one.broken else one.problems if one.client == OURS else []
        lines += [f"{one.client} {one.case} #{one.repeat}: {words}" for words in wrong]
    return lines


def _report(
    options: argparse.Namespace, verdicts: list[Verdict], circumstances: Circumstances, version: str, took: float
) -> int:
    table = rows(verdicts)
    print(f"\nSeconds until the page knows, K = {options.keep_alive} s, {version}, {circumstances}\n")
    print(f"{render(table, options.markdown)}\n\n{LEGEND}\n\n{summary(table)}")
    # Once more, where whoever reads only the end of a log looks.
    print("\n".join(["", *_wrong(verdicts)]))
    judged = [one for one in verdicts if one.client == OURS and one.expect != Expect.LIMIT.value]
    bad = sum(bool(one.problems) and not one.broken for one in judged)
    broken = sum(bool(one.broken) for one in verdicts)
    print(f"{len(verdicts)} trials in {took:.0f} s; {bad} break the promise; {broken} without a result; seed {options.seed}")
    if options.json is not None:
        meta = {
            "keep_alive": options.keep_alive,
            "seed": options.seed,
            "patience": options.patience,
            "repeat": options.repeat,
            "jobs": options.jobs,
            "seconds": took,
            "browser": version,
            **circumstances.as_json(),
        }
        everything = {"meta": meta, "rows": [asdict(row) for row in table], "trials": [one.as_json() for one in verdicts]}
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    if options.check and bad:
        return EXIT_PROMISE_BROKEN
    if options.check and (broken or not verdicts):
        return EXIT_LAB_FAILED
    return 0

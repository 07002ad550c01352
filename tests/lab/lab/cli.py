"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import shutil
import sys
import tempfile
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Callable

from . import authority, build, changes, network, picture, random_faults, random_returns, reconnect_cases
from . import return_table, returning, transports
from .case import Case
from .cases import quick, select
from .circumstances import Circumstances
from .clock import SECOND, Cancelled, Stop, now
from .measure import Trial
from .pool import run_all, stopped_by_signals
from .processes import CommandFailed
from .proxies import PROGRAMS
from .return_table import ReturnRow
from .returning import ReturnCase
from .staging import Settings
from .table import LEGEND, Row, render, rows, summary
from .transports import TCP, Transport
from .trial import run_trial

EXIT_PROMISE_BROKEN = 1
EXIT_USAGE = 2
EXIT_LAB_FAILED = 3
EXIT_NOT_ROOT = 77
EXIT_INTERRUPTED = 130

# What a run consists of: the cases of each transport.
Plan = list[tuple[Transport, list[Case]]] | list[tuple[Transport, list[ReturnCase]]]

_TOOLS = ("ip", "tc", "ss", "tcpdump", "mosquitto", "setpriv")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/lab/run", description="Real faults in network namespaces, and the time until the application knows."
    )
    known = f"comma-separated, of {', '.join(build.KNOWN)} and those of --adapter"
    parser.add_argument("--clients", default="mqttka", help=known)
    parser.add_argument("--adapter", action="append", default=[], metavar="NAME=COMMAND", help="another client")
    parser.add_argument(
        "--transport",
        metavar="NAME[,NAME]",
        help=f"of {', '.join(transports.NAMES)}; without it tcp, with --quick also a few cases of each other",
    )
    parser.add_argument("--cases", default="*", help="comma-separated names or patterns, e.g. 'hole-*,outage-*'")
    parser.add_argument("--list", action="store_true", help="show the transport's cases and end")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--keep-alive", type=int, default=5, metavar="K", help="seconds; some cases need at least 5")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds until an event counts as never")
    parser.add_argument("--jobs", type=int, default=8, help="scenes at once")
    parser.add_argument("--seed", type=int, default=None, help="of instants and random faults; shown at the start")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything, machine-readable")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="a dot for each trial (FILE-dark.svg for dark pages, too)")
    parser.add_argument("--markdown", action="store_true", help="the table for a page")
    parser.add_argument("--check", action="store_true", help="exit 1 if a trial breaks the promise (peers gave none)")
    parser.add_argument("--quick", action="store_true", help="the selection for CI, with K = 2 where the case allows")
    parser.add_argument("--random", type=int, metavar="N", help="instead of the cases: N random faults, counting events")
    parser.add_argument("--reconnect", action="store_true", help="the cases of a client that comes back by itself")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep logs and captures (both ways) there")
    parser.add_argument("--mqttka-dir", type=Path, default=build.default_mqttka_library(), help="where libmqttka.so is")
    parser.add_argument("--mqttka-include", type=Path, default=build.REPOSITORY / "include", help="where mqttka.h is")
    options = parser.parse_args(arguments)
    if options.quick:
        options.keep_alive = 2
        # Coming back may wait for the backoff, and for a machine that is busy.
        options.patience = 60.0 if options.reconnect else 6.0
    if options.svg is not None and (options.reconnect or options.random is not None):
        parser.error("--svg draws trials of the cases only")
    if min(options.keep_alive, options.repeat, options.jobs) < 1:
        parser.error("--keep-alive, --repeat and --jobs take positive numbers")
    return options


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        plan = _plan(options)
    except ValueError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return EXIT_USAGE
    if options.list:
        for case in dict.fromkeys(case for _, cases in plan for case in cases):
            print(f"{case.name:28} {case.says if isinstance(case, ReturnCase) else case.expect.value}")
        return 0
    if os.geteuid() != 0:
        print("lab: needs root, for network namespaces. Nothing was run.", file=sys.stderr)
        return EXIT_NOT_ROOT
    missing = [tool for tool in _tools(plan) if shutil.which(tool) is None]
    if missing:
        print(f"lab: these programs are missing: {', '.join(missing)}", file=sys.stderr)
        return EXIT_LAB_FAILED
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    try:
        with stopped_by_signals() as stop, _directory(options.keep) as directory:
            return _run(options, plan, Path(directory), stop)
    except Cancelled:
        print("lab: interrupted; everything is cleaned up", file=sys.stderr)
        return EXIT_INTERRUPTED
    except CommandFailed as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return EXIT_LAB_FAILED
    except ValueError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return EXIT_USAGE


def _directory(keep: Path | None) -> AbstractContextManager[str]:
    if keep is None:
        return tempfile.TemporaryDirectory(prefix=f"{network.run_name()}-")
    keep.mkdir(parents=True, exist_ok=True)
    return _Kept(tempfile.mkdtemp(prefix="run-", dir=keep.resolve()))


class _Kept(AbstractContextManager[str]):
    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> str:
        return self._path

    def __exit__(self, *_: object) -> None:
        print(f"lab: logs and captures are in {self._path}")


def _plan(options: argparse.Namespace) -> Plan:
    if options.reconnect:
        return _plan_of_returns(options)
    cases = select(options.cases.split(","))
    names = options.transport or (",".join(transports.NAMES) if options.quick else TCP.name)
    plan = [(transport, [case for case in cases if case.runs_on(transport)]) for transport in transports.parse(names)]
    if options.quick:
        whole = options.transport is not None
        plan = [(transport, quick(cases, transport, whole)) for transport, cases in plan]
    plan = [(transport, cases) for transport, cases in plan if cases]
    if not plan:
        raise ValueError(f"there is no case {options.cases} over {names}")
    return plan


def _plan_of_returns(options: argparse.Namespace) -> Plan:
    cases = reconnect_cases.select(options.cases.split(","), options.quick)
    over = transports.parse(options.transport or TCP.name)
    plan = [(transport, [case for case in cases if case.runs_on(transport)]) for transport in over]
    plan = [(transport, cases) for transport, cases in plan if cases]
    if not plan:
        raise ValueError(f"there is no case {options.cases} over {options.transport}")
    return plan


def _tools(plan: Plan) -> list[str]:
    """The programs that must be there."""
    proxies = [PROGRAMS[transport.proxy] for transport, _ in plan if transport.proxy]
    certificates = [authority.CARGO] if any(transport.tls for transport, _ in plan) else []
    return [*_TOOLS, *proxies, *certificates]


def _commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """The command of each client."""
    for one in options.adapter:
        if "=" not in one:
            raise ValueError(f"--adapter takes NAME=COMMAND, not {one}")
    others = dict(one.split("=", 1) for one in options.adapter)
    places = build.Places(build.default_build(), options.mqttka_dir.resolve(), options.mqttka_include.resolve())
    commands = {}
    for name in options.clients.split(","):
        if name in others:
            commands[name] = shlex.split(others[name])
        elif name in build.KNOWN:
            try:
                commands[name] = build.adapter(name, places, options.reconnect)
            except build.NotToBeHad as problem:
                print(f"lab: {name} is left out: {problem}", file=sys.stderr)
        else:
            raise ValueError(f"no client is called {name}: give its program with --adapter {name}=COMMAND")
    return commands


def _clients(commands: dict[str, list[str]], transport: Transport) -> dict[str, list[str]]:
    """Those that speak it."""
    there = {name: command for name, command in commands.items() if build.speaks(name, transport)}
    for name in commands.keys() - there.keys():
        print(f"lab: {name} is left out over {transport.name}, which it does not speak")
    return there


def _run(options: argparse.Namespace, plan: Plan, directory: Path, stop: Stop) -> int:
    commands = _commands(options)
    for name in network.remove_stale():
        print(f"lab: removed {name}, left by an earlier run")
    changes.remove_stale_freezers()
    network.iptables()
    tls = any(transport.tls for transport, _ in plan)
    settings = Settings(
        options.keep_alive,
        options.patience,
        options.seed,
        directory,
        options.keep is not None,
        authority.make(directory / "authority") if tls else None,
    )
    keep_alive = "1 or 2" if options.random is not None and not options.reconnect else options.keep_alive
    circumstances = Circumstances()
    print(f"lab: seed {options.seed}, K = {keep_alive} s, {options.jobs} at once, {network.iptables()}", flush=True)
    start = now()
    show = partial(_show, circumstances)
    if options.random is not None:
        trials = _random(options, plan, commands, settings, show, stop)
    else:
        trials = _cases(options, plan, commands, settings, show, stop)
    return _report(options, plan, trials, circumstances, (now() - start) / SECOND)


def _cases(
    options: argparse.Namespace,
    plan: Plan,
    commands: dict[str, list[str]],
    settings: Settings,
    show: Callable[[Trial], None],
    stop: Stop,
) -> list[Trial]:
    tasks: list[partial[Trial]] = []
    run = returning.run if options.reconnect else run_trial
    for transport, cases in plan:
        clients = _clients(commands, transport)
        for repeat in range(options.repeat):
            for case in cases:
                for client, command in clients.items():
                    own = case.by_bytes_alone(transport) if isinstance(case, Case) and client in build.BYTES_ALONE else case
                    tasks.append(partial(run, client, command, transport, own, repeat, len(tasks), settings, stop))
    # The longest first, so that none is left over at the end; otherwise a mix, to load the machine evenly.
    random.Random(options.seed).shuffle(tasks)
    tasks.sort(key=lambda task: not task.args[3].is_long)
    trials = run_all(options.jobs, tasks, show, stop)
    order = {case.name: place for _, cases in plan for place, case in enumerate(cases)}
    over, names = [transport.name for transport, _ in plan], list(commands)
    return sorted(
        trials,
        key=lambda trial: (over.index(trial.transport), names.index(trial.client), order[trial.case], trial.repeat),
    )


def _random(
    options: argparse.Namespace,
    plan: Plan,
    commands: dict[str, list[str]],
    settings: Settings,
    show: Callable[[Trial], None],
    stop: Stop,
) -> list[Trial]:
    tasks: list[Callable[[], Trial]] = []
    kind = random_returns if options.reconnect else random_faults
    for transport, _ in plan:
        for client, command in _clients(commands, transport).items():
            for count in kind.shares(options.random):
                index = len(tasks)
                tasks.append(partial(kind.run, client, command, transport, count, index, settings, stop))
    return run_all(options.jobs, tasks, show, stop)


def _show(circumstances: Circumstances, trial: Trial) -> None:
    """A line for what is wrong; nothing for what is well."""
    circumstances.sample()
    over = "" if trial.transport == TCP.name else f" over {trial.transport}"
    name = f"{trial.client}{over} {trial.case} #{trial.repeat}"
    if trial.broken:
        print(f"lab: {name}: no result: {trial.broken}", flush=True)
    elif trial.problems:
        print(f"lab: {name}: {'; '.join(trial.problems)}", flush=True)


def _report(
    options: argparse.Namespace, plan: Plan, trials: list[Trial], circumstances: Circumstances, took: float
) -> int:
    print()
    table: list[Row] | list[ReturnRow]
    if options.reconnect:
        table = return_table.rows(trials)
        if options.random is None:
            print(f"{return_table.render(table)}\n\n{return_table.LEGEND}")
        else:
            print(random_returns.render(trials))
    elif options.random is not None:
        table = rows(trials)
        print(random_faults.render(trials))
    else:
        table = rows(trials)
        print(f"Seconds from the fault to the callback, K = {options.keep_alive} s, {circumstances}\n")
        print(f"{render(table, options.markdown)}\n\n{LEGEND}\n\n{summary(table)}")
    judged = [trial for trial in trials if trial.client not in build.PEERS]
    broken = sum(bool(trial.broken) for trial in trials)
    bad = sum(bool(trial.problems) for trial in judged)
    print(f"\nlab: {len(trials)} trials in {took:.0f} s; ", end="")
    print(f"{bad} break the promise; {broken} without a result; seed {options.seed}")
    if options.json is not None or options.svg is not None:
        meta = {
            "keep_alive": options.keep_alive,
            "transports": [transport.name for transport, _ in plan],
            "seed": options.seed,
            "patience": options.patience,
            "repeat": options.repeat,
            "jobs": options.jobs,
            "seconds": took,
            **circumstances.as_json(),
        }
        everything: dict[str, Any] = {
            "meta": meta,
            "rows": [asdict(row) for row in table],
            "trials": [trial.as_json() for trial in trials],
        }
        if options.json is not None:
            options.json.write_text(json.dumps(everything, indent=1) + "\n")
        if options.svg is not None:
            picture.write(everything, options.svg)
    if options.check and bad:
        return EXIT_PROMISE_BROKEN
    if options.check and (broken or not trials):
        # A trial without a result proves nothing.
        return EXIT_LAB_FAILED
    return 0

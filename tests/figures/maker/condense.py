"""From what a run wrote (`--json`) to what the figures keep: seconds, and under what circumstances."""

from __future__ import annotations

import json
import os
from statistics import median
from typing import Any

# How the peers call themselves, and the version that was measured (Debian 12's, unless a file says so).
NAMES = {
    "mqttka": "mqttka",
    "mosquitto": "libmosquitto 2.0.11",
    "paho": "Paho C 1.3.12",
    "mqttjs": "MQTT.js 5.16.0",
    "rumqttc": "rumqttc 0.25",
}
_SURVIVES = "no event"


def trials(run: dict[str, Any]) -> dict[str, Any]:
    """Of the lab: by client and case a list of seconds from the fault to the event; None where none came, "early" where
    the connection was lost before there was any fault."""
    meta = run["meta"]
    sound = [trial for trial in run["trials"] if not trial["broken"]]
    by_client: dict[str, dict[str, list[Any]]] = {}
    for trial in sound:
        took = "early" if trial["premature"] else trial["from_fault"]
        took = round(took, 2) if isinstance(took, float) else took
        by_client.setdefault(trial["client"], {}).setdefault(trial["case"], []).append(took)
    return {
        "what": "seconds from the fault (connecting: from the attempt) to the callback; null: none came; "
        "of must_not_fire each figure is a false alarm",
        "meta": {key: meta[key] for key in ("date", "cores", "kernel", "broker", "repeat", "jobs", "patience", "load")},
        "keep_alive": meta["keep_alive"],
        "bound": 1.5 * meta["keep_alive"],
        "names": {client: NAMES[client] for client in by_client if client in NAMES},
        "must_not_fire": sorted({trial["case"] for trial in sound if trial["expect"] == _SURVIVES}),
        "trials": by_client,
    }


# Of the bench: how each names itself, in the order of the picture.
_BENCH = {
    "mqttka": "mqttka (C ABI)",
    "rumqttc": "rumqttc 0.25",
    "ntex": "ntex-mqtt 8.2",
    "libmosquitto": "libmosquitto 2.0.11",
    "paho": "Paho C 1.3.12",
}
_MODES = ("pub0", "pub1", "pub2", "sub0", "sub1")
_SIZE, _WINDOW = 256, 100  # the bench's own defaults


def medians(runs: list[dict[str, Any]], date: str, load: str) -> dict[str, Any]:
    """Of the bench over TCP: the client's CPU in us per message, the median over the rounds."""
    by_client: dict[str, dict[str, float | None]] = {}
    some = [run for run in runs if run["transport"] == "tcp" and run["size"] == _SIZE]
    for client in _BENCH:
        own = [run for run in some if run["client"] == client]
        for mode in _MODES if own else ():
            costs = [run["cpu_us"] / run["messages"] for run in own if run["mode"] == mode]
            by_client.setdefault(client, {})[mode] = round(median(costs), 2) if costs else None
    if "mqttka" not in by_client:
        raise SystemExit(f"there is nothing of mqttka's over TCP with {_SIZE} bytes in it")
    return {
        "what": f"the client's CPU in us per message of {_SIZE} bytes, user and system, all threads; medians over the rounds",
        "meta": {
            "date": date,
            "rounds": max(run["round"] for run in some),
            "cores": os.cpu_count(),
            "load": load,
            "transport": "tcp",
            "size": _SIZE,
            "window": _WINDOW,
        },
        "names": {client: _BENCH[client] for client in by_client},
        "medians": by_client,
    }


def together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Several runs as one: a client's case is of the last run that has it."""
    first = runs[0]
    for run in runs[1:]:
        if (run["keep_alive"], run["meta"]["repeat"]) != (first["keep_alive"], first["meta"]["repeat"]):
            raise SystemExit("runs of different keep-alives or lengths do not go into one picture")
        for client, cases in run["trials"].items():
            first["trials"].setdefault(client, {}).update(cases)
        first["names"].update(run["names"])
        first["must_not_fire"] = sorted({*first["must_not_fire"], *run["must_not_fire"]})
        first["meta"]["date"] = max(first["meta"]["date"], run["meta"]["date"])
        load, more = first["meta"]["load"], run["meta"]["load"]
        load["least"], load["most"] = min(load["least"], more["least"]), max(load["most"], more["most"])
    return first


def dump(data: dict[str, Any]) -> str:
    """JSON with a line for each client's case: short to read, and to compare."""
    rest = {key: value for key, value in data.items() if key != "trials"}
    clients = []
    for client, cases in data["trials"].items():
        lines = ",\n".join(f"   {json.dumps(case)}: {json.dumps(values)}" for case, values in cases.items())
        clients.append(f"  {json.dumps(client)}: {{\n{lines}\n  }}")
    head = json.dumps(rest, indent=1, ensure_ascii=False).removesuffix("\n}")
    return head + ',\n "trials": {\n' + ",\n".join(clients) + "\n }\n}\n"

"""Chromium, and the DevTools protocol over a pair of pipes: no port, so it works across network namespaces."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

from lab.clock import Stop
from lab.processes import Child, CommandFailed

Json = dict[str, Any]

_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # the lab is root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--mute-audio",
    "--remote-debugging-pipe",
)


def program() -> str | None:
    """Debian's name, and those that others use."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


class Browser:
    """A browser in a network namespace. A context manager; any thread may call."""

    def __init__(self, namespace: str, directory: Path, stop: Stop, features: str = "") -> None:
        executable = program()
        if executable is None:
            raise CommandFailed("there is no chromium")
        directory.mkdir(parents=True)
        self._stop = stop
        self._log = (directory / "chromium.log").open("wb")
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        for end in (commands, answers):
            os.set_inheritable(end, True)
        more = [f"--enable-features={features}"] if features else []
        self._child = _PipedChild(
            [executable, *_FLAGS, *more, f"--user-data-dir={directory / 'profile'}", "about:blank"],
            namespace,
            self._log,
            (commands, answers),
            directory,
        )
        os.close(commands)
        os.close(answers)
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._last_id = 0
        self._results: dict[int, Json] = {}
        self._over = False
        self._listeners: dict[str, Callable[[str, Json], None]] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Browser:
        self.version = str(self.call("Browser.getVersion", {}, patience=60)["product"])
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(CommandFailed, OSError):
            self.call("Browser.close", {}, patience=5)
        self._child.end(patience=5.0)
        self._log.close()
        os.close(self._to)

    def listen(self, session: str, listener: Callable[[str, Json], None]) -> None:
        """`listener` gets the events of that session, in the reading thread."""
        self._listeners[session] = listener

    def call(self, method: str, parameters: Json, session: str = "", patience: float = 30.0) -> Json:
        with self._changed:
            self._last_id += 1
            number = self._last_id
        message: Json = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        with self._writing:
            view = memoryview(json.dumps(message).encode() + b"\0")
            while view:
                view = view[os.write(self._to, view) :]
        with self._changed:
            done = self._stop.wait_for(self._changed, lambda: number in self._results or self._over, patience)
            answer = self._results.pop(number, None)
        if answer is None:
            raise CommandFailed(f"{method}: {'no answer' if not done else 'the browser is gone'}")
        if "error" in answer:
            raise CommandFailed(f"{method}: {answer['error'].get('message')}")
        result: Json = answer["result"]
        return result

    def _read(self) -> None:
        waiting = b""
        with suppress(OSError):
            while data := os.read(self._from, 1 << 20):
                *messages, waiting = (waiting + data).split(b"\0")
                for message in messages:
                    self._take(json.loads(message))
        os.close(self._from)
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _take(self, message: Json) -> None:
        if "id" in message:
            with self._changed:
                self._results[message["id"]] = message
                self._changed.notify_all()
        elif listener := self._listeners.get(message.get("sessionId", "")):
            listener(message["method"], message["params"])


class _PipedChild(Child):
    """A child whose descriptors 3 and 4 are ours."""

    def __init__(
        self, argv: list[str], namespace: str, stderr: Any, pipes: tuple[int, int], directory: Path
    ) -> None:
        environment = {**os.environ, "HOME": str(directory), "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        # Not `sh`: dash knows no descriptor above 9.
        command = ["bash", "-c", f'exec "$@" 3<&{pipes[0]} 4>&{pipes[1]}', "bash", *argv]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "ip", "netns", "exec", namespace, *command],
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            env=environment,
            pass_fds=pipes,
            process_group=0,
        )
        self._name = "chromium"

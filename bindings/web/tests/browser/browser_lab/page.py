"""One tab with the page under test, and what it tells."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from lab.clock import SECOND, Stop, now
from lab.processes import CommandFailed

from .cdp import Browser, Json
from .server import Server

PAGE = "page"  # who tells of the page itself
_PROMPT = SECOND // 250  # of an answer that tells the page's clock well


@dataclass(frozen=True)
class Entry:
    time: int  # the lab's clock
    client: str
    event: str
    heard: int | None = None  # the last byte of the client's, by the lab's clock
    fields: Json = field(default_factory=dict)

    def as_json(self) -> Json:
        return {"t": self.time, "client": self.client, "event": self.event, "heard": self.heard, **self.fields}


class Tab:
    """A context manager: the tab is gone afterwards."""

    def __init__(self, browser: Browser, stop: Stop, name: str) -> None:
        self._browser = browser
        self._stop = stop
        self._name = name
        self._changed = threading.Condition()
        self._entries: list[Entry] = []
        self._waiting: list[Json] = []
        self._offset: int | None = None
        self._target = str(browser.call("Target.createTarget", {"url": "about:blank", "newWindow": True})["targetId"])
        attached = browser.call("Target.attachToTarget", {"targetId": self._target, "flatten": True})
        self._session = str(attached["sessionId"])
        browser.listen(self._session, self._take)
        self.command("Page.enable")
        self.command("Runtime.enable")
        self.command("Runtime.addBinding", name="labReport")

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(CommandFailed):  # the browser may have gone first
            targets = self._browser.call("Target.getTargets", {})["targetInfos"]
            for target in targets:
                if self._target in (target["targetId"], target.get("openerId")):
                    self._browser.call("Target.closeTarget", {"targetId": target["targetId"]})

    # --- what it does ---

    def command(self, method: str, **parameters: Any) -> Json:
        return self._browser.call(method, parameters, self._session)

    def evaluate(self, expression: str) -> Any:
        answer = self.command("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise CommandFailed(f"{expression}: {answer['exceptionDetails'].get('text')}")
        return answer["result"].get("value")

    def open(self, config: Json, policy: str = "") -> None:
        """Loads the page. From then on its clock is known."""
        query = f"config={quote(json.dumps(config))}" + (f"&csp={quote(policy)}" if policy else "")
        self.navigate(f"page/index.html?{query}")
        self._learn_clock()

    def navigate(self, path: str) -> None:
        answer = self.command("Page.navigate", url=Server.url(self._name, path))
        if answer.get("errorText"):
            raise CommandFailed(f"the page does not load: {answer['errorText']}")

    def back(self) -> None:
        history = self.command("Page.getNavigationHistory")
        self.command("Page.navigateToHistoryEntry", entryId=history["entries"][history["currentIndex"] - 1]["id"])

    def hide(self) -> None:
        """Another tab comes in front of it, in its window: one that it opens is sure to be in the same."""
        self.command("Runtime.evaluate", expression="void window.open('about:blank')", userGesture=True)
        until = now() + 10 * SECOND
        while self.evaluate("document.visibilityState") != "hidden":
            if now() > until:
                raise CommandFailed("the page is visible with a tab in front of it")
            self._stop.wait(0.05)

    def freeze(self) -> None:
        self.command("Page.setWebLifecycleState", state="frozen")

    def thaw(self) -> None:
        self.command("Page.setWebLifecycleState", state="active")

    def close(self) -> None:
        self._browser.call("Target.closeTarget", {"targetId": self._target})

    def _learn_clock(self) -> None:
        """From the milliseconds of the page's clock to the lab's nanoseconds."""
        samples: list[tuple[int, int]] = []
        while len(samples) < 5 or (min(samples)[0] > _PROMPT and len(samples) < 50):
            before = now()
            shown = float(self.evaluate("performance.timeOrigin + performance.now()"))
            after = now()
            samples.append((after - before, (before + after) // 2 - int(shown * 1e6)))
        with self._changed:
            self._offset = min(samples)[1]
            for told in self._waiting:
                self._keep(told)
            self._waiting.clear()
            self._changed.notify_all()

    # --- what it tells ---

    @property
    def entries(self) -> list[Entry]:
        with self._changed:
            return list(self._entries)

    def of(self, client: str, *events: str, since: int = 0) -> list[Entry]:
        return [one for one in self.entries if one.client == client and one.event in events and one.time >= since]

    def wait(self, client: str, event: str, seconds: float, since: int = 0) -> Entry | None:
        def found() -> Entry | None:
            hits = (one for one in self._entries if one.client == client and one.event == event and one.time >= since)
            return next(hits, None)

        with self._changed:
            self._stop.wait_for(self._changed, lambda: found() is not None, seconds)
            return found()

    def _take(self, method: str, parameters: Json) -> None:
        if method != "Runtime.bindingCalled" or parameters["name"] != "labReport":
            return
        told = json.loads(parameters["payload"])
        with self._changed:
            if self._offset is None:
                self._waiting.append(told)
                return
            self._keep(told)
            self._changed.notify_all()

    def _keep(self, told: Json) -> None:
        assert self._offset is not None
        heard = told.pop("heard", None)
        if told.pop("again", False) and any(int(told["t"] * 1e6) + self._offset == one.time for one in self._entries):
            return  # it had been heard
        self._entries.append(
            Entry(
                int(told.pop("t") * 1e6) + self._offset,
                str(told.pop("client")),
                str(told.pop("event")),
                None if heard is None else int(heard * 1e6) + self._offset,
                told,
            )
        )


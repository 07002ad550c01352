"""The layers of the library, as ARCHITECTURE.md has them: who stands on whom, and what a byte passes."""

from __future__ import annotations

from .svg import Drawing, Theme

TITLE = "The layers of mqttka"

_WIDTH, _HEIGHT = 880, 548

_SURFACES = (
    ("Rust", "mqttka"),
    ("C, C++", "libmqttka"),
    ("Python", "asyncio, blocking"),
    ("Kotlin, Java", "JVM, Android"),
    ("Swift", "Apple's systems"),
    ("JavaScript", "browsers, Node"),
)


def draw(theme: Theme) -> str:
    blue = theme.series[0]
    style = (
        f".a{{fill:{theme.shade};stroke:{theme.rule}}}.p{{fill:{blue};fill-opacity:.1;stroke:{blue};stroke-width:1.5}}"
        f".w{{stroke:{theme.ink};stroke-width:1.5;fill:none}}.k{{fill:{theme.ink}}}.s{{font-size:12px}}"
        f".n{{fill:{blue};font-weight:600}}"
    )
    description = (
        "From top to bottom: your program; thin surfaces for Rust, C, Python, Kotlin, Swift and JavaScript; the client with its "
        "callbacks, streams and one ledger of acknowledgements; the pure core of state machine, liveness, session, codec "
        "and driver, which knows no clock and no socket; the engine with the one thread and its timer; transports TCP, "
        "Unix socket, TLS, WebSocket, proxies; the network. The same pure core runs in the simulation."
    )
    picture = Drawing(_WIDTH, _HEIGHT, TITLE, description, theme, style)
    picture.text(16, 28, "One core, thin surfaces", "h")

    left, right = 60, 820
    wide = right - left
    picture.text(left + wide / 2, 58, "your program", "m b")
    gap = 8
    across = (wide - (len(_SURFACES) - 1) * gap) / len(_SURFACES)
    for index, (name, what) in enumerate(_SURFACES):
        x = left + index * (across + gap)
        picture.box(x, 72, across, 50, "a", rx=5)
        picture.text(x + across / 2, 93, name, "m b")
        picture.text(x + across / 2, 111, what, "m q s")

    _layer(picture, left, 136, wide, 74, "client", "core/src/client",
           ("callbacks on threads of their own; streams, completions; one ledger", "of acknowledgements: each message has one taker"))  # fmt: skip

    picture.box(left, 224, wide, 138, "p", rx=5)
    picture.text(left + 14, 246, "pure core", "n")
    picture.text(right - 14, 246, "no clock, no socket, no thread, no lock: time is an argument", "e q s")
    parts = (
        ("liveness", "the promise: one event", "within 1.5 x keep-alive"),
        ("machine", "a connection, and coming", "back after its end"),
        ("session", "what outlives it: queue,", "in flight, subscriptions"),
        ("codec", "bytes to packets,", "MQTT 3.1.1 and 5.0"),
    )
    inner = (wide - 28 - 3 * 10) / 4
    for index, (name, *what) in enumerate(parts):
        x = left + 14 + index * (inner + 10)
        picture.box(x, 258, inner, 60, "a", rx=4)
        picture.text(x + inner / 2, 276, name, "m b")
        for row, words in enumerate(what):
            picture.text(x + inner / 2, 293 + 15 * row, words, "m q s")
    picture.text(left + 14, 337, "driver", "b")
    picture.text(left + 68, 337, "one bounded turn: commands, reads, time, events, writes;", "s")
    picture.text(left + 68, 353, "the simulation runs this same loop against a model of TCP", "q s")

    _layer(picture, left, 376, wide, 56, "engine", "core/src/engine",
           ("one thread for all clients of the process; a timer that counts sleep; or your own loop, as in a browser",))  # fmt: skip
    _layer(picture, left, 446, wide, 56, "transport", "core/src/transport",
           ("TCP, Unix sockets; TLS and WebSocket as layers that liveness sees through; proxies",))  # fmt: skip
    picture.text(left + wide / 2, 530, "the network, and somewhere the broker", "m b")

    # What goes out on the left, what comes in on the right.
    for x, down in ((36, True), (844, False)):
        picture.line(x, 80, x, 510, "w")
        tip, back = (512, 504) if down else (76, 84)
        picture.element("path", class_="k", d=f"M{x} {tip}L{x - 5} {back}L{x + 5} {back}z")
    for x, words, turn in ((26, "publish, subscribe, …", -90), (854, "messages, events, results", 90)):
        picture.text(x, 295, words, "m q s", transform=f"rotate({turn} {x} 295)")
    return picture.finish()


def _layer(
    picture: Drawing, x: float, y: float, width: float, height: float, name: str, place: str, what: tuple[str, ...]
) -> None:
    picture.box(x, y, width, height, "a", rx=5)
    picture.text(x + 14, y + 22, name, "b")
    picture.text(x + width - 14, y + 22, place, "e q s")
    for row, words in enumerate(what):
        picture.text(x + 14, y + 41 + 17 * row, words, "s")

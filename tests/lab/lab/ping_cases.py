"""How often the client wakes the radio when nothing else does: PINGREQs, counted on the wire."""

from __future__ import annotations

from .adapter import DISCONNECTED
from .capture import Capture
from .clock import SECOND
from .pings import Sent, read_sent
from .returning import ReturnCase, Scenario, Stage
from .transports import TCP

_BESIDE = SECOND // 10  # of a write, where it did not share its segment


def _counted(seconds: float, most: int, beside: bool = False) -> Scenario:
    """`beside`: each goes with a write of the application."""

    def play(stage: Stage, _: float) -> None:
        net, transport = stage.scene.network, stage.scene.transport
        with Capture(net.client, transport.entrance, stage.directory / "pings.pcap", both_ways=True, whole=True) as capture:
            if stage.next((DISCONNECTED,), seconds) is not None:
                stage.trial.problems.append("lost the connection without a fault")
        sent = capture.read(read_sent)
        pings = [packet for packet in sent if packet.is_ping]
        stage.trial.pings = len(pings)
        if not 0 < len(pings) <= most:
            stage.trial.problems.append(f"{len(pings)} PINGREQs in {seconds:.0f} s, not 1 to {most}")
        alone = [ping for ping in pings if not _is_beside(ping, sent)]
        if beside and alone:
            stage.trial.problems.append(f"{len(alone)} of {len(pings)} PINGREQs woke the radio by themselves")

    return play


def _is_beside(ping: Sent, sent: list[Sent]) -> bool:
    return any(abs(ping.time - packet.time) <= _BESIDE for packet in sent if packet.is_publish)


def _case(name: str, says: str, scenario: Scenario, keep_alive: int, load: str = "idle") -> ReturnCase:
    tcp = frozenset({TCP.name})
    return ReturnCase(
        name, scenario, says, load=load, once=False, keep_alive=keep_alive, transports=tcp, is_long=keep_alive > 5
    )


ALL = [
    # At K = 60 a ping comes 59 s after the one before: 61 an hour.
    _case("pings-60", "at most 3 PINGREQs in 130 s", _counted(130, 3), 60),
    # At K = 5 every 2.5 s.
    _case("pings-5", "at most 25 PINGREQs in 60 s", _counted(60, 25), 5),
    # Beside a write a ping costs nothing: it may go from P/2 on, every 1.25 s.
    _case("pings-beside", "PINGREQs beside writes only", _counted(60, 49, beside=True), 5, "qos0"),
]

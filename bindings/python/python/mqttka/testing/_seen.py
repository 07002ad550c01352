"""What the fake broker has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .. import _mqttka
from .._vocabulary import ReasonCode
from ._properties import Properties
from ._vocabulary import SeenKind


class Missing(AssertionError):
    """What was expected did not come in time; the text says what came instead."""


@dataclass(frozen=True)
class Seen:
    """Something that the broker saw. It prints as a sentence."""

    kind: SeenKind
    connection: int
    """The number of the client's connection with this broker, from 1."""
    client_id: str
    """Empty where it is not known yet."""
    filter: str | None
    """The filter, for SUBSCRIBED and UNSUBSCRIBED."""
    message: _mqttka.Message | None
    """The message, for PUBLISHED; its topic is written out where an alias stood for it."""
    reason_code: ReasonCode | None
    """What the client gave (ACKNOWLEDGED, DISCONNECTED, AUTHENTICATING) or was given (REFUSED, SUBSCRIBED,
    UNSUBSCRIBED)."""
    detail: str
    """In words, for CONNECTED, FAULTY and LOST, and for REFUSED where what the client proved was; else empty."""
    _text: str = field(repr=False, compare=False)
    properties: Properties = field(default_factory=Properties)
    """Those of MQTT 5.0: of CONNECT (CONNECTED, REFUSED), of CONNECT or AUTH (AUTHENTICATING), and of the packet that was
    PUBLISHED, SUBSCRIBED, UNSUBSCRIBED, ACKNOWLEDGED or DISCONNECTED."""

    def __str__(self) -> str:
        return self._text


def seen(told: tuple[Any, ...]) -> Seen:
    """From what the native module has."""
    kind, connection, client_id, filter, message, code, detail, text, properties = told
    return Seen(SeenKind(kind), connection, client_id, filter, message, code, detail, text, Properties(**properties))

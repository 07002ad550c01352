"""What a client counts as OpenTelemetry metrics, and the traces that messages belong to.

It needs the package `opentelemetry-api`: `pip install mqttka[opentelemetry]`. Which SDK exports is the
application's to say::

    from opentelemetry import metrics
    from mqttka.opentelemetry import observe

    observed = observe(client, metrics.get_meter("mqttka"), {"messaging.client.id": "device-7"})
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Protocol, cast
from weakref import WeakSet

from opentelemetry import trace
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from ._mqttka import Counters, Message, TraceContext
from ._observing import Histogram, Metric

__all__ = ["Observed", "current_trace_context", "observe", "span_context"]

_PINGS = "mqttka.client.ping.duration"


class _Client(Protocol):
    def counters(self) -> Counters: ...


class Observed:
    """A client whose counters are metrics: until close(), or until nothing refers to this any more. It
    keeps the client alive."""

    def __init__(self, client: _Client, meter: Meter, attributes: Mapping[str, str]) -> None:
        self._client: _Client | None = client
        self._attributes = dict(attributes)
        self._lock = threading.Lock()
        self._told: Histogram | None = None
        self._instruments = _instruments(meter)
        self._instruments.add(self)

    def close(self) -> None:
        """Ends it: its instruments have no points any more."""
        self._client = None

    def _points(self, name: str) -> Iterable[Observation]:
        client = self._client
        if client is None:
            return []
        counters = client.counters()
        self._tell(counters.ping_round_trips)
        return [self._point(metric) for metric in counters.metrics() if metric.name == name]

    def _point(self, metric: Metric) -> Observation:
        value = metric.value
        assert not isinstance(value, Histogram)
        return Observation(value, {**metric.attributes, **self._attributes})

    def _tell(self, now: Histogram) -> None:
        """Tells the histogram what is new."""
        with self._lock:
            told = self._told or Histogram(now.bounds, (0,) * len(now.counts), 0.0)
            self._told = now
        count = now.count - told.count
        for bucket, (all_now, before) in enumerate(zip(now.counts, told.counts)):
            new = all_now - before
            if new and new == count:
                value = (now.sum - told.sum) / new
            elif bucket < len(now.bounds):
                value = now.bounds[bucket]
            else:
                value = now.bounds[-1] + 1
            for _ in range(new):
                self._instruments.pings.record(value, self._attributes)


class _Instruments:
    """Those of one meter, for all clients that are observed with it: of an instrument that is made
    again, an SDK forgets the callback. It keeps those that it has for ever, so they keep no client."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._lock = threading.Lock()
        self._observed: WeakSet[Observed] = WeakSet()
        instruments = Counters.instruments()
        pings = next(it for it in instruments if it.name == _PINGS)
        assert isinstance(pings.value, Histogram)
        self.pings = meter.create_histogram(
            pings.name,
            unit=pings.unit,
            description=pings.description,
            explicit_bucket_boundaries_advisory=list(pings.value.bounds),
        )
        declare = {
            "counter": meter.create_observable_counter,
            "up_down_counter": meter.create_observable_up_down_counter,
            "gauge": meter.create_observable_gauge,
        }
        for it in instruments:
            if (make := declare.get(it.kind)) is not None:  # a histogram is told, not asked
                callback = partial(self._points, it.name)
                make(it.name, callbacks=[callback], unit=it.unit, description=it.description)

    def add(self, observed: Observed) -> None:
        with self._lock:
            self._observed.add(observed)

    def are_of(self, meter: Meter) -> bool:
        """Whether what this meter makes is the same: before the application has set a provider, each
        stands for one to come, which those of one name will share."""
        own, other = _real(self._meter), _real(meter)
        if own is not None or other is not None:
            return own is other
        names = ((it.name, it.version, it.schema_url) for it in (self._meter, meter))
        return next(names) == next(names)

    def _points(self, name: str, _: CallbackOptions) -> Iterable[Observation]:
        with self._lock:
            observed = list(self._observed)
        return [point for one in observed for point in one._points(name)]


_all_instruments: WeakSet[_Instruments] = WeakSet()
_making = threading.Lock()


def _real(meter: Meter) -> Meter | None:
    """The SDK's, where it is known."""
    return cast("Meter | None", getattr(meter, "_real_meter", meter))


def _instruments(meter: Meter) -> _Instruments:
    with _making:
        for known in list(_all_instruments):
            if known.are_of(meter):
                return known
        made = _Instruments(meter)
        _all_instruments.add(made)
        return made


def observe(client: _Client, meter: Meter, attributes: Mapping[str, str] | None = None) -> Observed:
    """Makes instruments of all that `client.counters()` has, under the names of `Counters.metrics`;
    `attributes` are added to each point. Where several clients are observed with one meter, let them
    differ in an attribute. Keep what it returns.

    Counters and queue depths are what they are when the SDK asks. The histogram of ping round trips is
    filled at that time, too, from the client's own: exact by buckets; their sum is exact where all that
    are new fell into one bucket, else each counts as its bucket's upper bound."""
    return Observed(client, meter, attributes or {})


def current_trace_context() -> TraceContext | None:
    """The trace that the caller is in now, where it is in one."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    parent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"
    try:
        return TraceContext(parent, span.trace_state.to_header())
    except ValueError:  # a state that the W3C would not have
        return TraceContext(parent)


def span_context(message: Message) -> SpanContext | None:
    """The span that published the message, as a remote one: for a link, or as a parent by
    `opentelemetry.trace.NonRecordingSpan`. None where the message is in no trace."""
    found = message.trace_context
    if found is None:
        return None
    return SpanContext(
        trace_id=int(found.trace_id, 16),
        span_id=int(found.parent_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(found.flags),
        trace_state=TraceState.from_header([found.tracestate]),
    )

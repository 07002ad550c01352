"""Flight records, counters, the packet tap, and OpenTelemetry."""

from __future__ import annotations

import copy
import pickle
import queue
import sys
import threading
from collections.abc import Iterator
from typing import Any

import mqttka
import mqttka.sync
import pytest
from broker import PATIENCE
from mqttka import PacketType
from scripted import PUBLISH, Scripted

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def broker() -> Iterator[Scripted]:
    with Scripted() as broker:
        yield broker


def test_an_end_has_its_flight_record(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        with client.events() as events:
            client.publish("secret/topic", "secret payload", qos=1)
            broker.reset()
            event = next(it for it in events if isinstance(it, mqttka.Disconnected))
    record = event.record
    assert record is not None and record["schema"] == 1
    assert record["connection"] == 1 and record["cause"] == "closed_by_server"
    kinds = [(it["direction"], it["type"]) for it in record["packets"]]
    assert ("sent", "CONNECT") in kinds and ("received", "PUBACK") in kinds
    assert event.detail.startswith(f"{event}\n") and "PUBACK" in event.detail
    assert "secret" not in event.detail and "secret" not in str(record)
    assert pickle.loads(pickle.dumps(event)).record == record


def test_a_failed_attempt_has_one_and_other_events_have_none() -> None:
    events: queue.SimpleQueue[mqttka.Event] = queue.SimpleQueue()
    with mqttka.sync.Client("127.0.0.1", port=1, on_event=events.put, wait_connected=False):
        failed, following = (events.get(timeout=PATIENCE) for _ in range(2))
    assert isinstance(failed, mqttka.ConnectFailed) and failed.record is not None
    assert failed.record["cause"] == "transport"
    assert isinstance(following, mqttka.Reconnecting)
    assert following.record is None and following.detail == str(following)


def test_counters_count(broker: Scripted) -> None:
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        client.publish("a", "x", qos=1)
        client.flush(timeout=PATIENCE)
        counters = client.counters()
        assert counters.connections == 1 and counters.reconnects == counters.moves == 0
        assert counters.packets_sent[PacketType.PUBLISH] == 1
        assert counters.packets_received[PacketType.PUBACK] == 1
        assert counters.bytes_sent > 0 and counters.bytes_received > 0
        assert counters.ping_round_trips.count >= 1 and counters.ping_round_trips.sum > 0
        assert counters.last_evidence_age is not None and counters.last_inbound_age is not None
        assert counters.faults_tolerated == {} and counters.packets_not_tapped == 0
        metrics = counters.metrics()
        sent = [it for it in metrics if it.name == "mqttka.client.packets"]
        point = next(
            it
            for it in sent
            if it.attributes
            == {"network.io.direction": "transmit", "mqttka.packet.type": "PUBLISH"}
        )
        assert point.value == 1 and point.kind == "counter" and point.unit == "{packet}"
    assert {it.name for it in metrics} <= {it.name for it in mqttka.Counters.instruments()}
    assert client.counters().last_evidence_age is None


def test_the_packet_tap_sees_each_packet_without_credentials(broker: Scripted) -> None:
    packets: queue.SimpleQueue[mqttka.TappedPacket] = queue.SimpleQueue()
    options: dict[str, Any] = {"user_name": "me", "password": "geheim", "packet_tap": packets.put}
    with mqttka.sync.Client("127.0.0.1", port=broker.port, **options) as client:
        client.publish("a", "x", qos=1)
        seen = [packets.get(timeout=PATIENCE) for _ in range(4)]
    shown = [(it.direction, it.packet_type, it.packet_id) for it in seen]
    assert shown == [
        ("sent", PacketType.CONNECT, None),
        ("received", PacketType.CONNACK, None),
        ("sent", PacketType.PUBLISH, 1),
        ("received", PacketType.PUBACK, 1),
    ]
    assert b"geheim" not in seen[0].data and b"******" in seen[0].data
    assert seen[2].size == len(seen[2].data) and b"x" in seen[2].data
    assert seen[0].connection_number == 1 and seen[0].dropped_before == 0
    assert [it.at for it in seen] == sorted(it.at for it in seen)
    assert "geheim" not in repr(seen) and "data" not in repr(seen[0])


def test_what_a_tap_raises_is_told(broker: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    monkeypatch.setattr(sys, "unraisablehook", lambda it: told.put(str(it.exc_value)))

    def tap(packet: mqttka.TappedPacket) -> None:
        raise ValueError(packet.packet_type.name)

    client = mqttka.sync.Client("127.0.0.1", port=broker.port, packet_tap=tap)
    with client:
        assert [told.get(timeout=PATIENCE) for _ in range(2)] == ["CONNECT", "CONNACK"]


def test_a_message_is_put_into_a_trace(broker: Scripted) -> None:
    context = mqttka.TraceContext(PARENT, "a=1")
    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        client.publish("a", user_properties={"x": "y"}, trace_context=context)
        body = broker.hear(PUBLISH).body
        assert PARENT.encode() in body and b"tracestate\0\x03a=1" in body and b"\x01x\0\x01y" in body
        client.publish("a", trace_context=PARENT)
        assert PARENT.encode() in broker.hear(PUBLISH).body
        with pytest.raises(mqttka.InvalidArgument, match="traceparent is not of the form"):
            client.publish("a", trace_context="x")
        with pytest.raises(mqttka.InvalidType, match="trace_context is of type int"):
            client.publish("a", trace_context=5)  # type: ignore[arg-type]


def test_a_trace_context_has_parts() -> None:
    context = mqttka.TraceContext(PARENT, "a=1")
    assert context.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert context.parent_id == "00f067aa0ba902b7" and context.flags == 1 and context.is_sampled
    assert str(context) == context.traceparent == PARENT and context.tracestate == "a=1"
    assert repr(context) == f"TraceContext('{PARENT}', 'a=1')"
    assert pickle.loads(pickle.dumps(context)) == context == copy.deepcopy(context)
    assert hash(context) == hash(mqttka.TraceContext(PARENT, "a=1"))
    assert context != mqttka.TraceContext(PARENT)
    message = mqttka.Message("a", trace_context=context)
    assert message.trace_context == context and mqttka.Message("a").trace_context is None
    with pytest.raises(mqttka.InvalidArgument, match="tracestate is not a list"):
        mqttka.TraceContext(PARENT, "=")


# --- OpenTelemetry ---


def test_counters_are_metrics(broker: Scripted) -> None:
    from mqttka.opentelemetry import observe
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint

    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("mqttka")

    def points() -> dict[str, Any]:
        data = reader.get_metrics_data()
        if data is None:
            return {}
        metrics = [it for one in data.resource_metrics for scope in one.scope_metrics for it in scope.metrics]
        return {it.name: list(it.data.data_points) for it in metrics}

    with mqttka.sync.Client("127.0.0.1", port=broker.port) as client:
        observed = observe(client, meter, {"messaging.client.id": "door"})
        client.publish("a", "x", qos=1)
        client.flush(timeout=PATIENCE)
        points()  # the histogram is told when the others are asked for
        found = points()
        assert {it.name for it in client.counters().metrics()} - {"mqttka.client.faults"} <= set(found)
        wanted = {
            "network.io.direction": "transmit",
            "mqttka.packet.type": "PUBLISH",
            "messaging.client.id": "door",
        }
        publishes = [it for it in found["mqttka.client.packets"] if it.attributes == wanted]
        assert isinstance(publishes[0], NumberDataPoint) and publishes[0].value == 1
        (pings,) = found["mqttka.client.ping.duration"]
        assert isinstance(pings, HistogramDataPoint)
        now = client.counters().ping_round_trips
        assert pings.count == now.count and tuple(pings.explicit_bounds) == now.bounds
        assert tuple(pings.bucket_counts) == now.counts
        observed.close()
        assert not points().get("mqttka.client.packets")


def test_several_clients_share_a_meter() -> None:
    """Also where each asked for its meter before the application had said which SDK it is."""
    from mqttka.opentelemetry import observe
    from opentelemetry.metrics import Meter
    from opentelemetry.metrics._internal import _ProxyMeterProvider
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    def names(reader: InMemoryMetricReader) -> set[Any]:
        data = reader.get_metrics_data()
        assert data is not None
        metrics = [it for one in data.resource_metrics for scope in one.scope_metrics for it in scope.metrics]
        found = [it for it in metrics if it.name == "mqttka.client.connections"]
        return {(point.attributes or {})["client"] for it in found for point in it.data.data_points}

    reader = InMemoryMetricReader()
    real = MeterProvider([reader])
    proxies = _ProxyMeterProvider()
    meters: list[Meter] = [proxies.get_meter("mqttka"), proxies.get_meter("mqttka")]
    clients = [mqttka.sync.Client("127.0.0.1") for _ in range(4)]
    observed = [observe(clients[n], meters[n], {"client": str(n)}) for n in range(2)]
    proxies.on_set_meter_provider(real)
    observed += [observe(clients[n], real.get_meter("mqttka"), {"client": str(n)}) for n in range(2, 4)]
    assert names(reader) == {"0", "1", "2", "3"}
    observed[2].close()
    del observed[0]
    assert names(reader) == {"1", "3"}
    # Another SDK hears of its own alone.
    other = InMemoryMetricReader()
    observed.append(observe(clients[0], MeterProvider([other]).get_meter("mqttka"), {"client": "other"}))
    assert names(other) == {"other"} and names(reader) == {"1", "3"}
    for client in clients:
        client.close()


def test_the_current_trace_goes_with_what_is_published(broker: Scripted) -> None:
    from mqttka.opentelemetry import current_trace_context, span_context
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    tracer = TracerProvider().get_tracer("test")
    assert current_trace_context() is None
    with mqttka.sync.Client("127.0.0.1", port=broker.port, trace_context=True) as client:
        client.publish("a", "outside")
        assert b"traceparent" not in broker.hear(PUBLISH).body
        with tracer.start_as_current_span("work") as span:
            client.publish("a", "inside")
            body = broker.hear(PUBLISH).body
            client.publish("a", "another", trace_context=PARENT)
            assert PARENT.encode() in broker.hear(PUBLISH).body
            current = current_trace_context()
        assert current is not None and current.traceparent.encode() in body
        own = span.get_span_context()
        assert current.parent_id == f"{own.span_id:016x}"
        remote = span_context(mqttka.Message("a", trace_context=current))
        assert remote is not None and remote.is_remote
        assert (remote.trace_id, remote.span_id) == (own.trace_id, own.span_id)
        assert isinstance(trace.NonRecordingSpan(remote), trace.Span)
    assert span_context(mqttka.Message("a")) is None


def test_without_opentelemetry_the_option_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mqttka.opentelemetry", None)
    with pytest.raises(mqttka.StartupFailed, match=r"pip install mqttka\[opentelemetry\]"):
        mqttka.sync.Client("127.0.0.1", trace_context=True)


def test_a_tap_that_blocks_holds_up_nothing(broker: Scripted) -> None:
    go_on = threading.Event()
    client = mqttka.sync.Client("127.0.0.1", port=broker.port, packet_tap=lambda _: go_on.wait(PATIENCE))
    with client:
        assert client.publish("a", qos=1, timeout=PATIENCE).packet_id == 1
        go_on.set()

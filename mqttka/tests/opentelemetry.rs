//! Metrics and traces by OpenTelemetry, as its SDK and a broker see them.

use std::collections::HashMap;

use mqttka::opentelemetry::{current_trace_context, observe, span_context};
use mqttka::{Client, Message, TraceContext};
use mqttka_scripted_broker::{Broker, CONNACK_5};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

/// Every point of one collection: name and attributes, in their order by name.
fn points(exporter: &InMemoryMetricExporter, provider: &SdkMeterProvider) -> HashMap<String, f64> {
    exporter.reset();
    provider.force_flush().unwrap();
    let mut points = HashMap::new();
    let all = exporter.get_finished_metrics().unwrap();
    let scopes = all.iter().flat_map(|it| it.scope_metrics());
    for metric in scopes.flat_map(|it| it.metrics()) {
        let mut add = |attributes: Vec<&KeyValue>, value: f64| {
            let mut names: Vec<_> = attributes
                .iter()
                .map(|it| format!("{}={}", it.key, it.value))
                .collect();
            names.sort();
            let point = format!("{} {}", metric.name(), names.join(" "));
            points.insert(point, value);
        };
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                assert!(sum.is_monotonic());
                for point in sum.data_points() {
                    add(point.attributes().collect(), point.value() as f64);
                }
            }
            AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                for point in sum.data_points() {
                    add(point.attributes().collect(), point.value() as f64);
                }
            }
            AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                for point in gauge.data_points() {
                    add(point.attributes().collect(), point.value());
                }
            }
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    assert_eq!(point.bounds().count(), 14);
                    add(point.attributes().collect(), point.count() as f64);
                }
            }
            other => panic!("{}: {other:?}", metric.name()),
        }
    }
    points
}

fn connected(
    change: impl FnOnce(mqttka::Builder) -> mqttka::Builder,
) -> (Client, mqttka_scripted_broker::Peer) {
    let broker = Broker::listen();
    let builder = Client::builder(format!("mqtt://127.0.0.1:{}", broker.port()));
    let client = change(builder.reconnect(false)).build().unwrap();
    let peer = std::thread::scope(|scope| {
        let peer = scope.spawn(|| broker.accept_mqtt(CONNACK_5));
        futures::executor::block_on(client.start()).unwrap();
        peer.join().unwrap()
    });
    (client, peer)
}

#[test]
fn several_clients_share_a_meter() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let clients = [(); 3].map(|()| Client::builder("mqtt://127.0.0.1").build().unwrap());
    let mut observed: Vec<_> = (0i64..)
        .zip(&clients)
        .map(|(number, client)| {
            let own = [KeyValue::new("client", number)];
            // As different parts of a program ask for it.
            observe(client, &provider.meter("mqttka"), &own)
        })
        .collect();
    let seen = || {
        let seen = points(&exporter, &provider);
        [0, 1, 2]
            .map(|number| seen.contains_key(&format!("mqttka.client.connections client={number}")))
    };
    assert_eq!(seen(), [true; 3]);
    drop(observed.remove(1));
    assert_eq!(seen(), [true, false, true]);
}

#[test]
fn counters_are_metrics_as_long_as_they_are_observed() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let (client, mut peer) = connected(|it| it);
    let own = [KeyValue::new("messaging.client.id", "d")];
    let observed = observe(&client, &provider.meter("mqttka"), &own);
    client.publish("t", "x").nowait().unwrap();
    peer.packet();
    // The broker answers what it was not asked, too, and a message says when that was read.
    peer.send(&[0xd0, 0, 0x30, 5, 0, 1, b'a', 0, b'!']);
    let mut events = 0;
    let seen = loop {
        let seen = points(&exporter, &provider);
        let received = "mqttka.client.messages.received messaging.client.id=d";
        if seen.get(received) == Some(&1.0) {
            break seen;
        }
        events += 1;
        assert!(events < 100_000, "{seen:?}");
        std::thread::yield_now();
    };
    let packets = |direction: &str, kind: &str| {
        let name = format!(
            "mqttka.client.packets messaging.client.id=d mqttka.packet.type={kind} \
             network.io.direction={direction}"
        );
        seen.get(&name).copied()
    };
    assert_eq!(packets("transmit", "PUBLISH"), Some(1.0), "{seen:?}");
    assert_eq!(packets("receive", "PINGRESP"), Some(1.0));
    assert!(seen.contains_key("mqttka.client.evidence.age messaging.client.id=d"));
    assert!(seen.contains_key(
        "mqttka.client.queue.size messaging.client.id=d network.io.direction=receive"
    ));
    drop(observed);
    let none: Vec<_> = points(&exporter, &provider).into_iter().collect();
    assert_eq!(none, []);
}

fn span(state: &str) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes([7; 16]),
        SpanId::from_bytes([9; 8]),
        TraceFlags::SAMPLED,
        false,
        state.parse::<TraceState>().unwrap(),
    )
}

#[test]
fn a_message_goes_into_the_threads_trace_and_comes_out_of_it() {
    assert_eq!(current_trace_context(), None);
    let (client, mut peer) = connected(|it| it.trace_context(true));
    client.publish("t", "none").nowait().unwrap();
    let outside = peer.packet();
    let guard = Context::current_with_value(0_u8)
        .with_remote_span_context(span("a=b"))
        .attach();
    client.publish("t", "one").nowait().unwrap();
    let other: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
        .parse()
        .unwrap();
    let publish = client.publish("t", "another");
    publish.trace_context(&other).nowait().unwrap();
    drop(guard);
    let holds = |packet: &[u8], text: &str| {
        let mut windows = packet.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    };
    let (inside, another) = (peer.packet(), peer.packet());
    assert!(!holds(&outside, "traceparent"));
    let parent = format!("00-{}-{}-01", "07".repeat(16), "09".repeat(8));
    assert!(
        holds(&inside, &parent) && holds(&inside, "a=b"),
        "{inside:?}"
    );
    assert!(holds(&another, &other.to_string()) && !holds(&another, &parent));
}

#[test]
fn a_received_trace_is_a_remote_span() {
    let mut message = Message::new("t", "x").unwrap();
    assert!(span_context(&message).is_none());
    let text = |text: &str| mqttka::Text::try_from(text).unwrap();
    for (name, value) in [
        (
            "traceparent",
            format!("00-{}-{}-01", "07".repeat(16), "09".repeat(8)),
        ),
        ("tracestate", "a=b".to_owned()),
    ] {
        let property = mqttka::Property::UserProperty(text(name), text(&value));
        message.properties.push(property);
    }
    let context = span_context(&message).unwrap();
    assert!(context.is_remote() && context.is_sampled());
    assert_eq!(context.trace_id(), span("").trace_id());
    assert_eq!(context.trace_state().get("a"), Some("b"));
}

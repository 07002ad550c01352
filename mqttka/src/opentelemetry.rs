//! What a client counts as OpenTelemetry metrics, and traces that go with messages. With the feature
//! `opentelemetry`, over the crate of that name (its API; which SDK exports is the application's).
//!
//! ```
//! use mqttka::Client;
//! use opentelemetry::{KeyValue, global};
//!
//! # fn example(client: &Client) {
//! let meter = global::meter("mqttka");
//! let own = [KeyValue::new("messaging.client.id", "device-7")];
//! // As long as this lives.
//! let observed = mqttka::opentelemetry::observe(client, &meter, &own);
//! # drop(observed);
//! # }
//! ```

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use ::opentelemetry::metrics::{Histogram, Meter};
use ::opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use ::opentelemetry::{Context, KeyValue};
use mqttka_core::client as core;
use mqttka_core::client::{Counters, Metric, MetricKind, MetricValue, RoundTrips};

use crate::{Client, Message, TraceContext};

/// A client whose counters are metrics: until this is dropped. It keeps the client alive.
#[must_use = "the client is observed as long as this lives"]
pub struct Observed(Arc<Observer>);

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = &self.0.attributes;
        f.debug_struct("Observed")
            .field("attributes", attributes)
            .finish_non_exhaustive()
    }
}

struct Observer {
    client: core::Client,
    attributes: Vec<KeyValue>,
    pings: Histogram<f64>,
    /// What the histogram was told so far.
    told: Mutex<RoundTrips>,
}

/// Makes instruments of all that [`Client::counters`] has, under the names of
/// [`Counters::metrics`]; `attributes` are added to each point. Where several clients are observed
/// with one meter, let them differ in an attribute.
///
/// Counters and queue depths are what they are when the SDK asks. The histogram of ping round trips
/// is filled at that time, too, from the client's own: exact by buckets; their sum is exact where
/// all that are new fell into one bucket, else each counts as its bucket's upper bound.
pub fn observe(client: &Client, meter: &Meter, attributes: &[KeyValue]) -> Observed {
    let instruments = Counters::instruments();
    let bounds = RoundTrips::BOUNDS.iter().map(Duration::as_secs_f64);
    let mut pings = meter.f64_histogram("mqttka.client.ping.duration");
    if let Some(it) = instruments
        .iter()
        .find(|it| it.kind == MetricKind::Histogram)
    {
        pings = meter
            .f64_histogram(it.name)
            .with_unit(it.unit)
            .with_description(it.description);
    }
    let observer = Arc::new(Observer {
        client: client.core.clone(),
        attributes: attributes.to_vec(),
        pings: pings.with_boundaries(bounds.collect()).build(),
        told: Mutex::default(),
    });
    for instrument in &instruments {
        declare(&observer, meter, instrument);
    }
    Observed(observer)
}

/// What is asked for when the SDK collects.
fn declare(observer: &Arc<Observer>, meter: &Meter, instrument: &Metric) {
    let (name, unit, description) = (instrument.name, instrument.unit, instrument.description);
    // The SDK keeps its callbacks for ever: they keep no client.
    let observer = Arc::downgrade(observer);
    macro_rules! observable {
        ($make:ident, $value:expr) => {{
            let instrument = meter
                .$make(name)
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |asked| {
                    points(&observer, name, |value, attributes| {
                        asked.observe($value(value), attributes);
                    });
                });
            let _ = instrument.build();
        }};
    }
    match instrument.kind {
        MetricKind::Counter => observable!(u64_observable_counter, integer),
        MetricKind::UpDownCounter => observable!(i64_observable_up_down_counter, signed),
        MetricKind::Gauge => observable!(f64_observable_gauge, float),
        // It is told, not asked.
        MetricKind::Histogram => {}
    }
}

fn points(
    observer: &Weak<Observer>,
    name: &'static str,
    mut point: impl FnMut(&MetricValue, &[KeyValue]),
) {
    let Some(observer) = observer.upgrade() else {
        return;
    };
    let counters = observer.client.counters();
    observer.tell(&counters.ping_round_trips);
    for metric in counters.metrics().iter().filter(|it| it.name == name) {
        let own = metric.attributes.iter();
        let own = own.map(|(name, value)| KeyValue::new(*name, *value));
        let attributes: Vec<_> = own.chain(observer.attributes.iter().cloned()).collect();
        point(&metric.value, &attributes);
    }
}

impl Observer {
    /// Tells the histogram what is new.
    fn tell(&self, now: &RoundTrips) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let new = |bucket: usize| now.counts()[bucket].saturating_sub(told.counts()[bucket]);
        let all = now.count().saturating_sub(told.count());
        let time = now.sum().saturating_sub(told.sum()).as_secs_f64();
        for bucket in 0..now.counts().len() {
            let count = new(bucket);
            let last = RoundTrips::BOUNDS.len() - 1;
            let value = match count {
                0 => continue,
                count if count == all => time / count as f64,
                _ if bucket > last => RoundTrips::BOUNDS[last].as_secs_f64() + 1.0,
                _ => RoundTrips::BOUNDS[bucket].as_secs_f64(),
            };
            for _ in 0..count {
                self.pings.record(value, &self.attributes);
            }
        }
        *told = *now;
    }
}

fn integer(value: &MetricValue) -> u64 {
    match value {
        MetricValue::Integer(value) => *value,
        _ => 0,
    }
}

fn signed(value: &MetricValue) -> i64 {
    i64::try_from(integer(value)).unwrap_or(i64::MAX)
}

fn float(value: &MetricValue) -> f64 {
    match value {
        MetricValue::Time(time) => time.as_secs_f64(),
        other => integer(other) as f64,
    }
}

/// The trace that the thread is in now, where it is in one.
pub fn current_trace_context() -> Option<TraceContext> {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    let (trace, parent) = (span.trace_id(), span.span_id());
    let flags = span.trace_flags().to_u8();
    let context = TraceContext::new(trace.to_bytes(), parent.to_bytes(), flags).ok()?;
    // A state that the W3C would not have goes without.
    let state = span.trace_state().header();
    Some(context.clone().with_state(&state).unwrap_or(context))
}

/// The span that published the message, as a remote one: for a link, or as a parent by
/// [`TraceContextExt::with_remote_span_context`]. `None` where the message is in no trace.
pub fn span_context(message: &Message) -> Option<SpanContext> {
    let context = message.trace_context()?;
    Some(SpanContext::new(
        TraceId::from_bytes(context.trace_id()),
        SpanId::from_bytes(context.parent_id()),
        TraceFlags::new(context.flags()),
        true,
        TraceState::from_str(context.state()).unwrap_or_default(),
    ))
}

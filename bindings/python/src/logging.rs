//! The library's diagnostics for Python's `logging`: a bounded queue and a thread of its own, so
//! that no handler, however slow, holds up the engine. What does not fit is dropped and counted.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

use crate::{argument, error, gate};

/// Records that may wait.
const CAPACITY: usize = 1024;

/// The chattiest level wanted, as Python's number.
static LEVEL: AtomicU32 = AtomicU32::new(u32::MAX);
static DROPPED: AtomicU64 = AtomicU64::new(0);

struct Line {
    level: u8,
    text: String,
}

struct Forwarder {
    lines: SyncSender<Line>,
}

/// Python's number of a level.
fn number(level: &Level) -> u8 {
    match *level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

impl Subscriber for Forwarder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("mqttka")
            && u32::from(number(metadata.level())) >= LEVEL.load(Ordering::Relaxed)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let line = Line {
            level: number(event.metadata().level()),
            text: text.0.trim().to_owned(),
        };
        if self.lines.try_send(line).is_err() {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    // Levels change at run time, so nothing may be cached.
    fn register_callsite(
        &self,
        metadata: &'static Metadata<'static>,
    ) -> tracing::subscriber::Interest {
        if metadata.target().starts_with("mqttka") {
            tracing::subscriber::Interest::sometimes()
        } else {
            tracing::subscriber::Interest::never()
        }
    }
}

/// The message, then the fields as `name=value`.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = if field.name() == "message" {
            write!(self.0, "{value:?}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
        // Writing to a string does not fail.
        let _ = written;
    }
}

/// What is to be logged, for the one thread that does it.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Records(Mutex<Receiver<Line>>);

#[pymethods]
impl Records {
    /// Waits for records, and gives up to `max` of them: levels and texts.
    fn wait(&self, py: Python<'_>, max: usize) -> Vec<(u8, String)> {
        gate::detach(py, || {
            let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Nothing ends it: the sender lives as long as the process.
            let first = lines.recv().ok().into_iter();
            let more = lines.try_iter().take(max.saturating_sub(1));
            let dropped = DROPPED.swap(0, Ordering::Relaxed);
            let dropped = (dropped > 0).then(|| Line {
                level: number(&Level::WARN),
                text: format!("{dropped} log records were dropped"),
            });
            first
                .chain(more)
                .chain(dropped)
                .map(|line| (line.level, line.text))
                .collect()
        })
    }
}

/// Sets the least level (a number of Python's `logging`) of the library's diagnostics that are
/// forwarded. The first call gives the records.
///
/// Raises LoggingTaken where other native code of the process took the place for such a receiver.
#[pyfunction]
pub(crate) fn forward_logs(py: Python<'_>, level: &Bound<'_, PyAny>) -> PyResult<Option<Records>> {
    let level: u32 = argument::integer("level", level, 0..=u32::MAX)?;
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    let mut records = None;
    if !INSTALLED.load(Ordering::Relaxed) {
        let (lines, receiver) = sync_channel(CAPACITY);
        if tracing::subscriber::set_global_default(Forwarder { lines }).is_err() {
            let text = "the process has another receiver of tracing events";
            return Err(error::logging_taken(py, text));
        }
        INSTALLED.store(true, Ordering::Relaxed);
        records = Some(Records(Mutex::new(receiver)));
    }
    LEVEL.store(level, Ordering::Relaxed);
    tracing::callsite::rebuild_interest_cache();
    Ok(records)
}

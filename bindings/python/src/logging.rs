//! The library's diagnostics for Python's `logging`: a bounded queue and a thread of its own, so
//! that no handler, however slow, holds up the engine. What does not fit is dropped and counted.

use std::fmt::{Debug, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

use crate::gate;

/// Records that may wait.
const CAPACITY: usize = 1024;

/// The chattiest level wanted, as a number; 0: none.
static LEVEL: AtomicUsize = AtomicUsize::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

struct Line {
    level: u8,
    target: &'static str,
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
            && usize::from(number(metadata.level())) >= LEVEL.load(Ordering::Relaxed)
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
            target: event.metadata().target(),
            text: text.0,
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

fn forward(lines: &Receiver<Line>) {
    while let Ok(first) = lines.recv() {
        let entered = gate::attach(|py| {
            let mut line = Some(first);
            while let Some(one) = line {
                if let Err(error) = log(py, &one) {
                    error.write_unraisable(py, None);
                }
                line = lines.try_recv().ok();
            }
        });
        if entered.is_none() {
            break;
        }
    }
}

fn log(py: Python<'_>, line: &Line) -> PyResult<()> {
    let logger = py
        .import("logging")?
        .call_method1("getLogger", ("mqttka",))?;
    let dropped = DROPPED.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        logger.call_method1("warning", ("%d log records were dropped", dropped))?;
    }
    logger.call_method1(
        "log",
        (line.level, "%s [%s]", line.text.trim(), line.target),
    )?;
    Ok(())
}

/// Forwards the library's diagnostics of this level (a number of Python's `logging`) and above to
/// the logger "mqttka". Calling it again changes the level.
///
/// Raises RuntimeError where other native code of the process took the place for such a receiver.
#[pyfunction]
#[pyo3(signature = (level=30))]
pub(crate) fn enable_logging(level: usize) -> PyResult<()> {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let installed = *INSTALLED.get_or_init(|| {
        let (lines, receiver) = sync_channel(CAPACITY);
        let thread = std::thread::Builder::new().name("mqttka-log".into());
        thread.spawn(move || forward(&receiver)).is_ok()
            && tracing::subscriber::set_global_default(Forwarder { lines }).is_ok()
    });
    if !installed {
        return Err(PyRuntimeError::new_err(
            "the process has another receiver of tracing events",
        ));
    }
    LEVEL.store(level, Ordering::Relaxed);
    tracing::callsite::rebuild_interest_cache();
    Ok(())
}

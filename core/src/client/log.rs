//! The library's own words, for hosts that have no `tracing` subscriber.
//!
//! In Rust, install a subscriber; the library's events have the target `mqttka`. Elsewhere, set a
//! callback. No global subscriber is ever installed by the library.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fork;
use crate::error::Error;
use crate::log;
pub use crate::log::{Level, Record};

/// What takes records.
pub type Callback = Arc<dyn Fn(&Record) + Send + Sync>;

static CALLBACK: Mutex<State> = Mutex::new(State {
    callback: None,
    dropped: 0,
});

struct State {
    callback: Option<Callback>,
    dropped: u64,
}

fn state() -> MutexGuard<'static, State> {
    CALLBACK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `callback` with all records at this level and above (`Warn` hears `Error`, too); `None`:
/// nobody any more. There is one for the process; the last one set stands, and an earlier one may
/// still be called once more while this returns.
///
/// It runs on the threads of message callbacks, one call at a time, in order. It may block: up to
/// 1,024 records then wait, and further ones are counted and dropped. It should not log itself.
/// In a build whose engine a host drives (without the feature `engine`) it is called at once.
///
/// # Errors
/// [`Error::Startup`] where the system gives no thread; [`Error::Forked`].
pub fn set_callback(level: Level, callback: Option<Callback>) -> Result<(), Error> {
    fork::check()?;
    let wanted = callback.is_some().then_some(level);
    later::prepare()?;
    let before = std::mem::replace(&mut state().callback, callback);
    // The application's.
    drop(before);
    log::send_to(wanted, later::enqueue);
    Ok(())
}

/// Hands these records to the callback, and tells how many others were dropped.
fn call(records: impl Iterator<Item = Record>) {
    let (callback, dropped) = {
        let mut state = state();
        (state.callback.clone(), std::mem::take(&mut state.dropped))
    };
    let Some(callback) = callback else { return };
    let call = |record: &Record| {
        let call = std::panic::AssertUnwindSafe(|| callback(record));
        // What it panics with would be logged to it.
        let _ = std::panic::catch_unwind(call);
    };
    records.for_each(|record| call(&record));
    if dropped > 0 {
        call(&Record {
            level: Level::Warn,
            text: format!("{dropped} records were dropped: the log callback is too slow"),
        });
    }
}

#[cfg(feature = "engine")]
mod later {
    use std::sync::{Arc, OnceLock};

    use super::{Record, call, state};
    use crate::client::lane::{Batch, Lane, Spares, Work};
    use crate::client::runner::Runner;
    use crate::client::{fork, pool};
    use crate::error::Error;

    /// So many records wait for the callback; further ones are dropped, and it is told how many.
    const MAX_WAITING: usize = 1024;

    pub(super) fn prepare() -> Result<(), Error> {
        let prepared = pool::MESSAGES.prepare();
        prepared.map_err(|error| Error::Startup(error.to_string()))
    }

    fn lane() -> &'static Arc<Lane<Record>> {
        static LANE: OnceLock<Arc<Lane<Record>>> = OnceLock::new();
        LANE.get_or_init(|| {
            static SPARES: Spares<Record> = Spares::new();
            let lane = Lane::new(Runner::Threads(&pool::MESSAGES), &SPARES);
            lane.set_work(Arc::new(Calls));
            lane
        })
    }

    /// From any thread, also the engine's: it waits for nothing.
    pub(super) fn enqueue(record: Record) {
        if fork::forked() {
            return;
        }
        if lane().len() >= MAX_WAITING {
            state().dropped += 1;
            return;
        }
        lane().push(|records| records.push_back(record));
    }

    struct Calls;

    impl Work<Record> for Calls {
        fn run(&self, batch: Batch<'_, Record>) {
            call(batch);
        }

        fn ended(&self) {}
    }
}

/// There is no other thread.
#[cfg(not(feature = "engine"))]
mod later {
    use super::{Record, call};
    use crate::error::Error;

    pub(super) fn prepare() -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn enqueue(record: Record) {
        call(std::iter::once(record));
    }
}

//! Watches the network of the system (Linux), and tells clients what changed, as hints (rule L17).
//!
//! One for the process, on the engine's thread; it ends where nobody listens, and decides nothing
//! about MQTT. A routing socket (rtnetlink(7)) says *that* something changed. What it says is
//! thrown away: a tenth of a second later, or where it does not stop, once a second, the monitor
//! asks the kernel what is there now, and compares. So a flood of notices, or a loss of some, costs
//! nothing and changes nothing.
//!
//! Where the system does not allow it, there is no monitor; clients do without.

mod look;
mod message;
mod pace;
mod picture;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::clock;
use crate::engine::Runtime;
use crate::log::log;
use crate::proto::NetworkChange;
use look::{Notices, Questions};
use pace::Pace;
use picture::Picture;

/// So many listeners are told before others have a turn (rule L20).
const TOLD_AT_ONCE: usize = 256;

/// How often in a row the monitor tries to look where it cannot, before it gives up until there is
/// another client.
const MOST_FAILURES: u32 = 60;

/// A client, as the monitor sees it.
pub(crate) trait Listener: Send + Sync {
    /// The system's network changed. On the engine's thread.
    fn network_changed(&self, change: NetworkChange);
}

struct Monitor {
    listeners: Vec<Weak<dyn Listener>>,
    /// Where it runs.
    runtime: Option<Weak<Runtime>>,
    /// The last start failed, and that was said.
    failed: bool,
}

static MONITOR: Mutex<Monitor> = Mutex::new(Monitor {
    listeners: Vec::new(),
    runtime: None,
    failed: false,
});

fn monitor() -> MutexGuard<'static, Monitor> {
    MONITOR.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Monitor {
    fn runs_on(&self, runtime: &Arc<Runtime>) -> bool {
        let running = self.runtime.as_ref();
        running.is_some_and(|running| std::ptr::eq(running.as_ptr(), Arc::as_ptr(runtime)))
    }

    fn forget_the_dead(&mut self) {
        self.listeners
            .retain(|listener| listener.strong_count() > 0);
    }
}

/// Tells the listener of changes from now on, as long as it lives. Starts the monitor where it does
/// not run.
pub(crate) fn tell(listener: Weak<dyn Listener>, runtime: &Arc<Runtime>) {
    {
        let mut monitor = monitor();
        if monitor.listeners.len() == monitor.listeners.capacity() {
            monitor.forget_the_dead();
        }
        monitor.listeners.push(listener);
        if monitor.runs_on(runtime) {
            return;
        }
        monitor.runtime = Some(Arc::downgrade(runtime));
    }
    let here = Arc::downgrade(runtime);
    runtime.run(async move {
        let Err(error) = watch().await else { return };
        let said = {
            let mut monitor = monitor();
            // Not that of a later engine.
            if monitor.runtime.as_ref().is_some_and(|it| it.ptr_eq(&here)) {
                monitor.runtime = None;
            }
            std::mem::replace(&mut monitor.failed, true)
        };
        if !said {
            log!(Debug, "the network is not watched: {error}");
        }
    });
}

/// Until nobody listens.
async fn watch() -> io::Result<()> {
    // In this order nothing is missed.
    let notices = Notices::listen()?;
    let mut questions = Questions::new()?;
    let mut picture = questions.look().await?;
    monitor().failed = false;
    log!(Debug, "watching the network: {picture}");
    let followed = follow(&notices, &mut questions, &mut picture).await;
    if followed.is_err() {
        // Nobody is to wait for a hint that will not come.
        broadcast(NetworkChange::Changed).await;
    }
    followed
}

async fn follow(
    notices: &Notices,
    questions: &mut Questions,
    picture: &mut Picture,
) -> io::Result<()> {
    let (mut pace, mut failures) = (Pace::new(), 0);
    loop {
        if failures == 0 {
            notices.any().await?;
        }
        {
            let mut monitor = monitor();
            monitor.forget_the_dead();
            if monitor.listeners.is_empty() {
                monitor.runtime = None;
                return Ok(());
            }
        }
        tokio::time::sleep(pace.wait(clock::now())).await;
        if failures == 0 {
            notices.clear().await?;
        }
        let looked = questions.look().await;
        pace.looked(clock::now());
        let next = match looked {
            Ok(next) => next,
            Err(error) if failures == MOST_FAILURES => return Err(error),
            Err(_) => {
                failures += 1;
                continue;
            }
        };
        failures = 0;
        log!(Trace, "looked at the network: {next}");
        let hint = picture.hint(&next);
        *picture = next;
        if let Some(change) = hint {
            log!(Debug, "the network, {change:?}: {picture}");
            broadcast(change).await;
        }
    }
}

async fn broadcast(change: NetworkChange) {
    let listeners: Vec<_> = {
        let monitor = monitor();
        let living = monitor.listeners.iter().filter_map(Weak::upgrade);
        living.collect()
    };
    for some in listeners.chunks(TOLD_AT_ONCE) {
        for listener in some {
            listener.network_changed(change);
        }
        tokio::task::yield_now().await;
    }
}

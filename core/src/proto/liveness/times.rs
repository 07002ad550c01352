//! What follows from a Keep Alive: δ, m, D and P.

use std::time::Duration;

/// The times of one Keep Alive, the broker's or one that the application's own bound stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// K.
    pub(super) k: Duration,
    /// δ.
    pub(super) delta: Duration,
    /// D: without evidence for so long the path is dead.
    pub(super) verdict: Duration,
    /// P: a peer that was silent for so long is asked.
    pub(super) ping: Duration,
}

/// What is asked has as long to be answered as with this Keep Alive, where silence is learned.
const USUAL: Duration = Duration::from_secs(60);

impl Times {
    /// Of this Keep Alive, but asking after `silence` at the latest. The verdict does not wait for
    /// half of a long Keep Alive then.
    pub(super) fn with_silence(k: Duration, silence: Duration) -> Self {
        let (whole, usual) = (Times::new(k), Times::new(k.min(USUAL)));
        let ping = whole.ping.min(silence);
        let verdict = usual.verdict.max(ping + (usual.verdict - usual.ping));
        Times {
            ping,
            verdict: verdict.min(whole.verdict),
            ..usual
        }
    }

    pub(super) fn new(k: Duration) -> Self {
        Times {
            k,
            delta: dispatch_margin(k),
            verdict: verdict_after(k),
            ping: ping_after(k),
        }
    }
}

/// δ: what the bound leaves for dispatch.
fn dispatch_margin(k: Duration) -> Duration {
    (k / 20).min(Duration::from_millis(250))
}

/// m: how long before K the broker hears of us.
pub(super) fn send_margin(k: Duration) -> Duration {
    (k / 10).min(Duration::from_secs(1))
}

/// D of this keep-alive: the bound less what it leaves for dispatch.
pub(crate) fn verdict_after(k: Duration) -> Duration {
    k.saturating_add(k / 2) - dispatch_margin(k)
}

/// P: when a silent peer is asked. As late as the broker allows, so that an idle phone wakes its
/// radio seldom, but 20 s (or K) before the verdict.
fn ping_after(k: Duration) -> Duration {
    let late = verdict_after(k).saturating_sub(Duration::from_secs(20));
    (k / 2).max(late.min(k - send_margin(k)))
}

//! Where the time of an attempt goes (rule L13).

use crate::error::{Stage, StageTimes, TransportError};
use crate::types::Instant;

/// Why an attempt has no stream: what its last server's stage said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) stage: Stage,
    pub(crate) error: TransportError,
}

/// The stage that an attempt is in, and what those before took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stages {
    stage: Stage,
    entered: Instant,
    times: StageTimes,
}

impl Stages {
    /// It begins, in this stage.
    pub(super) fn begin(now: Instant, stage: Stage) -> Self {
        Stages {
            stage,
            entered: now,
            times: StageTimes::default(),
        }
    }

    pub(super) fn current(&self) -> Stage {
        self.stage
    }

    /// It goes on in this stage, or is still in it.
    pub(super) fn enter(&mut self, now: Instant, stage: Stage) {
        if self.stage != stage {
            let spent = now.saturating_since(self.entered);
            self.times.set(self.stage, spent);
            (self.stage, self.entered) = (stage, now);
        }
    }

    /// All times, with that of the stage under way.
    pub(super) fn times(&self, now: Instant) -> StageTimes {
        let mut times = self.times;
        times.set(self.stage, now.saturating_since(self.entered));
        times
    }
}

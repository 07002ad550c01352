//! The application asked for a sign of life (rule L17).

use crate::types::Instant;

/// How many unanswered probes are told apart. Of more, the newest takes the place of the second
/// newest.
pub(super) const MAX_PROBES: usize = 8;

/// One that is not answered by bytes yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    /// Evidence must be newer.
    pub(super) asked: Instant,
    /// How long the application waits for it.
    pub(super) deadline: Instant,
    /// Nothing was judged since: what is read until then may have been waiting when it was asked.
    pub(super) fresh: bool,
    /// Its deadline was moved behind a gap (L10). Once, or naps would move it for ever.
    pub(super) moved: bool,
}

impl Probe {
    /// By progress; bytes take it away at once.
    pub(super) fn is_answered(&self, last_progress: Instant) -> bool {
        last_progress > self.asked
    }

    /// By a record that is not whole yet.
    pub(super) fn may_be_answered(&self, unfinished: Option<Instant>) -> bool {
        !self.fresh && unfinished.is_some_and(|at| at > self.asked)
    }
}

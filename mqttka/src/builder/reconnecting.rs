//! How the client comes back by itself.

use std::time::Duration;

use super::Builder;
use crate::{Error, StopReason};

/// What [`Builder::reconnect_factor`] can be.
const FACTORS: std::ops::RangeInclusive<f64> = 1.0..=100.0;

impl Builder {
    /// Come back by itself after the connection was lost or an attempt failed. False: one attempt
    /// for each start, and operations need a connection or a session that keeps them. Default: true.
    #[doc(alias = "automatic_reconnect")]
    pub fn reconnect(mut self, reconnect: bool) -> Self {
        self.reconnects = reconnect;
        self
    }

    /// The bound of the first delay; delays are random, from zero to their bound. 10 ms to 1 day.
    /// Default: 1 s.
    pub fn reconnect_first_delay(self, delay: Duration) -> Self {
        let mut this = self.duration("reconnect_first_delay", delay);
        this.reconnect.first_delay = delay;
        this
    }

    /// By how much the bound grows with each attempt; 1 to 100. Default: 2.
    pub fn reconnect_factor(mut self, factor: f64) -> Self {
        if !FACTORS.contains(&factor) {
            self.error.get_or_insert_with(|| Error::InvalidOption {
                option: "reconnect_factor",
                value: factor.to_string(),
                bound: "1 to 100".into(),
            });
        }
        self.reconnect.factor = factor;
        self
    }

    /// The bound that does not grow any more; 10 ms to 1 day. Default: 1 min.
    pub fn reconnect_max_delay(self, delay: Duration) -> Self {
        let mut this = self.duration("reconnect_max_delay", delay);
        this.reconnect.max_delay = delay;
        this
    }

    /// How many attempts in a row may fail before the client stops; at least 1. Default: any number.
    pub fn reconnect_max_attempts(self, attempts: u32) -> Self {
        let mut this = self.number("reconnect_max_attempts", attempts.into());
        this.reconnect.max_attempts = Some(attempts);
        this
    }

    /// How long the client tries; 1 ms to 365 days. Default: for ever.
    pub fn reconnect_max_time(self, time: Duration) -> Self {
        let mut this = self.duration("reconnect_max_time", time);
        this.reconnect.max_time = Some(time);
        this
    }

    /// How long a connection must last before delays begin anew; up to 1 day. Default: 30 s, or one
    /// keep-alive where that is shorter.
    pub fn reconnect_reset_after(self, time: Duration) -> Self {
        let mut this = self.duration("reconnect_reset_after", time);
        this.reconnect.reset_after = Some(time);
        this
    }

    /// Ends after which the client tries again although trying cannot help as a rule, such as
    /// [`StopReason::Credentials`] where they are renewed elsewhere. Default: none.
    pub fn reconnect_retry_on(mut self, reasons: impl IntoIterator<Item = StopReason>) -> Self {
        self.reconnect.retry_on = reasons.into_iter().collect();
        self
    }

    /// Where the network changed and the old connection lives, connect over the new network first,
    /// and then let go of the old one. Without effect where the session does not outlive
    /// connections. Default: false.
    pub fn make_before_break(mut self, make: bool) -> Self {
        self.options.config.make_before_break = make;
        self
    }

    /// How often in a row the client follows a broker that names another server; 0 to 100, never to
    /// a lesser kind of transport security. Default: 0.
    pub fn max_redirects(self, redirects: u32) -> Self {
        let mut this = self.number("max_redirects", redirects.into());
        this.options.config.max_redirects = redirects;
        this
    }
}

//! Was it in time? The hotspot judges, by its own watch.

use crate::clock::Moment;
use crate::network::{Evidence, Link};
use crate::options::Options;
use crate::phone::Line;

/// One disconnect event, measured.
#[derive(Debug)]
pub(crate) struct Verdict {
    reason: String,
    /// From the last evidence of life that reached the phone, to the callback in the C program.
    seconds: f64,
    /// The same by mqttka's own account, up to its verdict.
    own_account: Option<f64>,
    bound: f64,
    /// More than the bound is allowed: a hung broker and an upload.
    allowance: f64,
    from: &'static str,
}

impl Verdict {
    /// Measures an event by what the hotspot saw. `is_slow`: a process hangs whose kernel still
    /// takes an upload in.
    pub(crate) fn new(event: &Line, link: &Link, options: &Options, is_slow: bool) -> Self {
        let fields = event.fields();
        let reason = fields.text("cause").to_owned();
        // A dead path ends all evidence. A dead peer's kernel still acknowledges; that proves
        // nothing about its process, so only its bytes count.
        let (kinds, from, account) = match reason.as_str() {
            "server_unresponsive" => (&[Evidence::Byte][..], "byte", "last_byte_ms"),
            _ => (
                &[Evidence::Byte, Evidence::Acknowledgement][..],
                "byte or TCP acknowledgement",
                "evidence_ms",
            ),
        };
        let last = link.last_evidence(event.at, kinds);
        Self {
            reason,
            seconds: last.map_or(f64::INFINITY, |last: Moment| event.at.since(last)),
            own_account: fields.seconds(account),
            bound: options.bound(),
            allowance: if is_slow {
                f64::from(options.keep_alive) / 2.0
            } else {
                0.0
            },
            from,
        }
    }

    /// Whether the promise was kept.
    pub(crate) fn is_kept(&self, events: u64) -> bool {
        events == 1 && self.seconds <= self.bound + self.allowance
    }

    /// What the number in the summary is.
    pub(crate) fn explain(&self) -> String {
        let mut text = format!(
            "Measured by the hotspot: from the last {} that it let\n\
             through to the phone, to the callback in the C program.",
            self.from
        );
        if let Some(seconds) = self.own_account {
            text += &format!(" mqttka's own account: {seconds:.2} s.");
        }
        if self.reason == "closed_by_server" || self.reason == "server_disconnect" {
            text += "\nThe phone heard the broker until the broker missed the phone, and ended the \
                     connection itself.";
        }
        if self.allowance > 0.0 && self.seconds > self.bound {
            text += "\nA hung broker found during an upload takes the upload's backlog plus half a \
                     keep-alive.";
        }
        text
    }

    /// The last line of the demo.
    pub(crate) fn summary(&self, events: u64) -> String {
        let Self {
            seconds,
            bound,
            reason,
            ..
        } = self;
        format!(
            "disconnected after {seconds:.2} s (bound {bound:.2} s), events: {events}, reason: {reason}"
        )
    }
}

//! Was it in time? The hotspot judges, by its own watch.

use crate::network::{Evidence, Link};
use crate::options::Options;
use crate::phone::Line;

/// One disconnect event, measured.
#[derive(Debug)]
pub(crate) struct Verdict {
    reason: String,
    /// From the last evidence of life that reached the phone, to the callback in the C program.
    seconds: f64,
    /// From the last byte that reached the phone.
    since_byte: f64,
    /// The same as `seconds` by mqttka's own account, up to its verdict.
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
        let since = |kinds: &[Evidence]| {
            let last = link.last_evidence(event.at, kinds);
            last.map_or(f64::INFINITY, |last| event.at.since(last))
        };
        Self {
            reason,
            seconds: since(kinds),
            since_byte: since(&[Evidence::Byte]),
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

    /// What the number in the summary is, in a few remarks.
    pub(crate) fn explain(&self) -> Vec<String> {
        let mut remarks = vec![format!(
            "Measured by the hotspot, from the last {} that it let through to the phone, to the \
             callback in the C program.",
            self.from
        )];
        if let Some(seconds) = self.own_account {
            remarks.push(format!("By mqttka's own account it was {seconds:.2} s."));
        }
        if matches!(
            self.reason.as_str(),
            "closed_by_server" | "server_disconnect"
        ) {
            let ended = "The phone heard the broker to the end. The broker did not hear the phone, \
                         and its own keep-alive ended the connection.";
            remarks.push(ended.to_owned());
        }
        if self.since_byte > self.bound {
            remarks.push(format!(
                "The last byte came {:.2} s before the event; meanwhile the upload's backlog made \
                 progress.",
                self.since_byte
            ));
        }
        if self.seconds > self.bound && self.allowance > 0.0 {
            remarks.push(format!(
                "A hung broker found during an upload takes the upload's backlog plus {:.2} s.",
                self.allowance
            ));
        }
        remarks
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

//! Another client on the same hotspot. It is shown, not judged.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Moment;
use crate::network::{Evidence, Link, Network};
use crate::options::{Fault, Options};
use crate::phone::{Line, Phone, Way};
use crate::screen::Half;
use crate::timeline::{Timeline, Tone, Who, bar};

/// The peer and what the hotspot saw of it.
pub(crate) struct Peer {
    /// Killed when dropped.
    phone: Phone,
    link: Arc<Link>,
    name: String,
    bound: f64,
    patience: f64,
    /// What proves that whoever broke is alive.
    kinds: &'static [Evidence],
    is_told: bool,
    cut_at: Option<Moment>,
    /// How long it took, as the hotspot measured it.
    seconds: Option<f64>,
}

/// How many keep-alives from the fault on it is waited for.
const KEEP_ALIVES: f64 = 4.0;

impl Peer {
    /// Starts its program.
    pub(crate) fn start(
        program: &Path,
        network: &dyn Network,
        way: Way<'_>,
        options: &Options,
        link: Arc<Link>,
        on_line: impl Fn(Option<Line>) + Send + 'static,
    ) -> io::Result<Self> {
        // Where a process hangs its kernel goes on acknowledging, and that proves nothing.
        let hangs = options.fault == Fault::BrokerStopped || network.acknowledges_itself();
        let kinds: &[_] = match hangs {
            true => &[Evidence::Byte],
            false => &[Evidence::Byte, Evidence::Acknowledgement],
        };
        Ok(Self {
            phone: Phone::start(program, network, way, options, on_line)?,
            link,
            name: "libmosquitto".to_owned(),
            bound: options.bound(),
            patience: KEEP_ALIVES * f64::from(options.keep_alive),
            kinds,
            is_told: false,
            cut_at: None,
            seconds: None,
        })
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// What its half of the screen is called.
    pub(crate) fn heading(&self) -> String {
        format!("{} beside it, on the same hotspot", self.name)
    }

    /// Its network is broken.
    pub(crate) fn note_cut(&mut self) {
        self.cut_at = Some(Moment::now());
    }

    /// Until when it is waited for; none where there is nothing to wait for any more.
    pub(crate) fn limit(&self) -> Option<Moment> {
        let cut_at = self.cut_at.filter(|_| !self.is_told)?;
        Some(cut_at.plus(self.patience))
    }

    /// Retells one of its lines.
    pub(crate) fn retell(&mut self, line: &Line, timeline: &Timeline) -> io::Result<()> {
        let tell = |tone, text: &str| timeline.tell(line.at, Who::Peer, tone, text);
        match line.kind.as_str() {
            "say" => tell(Tone::Plain, &line.text),
            "ready" => {
                self.name = format!("libmosquitto {}", line.text);
                timeline.head(Half::Lower, &self.heading());
            }
            "disconnected" if !self.is_told => {
                let last = self.link.last_evidence(line.at, self.kinds);
                self.seconds = last.map(|last| line.at.since(last));
                self.is_told = true;
                timeline.gauge(line.at, Who::Peer, None);
                let after = self.seconds.unwrap_or(f64::INFINITY);
                tell(
                    Tone::Bad,
                    &format!("on_disconnect after {after:.2} s: {}", line.text),
                );
            }
            "back" => tell(Tone::Good, "connected again"),
            "failed" => return Err(io::Error::other(line.text.clone())),
            _ => {}
        }
        Ok(())
    }

    /// Shows how long the hotspot has let nothing through to it; the peer itself does not tell.
    pub(crate) fn show_silence(&self, timeline: &Timeline) {
        let now = Moment::now();
        let last = self.link.last_evidence(now, self.kinds);
        let (Some(last), Some(_)) = (last, self.limit()) else {
            return;
        };
        let silence = now.since(last);
        let (tone, remark) = if silence > self.bound {
            (Tone::Bad, "not told yet: LATE")
        } else {
            (Tone::Quiet, "not told yet")
        };
        let text = format!(
            "{} last byte {silence:4.1} s ago, {remark}",
            bar(silence / self.bound)
        );
        timeline.gauge(now, Who::Peer, Some((tone, &text)));
    }

    /// Whether it has not been told yet.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.is_told
    }

    /// What became of it, for people and programs.
    pub(crate) fn summary(&self) -> (Tone, String) {
        let Self { name, bound, .. } = self;
        let (what, seconds) = match self.seconds {
            Some(seconds) => ("disconnected after", seconds),
            None => ("not told within", self.patience),
        };
        let late = self.seconds.is_none_or(|seconds| seconds > *bound);
        let (tone, verdict) = if late {
            (Tone::Bad, "LATE")
        } else {
            (Tone::Good, "ok")
        };
        let text = format!("peer {name}: {what} {seconds:.2} s (bound {bound:.2} s): {verdict}");
        (tone, text)
    }

    /// Asks its program to end.
    pub(crate) fn finish(&mut self) {
        self.phone.finish();
    }
}

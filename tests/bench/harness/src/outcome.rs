//! The figures of the runs, and their medians.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::{Client, Mode, Transport};

/// A client's line of JSON.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Run {
    mode: String,
    messages: f64,
    #[serde(default)]
    wall_us: f64,
    #[serde(default)]
    cpu_us: f64,
    #[serde(default)]
    switches: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_client: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threads: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wakeups_per_s: Option<f64>,
    /// What the client does not know.
    #[serde(default)]
    pub(crate) sink: SinkSide,
}

/// What the sink did meanwhile.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize)]
pub(crate) struct SinkSide {
    pub(crate) cpu_us: f64,
    /// Handshakes of TLS.
    pub(crate) full: f64,
    pub(crate) resumed: f64,
}

/// A run, what it was of and when.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) round: usize,
    pub(crate) client: &'static str,
    pub(crate) transport: &'static str,
    pub(crate) size: usize,
    #[serde(flatten)]
    pub(crate) run: Run,
}

/// What is read off a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Time on the processor, µs per message.
    Cpu,
    /// Thousands of messages in a second.
    Throughput,
    /// The median round trip, µs.
    RoundTrip,
    /// The round trip that one in a hundred exceeds, µs.
    SlowRoundTrip,
    /// The whole run, ms.
    Wall,
    /// KiB for each idle client.
    Memory,
    /// Threads of the process more than before the first client.
    Threads,
    /// How often the process wakes up in a second, for each idle client.
    Wakeups,
    /// The sink's time on the processor, in per cent of the client's: under 100 the client is the slower side.
    Sink,
    /// How many of 100 handshakes were resumed.
    ResumedShare,
}

/// All runs.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) runs: Vec<Outcome>,
}

impl Run {
    fn figure(&self, figure: Figure) -> Option<f64> {
        let handshakes = self.sink.full + self.sink.resumed;
        match figure {
            Figure::Cpu => Some(self.cpu_us / self.messages),
            Figure::Throughput => Some(self.messages * 1e3 / self.wall_us),
            Figure::RoundTrip => self.median_us,
            Figure::SlowRoundTrip => self.p99_us,
            Figure::Wall => Some(self.wall_us / 1e3),
            Figure::Memory => self.bytes_per_client.map(|bytes| bytes / 1024.0),
            Figure::Threads => self.threads,
            Figure::Wakeups => self.wakeups_per_s.map(|wakeups| wakeups / self.messages),
            Figure::Sink => Some(self.sink.cpu_us * 100.0 / self.cpu_us),
            Figure::ResumedShare => {
                (handshakes > 0.0).then(|| self.sink.resumed * 100.0 / handshakes)
            }
        }
    }
}

/// What a run was of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) client: Client,
    pub(crate) transport: Transport,
    pub(crate) mode: Mode,
    pub(crate) size: usize,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (client, mode) = (self.client.name(), self.mode.name());
        write!(
            f,
            "{client} {mode} {} {} B",
            self.transport.name(),
            self.size
        )
    }
}

impl Outcome {
    pub(crate) fn new(round: usize, case: Case, run: Run) -> Outcome {
        Outcome {
            round,
            client: case.client.name(),
            transport: case.transport.name(),
            size: case.size,
            run,
        }
    }
}

impl Results {
    /// The median over the rounds; `None` where no run has that figure.
    pub(crate) fn median(&self, case: Case, figure: Figure) -> Option<f64> {
        let of_the_case = |outcome: &&Outcome| {
            outcome.client == case.client.name()
                && outcome.transport == case.transport.name()
                && outcome.run.mode == case.mode.name()
                && outcome.size == case.size
        };
        let mut values: Vec<f64> = self
            .runs
            .iter()
            .filter(of_the_case)
            .filter_map(|outcome| outcome.run.figure(figure))
            .collect();
        median(&mut values)
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let high = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(high);
    }
    Some((values[values.len() / 2 - 1] + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}

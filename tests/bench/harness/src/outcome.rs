//! The figures of the runs, and their medians.

use serde::{Deserialize, Serialize};

use crate::plan::{Client, Mode};

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
}

/// A run and when it was.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) round: usize,
    pub(crate) client: &'static str,
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
}

/// All runs.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) runs: Vec<Outcome>,
}

impl Run {
    fn figure(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Cpu => Some(self.cpu_us / self.messages),
            Figure::Throughput => Some(self.messages * 1e3 / self.wall_us),
            Figure::RoundTrip => self.median_us,
            Figure::SlowRoundTrip => self.p99_us,
            Figure::Wall => Some(self.wall_us / 1e3),
            Figure::Memory => self.bytes_per_client.map(|bytes| bytes / 1024.0),
            Figure::Threads => self.threads,
        }
    }
}

impl Results {
    /// The median over the rounds; `None` where no run has that figure.
    pub(crate) fn median(&self, client: Client, mode: Mode, figure: Figure) -> Option<f64> {
        let mut values: Vec<f64> = self
            .runs
            .iter()
            .filter(|outcome| outcome.client == client.name() && outcome.run.mode == mode.name())
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

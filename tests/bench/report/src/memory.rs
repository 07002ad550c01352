//! Memory and threads of the process, for clients that do nothing.

use std::fs;
use std::time::{Duration, Instant};

use crate::Arguments;
use crate::stopwatch::Usage;

/// Runs from before the first client is made to when all are connected.
#[derive(Debug)]
pub struct Idle {
    bytes: u64,
    threads: u64,
}

impl Idle {
    /// To be called before the first client is made.
    #[must_use]
    pub fn start() -> Idle {
        Idle {
            bytes: proportional_set_size(),
            threads: threads(),
        }
    }

    /// Prints the line of JSON when all clients have been connected and quiet since `quiet`.
    pub fn report(&self, client: &str, arguments: &Arguments, quiet: &Quiet) {
        let wakeups = quiet.wakeups_per_second();
        let grown = proportional_set_size().saturating_sub(self.bytes);
        println!(
            "{{\"client\":\"{client}\",\"mode\":\"{}\",\"messages\":{},\"bytes_per_client\":{},\"threads\":{},\"wakeups_per_s\":{wakeups:.1}}}",
            arguments.mode_name,
            arguments.count,
            grown / arguments.count.max(1) as u64,
            threads().saturating_sub(self.threads),
        );
    }
}

/// How often the process wakes up while it has nothing to do.
#[derive(Debug)]
pub struct Quiet {
    usage: Usage,
    start: Instant,
}

impl Quiet {
    /// How long idle clients are watched.
    pub const DURATION: Duration = Duration::from_secs(2);

    /// From now on nothing is to happen.
    #[must_use]
    pub fn start() -> Quiet {
        Quiet {
            usage: Usage::now(),
            start: Instant::now(),
        }
    }

    /// A sleeper that is woken will sleep again: a voluntary switch. The one of who measures is not counted.
    fn wakeups_per_second(&self) -> f64 {
        let switches = Usage::now().switches - self.usage.switches - 1;
        switches.max(0) as f64 / self.start.elapsed().as_secs_f64()
    }
}

fn proportional_set_size() -> u64 {
    field("/proc/self/smaps_rollup", "Pss:").unwrap_or(0) * 1024
}

fn threads() -> u64 {
    field("/proc/self/status", "Threads:").unwrap_or(0)
}

fn field(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

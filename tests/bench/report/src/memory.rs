//! Memory and threads of the process, for clients that do nothing.

use std::fs;

use crate::Arguments;

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

    /// Prints the line of JSON once all clients are connected.
    pub fn report(&self, client: &str, arguments: &Arguments) {
        let grown = proportional_set_size().saturating_sub(self.bytes);
        println!(
            "{{\"client\":\"{client}\",\"mode\":\"{}\",\"messages\":{},\"bytes_per_client\":{},\"threads\":{}}}",
            arguments.mode_name,
            arguments.count,
            grown / arguments.count.max(1) as u64,
            threads().saturating_sub(self.threads),
        );
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

//! Time by the clock and time on the processor, from after the connection to the end.

use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use crate::Arguments;

/// Runs from [`Stopwatch::start`] to [`Stopwatch::report`].
#[derive(Debug)]
pub struct Stopwatch {
    wall: Instant,
    usage: Usage,
}

impl Stopwatch {
    /// To be called when the client is connected.
    #[must_use]
    pub fn start() -> Stopwatch {
        Stopwatch {
            wall: Instant::now(),
            usage: Usage::now(),
        }
    }

    /// Prints the line of JSON for `messages` messages.
    pub fn report(&self, client: &str, arguments: &Arguments, messages: usize) {
        println!("{{{}}}", self.fields(client, arguments, messages));
    }

    /// Prints the line of JSON for round trips.
    pub fn report_latencies(&self, client: &str, arguments: &Arguments, mut latencies: Latencies) {
        latencies.0.sort_unstable();
        println!(
            "{{{},\"median_us\":{:.1},\"p99_us\":{:.1}}}",
            self.fields(client, arguments, latencies.0.len()),
            latencies.quantile_us(0.5),
            latencies.quantile_us(0.99),
        );
    }

    fn fields(&self, client: &str, arguments: &Arguments, messages: usize) -> String {
        let wall = self.wall.elapsed();
        let now = Usage::now();
        format!(
            "\"client\":\"{client}\",\"mode\":\"{}\",\"messages\":{messages},\"size\":{},\"wall_us\":{},\"cpu_us\":{},\"switches\":{}",
            arguments.mode_name,
            arguments.size,
            wall.as_micros(),
            (now.cpu - self.usage.cpu).as_micros(),
            now.switches - self.usage.switches,
        )
    }
}

/// Durations of round trips.
#[derive(Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// One more round trip, which began at `start`.
    pub fn record(&mut self, start: Instant) {
        self.0.push(start.elapsed());
    }

    fn quantile_us(&self, quantile: f64) -> f64 {
        let index = ((self.0.len() as f64 * quantile) as usize).min(self.0.len().saturating_sub(1));
        self.0.get(index).map_or(0.0, Duration::as_secs_f64) * 1e6
    }
}

#[derive(Debug)]
pub(crate) struct Usage {
    cpu: Duration,
    pub(crate) switches: i64,
}

impl Usage {
    pub(crate) fn now() -> Usage {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: `usage` is writable and of the right type.
        let result = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
        assert_eq!(result, 0, "getrusage");
        // SAFETY: zeroed is a valid rusage, and the call has filled it.
        let usage = unsafe { usage.assume_init() };
        Usage {
            cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
            switches: usage.ru_nvcsw,
        }
    }
}

#[allow(
    clippy::unnecessary_cast,
    reason = "the fields' types differ between systems"
)]
fn duration(time: libc::timeval) -> Duration {
    Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000)
}

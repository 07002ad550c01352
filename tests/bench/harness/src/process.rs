//! Runs the sink and the clients, each on a core of its own where there are two.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::compile;
use crate::options::Options;
use crate::outcome::Run;
use crate::plan::{Client, Mode};

/// A client that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(60);
const HOST: &str = "127.0.0.1";

/// A running sink; it ends when its standard input is closed, thus with this process at the latest.
#[derive(Debug)]
pub(crate) struct Sink {
    port: String,
    process: Child,
    stdin: Option<ChildStdin>,
}

impl Sink {
    /// Starts it and waits for its port.
    pub(crate) fn start(options: &Options) -> Result<Sink, String> {
        let program = compile::directory()?.join("bench-sink");
        let mut process = pinned(options, 0, program.as_os_str())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("sink: {error}"))?;
        let stdin = process.stdin.take();
        let mut port = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut port)
                .map_err(|error| format!("sink: {error}"))?;
        }
        let port = port.trim().to_owned();
        Ok(Sink {
            port,
            process,
            stdin,
        })
    }
}

/// Debian's mosquitto with its defaults: Nagle's algorithm, and 20 messages unacknowledged at most.
#[derive(Debug)]
pub(crate) struct Broker {
    port: String,
    process: Child,
}

impl Broker {
    /// Starts it and waits until it takes connections.
    pub(crate) fn start() -> Result<Broker, String> {
        let port = std::net::TcpListener::bind((HOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|error| format!("a port: {error}"))?
            .port();
        let process = ["mosquitto", "/usr/sbin/mosquitto"]
            .iter()
            .find_map(|program| {
                Command::new(program)
                    .args(["-p", &port.to_string()])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .ok()
            })
            .ok_or("mosquitto: not installed")?;
        let broker = Broker {
            port: port.to_string(),
            process,
        };
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect((HOST, port)).is_err() {
            if Instant::now() > deadline {
                return Err("mosquitto: does not listen".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(broker)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}

/// Runs a client to its end and reads its line of JSON.
pub(crate) fn run_client(
    options: &Options,
    sink: &Sink,
    client: Client,
    mode: Mode,
) -> Result<Run, String> {
    let broker = mode.needs_broker().then(Broker::start).transpose()?;
    let port = broker.as_ref().map_or(&sink.port, |broker| &broker.port);
    let count = options.count.unwrap_or_else(|| {
        let count = client.count(mode);
        if options.quick {
            match mode {
                // It is shared evenly.
                Mode::Busy0 => count,
                _ => (count / 10).max(10),
            }
        } else {
            count
        }
    });
    let mut process = pinned(options, 1, compile::program(client)?.as_os_str())
        .args([HOST, port, mode.name(), &count.to_string()])
        .args([options.size.to_string(), options.window.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    wait(&mut process)?;
    let mut line = String::new();
    if let Some(stdout) = process.stdout.take() {
        BufReader::new(stdout)
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
    }
    serde_json::from_str(&line).map_err(|error| format!("{line:?}: {error}"))
}

/// How busy the machine is.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

fn wait(process: &mut Child) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match process.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(status.to_string()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = process.kill();
                let _ = process.wait();
                return Err(format!("not done after {PATIENCE:?}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// A command that runs on one core only, where the system can do that and has several.
fn pinned(options: &Options, core: usize, program: &OsStr) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if options.pin && core < cores && cores > 1 && cfg!(target_os = "linux") {
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

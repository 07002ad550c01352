//! Runs the sink and the clients, each on a core of its own where there are two.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::compile;
use crate::options::Options;
use crate::outcome::{Case, Run, SinkSide};
use crate::plan::{Mode, Transport};

/// A client that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(60);
const HOST: &str = "127.0.0.1";

/// A running sink; it ends when its standard input is closed, thus with this process at the latest.
#[derive(Debug)]
pub(crate) struct Sink {
    port: String,
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    certificates: PathBuf,
}

impl Sink {
    /// Starts it and waits for its port.
    pub(crate) fn start(options: &Options, transport: Transport) -> Result<Sink, String> {
        let directory = compile::directory()?;
        let certificates = directory.join("bench-certificates");
        if transport.has_tls() {
            mqttka_authority::write(&certificates, &[])
                .map_err(|error| format!("{}: {error}", certificates.display()))?;
        }
        let mut process = pinned(options, 0, directory.join("bench-sink").as_os_str())
            .arg(transport.name())
            .arg(&certificates)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("sink: {error}"))?;
        let stdin = process.stdin.take();
        let stdout = process.stdout.take().ok_or("sink: no output")?;
        let mut sink = Sink {
            port: String::new(),
            process,
            stdin,
            stdout: BufReader::new(stdout),
            certificates,
        };
        sink.port = sink.line()?;
        Ok(sink)
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.stdout
            .read_line(&mut line)
            .map_err(|error| format!("sink: {error}"))?;
        Ok(line.trim().to_owned())
    }

    /// What it did so far; the handshakes are those since the last call.
    fn side(&mut self) -> Result<SinkSide, String> {
        if let Some(stdin) = &mut self.stdin {
            writeln!(stdin).map_err(|error| format!("sink: {error}"))?;
        }
        let line = self.line()?;
        let mut handshakes = line.split(' ').map(|number| number.parse().unwrap_or(0.0));
        Ok(SinkSide {
            cpu_us: cpu_us(self.process.id()),
            full: handshakes.next().unwrap_or(0.0),
            resumed: handshakes.next().unwrap_or(0.0),
        })
    }
}

/// What a process's first thread has had of the processor; 0 where the system does not tell.
fn cpu_us(process: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e3
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
pub(crate) fn run_client(options: &Options, sink: &mut Sink, case: Case) -> Result<Run, String> {
    let Case {
        client, mode, size, ..
    } = case;
    let broker = mode.needs_broker().then(Broker::start).transpose()?;
    let port = broker
        .as_ref()
        .map_or(&sink.port, |broker| &broker.port)
        .clone();
    let before = sink.side()?;
    let count = options.count.unwrap_or_else(|| {
        let count = client.count(mode, size);
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
        .args([HOST, &port, mode.name(), &count.to_string()])
        .args([size.to_string(), options.window.to_string()])
        .arg(case.transport.name())
        .args(authority(case.transport, &sink.certificates))
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
    let mut run: Run = serde_json::from_str(&line).map_err(|error| format!("{line:?}: {error}"))?;
    run.sink = sink.side()?;
    run.sink.cpu_us -= before.cpu_us;
    Ok(run)
}

/// The file of the certificate that clients are to trust.
fn authority(transport: Transport, certificates: &Path) -> Option<PathBuf> {
    transport.has_tls().then(|| certificates.join("ca.pem"))
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

//! The hostile broker over loopback, against clients that are programs: what each does about each fault.
//!
//! `hostile NAME=PROGRAM...`: each program is called with a port and the protocol's level, as
//! `tests/hostile/peers/peer.h` says. Prints a table in Markdown.
//!
//! `hostile --leaks NAME=PROGRAM...`: a client that was shown each fault is told to end, and has to by itself, with status 0,
//! which one that was linked with a leak checker does not where something is left in memory. Fails where one does not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mqttka_hostile::{Broker, Fault, Phase, all, publish};

/// What a client has for the next thing that it must do, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it has for an answer to a fault, or to the message after it.
const ANSWER: Duration = Duration::from_millis(1500);

/// Trials side by side: they mostly wait.
const JOBS: usize = 4;

/// What a client did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Did {
    /// It ended the connection; in 5.0 perhaps with the reason code of its DISCONNECT.
    Refused(Option<u8>),
    /// It went on, and works.
    WentOn,
    /// It went on, works, and gave its application what is broken.
    Delivered,
    /// Its connection is open, and nothing comes of it any more.
    Hung,
    /// In place of CONNACK, it waits for more.
    Waited,
    /// A signal ended it.
    Crashed(i32),
    /// The fault was not possible, or the trial did not come so far.
    Nothing,
}

impl std::fmt::Display for Did {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Did::Refused(None) => f.write_str("refuses"),
            Did::Refused(Some(code)) => write!(f, "refuses ({code:#04x})"),
            Did::WentOn => f.write_str("goes on"),
            Did::Delivered => f.write_str("**delivers**"),
            Did::Hung => f.write_str("**hangs**"),
            Did::Waited => f.write_str("waits"),
            Did::Crashed(signal) => write!(f, "**crashes** (signal {signal})"),
            Did::Nothing => f.write_str("-"),
        }
    }
}

/// The client's process, and the lines that it said.
struct Client {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Client {
    fn start(program: &str, port: u16, level: u8) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .args([port.to_string(), level.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let lines = Arc::<Mutex<Vec<String>>>::default();
        if let Some(output) = child.stdout.take() {
            let lines = Arc::clone(&lines);
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                    lines.push(line);
                }
            });
        }
        Ok(Client { child, lines })
    }

    fn count(&self, what: &str) -> usize {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line.starts_with(what)).count()
    }

    /// Whether the application got anything but what was in order. What came before the last message that
    /// was acknowledged has been said by now, as good as always.
    fn got_broken(&self) -> bool {
        std::thread::sleep(Duration::from_millis(50));
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut messages = lines
            .iter()
            .filter_map(|line| line.strip_prefix("message "));
        messages.any(|payload| payload != "legal")
    }

    /// How it ends within this time; `None`: it does not.
    fn wait(&mut self, patience: Duration) -> std::io::Result<Option<ExitStatus>> {
        let until = Instant::now() + patience;
        loop {
            match self.child.try_wait()? {
                None if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
                status => return Ok(status),
            }
        }
    }

    /// How it ends when it is told to.
    fn end(&mut self) -> std::io::Result<Option<ExitStatus>> {
        drop(self.child.stdin.take());
        self.wait(PATIENCE)
    }

    /// The signal that has ended it.
    fn signal(&mut self, patience: Duration) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt;
        self.wait(patience).ok().flatten()?.signal()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The stream, and what the broker knows of it.
struct Wire {
    stream: TcpStream,
    broker: Broker,
    over: bool,
}

impl Wire {
    /// Hears until this is true, or nothing more comes, for so long at most. Returns whether it is.
    fn until(&mut self, patience: Duration, done: impl Fn(&Broker) -> bool) -> bool {
        let until = Instant::now() + patience;
        let mut buffer = [0; 4096];
        loop {
            if done(&self.broker) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.over {
                return false;
            }
            let _ = self.stream.set_read_timeout(Some(left));
            match self.stream.read(&mut buffer) {
                Ok(count) if count > 0 => self.over |= self.broker.hear(&buffer[..count]).is_err(),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                _ => self.over = true,
            }
        }
    }

    /// A message that is in order.
    fn message(&mut self, qos: u8) {
        let id = self.broker.free_id();
        self.broker.sent.insert(id, qos);
        let bytes = publish(self.broker.v5, qos << 1, b"a/b", Some(id), &[], b"legal");
        self.say(&bytes);
    }

    fn say(&mut self, bytes: &[u8]) {
        self.over |= self.stream.write_all(bytes).is_err();
    }
}

fn accept(listener: &TcpListener) -> Option<TcpStream> {
    let until = Instant::now() + PATIENCE;
    listener.set_nonblocking(true).ok()?;
    while Instant::now() < until {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).ok()?;
            stream.set_nodelay(true).ok()?;
            return Some(stream);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}

/// One fault against one client. `ends`: it is told to end, and what is wrong with how it does comes back, too.
fn attempt(
    program: &str,
    fault: &Fault,
    level: u8,
    seed: u64,
    ends: bool,
) -> Option<(Did, Option<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0").ok()?;
    let port = listener.local_addr().ok()?.port();
    let mut client = Client::start(program, port, level).ok()?;
    let mut wire = Wire {
        stream: accept(&listener)?,
        broker: Broker::new(seed),
        over: false,
    };
    wire.until(PATIENCE, |broker| broker.connected)
        .then_some(())?;
    if fault.phase == Phase::Connected {
        let connack = wire.broker.accepts();
        wire.say(&connack);
        // With all of it under way most rules can be broken.
        wire.until(PATIENCE, |b| {
            b.requests.len() == 1 && b.publishes.len() == 2
        })
        .then_some(())?;
        wire.message(2);
        wire.until(PATIENCE, |broker| broker.received.len() == 1)
            .then_some(())?;
    }
    let bytes = (fault.make)(&mut wire.broker)?;
    wire.say(&bytes);
    let did = judge(&mut client, &mut wire, fault.phase);
    let wrong = match ends.then(|| client.end()) {
        None => None,
        Some(Ok(Some(status))) if status.success() => None,
        Some(Ok(Some(status))) => Some(status.to_string()),
        Some(Ok(None)) => Some("it does not end".to_owned()),
        Some(Err(error)) => Some(error.to_string()),
    };
    Some((did, wrong))
}

/// What comes of it.
fn judge(client: &mut Client, wire: &mut Wire, phase: Phase) -> Did {
    if phase == Phase::Handshake {
        wire.until(ANSWER, |_| false);
        if !wire.over && client.count("connected") == 0 {
            return match client.signal(Duration::ZERO) {
                Some(signal) => Did::Crashed(signal),
                None => Did::Waited,
            };
        }
    }
    let acknowledged = wire.broker.acknowledged;
    let mut works = false;
    if !wire.over {
        // It may be about to end the connection, or not to have read this far.
        wire.until(ANSWER / 3, |_| false);
        wire.message(1);
        works = wire.until(ANSWER, |broker| {
            broker.sent.is_empty() || broker.acknowledged > acknowledged
        });
    }
    // Whether a signal has ended it shows a little later than the end of its stream.
    let patience = if wire.over { ANSWER } else { Duration::ZERO };
    if let Some(signal) = client.signal(patience) {
        return Did::Crashed(signal);
    }
    match works {
        _ if wire.over => Did::Refused(wire.broker.left),
        true if client.got_broken() => Did::Delivered,
        true => Did::WentOn,
        false => Did::Hung,
    }
}

fn main() {
    let leaks = std::env::args().nth(1).is_some_and(|it| it == "--leaks");
    let clients: Vec<(String, String)> = std::env::args()
        .skip(1)
        .filter_map(|word| {
            let (name, program) = word.split_once('=')?;
            Some((name.to_owned(), program.to_owned()))
        })
        .collect();
    if clients.is_empty() {
        eprintln!("usage: hostile [--leaks] NAME=PROGRAM...");
        std::process::exit(2);
    }
    let mut trials = Vec::new();
    for fault in all() {
        let levels = [(fault.versions.0, 4), (fault.versions.1, 5)];
        for (_, level) in levels.into_iter().filter(|(possible, _)| *possible) {
            trials.push((fault, level));
        }
    }
    let results = Mutex::new(vec![vec![Did::Nothing; clients.len()]; trials.len()]);
    let ill = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((fault, level)) = trials.get(at / clients.len()) else {
                        return;
                    };
                    let which = at % clients.len();
                    let (name, program) = &clients[which];
                    let attempted = attempt(program, fault, *level, 1, leaks);
                    let (did, wrong) = attempted.unwrap_or((Did::Nothing, None));
                    if let Some(wrong) = wrong {
                        let line = format!("{name}, {}, {level}: {wrong}", fault.name);
                        ill.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(line);
                    }
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results[at / clients.len()][which] = did;
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    print(&clients, &trials, &results);
    let ill = ill.into_inner().unwrap_or_else(PoisonError::into_inner);
    for line in &ill {
        println!("ended ill: {line}");
    }
    if leaks && results.iter().flatten().any(|did| *did == Did::Nothing) {
        println!("not every fault was shown");
        std::process::exit(1);
    }
    if !ill.is_empty() {
        std::process::exit(1);
    }
}

fn print(clients: &[(String, String)], trials: &[(&Fault, u8)], results: &[Vec<Did>]) {
    let names: Vec<_> = clients.iter().map(|(name, _)| name.as_str()).collect();
    println!(
        "| the broker sends | it breaks | version | {} |",
        names.join(" | ")
    );
    println!("|---|---|---|{}", "---|".repeat(names.len()));
    for ((fault, level), did) in trials.iter().zip(results) {
        let version = if *level == 5 { "5.0" } else { "3.1.1" };
        let did: Vec<_> = did.iter().map(ToString::to_string).collect();
        println!(
            "| {} | {} | {version} | {} |",
            fault.name,
            fault.rule,
            did.join(" | ")
        );
    }
    println!();
    for (which, (name, _)) in clients.iter().enumerate() {
        let count =
            |wanted: fn(&Did) -> bool| results.iter().filter(|row| wanted(&row[which])).count();
        println!(
            "{name}: refuses {}, goes on {}, delivers {}, waits {}, hangs {}, crashes {}, no result {}",
            count(|did| matches!(did, Did::Refused(_))),
            count(|did| *did == Did::WentOn),
            count(|did| *did == Did::Delivered),
            count(|did| *did == Did::Waited),
            count(|did| *did == Did::Hung),
            count(|did| matches!(did, Did::Crashed(_))),
            count(|did| *did == Did::Nothing),
        );
    }
}

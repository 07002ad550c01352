//! The C program: its process, and the lines that it prints.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;

use crate::clock::Moment;
use crate::network::Network;
use crate::options::Options;
use crate::process::die_with_parent;

/// A line of the program.
#[derive(Debug)]
pub(crate) struct Line {
    /// When it happened, by the program's own watch.
    pub(crate) at: Moment,
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(3, ' ');
        let at = Moment::parse(words.next()?)?;
        let kind = words.next()?.to_owned();
        Some(Self {
            at,
            kind,
            text: words.next().unwrap_or_default().to_owned(),
        })
    }

    /// `key=value` pairs; the value of `description` runs to the end of the line.
    pub(crate) fn fields(&self) -> Fields<'_> {
        let (pairs, description) = match self.text.split_once(" description=") {
            Some((pairs, description)) => (pairs, Some(description)),
            None => (self.text.as_str(), None),
        };
        let mut fields: HashMap<_, _> = pairs
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        fields.extend(description.map(|description| ("description", description)));
        Fields(fields)
    }
}

/// The values in a line.
#[derive(Debug)]
pub(crate) struct Fields<'a>(HashMap<&'a str, &'a str>);

impl<'a> Fields<'a> {
    pub(crate) fn text(&self, key: &str) -> &'a str {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// `None` where the program had no such value (it writes -1).
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.text(key).parse().ok()
    }

    /// A duration in milliseconds, as seconds.
    pub(crate) fn seconds(&self, key: &str) -> Option<f64> {
        self.number(key)
            .map(|milliseconds| milliseconds as f64 / 1e3)
    }
}

/// How a program gets to the broker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub(crate) broker: SocketAddr,
    /// The file of the certificate to trust.
    pub(crate) authority: Option<&'a Path>,
    /// The address of its own, where it has one.
    pub(crate) from: Option<Ipv4Addr>,
}

/// The running program, killed when dropped.
#[derive(Debug)]
pub(crate) struct Phone {
    process: Child,
    input: Option<ChildStdin>,
}

impl Phone {
    /// Starts a program on the phone's side of the network; `on_line` gets what it prints, and
    /// `None` when it has ended.
    pub(crate) fn start(
        program: &Path,
        network: &dyn Network,
        way: Way<'_>,
        options: &Options,
        on_line: impl Fn(Option<Line>) + Send + 'static,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["--uri", &options.transport.uri(way.broker)])
            .args(["--keep-alive", &options.keep_alive.to_string()])
            .args(["--load", &options.load.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(authority) = way.authority {
            command.arg("--authority").arg(authority);
        }
        if let Some(from) = way.from {
            command.args(["--from", &from.to_string()]);
        }
        die_with_parent(&mut command);
        network.place_phone(&mut command);
        let mut process = command.spawn()?;
        let input = process.stdin.take();
        if let Some(output) = process.stdout.take() {
            thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                let lines = lines.filter_map(|line| Line::parse(&line));
                lines.map(Some).chain([None]).for_each(on_line);
            });
        }
        Ok(Self { process, input })
    }

    /// Asks the program to end.
    pub(crate) fn finish(&mut self) {
        self.input = None;
    }

    /// How it ended, once it has.
    pub(crate) fn wait(&mut self) -> io::Result<ExitStatus> {
        self.process.wait()
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

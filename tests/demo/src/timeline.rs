//! How the story looks on the terminal: at most 100 columns, colours only where wanted.

use std::env;
use std::io::{self, IsTerminal};

use crate::clock::Moment;
use crate::phone::Fields;

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    Phone,
    Hotspot,
    Broker,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Quiet,
    Plain,
    Good,
    Bad,
}

/// Prints the story.
#[derive(Debug)]
pub(crate) struct Timeline {
    start: Moment,
    colours: bool,
}

const WIDTH: usize = 100;
/// Time and name.
const MARGIN: usize = 19;
const BAR: usize = 16;

impl Timeline {
    pub(crate) fn new() -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let colours = wanted && !dumb && io::stdout().is_terminal();
        Self {
            start: Moment::now(),
            colours,
        }
    }

    /// A line of the story.
    pub(crate) fn tell(&self, at: Moment, who: Who, tone: Tone, text: &str) {
        let who = match who {
            Who::Phone => "phone",
            Who::Hotspot => "hotspot",
            Who::Broker => "broker",
        };
        let mut margin = format!("{:6.2} s  {who:7}  ", at.since(self.start));
        for line in wrap(text, WIDTH - MARGIN) {
            println!("{margin}{}", self.paint(tone, &line));
            margin = " ".repeat(MARGIN);
        }
    }

    /// A remark after the story.
    pub(crate) fn remark(&self, text: &str) {
        for line in wrap(text, WIDTH) {
            println!("{line}");
        }
    }

    /// Colours a text.
    fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colours => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Quiet => "2",
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The phone's liveness state as one line: how long nothing came, and how long it will wait.
pub(crate) fn liveness(status: &Fields<'_>, bound: f64) -> String {
    let (Some(verdict), Some(silence)) =
        (status.seconds("verdict_ms"), status.seconds("last_byte_ms"))
    else {
        return "closed".to_owned();
    };
    let done = ((1.0 - verdict / bound).clamp(0.0, 1.0) * BAR as f64).round() as usize;
    let bar = format!("[{}{}]", "#".repeat(done), ".".repeat(BAR - done));
    let ping = match (status.number("pings"), status.seconds("ping_ms")) {
        (Some(1..), Some(age)) => format!("ping unanswered {age:.1} s,"),
        _ => "no ping waiting,".to_owned(),
    };
    // Where the peer's acknowledgements count (an upload), they have put the verdict off.
    let (what, age) = match status.seconds("evidence_ms") {
        Some(evidence) if silence + verdict > bound => ("last ack ", evidence),
        _ => ("last byte", silence),
    };
    format!("{bar} {what} {age:4.1} s ago, {ping:22} verdict in {verdict:4.1} s")
}

/// Breaks a text at spaces.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.len() - 1;
        let length = lines[line].chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                lines[line].push(' ');
            }
            lines[line].push_str(word);
        }
    }
    lines
}

//! How the story looks on the terminal: at most 100 columns, colours only where wanted; with a peer on
//! two halves of the screen, where there is one; and in a recording.

use std::cell::RefCell;
use std::env;
use std::io::{self, IsTerminal, Write as _};

use crate::clock::Moment;
use crate::options::Options;
use crate::phone::Fields;
use crate::recording::Recording;
use crate::screen::{Half, Screen};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Phone,
    Peer,
    /// To everybody, or something of the phone's or of the peer's.
    Hotspot,
    HotspotToPhone,
    HotspotToPeer,
    Broker,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Head,
    Quiet,
    Plain,
    Good,
    Bad,
}

/// Prints the story.
pub(crate) struct Timeline {
    start: Moment,
    faces: RefCell<Vec<Face>>,
}

/// One place where it is told.
struct Face {
    place: Place,
    colours: bool,
    screen: Option<Screen>,
}

enum Place {
    Output,
    Recording(Recording),
}

const WIDTH: usize = 100;
/// Time and name.
const MARGIN: usize = 19;
const BAR: usize = 16;

impl Timeline {
    /// Without any halves or recordings.
    pub(crate) fn plain() -> Self {
        let face = Face {
            place: Place::Output,
            colours: wants_colours(),
            screen: None,
        };
        Self {
            start: Moment::now(),
            faces: RefCell::new(vec![face]),
        }
    }

    /// As the options have it.
    pub(crate) fn new(options: &Options) -> io::Result<Self> {
        let timeline = Self::plain();
        let mut faces = timeline.faces.borrow_mut();
        let halves = options.peer.is_some();
        if halves && wants_colours() {
            let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
            let size = size.map(|size| (size.ws_col.into(), size.ws_row.into()));
            faces[0].screen = size.and_then(|(width, height)| Screen::new(width, height));
        }
        if let Some(file) = &options.record {
            let recording = Recording::create(file)?;
            let screen = Screen::new(recording.width(), recording.height());
            faces.push(Face {
                place: Place::Recording(recording),
                colours: true,
                screen: screen.filter(|_| halves),
            });
        }
        drop(faces);
        Ok(timeline)
    }

    /// Names a half.
    pub(crate) fn head(&self, half: Half, heading: &str) {
        for face in self.faces.borrow_mut().iter_mut() {
            if let Some(screen) = &mut face.screen {
                screen.head(half, heading);
            }
        }
    }

    /// A line of the story.
    pub(crate) fn tell(&self, at: Moment, who: Who, tone: Tone, text: &str) {
        let (name, halves): (_, &[Half]) = match who {
            Who::Phone => ("phone", &[Half::Upper]),
            Who::Peer => ("peer", &[Half::Lower]),
            Who::Hotspot => ("hotspot", &[Half::Upper, Half::Lower]),
            Who::HotspotToPhone => ("hotspot", &[Half::Upper]),
            Who::HotspotToPeer => ("hotspot", &[Half::Lower]),
            Who::Broker => ("broker", &[Half::Upper, Half::Lower]),
        };
        let margin = format!("{:6.2} s  {name:7}  ", at.since(self.start));
        for face in self.faces.borrow_mut().iter_mut() {
            let Some(screen) = &mut face.screen else {
                face.tell(&margin, tone, text);
                continue;
            };
            for half in halves {
                screen.tell(*half, &margin, tone, text);
            }
            let drawn = screen.draw();
            face.write(&drawn);
        }
    }

    /// How long it has been: on a screen it stands where the last one stood, elsewhere the phone's is a line
    /// like any other. `None`: no longer.
    pub(crate) fn gauge(&self, at: Moment, who: Who, gauge: Option<(Tone, &str)>) {
        let seconds = at.since(self.start);
        let half = if who == Who::Peer {
            Half::Lower
        } else {
            Half::Upper
        };
        for face in self.faces.borrow_mut().iter_mut() {
            if let Some(screen) = &mut face.screen {
                let gauge = gauge.map(|(tone, text)| (tone, format!("{seconds:6.2} s  {text}")));
                screen.gauge(half, gauge);
                let drawn = screen.draw();
                face.write(&drawn);
            } else if let (Some((tone, text)), Who::Phone) = (gauge, who) {
                face.tell(&format!("{seconds:6.2} s  phone    "), tone, text);
            }
        }
    }

    /// A remark after the story.
    pub(crate) fn remark(&self, text: &str) {
        for face in self.faces.borrow_mut().iter_mut() {
            for line in wrap(text, face.width()) {
                face.write_line(&line);
            }
        }
    }

    /// What came of it all, in one line, as programs read it, too.
    pub(crate) fn conclude(&self, tone: Tone, text: &str) {
        for face in self.faces.borrow_mut().iter_mut() {
            let line = match face.colours {
                true => paint(tone, text),
                false => text.to_owned(),
            };
            face.write_line(&line);
        }
    }
}

impl Face {
    /// Lines below each other.
    fn tell(&mut self, margin: &str, tone: Tone, text: &str) {
        let mut margin = margin.to_owned();
        for line in wrap(text, self.width() - MARGIN) {
            let line = match self.colours {
                true => paint(tone, &line),
                false => line,
            };
            self.write_line(&format!("{margin}{line}"));
            margin = " ".repeat(MARGIN);
        }
    }

    fn width(&self) -> usize {
        match &self.place {
            Place::Output => WIDTH,
            Place::Recording(recording) => recording.width(),
        }
    }

    fn write_line(&mut self, line: &str) {
        match self.place {
            Place::Output => println!("{line}"),
            Place::Recording(_) => self.write(&format!("{line}\r\n")),
        }
    }

    fn write(&mut self, text: &str) {
        match &mut self.place {
            // A terminal that is gone stops nobody.
            Place::Output => {
                print!("{text}");
                let _ = io::stdout().flush();
            }
            Place::Recording(recording) => recording.note(text),
        }
    }
}

fn wants_colours() -> bool {
    let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    wanted && !dumb && io::stdout().is_terminal()
}

/// Colours a text.
pub(crate) fn paint(tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Head => "1",
        Tone::Quiet => "2",
        Tone::Good => "1;32",
        Tone::Bad => "1;31",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// The phone's liveness state as one line: how long nothing came, and how long it will wait.
pub(crate) fn liveness(status: &Fields<'_>, bound: f64) -> String {
    let (Some(verdict), Some(silence)) =
        (status.seconds("verdict_ms"), status.seconds("last_byte_ms"))
    else {
        return "closed".to_owned();
    };
    let bar = bar(1.0 - verdict / bound);
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

/// A share of the bound as a bar.
pub(crate) fn bar(share: f64) -> String {
    let done = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    format!("[{}{}]", "#".repeat(done), ".".repeat(BAR - done))
}

/// Breaks a text at spaces.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
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

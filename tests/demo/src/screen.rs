//! Two stories on one screen: the phone's in the upper half, the peer's in the lower. Only lines that
//! change are written again, from the cursor's place below the screen.

use std::fmt::Write as _;

use crate::timeline::{Tone, paint, wrap};

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Upper,
    Lower,
}

/// The screen, and what of it is on the terminal.
#[derive(Debug)]
pub(crate) struct Screen {
    width: usize,
    upper: Pane,
    lower: Pane,
    shown: Vec<String>,
}

/// A half: a heading, the last lines of a story, and a line that changes in its place.
#[derive(Debug)]
struct Pane {
    heading: String,
    height: usize,
    lines: Vec<(Tone, String)>,
    gauge: Option<(Tone, String)>,
}

/// Of both halves; with less there is no screen.
const LEAST_HEIGHT: usize = 18;
const MOST_HEIGHT: usize = 30;
const LEAST_WIDTH: usize = 80;

impl Screen {
    /// For a terminal of this size; none where it is too small.
    pub(crate) fn new(width: usize, height: usize) -> Option<Self> {
        // A line is the cursor's.
        let height = height.checked_sub(1)?.min(MOST_HEIGHT);
        if height < LEAST_HEIGHT || width < LEAST_WIDTH {
            return None;
        }
        // The phone has more to tell: it says what it knows, and what it keeps.
        let upper = height * 3 / 5;
        Some(Self {
            width: width.min(100),
            upper: Pane::new(upper),
            lower: Pane::new(height - upper),
            shown: Vec::new(),
        })
    }

    fn pane(&mut self, half: Half) -> &mut Pane {
        match half {
            Half::Upper => &mut self.upper,
            Half::Lower => &mut self.lower,
        }
    }

    pub(crate) fn head(&mut self, half: Half, heading: &str) {
        heading.clone_into(&mut self.pane(half).heading);
    }

    /// A line of a story: `margin` first, then as much as fits of `text`, the rest below it.
    pub(crate) fn tell(&mut self, half: Half, margin: &str, tone: Tone, text: &str) {
        let room = self.width - margin.len();
        let pane = self.pane(half);
        let mut margin = margin.to_owned();
        for line in wrap(text, room) {
            pane.lines.push((tone, format!("{margin}{line}")));
            margin = " ".repeat(margin.len());
        }
    }

    /// What stands below the lines until the next one like it; `None`: nothing any more.
    pub(crate) fn gauge(&mut self, half: Half, gauge: Option<(Tone, String)>) {
        let width = self.width;
        self.pane(half).gauge =
            gauge.map(|(tone, text)| (tone, text.chars().take(width).collect()));
    }

    /// What to write so that the terminal shows it all.
    pub(crate) fn draw(&mut self) -> String {
        let mut lines = self.upper.draw(self.width);
        lines.extend(self.lower.draw(self.width));
        let mut text = String::new();
        if self.shown.is_empty() {
            for line in &lines {
                let _ = write!(text, "{line}\r\n");
            }
        }
        for (index, line) in lines.iter().enumerate() {
            if self.shown.get(index).is_some_and(|shown| shown != line) {
                let up = lines.len() - index;
                let _ = write!(text, "\x1b[{up}F\x1b[2K{line}\x1b[{up}E");
            }
        }
        self.shown = lines;
        text
    }
}

impl Pane {
    fn new(height: usize) -> Self {
        Self {
            heading: String::new(),
            height,
            lines: Vec::new(),
            gauge: None,
        }
    }

    /// Exactly `height` lines.
    fn draw(&self, width: usize) -> Vec<String> {
        let rule = "─".repeat(width.saturating_sub(self.heading.chars().count() + 4));
        let mut drawn = vec![paint(Tone::Head, &format!("── {} {rule}", self.heading))];
        let room = self.height - 1 - usize::from(self.gauge.is_some());
        let first = self.lines.len().saturating_sub(room);
        let lines = self.lines[first..].iter().chain(&self.gauge);
        drawn.extend(lines.map(|(tone, line)| paint(*tone, line)));
        drawn.resize(self.height, String::new());
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows that was empty.
    fn show(terminal: &mut Vec<String>, written: &str) {
        let mut row = terminal.len();
        for part in written.split_inclusive(['\n', 'E']) {
            if let Some(line) = part.strip_suffix("\r\n") {
                terminal.push(line.to_owned());
                row = terminal.len();
                continue;
            }
            let change = part
                .strip_prefix("\x1b[")
                .and_then(|rest| rest.split_once("F\x1b[2K"));
            let (up, rest) = change.expect("up and a line");
            let (line, _) = rest.rsplit_once("\x1b[").expect("and down");
            terminal[row - up.parse::<usize>().expect("a number")] = line.to_owned();
        }
    }

    #[test]
    fn only_what_changed_is_written_and_the_last_lines_stay() {
        let mut screen = Screen::new(80, 24).expect("large enough");
        let mut terminal = Vec::new();
        for number in 0..20 {
            screen.tell(Half::Lower, "  ", Tone::Plain, &format!("line {number}"));
            screen.gauge(Half::Lower, Some((Tone::Plain, format!("gauge {number}"))));
            show(&mut terminal, &screen.draw());
        }
        assert_eq!(terminal.len(), 23);
        assert_eq!(terminal[21..], ["  line 19", "gauge 19"]);
        assert_eq!(terminal[14], "  line 12");
        assert_eq!(screen.draw(), "");
    }

    #[test]
    fn a_small_terminal_has_none() {
        assert!(Screen::new(79, 50).is_none());
        assert!(Screen::new(100, 18).is_none());
    }
}

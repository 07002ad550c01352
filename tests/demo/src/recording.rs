//! What a terminal would have shown, and when: asciicast version 2, which players of terminal
//! recordings read, and `tests/figures/run` as well.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use crate::clock::Moment;

/// The terminal that is recorded.
const WIDTH: usize = 96;
const HEIGHT: usize = 36;

/// A file that grows with what is written.
#[derive(Debug)]
pub(crate) struct Recording {
    file: File,
    start: Moment,
}

impl Recording {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)
            .map_err(|error| io::Error::other(format!("--record {}: {error}", path.display())))?;
        writeln!(
            file,
            "{{\"version\": 2, \"width\": {WIDTH}, \"height\": {HEIGHT}}}"
        )?;
        Ok(Self {
            file,
            start: Moment::now(),
        })
    }

    pub(crate) fn width(&self) -> usize {
        WIDTH
    }

    /// Of the halves: the last lines come below them.
    pub(crate) fn height(&self) -> usize {
        HEIGHT - 5
    }

    /// Notes what is written now.
    pub(crate) fn note(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let after = Moment::now().since(self.start);
        // The story goes on where the disk is full.
        let _ = writeln!(self.file, "[{after:.3}, \"o\", {}]", json(text));
    }
}

/// A string of JSON.
fn json(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\u{20}'.. => quoted.push(character),
            _ => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #[test]
    fn strings_are_json() {
        let text = "\x1b[1m\"a\\b\"\r\n─";
        let quoted = r#""\u001b[1m\"a\\b\"\u000d\u000a─""#;
        assert_eq!(super::json(text), quoted);
    }
}

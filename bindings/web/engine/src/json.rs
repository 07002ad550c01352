//! JSON, written: the form of all that is rare (events, errors, status). One call of JavaScript's own
//! parser is cheaper, and smaller, than a call for each field.

use std::fmt::Write;
use std::time::Duration;

/// `keep_alive` to `keepAlive`.
#[inline(never)]
pub(crate) fn camel_case(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            words.push(c.to_ascii_uppercase());
        } else {
            words.push(c);
        }
    }
    words
}

/// `keepAlive` to `keep_alive`.
#[inline(never)]
pub(crate) fn snake_case(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

#[inline(never)]
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Seconds, to the microsecond.
fn seconds(out: &mut String, time: Duration) {
    let _ = write!(out, "{}.{:06}", time.as_secs(), time.subsec_micros());
}

/// An object that is being written. What is `None` is left out.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    pub(crate) fn new(out: &'a mut String) -> Self {
        out.push('{');
        Object { out, first: true }
    }

    pub(crate) fn end(self) {
        self.out.push('}');
    }

    /// The key; the value is to follow.
    #[inline(never)]
    fn key(&mut self, key: &str) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    #[inline(never)]
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        string(self.key(key), value);
    }

    /// A name of the vocabulary, in JavaScript's case.
    #[inline(never)]
    pub(crate) fn name(&mut self, key: &str, value: &str) {
        self.text(key, &camel_case(value));
    }

    #[inline(never)]
    pub(crate) fn number(&mut self, key: &str, value: u64) {
        let _ = write!(self.key(key), "{value}");
    }

    #[inline(never)]
    pub(crate) fn flag(&mut self, key: &str, value: bool) {
        self.key(key).push_str(if value { "true" } else { "false" });
    }

    #[inline(never)]
    pub(crate) fn time(&mut self, key: &str, value: Duration) {
        seconds(self.key(key), value);
    }

    /// What is JSON already.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key).push_str(json);
    }

    /// Bytes in hexadecimal.
    pub(crate) fn hex(&mut self, key: &str, value: &[u8]) {
        let out = self.key(key);
        out.push('"');
        for byte in value {
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        out.push('"');
    }

    pub(crate) fn some_text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(crate) fn some_number(&mut self, key: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.number(key, value);
        }
    }

    pub(crate) fn some_time(&mut self, key: &str, value: Option<Duration>) {
        if let Some(value) = value {
            self.time(key, value);
        }
    }

    pub(crate) fn some_flag(&mut self, key: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.flag(key, value);
        }
    }

    pub(crate) fn object(&mut self, key: &str, write: impl FnOnce(&mut Object<'_>)) {
        let mut object = Object::new(self.key(key));
        write(&mut object);
        object.end();
    }

    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut String, T),
    ) {
        let out = self.key(key);
        out.push('[');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write(out, value);
        }
        out.push(']');
    }

    pub(crate) fn bytes(&mut self, key: &str, value: &[u8]) {
        self.list(key, value, |out, byte| {
            let _ = write!(out, "{byte}");
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (snake, camel) in [
            ("keep_alive", "keepAlive"),
            ("fallback_to_v311", "fallbackToV311"),
            ("lost_qos1", "lostQos1"),
            ("will.payload", "will.payload"),
        ] {
            assert_eq!(camel_case(snake), camel);
            assert_eq!(snake_case(camel), snake);
        }
    }

    #[test]
    fn what_is_written_is_json() {
        let mut out = String::new();
        let mut object = Object::new(&mut out);
        object.text("a", "\"\\\n\u{1}é");
        object.time("b", Duration::from_micros(1_002_003));
        object.some_text("c", None);
        object.object("d", |it| it.flag("e", true));
        object.bytes("f", &[0, 255]);
        object.end();
        assert_eq!(
            out,
            "{\"a\":\"\\\"\\\\\\u000a\\u0001é\",\"b\":1.002003,\"d\":{\"e\":true},\"f\":[0,255]}"
        );
    }
}

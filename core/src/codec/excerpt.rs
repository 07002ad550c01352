//! Bytes of the peer for a person to read.

/// How many bytes of a topic an error shows. Topics in use are shorter.
const EXCERPT_BYTES: usize = 100;

/// The first [`EXCERPT_BYTES`] bytes of a topic of `len` bytes, of which `start` is there: UTF-8 as
/// it is, the rest and what is not printable escaped (`\xff`, `\0`), `...` where something is left
/// off.
pub(super) fn excerpt(start: &[u8], len: usize) -> Box<str> {
    let mut cut = start.len().min(EXCERPT_BYTES);
    if cut < start.len() {
        // Not inside a character, which would look like a broken one.
        let boundary = |at: &usize| start[*at] & 0b1100_0000 != 0b1000_0000;
        cut = (cut - 3..=cut).rev().find(boundary).unwrap_or(cut);
    }
    let mut text = String::new();
    for chunk in start[..cut].utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' => text.push(c),
                _ => text.extend(c.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if cut < len {
        text.push_str("...");
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> String {
        excerpt(bytes, bytes.len()).into()
    }

    #[test]
    fn what_cannot_be_printed_is_escaped() {
        assert_eq!(whole(b"a/b"), "a/b");
        assert_eq!(whole("küche/é's".as_bytes()), "küche/é's");
        assert_eq!(
            whole(b"a\xff\xc3/\0\n\x1b\"\\"),
            r#"a\xff\xc3/\0\n\u{1b}\"\\"#
        );
        assert_eq!(whole(b""), "");
    }

    #[test]
    fn a_long_one_is_cut_between_characters() {
        let exact = "x".repeat(EXCERPT_BYTES);
        assert_eq!(whole(exact.as_bytes()), exact);
        assert_eq!(excerpt(b"ab", 7), "ab...".into());
        assert_eq!(whole(&[b'x'; EXCERPT_BYTES + 1]), format!("{exact}..."));
        let split = format!("{}é", "x".repeat(EXCERPT_BYTES - 1));
        assert_eq!(
            whole(split.as_bytes()),
            format!("{}...", "x".repeat(EXCERPT_BYTES - 1))
        );
        // Nothing but continuation bytes: there is no boundary to find.
        let broken = whole(&[0x80; 200]);
        assert_eq!(broken.len(), 4 * EXCERPT_BYTES + 3);
    }
}

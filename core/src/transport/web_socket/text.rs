//! What a server says, for people.

/// Of a text that a server chose, characters that are shown.
const SHOWN: usize = 512;

/// A server's text for messages and logs: bounded, and without control characters.
pub(super) fn clean(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().take(SHOWN).map(printable).collect()
}

/// What a close code means (RFC 6455, section 7.4.1, and IANA's registry).
pub(super) fn meaning(code: u16) -> String {
    let meaning = match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1007 => "invalid data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "an extension is missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        _ => return format!("the server closed the WebSocket with code {code}"),
    };
    meaning.to_owned()
}

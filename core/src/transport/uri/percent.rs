//! Percent-encoding (RFC 3986, section 2.1).

use super::UriProblem;

/// Takes `%XX` for the byte that it is. `part`: what it is of.
pub(super) fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, UriProblem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit(), digit());
            let value = high.zip(low).map(|(high, low)| high * 16 + low);
            let value = value.and_then(|value| u8::try_from(value).ok());
            value.ok_or(UriProblem::Percent(part))?
        } else {
            byte
        });
    }
    Ok(bytes)
}

/// The same for a part that is text.
pub(super) fn decode_text(text: &str, part: &'static str) -> Result<String, UriProblem> {
    match String::from_utf8(decode(text, part)?) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(UriProblem::NotText(part)),
    }
}

/// Leaves letters, digits, `-._~` and what is in `also`.
pub(super) fn encode(text: &str, also: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

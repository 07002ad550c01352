//! Base64 of public keys' hashes, which are 32 bytes long.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// With padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for bytes in bytes.chunks(3) {
        let at = |index: usize| u32::from(bytes.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            text.push(if digit <= bytes.len() {
                char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize])
            } else {
                '='
            });
        }
    }
    text
}

/// 32 bytes; `None` where the text is not exactly that. The padding may be missing.
pub(super) fn decode_32(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_suffix('=').unwrap_or(text);
    if digits.len() != 43 {
        return None;
    }
    let mut bytes = [0; 32];
    let mut filled = 0;
    let (mut bits, mut count) = (0_u32, 0);
    for digit in digits.bytes() {
        let value = DIGITS.iter().position(|it| *it == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            *bytes.get_mut(filled)? = (bits >> count & 0xff) as u8;
            filled += 1;
        }
    }
    // What is left over of the last digit is nothing.
    (bits & ((1 << count) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let bytes: [u8; 32] = std::array::from_fn(|index| (index * 37 + 200) as u8);
        let text = encode(&bytes);
        assert_eq!(text.len(), 44);
        assert_eq!(decode_32(&text), Some(bytes));
        assert_eq!(decode_32(text.trim_end_matches('=')), Some(bytes));
        assert_eq!(encode(b"light work."), "bGlnaHQgd29yay4=");
        assert_eq!(encode(b"light wor"), "bGlnaHQgd29y");
    }

    #[test]
    fn what_is_not_base64_of_32_bytes_is_refused() {
        let text = encode(&[255; 32]);
        for broken in [
            "",
            &text[1..],
            &format!("A{text}"),
            &text.replace('8', "9"),
            &text.replacen('/', "-", 1),
            &format!("{text}="),
        ] {
            assert_eq!(decode_32(broken), None, "{broken}");
        }
    }
}

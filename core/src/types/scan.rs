//! A look at a string, eight bytes at a time: nearly all topics are short, and plain.

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Whether a topic name's bytes are plain: ASCII, without U+0000, `+` and `#`. What is not plain has
/// to be looked at byte by byte.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let mut odd = 0;
    let (words, rest) = bytes.as_chunks();
    for word in words {
        odd |= oddities(u64::from_le_bytes(*word));
    }
    if let Some(last) = bytes.last_chunk() {
        // Some of them once more.
        odd |= oddities(u64::from_le_bytes(*last));
    } else {
        let plain = ONES * u64::from(b'/');
        odd |= oddities(
            rest.iter()
                .fold(plain, |word, byte| word << 8 | u64::from(*byte)),
        );
    }
    odd & HIGHS == 0
}

/// One of the high bits of its bytes is set where one of them is not plain.
#[inline]
fn oddities(word: u64) -> u64 {
    let plus = word ^ (ONES * u64::from(b'+'));
    let hash = word ^ (ONES * u64::from(b'#'));
    // A byte that is 0 borrows from what is above it, and so has its own high bit set. Others may,
    // where one below them is 0, or where they are not ASCII.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    word | word.wrapping_sub(ONES) | zero(plus) | zero(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_found_wherever_it_stands() {
        for len in 0..20 {
            assert!(is_plain(&vec![b'a'; len]), "{len}");
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    for around in [1, b'*', b'$', 0x7f] {
                        let mut topic = vec![around; len];
                        topic[at] = byte;
                        let plain = (1..0x80).contains(&byte) && byte != b'+' && byte != b'#';
                        assert_eq!(is_plain(&topic), plain, "{topic:?}");
                    }
                }
            }
        }
    }
}

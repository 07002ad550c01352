//! Masks of frames that a client sends (RFC 6455, section 5.3).

use std::fmt;

use crate::error::TransportError;

/// Bytes that are taken from the system at once.
const POOL: usize = 256;

/// Bytes that are masked in one step, as wide as the compiler can make it.
const STEP: usize = 64;

/// A mask.
pub(super) type Mask = [u8; 4];

/// Masks from the system's source of randomness: an application that chooses what is sent must not
/// be able to choose what is on the wire (RFC 6455, section 10.3).
#[derive(Clone)]
pub(super) struct Masks {
    pool: [u8; POOL],
    used: usize,
}

impl Masks {
    pub(super) const fn new() -> Self {
        Masks {
            pool: [0; POOL],
            used: POOL,
        }
    }

    /// Fresh random bytes, at most [`POOL`].
    ///
    /// # Errors
    /// The system gives none.
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], TransportError> {
        if self.used + N > POOL {
            getrandom::fill(&mut self.pool).map_err(|error| TransportError {
                os_error: error.raw_os_error(),
                ..TransportError::new(format!("no random bytes from the system: {error}"))
            })?;
            self.used = 0;
        }
        let mut taken = [0; N];
        taken.copy_from_slice(&self.pool[self.used..][..N]);
        self.used += N;
        Ok(taken)
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masks(..)")
    }
}

/// Appends `payload`, masked: the one pass over it. It begins in its frame at `offset`.
///
/// By index, as iterators over two slices are calls where the compiler does not inline across the
/// units of a crate: four times slower in builds without link-time optimization.
#[allow(clippy::needless_range_loop, reason = "see above")]
pub(super) fn append(into: &mut Vec<u8>, payload: &[u8], mask: Mask, offset: usize) {
    let mut wide = [0; STEP];
    for index in 0..STEP {
        wide[index] = mask[(offset + index) % mask.len()];
    }
    into.reserve(payload.len());
    let (steps, rest) = payload.as_chunks::<STEP>();
    for step in steps {
        let mut masked = [0; STEP];
        for index in 0..STEP {
            masked[index] = step[index] ^ wide[index];
        }
        into.extend_from_slice(&masked);
    }
    let mut masked = [0; STEP];
    for index in 0..rest.len() {
        masked[index] = rest[index] ^ wide[index];
    }
    into.extend_from_slice(&masked[..rest.len()]);
}

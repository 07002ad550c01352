//! Numbers that nobody can guess, and that no two clients share.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::clock;

/// Such a number. `seed`: the client's, of which a host without an engine of ours vouches that it
/// is one. `purpose` tells apart what one client asks for.
///
/// The keys of `RandomState` are the system's randomness, but where there is no system they are
/// always the same, and a process that was forked has those of its parent, as its siblings have. So
/// what else tells clients apart goes in, too.
pub(super) fn number(seed: u64, purpose: u64) -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(seed);
    hasher.write_u64(purpose);
    hasher.write_u64(clock::now().as_nanos());
    #[cfg(unix)]
    hasher.write_u32(std::process::id());
    hasher.finish()
}

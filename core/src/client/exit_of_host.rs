//! The end of the process, where a host drives the clients: the host says goodbye.

pub(super) fn process_is_ending() -> bool {
    false
}

pub(super) fn notice() {}

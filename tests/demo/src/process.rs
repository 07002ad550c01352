//! What all child processes of the demo have in common.

use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, set_parent_process_death_signal};

/// Kills the child when the thread that starts it ends, even if that is by a signal: a stopped
/// broker would stay for ever.
pub(crate) fn die_with_parent(command: &mut Command) {
    // SAFETY: between fork and exec this makes one system call and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            Ok(())
        });
    }
}

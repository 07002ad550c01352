//! How layers begin.

use std::fmt;

/// Where the handshake of a layer stands, after it did what could be done now.
pub enum Handshake {
    /// The layer is open.
    Complete,
    /// It waits for bytes of the peer and, where `blocked`, for room to write.
    Waiting {
        /// Something is left to be written.
        blocked: bool,
    },
    /// The next step may block: run the job on another thread, and go on when it has ended.
    Elsewhere(Job),
}

/// A step that may block. Where it is dropped without having run, the handshake fails.
pub struct Job(Box<dyn FnOnce() + Send>);

impl Job {
    /// A job that does this.
    pub fn new(job: impl FnOnce() + Send + 'static) -> Self {
        Job(Box::new(job))
    }

    /// Does it.
    pub fn run(self) {
        (self.0)();
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job(..)")
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Handshake::Complete => f.write_str("Complete"),
            Handshake::Waiting { blocked } => write!(f, "Waiting {{ blocked: {blocked} }}"),
            Handshake::Elsewhere(job) => job.fmt(f),
        }
    }
}

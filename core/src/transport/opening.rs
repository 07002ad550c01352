//! From an open leaf to a stream with all its layers.

use crate::error::{Stage, TransportError};

use super::{Job, Layered, Stream};

/// Which layers a server wants.
#[derive(Clone, Debug, Default)]
pub struct Plan {}

/// The handshakes of the layers, one after the other, without waiting.
#[derive(Debug)]
pub struct Opening<S> {
    step: Step<S>,
}

#[derive(Debug)]
enum Step<S> {
    Plain(S),
    /// Complete, or failed.
    Over,
}

/// Where the opening stands, after it did what could be done now.
#[derive(Debug)]
pub enum Advance<S> {
    /// All layers are open; the opening is over.
    Open(Layered<S>),
    /// It waits for bytes of the peer and, where `blocked`, for room to write.
    Waiting {
        /// Something is left to be written.
        blocked: bool,
    },
    /// The next step may block: run it on another thread, and go on when it has ended.
    Elsewhere(Job),
}

impl<S: Stream> Opening<S> {
    /// Begins, on a stream that nobody has used.
    ///
    /// # Errors
    /// What the first layer has against it.
    pub fn new(leaf: S, _plan: &Plan) -> Result<Self, TransportError> {
        Ok(Opening {
            step: Step::Plain(leaf),
        })
    }

    /// Does what can be done now.
    ///
    /// # Errors
    /// The handshake of the layer of [`stage`](Self::stage) failed; the opening is over.
    pub fn advance(&mut self) -> Result<Advance<S>, TransportError> {
        match std::mem::replace(&mut self.step, Step::Over) {
            Step::Plain(leaf) => Ok(Advance::Open(Layered::Plain(leaf))),
            Step::Over => Err(TransportError::new("the opening is over")),
        }
    }

    /// Whose handshake is under way.
    pub fn stage(&self) -> Stage {
        match &self.step {
            Step::Plain(_) | Step::Over => Stage::Mqtt,
        }
    }

    /// The leaf, to wait for its readiness.
    pub fn leaf(&self) -> Option<&S> {
        match &self.step {
            Step::Plain(leaf) => Some(leaf),
            Step::Over => None,
        }
    }
}

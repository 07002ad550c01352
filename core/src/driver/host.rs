use std::collections::VecDeque;

use super::{SeenPacket, Wanted};
use crate::proto::{AuthenticationQuestion, Command, Delivered, Event, Machine, Usage};
use crate::types::Instant;

/// Who takes what a client has to say, and gives what it is asked. All calls come from inside
/// [`Driver::turn`](super::Driver::turn), in order; none of them may block.
pub trait Host<T> {
    /// Moves the queued commands to the end of `into`, in order.
    fn take_commands(&mut self, into: &mut VecDeque<Command<T>>);

    /// Where the machine stands. Called before events and deliveries, and at least once a turn.
    fn publish_state(&mut self, machine: &Machine<T>, now: Instant);

    /// This much has left the outbound queue.
    fn released(&mut self, usage: Usage);

    /// The machine wants to know what to connect with: a [`Command::Provided`] answers.
    fn provide(&mut self, _machine: &Machine<T>, _now: Instant) {}

    /// The application's authenticator is asked: a [`Command::Authenticated`] answers.
    fn authenticate(&mut self, _question: AuthenticationQuestion) {}

    /// Whether the application takes its lifecycle events: while it does not, the client does not
    /// come back by itself.
    fn takes_events(&self) -> bool {
        true
    }

    /// The broker sends the client elsewhere with this Server Reference, and it follows: the next
    /// attempt begins at one of [`referred`](crate::transport::referred). `for_good`: so do all
    /// later ones. Comes in the turn in which the stream to that broker ends.
    fn refer(&mut self, _reference: &str, _for_good: bool) {}

    /// A lifecycle event.
    fn event(&mut self, event: Event);

    /// Messages and outcomes, in order. Leaves `items` empty.
    fn deliver(&mut self, items: &mut Vec<Delivered<T>>, now: Instant);

    /// So many bytes came.
    fn received(&mut self, bytes: usize);

    /// The stream took so many bytes.
    fn sent(&mut self, bytes: usize);

    /// Whether somebody wants to hear of each packet. Asked when a stream was opened.
    fn wants_packets(&self) -> Wanted {
        Wanted::Nothing
    }

    /// A packet was sent or received, whole.
    fn packet(&mut self, _packet: SeenPacket<'_>) {}

    /// The next moment at which the host itself has something to do.
    fn deadline(&self) -> Option<Instant>;

    /// Does what is due for the host itself; early and repeated calls change nothing.
    fn handle_timeout(&mut self, now: Instant);
}

/// What is to happen about the opening of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// Open a stream to the broker. An opening under way is given up first.
    Open {
        /// When the attempt is given up, CONNACK included.
        deadline: Instant,
    },
    /// Give the opening up.
    GiveUp,
}

/// What a turn leaves to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// There is more to do at once: take another turn when others had theirs.
    pub more: bool,
    /// When the next turn is due, where nothing happens before.
    pub deadline: Option<Instant>,
    /// From when on a turn saves a wake-up at the deadline, where the engine is awake for another
    /// client. Nobody has to wake for it.
    pub earliest: Option<Instant>,
    /// What is to happen about the opening of a stream.
    pub dial: Option<Dial>,
}

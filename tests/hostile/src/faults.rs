//! One rule broken each.

mod acknowledgements;
mod handshake;
mod messages;

use crate::broker::Broker;

/// When a fault can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// In place of CONNACK.
    Handshake,
    /// After it.
    Connected,
}

/// What a client that takes the specification by its word does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Should {
    /// It ends the connection; mqttka's error has these words.
    Refuse(&'static str),
    /// It ends the connection, with these words, unless it is to put up with it, as it is by default:
    /// brokers in use do it.
    Tolerate(&'static str),
    /// It may go on: the specification asks nothing of it, or says so.
    GoOn,
}

/// A broken rule.
#[derive(Clone, Copy)]
pub struct Fault {
    /// In a few words.
    pub name: &'static str,
    /// The statement, or the section, that is broken; 5.0's where it is in both.
    pub rule: &'static str,
    /// When.
    pub phase: Phase,
    /// Whether it can be in 3.1.1, and in 5.0.
    pub versions: (bool, bool),
    /// What is to follow.
    pub should: Should,
    /// The bytes; `None` where the rule cannot be broken now.
    pub make: fn(&mut Broker) -> Option<Vec<u8>>,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.rule)
    }
}

pub(super) const BOTH: (bool, bool) = (true, true);
pub(super) const V311: (bool, bool) = (true, false);
pub(super) const V5: (bool, bool) = (false, true);

pub(super) const fn fault(
    phase: Phase,
    versions: (bool, bool),
    rule: &'static str,
    name: &'static str,
    should: Should,
    make: fn(&mut Broker) -> Option<Vec<u8>>,
) -> Fault {
    Fault {
        name,
        rule,
        phase,
        versions,
        should,
        make,
    }
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    handshake::FAULTS
        .iter()
        .chain(messages::FAULTS)
        .chain(acknowledgements::FAULTS)
}

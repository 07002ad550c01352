//! What the system says of its network (rule L17): hints, never verdicts.

use crate::types::Text;

/// What happened to the system's network. The numbers are the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NetworkChange {
    /// There is no network any more. A client that waits to try again does not try until there is
    /// one, or five minutes have passed; a connection ends only where its local address is gone.
    Lost = 1,
    /// There is a network again. A client that waits tries now.
    Available = 2,
    /// Another network, or other properties of the same. A client that waits tries now; a
    /// connection is probed.
    Changed = 3,
}

/// What happened, and what is known of the network that there is now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkUpdate {
    /// What happened.
    pub change: NetworkChange,
    /// Whether its traffic costs; `None` where unknown.
    pub metered: Option<bool>,
    /// Whether the system has found the internet behind it. `Some(false)` is a reason to probe, and
    /// no more than that.
    pub validated: Option<bool>,
    /// Whether a captive portal stands before the internet.
    pub captive_portal: Option<bool>,
    /// Names the network, for what is learned of it
    /// ([`Config::adaptive_ping`](super::Config::adaptive_ping)); empty where unknown.
    pub id: Text,
}

impl NetworkUpdate {
    /// A change, and nothing known of the network.
    pub const fn new(change: NetworkChange) -> Self {
        NetworkUpdate {
            change,
            metered: None,
            validated: None,
            captive_portal: None,
            id: Text::new(),
        }
    }
}

impl From<NetworkChange> for NetworkUpdate {
    fn from(change: NetworkChange) -> Self {
        NetworkUpdate::new(change)
    }
}

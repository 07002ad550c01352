//! How far a publish came, where it ended well.

/// What is known of a publish that ended well. The numbers are the same in every language.
///
/// None of them says that a subscriber has the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Receipt {
    /// QoS 0: it was handed to the socket. The broker may have it or not.
    Written = 0,
    /// QoS 0 with a receipt
    /// ([`PublishOptions::receipt`](crate::client::PublishOptions::receipt)): the broker has read
    /// it, as it answered a PINGREQ that followed it on the same connection. What the broker made
    /// of it is not known: it may have dropped a message that nobody may publish, for example.
    Read = 1,
    /// QoS 1 and 2: the broker acknowledged it (PUBACK, PUBCOMP), with the outcome's reason code.
    Acknowledged = 2,
}

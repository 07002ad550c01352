//! How fast operations leave, for brokers that throttle their clients.

use std::time::Duration;

/// The most that leaves in a time ([`Config::rate_limit`](super::Config::rate_limit)).
///
/// It holds for PUBLISH (also repeated ones), SUBSCRIBE and UNSUBSCRIBE, in the order in which they
/// were asked for. PINGREQ, acknowledgements, CONNECT and DISCONNECT never wait for it, so the
/// broker's death is found as early as without. What waits is in the outbound queue, with its
/// limits, timeouts and expiry; a goodbye does not wait longer for it than for anything else.
///
/// The limit is the client's, and goes on over its connections: a new one begins with what the last
/// one left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// Operations in a second; 0: any number. 0 to 4,294,967,295. Default 0.
    pub messages_per_second: u32,
    /// Bytes of their packets in a second; 0: any number. A packet that is larger than what is
    /// left of it leaves all the same, and what follows waits for so much longer. 0 to
    /// 4,294,967,295. Default 0.
    pub bytes_per_second: u32,
    /// For how long what was not used may be made up for: after a pause, as much as this time
    /// brings leaves at once. So in any one second at most (1 s + `burst`) x the limit leaves, and
    /// one operation more. 0 to 1 day. Default 100 ms.
    pub burst: Duration,
}

impl RateLimit {
    /// So many operations in a second, of any size; 0: no limit.
    pub const fn messages(per_second: u32) -> Self {
        RateLimit {
            messages_per_second: per_second,
            bytes_per_second: 0,
            burst: Duration::from_millis(100),
        }
    }

    /// So many bytes in a second, in any number of operations; 0: no limit.
    pub const fn bytes(per_second: u32) -> Self {
        RateLimit {
            messages_per_second: 0,
            bytes_per_second: per_second,
            burst: Duration::from_millis(100),
        }
    }
}

impl Default for RateLimit {
    /// No limit.
    fn default() -> Self {
        RateLimit::messages(0)
    }
}

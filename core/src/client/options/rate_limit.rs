//! What a limit on the rate of operations can be.

use super::Options;
use crate::error::Error;
use crate::proto::RateLimit;

pub(super) fn check(limit: &RateLimit) -> Result<(), Error> {
    if limit.messages_per_second == 0 && limit.bytes_per_second == 0 {
        return Err(Error::invalid_option(
            "rate_limit",
            "0 messages and 0 bytes per second",
            "one of them or both, or left out where there is no limit",
        ));
    }
    Options::check_duration("rate_limit_burst", limit.burst)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_limit_limits_something() {
        assert_eq!(check(&RateLimit::messages(1)), Ok(()));
        assert_eq!(check(&RateLimit::bytes(u32::MAX)), Ok(()));
        let error = check(&RateLimit::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rate_limit is 0 messages and 0 bytes per second; it must be one of them or both, or \
             left out where there is no limit"
        );
        let limit = RateLimit {
            burst: Duration::from_secs(86_401),
            ..RateLimit::messages(1)
        };
        let error = check(&limit).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rate_limit_burst is 86401s; it must be 0ns to 86400s"
        );
    }
}

//! A message of ours, from the queue to its last acknowledgement.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::BytesMut;

use super::PublishTerms;
use crate::codec::{EncodeError, Publish, PublishLen, TopicAlias};
use crate::error::OperationError;
use crate::types::{Instant, Message, Property, PropertyId, QoS, Version};

/// A message that is measured once, and encoded where it is kept.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) message: Message,
    len: PublishLen,
    /// Its place among all operations, in the order in which they were asked for.
    pub(super) serial: u64,
    /// Boxed: few messages have any, and all are moved.
    times: Option<Box<Times>>,
}

/// Until when it matters, what has become of it, and what is asked of it.
#[derive(Debug)]
struct Times {
    /// Up to when its Message Expiry Interval is counted down.
    counted: Instant,
    /// When it expires (section 3.3.2.3.3).
    expires: Option<Instant>,
    /// When the application no longer waits for its outcome.
    until: Option<Instant>,
    /// It was sent in an earlier session, which is lost.
    again: bool,
    /// Its outcome comes when the broker has read it.
    receipt: bool,
}

impl Outbound {
    #[inline]
    pub(super) fn new(
        message: Message,
        len: PublishLen,
        now: Instant,
        terms: Option<&PublishTerms>,
    ) -> Self {
        let expiry = message
            .properties
            .get_number(PropertyId::MessageExpiryInterval);
        let times = (expiry.is_some() || terms.is_some()).then(|| {
            Box::new(Times {
                counted: now,
                expires: expiry.map(|seconds| now + Duration::from_secs(seconds.into())),
                until: terms
                    .and_then(|terms| terms.timeout)
                    .map(|timeout| now + timeout),
                again: false,
                // What the broker acknowledges needs none.
                receipt: terms.is_some_and(|terms| terms.receipt) && message.qos == QoS::AtMostOnce,
            })
        });
        Outbound {
            message,
            len,
            serial: 0,
            times,
        }
    }

    /// Measures it anew, for another version.
    pub(super) fn measure(&mut self, version: Version) -> Result<(), EncodeError> {
        self.len = Publish::measure(&self.message, version)?;
        Ok(())
    }

    /// It was sent in a session that is lost, and is published again.
    pub(super) fn set_again(&mut self) {
        self.times().again = true;
    }

    /// It is to be sent now, and once: until when somebody waits for it, and whether its outcome is
    /// to come when the broker has read it. `None`: it is too late.
    #[inline]
    pub(super) fn leaves(&mut self, now: Instant) -> Option<(Option<Instant>, bool)> {
        match self.times {
            // The usual case, without a detour.
            None => Some((None, false)),
            Some(_) => self.leaves_in_time(now),
        }
    }

    #[cold]
    fn leaves_in_time(&mut self, now: Instant) -> Option<(Option<Instant>, bool)> {
        if self.overdue(now).is_some() {
            return None;
        }
        self.count_down(now);
        let times = self.times.as_ref()?;
        Some((times.until, times.receipt))
    }

    fn times(&mut self) -> &mut Times {
        self.times.get_or_insert_with(|| {
            Box::new(Times {
                counted: Instant::ORIGIN,
                expires: None,
                until: None,
                again: false,
                receipt: false,
            })
        })
    }

    /// Whether it was sent in an earlier session, which is lost.
    pub(super) fn is_again(&self) -> bool {
        self.times.as_ref().is_some_and(|times| times.again)
    }

    pub(super) fn packet_len(&self) -> usize {
        self.len.packet()
    }

    /// When it may not be sent (any more), or nobody waits for it.
    #[inline]
    pub(super) fn deadline(&self) -> Option<Instant> {
        let times = self.times.as_ref()?;
        Instant::earliest([times.expires, times.until])
    }

    /// When nobody waits for it any more.
    #[inline]
    pub(super) fn until(&self) -> Option<Instant> {
        self.times.as_ref()?.until
    }

    /// Why it may not be sent (any more), if so.
    #[inline]
    pub(super) fn overdue(&self, now: Instant) -> Option<OperationError> {
        let times = self.times.as_ref()?;
        if times.expires.is_some_and(|at| now >= at) {
            Some(OperationError::Expired)
        } else if times.until.is_some_and(|at| now >= at) {
            Some(OperationError::TimedOut)
        } else {
            None
        }
    }

    /// Its Message Expiry Interval becomes what is left of it, in whole seconds
    /// [MQTT-3.3.2-6]; it has not expired.
    #[inline]
    pub(super) fn count_down(&mut self, now: Instant) {
        if let Some(times) = &mut self.times
            && times.expires.is_some()
        {
            let passed = now.saturating_since(times.counted).as_secs();
            let properties = &mut self.message.properties;
            let left = properties.get_number(PropertyId::MessageExpiryInterval);
            if passed > 0
                && let Some(left) = left
            {
                let left = u64::from(left).saturating_sub(passed).max(1);
                let left = u32::try_from(left).unwrap_or(u32::MAX);
                properties.set(Property::MessageExpiryInterval(left));
                times.counted += Duration::from_secs(passed);
            }
        }
    }

    /// Encodes everything but the payload.
    #[inline]
    pub(super) fn encode_head(
        &self,
        dup: bool,
        id: Option<NonZeroU16>,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        Publish::encode_measured_head(&self.message, self.len, dup, id, version, out)
    }

    /// The same in 5.0, with an alias for its topic.
    pub(super) fn encode_aliased_head(
        &self,
        alias: TopicAlias,
        dup: bool,
        id: Option<NonZeroU16>,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        Publish::encode_aliased_head(&self.message, self.len, alias, dup, id, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TopicName;

    fn outbound(expiry: Option<u32>, timeout: Option<u64>) -> Outbound {
        let mut message = Message::new(TopicName::try_from("t").unwrap(), "x");
        if let Some(expiry) = expiry {
            let property = Property::MessageExpiryInterval(expiry);
            message.properties.push(property);
        }
        let len = Publish::measure(&message, Version::V5).unwrap();
        let timeout = timeout.map(Duration::from_secs);
        let terms = PublishTerms {
            timeout,
            receipt: false,
        };
        Outbound::new(message, len, at(1000), terms.boxed().as_deref())
    }

    fn at(seconds: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(seconds)
    }

    #[test]
    fn the_expiry_is_counted_down_in_whole_seconds_and_never_to_zero() {
        let mut outbound = outbound(Some(10), None);
        let left = |outbound: &Outbound| {
            let properties = &outbound.message.properties;
            properties.get_number(PropertyId::MessageExpiryInterval)
        };
        let half = Duration::from_millis(500);
        for (now, expected) in [
            (at(1000) + half, 10),
            (at(1001) + half, 9),
            // Counted from when it was queued, not from the last look.
            (at(1002), 8),
            (at(1009) + half, 1),
        ] {
            assert_eq!(outbound.overdue(now), None);
            outbound.count_down(now);
            assert_eq!(left(&outbound), Some(expected));
        }
        assert_eq!(outbound.overdue(at(1010)), Some(OperationError::Expired));
    }

    #[test]
    fn the_earlier_of_expiry_and_timeout_is_its_deadline() {
        let both = outbound(Some(10), Some(5));
        assert_eq!(both.deadline(), Some(at(1005)));
        assert_eq!(both.overdue(at(1005)), Some(OperationError::TimedOut));
        assert_eq!(outbound(None, None).deadline(), None);
        assert_eq!(outbound(Some(3), None).deadline(), Some(at(1003)));
    }
}

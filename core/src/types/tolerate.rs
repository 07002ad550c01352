//! What brokers in use do although the specification forbids it, and what a client may put up with.

use std::fmt;

use super::named::named;

/// A fault of a broker that a client can live with. The numbers are the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Fault {
    /// CONNACK says that a session is present although a clean start was asked for
    /// [MQTT-3.2.2-2]. Tolerated: the session counts as a new one.
    SessionPresentOnCleanStart = 0,
    /// Messages come before CONNACK [MQTT-3.2.0-1]. Tolerated: they are delivered after it, as far as
    /// they are no more than 1,024 and no more than `inbound_queue_max_bytes`.
    PublishBeforeConnack = 1,
    /// More QoS 1 and 2 messages are unacknowledged than
    /// [`Config::receive_maximum`](crate::proto::Config::receive_maximum) allows [MQTT-3.3.4-9]; 5.0 only.
    /// Tolerated: they are delivered; the bounds in bytes hold all the same.
    ReceiveMaximumExceeded = 2,
    /// A SUBACK or UNSUBACK has not one reason code for each filter [MQTT-3.8.4-6] [MQTT-3.11.3-1],
    /// but has some. Tolerated: those that there are count in their order, those that are missing as
    /// [`ReasonCode::UnspecifiedError`](crate::types::ReasonCode::UnspecifiedError), and those that
    /// are too many not at all.
    WrongReasonCodeCount = 3,
    /// A DISCONNECT in 3.1.1, which only a client sends there. Tolerated: the connection ends when
    /// the broker closes it.
    DisconnectInV311 = 4,
    /// Response Information, a Reason String or user properties that the client asked the broker
    /// to leave out [MQTT-3.1.2-28] [MQTT-3.1.2-29]. Tolerated: they are there.
    UnaskedProperty = 5,
    /// A publish with QoS 2 is answered by PUBACK [MQTT-4.3.3-1], as RabbitMQ does in 3.1.1, which
    /// has no QoS 2. Tolerated: it is acknowledged, and has come at least once, not exactly once. Else
    /// it has the outcome
    /// [`NotSupportedByServer`](crate::error::OperationError::NotSupportedByServer), and is not sent
    /// again, although it may have arrived.
    PubackForQoS2 = 6,
}

named! {
    Fault:
    SessionPresentOnCleanStart "session_present_on_clean_start",
    PublishBeforeConnack "publish_before_connack",
    ReceiveMaximumExceeded "receive_maximum_exceeded",
    WrongReasonCodeCount "wrong_reason_code_count",
    DisconnectInV311 "disconnect_in_v311",
    UnaskedProperty "unasked_property",
    PubackForQoS2 "puback_for_qos2",
}

impl Fault {
    /// Each of them, in the order of their numbers.
    pub const ALL: [Fault; 7] = [
        Fault::SessionPresentOnCleanStart,
        Fault::PublishBeforeConnack,
        Fault::ReceiveMaximumExceeded,
        Fault::WrongReasonCodeCount,
        Fault::DisconnectInV311,
        Fault::UnaskedProperty,
        Fault::PubackForQoS2,
    ];
}

/// A set of faults that a client tolerates.
///
/// ```
/// use mqttka_core::client::{Fault, Tolerate};
///
/// let tolerate = Tolerate::NONE.with(Fault::PublishBeforeConnack);
/// assert!(tolerate.contains(Fault::PublishBeforeConnack));
/// assert_eq!(tolerate.to_string(), "publish_before_connack");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerate(u32);

impl Tolerate {
    /// No fault: the connection ends at each.
    pub const NONE: Tolerate = Tolerate(0);

    /// Every fault.
    pub const ALL: Tolerate = Tolerate((1 << Fault::ALL.len()) - 1);

    const fn bit(fault: Fault) -> u32 {
        1 << fault as u8
    }

    /// This set and that fault.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Tolerate(self.0 | Self::bit(fault))
    }

    /// This set without that fault.
    #[must_use]
    pub const fn without(self, fault: Fault) -> Self {
        Tolerate(self.0 & !Self::bit(fault))
    }

    /// Whether the fault is in it.
    pub const fn contains(self, fault: Fault) -> bool {
        self.0 & Self::bit(fault) != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The faults in it, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL
            .into_iter()
            .filter(move |fault| self.contains(*fault))
    }
}

impl Default for Tolerate {
    /// [`Fault::ReceiveMaximumExceeded`] alone: mosquitto 2.0.11, that of Debian, sends another
    /// window of a backlog for each acknowledgement, where its `max_queued_messages` lets a backlog
    /// grow that large.
    fn default() -> Self {
        Tolerate::NONE.with(Fault::ReceiveMaximumExceeded)
    }
}

impl FromIterator<Fault> for Tolerate {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Tolerate::NONE, Tolerate::with)
    }
}

impl From<Fault> for Tolerate {
    fn from(fault: Fault) -> Self {
        Tolerate::NONE.with(fault)
    }
}

impl fmt::Debug for Tolerate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Tolerate {
    /// The names, with commas between; `none` where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (index, fault) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(fault.name())?;
        }
        Ok(())
    }
}

/// How often each fault was tolerated, since the client was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FaultCounts([u64; Fault::ALL.len()]);

impl FaultCounts {
    /// How often this one was.
    pub const fn get(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    /// All faults, with how often each was.
    pub fn iter(&self) -> impl Iterator<Item = (Fault, u64)> {
        Fault::ALL.into_iter().zip(self.0)
    }

    /// How often all of them together were.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// What was tolerated so far.
#[derive(Debug)]
pub(crate) struct Tolerated {
    pub(crate) counts: FaultCounts,
    /// In the present connection.
    pub(crate) seen: Tolerate,
}

impl Tolerated {
    pub(crate) const fn nothing() -> Self {
        Tolerated {
            counts: FaultCounts([0; Fault::ALL.len()]),
            seen: Tolerate::NONE,
        }
    }

    pub(crate) fn count(&mut self, fault: Fault) {
        self.counts.0[fault as usize] += 1;
        self.seen = self.seen.with(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_what_was_put_in_and_print_it() {
        assert_eq!(Tolerate::NONE.to_string(), "none");
        assert_eq!(Tolerate::ALL.iter().count(), Fault::ALL.len());
        for (index, fault) in Fault::ALL.into_iter().enumerate() {
            assert_eq!(fault as usize, index);
            assert_eq!(Tolerate::from(fault).iter().collect::<Vec<_>>(), [fault]);
            assert!(!Tolerate::ALL.without(fault).contains(fault));
        }
        let two: Tolerate = [Fault::UnaskedProperty, Fault::PublishBeforeConnack]
            .into_iter()
            .collect();
        assert_eq!(two.to_string(), "publish_before_connack, unasked_property");
        assert_eq!(
            format!("{two:?}"),
            "{PublishBeforeConnack, UnaskedProperty}"
        );
    }

    #[test]
    fn faults_are_counted_each_for_itself() {
        let mut tolerated = Tolerated::nothing();
        tolerated.count(Fault::UnaskedProperty);
        tolerated.count(Fault::UnaskedProperty);
        tolerated.count(Fault::DisconnectInV311);
        assert_eq!(tolerated.counts.get(Fault::UnaskedProperty), 2);
        assert_eq!(tolerated.counts.total(), 3);
        assert_eq!(tolerated.seen.iter().count(), 2);
    }
}

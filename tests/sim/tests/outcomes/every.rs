//! Every operation has one outcome: each way out, each kind of operation, each phase of its life, in
//! both versions.

mod played;

use std::collections::BTreeSet;

use super::*;

/// Where the operation is when its way out begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Asked for before there is any connection.
    Idle,
    Opening,
    Handshaking,
    /// Connected, behind one that has to wait for the window.
    Queued,
    /// Sent, and not answered.
    Sent,
    /// QoS 2, after PUBREC.
    Released,
    /// Asked for between two connections.
    Waiting,
    /// Sent, and a disconnect waits for its answer.
    Draining,
    /// Asked for after a disconnect: for the next connection.
    Leaving,
    /// Asked for while another connection is about to take the place of this one.
    Moving,
    /// Sent over one, and again over that which took its place.
    Moved,
}

/// The ways out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Answered,
    Refused,
    Expired,
    TimedOut,
    Dropped,
    Cancelled,
    Disconnected,
    SessionLost,
    NotSupported,
    Poison,
    Closed,
    Aborted,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Publish(QoS),
    /// With QoS 0.
    Receipt,
    Subscribe,
    Unsubscribe,
    Flush,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    version: Version,
    phase: Phase,
    way: Way,
    what: What,
}

const PHASES: [Phase; 11] = [
    Phase::Idle,
    Phase::Opening,
    Phase::Handshaking,
    Phase::Queued,
    Phase::Sent,
    Phase::Released,
    Phase::Waiting,
    Phase::Draining,
    Phase::Leaving,
    Phase::Moving,
    Phase::Moved,
];

const WAYS: [Way; 12] = [
    Way::Answered,
    Way::Refused,
    Way::Expired,
    Way::TimedOut,
    Way::Dropped,
    Way::Cancelled,
    Way::Disconnected,
    Way::SessionLost,
    Way::NotSupported,
    Way::Poison,
    Way::Closed,
    Way::Aborted,
];

const WHATS: [What; 7] = [
    What::Publish(QoS::AtMostOnce),
    What::Receipt,
    What::Publish(QoS::AtLeastOnce),
    What::Publish(QoS::ExactlyOnce),
    What::Subscribe,
    What::Unsubscribe,
    What::Flush,
];

type Result = std::result::Result<Option<Receipt>, OperationError>;

impl Case {
    fn all() -> Vec<Case> {
        let mut cases = Vec::new();
        for version in [Version::V5, Version::V311] {
            for phase in PHASES {
                for way in WAYS {
                    let whats = WHATS.map(|what| Case {
                        version,
                        phase,
                        way,
                        what,
                    });
                    cases.extend(whats.into_iter().filter(|case| case.there_is()));
                }
            }
        }
        cases
    }

    fn there_is(&self) -> bool {
        match self.phase {
            Phase::Released => self.what == What::Publish(QoS::ExactlyOnce),
            // Who does not come back does not move either.
            Phase::Moving | Phase::Moved => self.way != Way::Disconnected,
            _ => true,
        }
    }

    fn was_sent(self) -> bool {
        matches!(
            self.phase,
            Phase::Sent | Phase::Released | Phase::Draining | Phase::Moved
        )
    }

    /// The QoS of a publish.
    fn qos(self) -> Option<QoS> {
        match self.what {
            What::Publish(qos) => Some(qos),
            What::Receipt => Some(QoS::AtMostOnce),
            _ => None,
        }
    }

    /// How it ends where nothing goes wrong.
    fn well(self) -> Result {
        Ok(match self.what {
            What::Publish(QoS::AtMostOnce) => Some(Receipt::Written),
            What::Publish(_) => Some(Receipt::Acknowledged),
            What::Receipt => Some(Receipt::Read),
            What::Subscribe | What::Unsubscribe | What::Flush => None,
        })
    }

    /// The one outcome that it is to have.
    fn expected(self) -> Result {
        use OperationError as E;
        let sent = self.was_sent();
        match self.what {
            // It was complete when it was written.
            What::Publish(QoS::AtMostOnce) if sent => return self.well(),
            // The old connection goes on until it has said goodbye, and writes it before.
            What::Publish(QoS::AtMostOnce)
                if (self.phase, self.way) == (Phase::Moving, Way::Closed) =>
            {
                return self.well();
            }
            // Whether the old connection's broker had read it, nobody says.
            What::Receipt | What::Flush if self.phase == Phase::Moved => {
                return Err(E::Disconnected);
            }
            _ => {}
        }
        match self.way {
            Way::Answered => self.well(),
            Way::Refused => self.refused(),
            Way::Expired if sent || self.qos().is_none() || self.version == Version::V311 => {
                self.well()
            }
            Way::Expired => Err(E::Expired),
            Way::TimedOut if matches!(self.what, What::Subscribe | What::Unsubscribe) => {
                self.well()
            }
            Way::TimedOut => Err(E::TimedOut),
            // A policy takes publishes alone.
            Way::Dropped if sent || self.qos().is_none() => self.well(),
            Way::Dropped => Err(E::Dropped),
            // Nothing of a flush is in a packet that could not be taken back.
            Way::Cancelled if sent && self.what != What::Flush => self.well(),
            Way::Cancelled => Err(E::Cancelled),
            Way::Disconnected => Err(E::Disconnected),
            // What waits for the broker to read it has no session.
            Way::SessionLost | Way::NotSupported | Way::Poison
                if sent && matches!(self.what, What::Receipt | What::Flush) =>
            {
                Err(E::Disconnected)
            }
            Way::SessionLost if sent && self.qos().is_some() => Err(E::SessionLost),
            Way::SessionLost => self.well(),
            // The broker has the message: what is left fits. PINGREQ does, too.
            Way::NotSupported
                if self.phase == Phase::Released
                    || self.what == What::Flush
                    || self.version == Version::V311 =>
            {
                self.well()
            }
            Way::NotSupported => Err(E::NotSupportedByServer(ReasonCode::PacketTooLarge)),
            Way::Poison if sent => Err(E::Poison { connections: 1 }),
            Way::Poison => self.well(),
            Way::Closed | Way::Aborted => Err(E::Closed),
        }
    }

    /// The broker refuses what it can: in 3.1.1 that is subscriptions alone.
    fn refused(self) -> Result {
        let code = match (self.what, self.version) {
            (What::Receipt | What::Flush | What::Publish(QoS::AtMostOnce), _) => {
                return self.well();
            }
            (What::Subscribe, Version::V311) => ReasonCode::UnspecifiedError,
            (_, Version::V311) => return self.well(),
            (_, Version::V5) if self.phase == Phase::Released => {
                ReasonCode::PacketIdentifierNotFound
            }
            (_, Version::V5) => ReasonCode::NotAuthorized,
        };
        Err(OperationError::Refused(code))
    }
}

#[test]
fn each_way_out_of_each_phase_is_one_outcome() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let cases = Case::all();
    let of_a_version = (10 * WAYS.len() - 2) * WHATS.len() + WAYS.len();
    assert_eq!(cases.len(), 2 * of_a_version);
    for case in cases {
        let outcomes = case.play();
        seen.extend(outcomes.iter().map(|it| format!("{it:?}")));
        if outcomes != [case.expected()] {
            wrong.push(format!("{case:?}: {outcomes:?}, not {:?}", case.expected()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // No way out is missing from the table.
    assert_eq!(seen.len(), 16, "{seen:?}");
}

#[test]
fn a_closed_client_refuses_each_operation_once() {
    for case in Case::all() {
        if case.phase == Phase::Idle && case.way != Way::Disconnected {
            let outcomes = case.after_close();
            assert_eq!(outcomes, [Err(OperationError::Closed)], "{case:?}");
        }
    }
}

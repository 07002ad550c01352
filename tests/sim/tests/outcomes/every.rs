//! Every publish has one outcome: each way out, each QoS, each phase of its life.

use std::collections::BTreeSet;

use mqttka_core::codec::ConnAck;
use mqttka_core::error::TransportError;
use mqttka_core::proto::{LostPublish, PublishTerms, QueuePolicy, Reconnect, State};
use mqttka_core::types::Property;

use super::*;

/// Where the publish is when its way out begins.
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

#[derive(Clone, Copy, Debug)]
struct Case {
    phase: Phase,
    way: Way,
    qos: QoS,
    receipt: bool,
}

const PHASES: [Phase; 7] = [
    Phase::Idle,
    Phase::Opening,
    Phase::Handshaking,
    Phase::Queued,
    Phase::Sent,
    Phase::Released,
    Phase::Waiting,
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

/// The publish that counts; the one before it in the window; one that comes too much.
const IT: u64 = 1000;
const BEFORE: u64 = 1;
const MORE: u64 = 2;

impl Case {
    fn all() -> Vec<Case> {
        let kinds = [
            (QoS::AtMostOnce, false),
            (QoS::AtMostOnce, true),
            (QoS::AtLeastOnce, false),
            (QoS::ExactlyOnce, false),
        ];
        let mut cases = Vec::new();
        for phase in PHASES {
            for way in WAYS {
                for (qos, receipt) in kinds {
                    let case = Case {
                        phase,
                        way,
                        qos,
                        receipt,
                    };
                    if phase != Phase::Released || qos == QoS::ExactlyOnce {
                        cases.push(case);
                    }
                }
            }
        }
        cases
    }

    fn was_sent(self) -> bool {
        matches!(self.phase, Phase::Sent | Phase::Released)
    }

    /// How it ends where nothing goes wrong.
    fn well(self) -> Result<Option<Receipt>, OperationError> {
        Ok(Some(match (self.qos, self.receipt) {
            (QoS::AtMostOnce, false) => Receipt::Written,
            (QoS::AtMostOnce, true) => Receipt::Read,
            _ => Receipt::Acknowledged,
        }))
    }

    /// The one outcome that it is to have.
    fn expected(self) -> Result<Option<Receipt>, OperationError> {
        use OperationError as E;
        let acknowledged = self.qos > QoS::AtMostOnce;
        if self.was_sent() && !acknowledged && !self.receipt {
            // It was complete when it was written.
            return self.well();
        }
        match self.way {
            Way::Answered => self.well(),
            Way::Refused if !acknowledged => self.well(),
            Way::Refused if self.phase == Phase::Released => {
                Err(E::Refused(ReasonCode::PacketIdentifierNotFound))
            }
            Way::Refused => Err(E::Refused(ReasonCode::NotAuthorized)),
            Way::Expired if self.was_sent() => self.well(),
            Way::Expired => Err(E::Expired),
            Way::TimedOut => Err(E::TimedOut),
            Way::Dropped | Way::Cancelled if self.was_sent() => self.well(),
            Way::Dropped => Err(E::Dropped),
            Way::Cancelled => Err(E::Cancelled),
            Way::Disconnected => Err(E::Disconnected),
            Way::SessionLost if self.was_sent() && acknowledged => Err(E::SessionLost),
            // Nobody keeps QoS 0 that was sent.
            Way::SessionLost | Way::Poison if self.was_sent() && !acknowledged => {
                Err(E::Disconnected)
            }
            Way::NotSupported if self.was_sent() && !acknowledged => Err(E::Disconnected),
            Way::SessionLost => self.well(),
            // The broker has the message: what is left fits.
            Way::NotSupported if self.phase == Phase::Released => self.well(),
            Way::NotSupported => Err(E::NotSupportedByServer(ReasonCode::PacketTooLarge)),
            Way::Poison if self.was_sent() => Err(E::Poison { connections: 1 }),
            Way::Poison => self.well(),
            Way::Closed | Way::Aborted => Err(E::Closed),
        }
    }

    fn config(self) -> Config {
        // In the window and behind it two others wait, of which one leaves first.
        let behind = self.phase == Phase::Queued;
        let qos0 = behind && self.qos == QoS::AtMostOnce;
        let full = 1 + usize::from(behind) + usize::from(qos0);
        Config {
            client_id: "c".try_into().unwrap_or_default(),
            // Without coming back nothing is to keep it.
            clean_start: self.way == Way::Disconnected,
            session_expiry_interval: if self.way == Way::Disconnected {
                0
            } else {
                1000
            },
            reconnect: (self.way != Way::Disconnected).then(Reconnect::default),
            max_inflight: Some(1),
            lost_qos1: LostPublish::Fail,
            lost_qos2: LostPublish::Fail,
            poison_after: u32::from(self.way == Way::Poison),
            outbound_queue_max_messages: if self.way == Way::Dropped { full } else { 100 },
            queue_policy: match self.way {
                Way::Dropped if qos0 => QueuePolicy::DropOldestQos0,
                Way::Dropped => QueuePolicy::DropOldest,
                _ => QueuePolicy::RefuseNewest,
            },
            ..Config::default()
        }
    }

    /// Asks for the publish.
    fn publish(self, script: &mut Script) {
        let mut message = message(IT, self.qos);
        if self.way == Way::Expired {
            message.properties.push(Property::MessageExpiryInterval(1));
        }
        let Command::Publish {
            message,
            len,
            token,
            ..
        } = publish(IT, message, Version::V5)
        else {
            unreachable!("a publish");
        };
        let terms = PublishTerms {
            timeout: (self.way == Way::TimedOut).then(|| seconds(1)),
            receipt: self.receipt,
        };
        script.ask(Command::Publish {
            message,
            len,
            terms: terms.boxed(),
            token,
        });
    }

    /// A client in which the publish has come so far.
    fn script(self) -> Script {
        let config = self.config();
        let mut script = Script::coming_back(config);
        match self.phase {
            Phase::Idle => self.publish(&mut script),
            Phase::Opening => {
                script.ask(Command::Connect);
                self.publish(&mut script);
            }
            Phase::Handshaking => {
                script.connect();
                self.publish(&mut script);
            }
            Phase::Queued => {
                script.connect();
                script.accept(false, []);
                script.publish(BEFORE, QoS::AtLeastOnce);
                script.publish(BEFORE, QoS::AtLeastOnce);
                script.sent();
                self.publish(&mut script);
                script.sent();
            }
            Phase::Sent | Phase::Released => {
                script.connect();
                script.accept(false, []);
                self.publish(&mut script);
                script.sent();
                if self.phase == Phase::Released {
                    script.receive([Packet::PubRec(ack(1))]);
                }
            }
            Phase::Waiting => {
                script.connect();
                script.accept(false, []);
                script.lose();
                self.publish(&mut script);
            }
        }
        script
    }

    /// Goes the way out, where there is one before the answers.
    fn go(self, script: &mut Script) {
        match self.way {
            Way::Answered | Way::Refused => {}
            Way::Expired | Way::TimedOut => {
                // An attempt that begins meanwhile is not opened.
                script.wait(seconds(2));
            }
            Way::Dropped => script.publish(MORE, QoS::AtLeastOnce),
            Way::Cancelled => script.ask(Command::Cancel {
                is_cancelled: |number| *number == IT,
            }),
            Way::Disconnected | Way::SessionLost | Way::NotSupported | Way::Poison => {
                if self.phase == Phase::Opening {
                    script.fail_open(TransportError::new("refused"));
                    // The next attempt begins.
                    script.wait(seconds(10));
                } else if script.machine.state() != State::Idle {
                    script.lose();
                }
            }
            Way::Closed => {
                script.ask(Command::Close);
                script.sent();
                script.wait(seconds(2));
            }
            Way::Aborted => script.ask(Command::Abort),
        }
    }

    /// The broker answers whatever comes, until nothing does.
    fn answer(self, script: &mut Script) {
        let mut properties = Vec::new();
        if self.way == Way::NotSupported {
            properties.push(Property::MaximumPacketSize(8));
        }
        let mut sent = match script.machine.state() {
            State::Idle => script.connect(),
            State::Connected => script.sent(),
            State::Closed => return,
            State::Connecting if self.phase == Phase::Handshaking && script.events.is_empty() => {
                Vec::new()
            }
            State::Connecting => script.open(),
            _ => script.attempt().1,
        };
        if script.machine.state() == State::Connecting {
            let connack = ConnAck {
                session_present: self.way != Way::SessionLost && self.was_sent(),
                reason_code: ReasonCode::Success,
                properties: properties.into_iter().collect(),
            };
            sent = script.receive([Packet::ConnAck(connack)]);
        }
        // What was sent before is answered, too.
        if self.phase == Phase::Queued {
            sent.extend(script.receive([Packet::PubAck(ack(1)), Packet::PubAck(ack(2))]));
        }
        if self.was_sent() {
            let first = match (self.qos, self.phase) {
                (QoS::AtMostOnce, _) => Packet::PingResp,
                (QoS::AtLeastOnce, _) => Packet::PubAck(self.ack(1)),
                (QoS::ExactlyOnce, Phase::Released) => Packet::PubComp(self.ack(1)),
                (QoS::ExactlyOnce, _) => Packet::PubRec(self.ack(1)),
            };
            sent.extend(script.receive([first]));
        }
        while !sent.is_empty() {
            let answers: Vec<Packet> = sent.iter().filter_map(|it| self.reply(it)).collect();
            sent = script.receive(answers);
        }
        script.acknowledge();
    }

    fn ack(self, n: u16) -> Ack {
        let mut ack = ack(n);
        if self.way == Way::Refused {
            ack.reason_code = match self.phase {
                Phase::Released => ReasonCode::PacketIdentifierNotFound,
                _ => ReasonCode::NotAuthorized,
            };
        }
        ack
    }

    fn reply(self, packet: &Packet) -> Option<Packet> {
        Some(match packet {
            Packet::Publish(publish) => match (publish.packet_id, publish.qos) {
                (Some(id), QoS::AtLeastOnce) => Packet::PubAck(self.ack(id.get())),
                (Some(id), _) => Packet::PubRec(self.ack(id.get())),
                (None, _) => return None,
            },
            Packet::PubRel(it) => Packet::PubComp(ack(it.packet_id.get())),
            Packet::PingReq => Packet::PingResp,
            _ => return None,
        })
    }
}

#[test]
fn each_way_out_of_each_phase_is_one_outcome() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let cases = Case::all();
    assert_eq!(cases.len(), (6 * 4 + 1) * WAYS.len());
    for case in cases {
        let mut script = case.script();
        case.go(&mut script);
        case.answer(&mut script);
        let early: Vec<_> = told(&mut script);
        // Whatever was forgotten would have its outcome now.
        script.ask(Command::Abort);
        let outcomes: Vec<_> = early
            .into_iter()
            .chain(told(&mut script))
            .filter(|(number, _)| *number == IT)
            .map(|(_, outcome)| outcome)
            .collect();
        seen.extend(outcomes.iter().map(|it| format!("{it:?}")));
        if outcomes != [case.expected()] {
            wrong.push(format!("{case:?}: {outcomes:?}, not {:?}", case.expected()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // No way out is missing from the table.
    assert_eq!(seen.len(), 14, "{seen:?}");
}

//! A case, step by step: the client in its phase, the way out, and a broker that answers.

use mqttka_core::codec::{ConnAck, SubAck, UnsubAck};
use mqttka_core::error::TransportError;
use mqttka_core::proto::{LostPublish, NetworkChange, PublishTerms, QueuePolicy, Reconnect, State};
use mqttka_core::types::{Properties, Property, Subscription, TopicFilter};
use mqttka_sim::broker::number_of;

use super::*;

/// The operation that counts; the ones before it in the window; one that comes too much.
const IT: u64 = 1000;
const BEFORE: u64 = 1;
const MORE: u64 = 2;

/// Long enough to be too long for a broker that takes 8 bytes.
fn filter() -> TopicFilter {
    TopicFilter::try_from("ff").unwrap_or_else(|_| unreachable!("a valid filter"))
}

/// A client, and what of it the broker has not answered.
struct Stage {
    script: Script,
    open: Vec<Packet>,
}

impl Stage {
    /// The client writes what it has to.
    fn write(&mut self) {
        let sent = self.script.sent();
        self.open.extend(sent);
    }

    fn connect(&mut self) {
        self.script.connect();
        self.script.accept(false, []);
    }

    fn lose(&mut self) {
        self.open.clear();
        self.script.lose();
    }

    /// Another connection is opened beside this one; the broker has its CONNECT.
    fn begins_to_move(&mut self) {
        let script = &mut self.script;
        script.ask(Command::NetworkChanged(NetworkChange::Changed.into()));
        assert!(script.machine.opens_standby());
        script.opens_beside();
        let now = script.now;
        script.machine.handle_standby_open(now, false);
        let written = script.machine.standby_transmit().len();
        script.machine.handle_standby_written(now, written);
    }

    /// The broker accepts it.
    fn moves(&mut self, version: Version) {
        let connack: &[u8] = match version {
            Version::V5 => &[0x20, 3, 1, 0, 0],
            Version::V311 => &[0x20, 2, 1, 0],
        };
        let script = &mut self.script;
        let now = script.now;
        let accepted = script
            .machine
            .handle_standby_input(now, &mut connack.into());
        assert!(accepted && script.machine.switch(now));
        script.acknowledge();
        self.open.clear();
    }
}

impl Case {
    /// What its outcomes are.
    pub(super) fn play(self) -> Vec<Result> {
        let mut stage = self.stage();
        self.go(&mut stage);
        self.answer(&mut stage);
        let mut script = stage.script;
        let early: Vec<_> = told(&mut script);
        // Whatever was forgotten would have its outcome now.
        script.ask(Command::Abort);
        let all = early.into_iter().chain(told(&mut script));
        let its = all.filter(|(number, _)| *number == IT);
        its.map(|(_, outcome)| outcome).collect()
    }

    /// What its outcomes are where the client was closed before.
    pub(super) fn after_close(self) -> Vec<Result> {
        let mut stage = Stage {
            script: Script::coming_back(self.config()),
            open: Vec::new(),
        };
        stage.script.ask(Command::Abort);
        self.ask(&mut stage);
        self.go(&mut stage);
        let script = &mut stage.script;
        script.wait(seconds(100));
        assert_eq!(script.opens, 0);
        let its = told(script).into_iter().filter(|(it, _)| *it == IT);
        its.map(|(_, outcome)| outcome).collect()
    }

    fn config(self) -> Config {
        // In the window and behind it two others wait, of which one leaves first.
        let behind = self.phase == Phase::Queued;
        let qos0 = behind && self.qos() == Some(QoS::AtMostOnce);
        let full = 1 + usize::from(behind) + usize::from(qos0);
        // Without coming back nothing is to keep it.
        let gone = self.way == Way::Disconnected;
        Config {
            protocol_version: self.version,
            client_id: "c".try_into().unwrap_or_default(),
            clean_start: gone,
            session_expiry_interval: if gone || self.version == Version::V311 {
                0
            } else {
                1000
            },
            reconnect: (!gone).then(Reconnect::default),
            make_before_break: !gone,
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

    /// Asks for it.
    fn ask(self, stage: &mut Stage) {
        let timeout = (self.way == Way::TimedOut).then(|| seconds(1));
        let properties = Properties::new();
        let token = Some(IT);
        let command = match self.what {
            What::Publish(_) | What::Receipt => return self.publish(stage, timeout),
            What::Subscribe => Command::Subscribe {
                subscriptions: vec![Subscription::new(filter(), QoS::AtMostOnce)],
                properties,
                token,
            },
            What::Unsubscribe => Command::Unsubscribe {
                filters: vec![filter()],
                properties,
                token,
            },
            What::Flush => Command::Flush { timeout, token },
        };
        stage.script.ask(command);
    }

    fn publish(self, stage: &mut Stage, timeout: Option<Duration>) {
        let mut message = message(IT, self.qos().unwrap_or_default());
        if self.way == Way::Expired && self.version == Version::V5 {
            message.properties.push(Property::MessageExpiryInterval(1));
        }
        let Command::Publish {
            message,
            len,
            token,
            ..
        } = publish(IT, message, self.version)
        else {
            unreachable!("a publish");
        };
        let terms = PublishTerms {
            timeout,
            receipt: self.what == What::Receipt,
        };
        stage.script.ask(Command::Publish {
            message,
            len,
            terms: terms.boxed(),
            token,
        });
    }

    /// A client in which it has come so far.
    fn stage(self) -> Stage {
        let mut stage = Stage {
            script: Script::coming_back(self.config()),
            open: Vec::new(),
        };
        match self.phase {
            Phase::Idle => self.ask(&mut stage),
            Phase::Opening => {
                stage.script.ask(Command::Connect);
                self.ask(&mut stage);
            }
            Phase::Handshaking => {
                stage.script.connect();
                self.ask(&mut stage);
            }
            Phase::Queued => {
                stage.connect();
                stage.script.publish(BEFORE, QoS::AtLeastOnce);
                stage.script.publish(BEFORE, QoS::AtLeastOnce);
                stage.write();
                self.ask(&mut stage);
                stage.write();
            }
            Phase::Sent | Phase::Released | Phase::Draining | Phase::Moved => {
                stage.connect();
                self.ask(&mut stage);
                stage.write();
                self.further(&mut stage);
            }
            Phase::Waiting => {
                stage.connect();
                stage.lose();
                self.ask(&mut stage);
            }
            Phase::Leaving => {
                stage.connect();
                self.disconnect(&mut stage, None);
                self.ask(&mut stage);
                stage.write();
            }
            Phase::Moving => {
                stage.connect();
                stage.begins_to_move();
                self.ask(&mut stage);
                stage.write();
            }
        }
        stage
    }

    /// What follows the sending.
    fn further(self, stage: &mut Stage) {
        match self.phase {
            Phase::Released => {
                stage.open = stage.script.receive([Packet::PubRec(ack(1))]);
            }
            Phase::Draining => self.disconnect(stage, Some(seconds(10))),
            Phase::Moved => {
                stage.begins_to_move();
                stage.moves(self.version);
                stage.write();
            }
            _ => {}
        }
    }

    fn disconnect(self, stage: &mut Stage, drain_timeout: Option<Duration>) {
        stage.script.ask(Command::Disconnect {
            reason_code: ReasonCode::Success,
            drain_timeout,
        });
    }

    /// Goes the way out, where there is one before the answers.
    fn go(self, stage: &mut Stage) {
        let script = &mut stage.script;
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
                    stage.lose();
                    let script = &mut stage.script;
                    // Where the other connection fails, too, the end of this one is told.
                    script.machine.drop_standby(script.now);
                    script.acknowledge();
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
    fn answer(self, stage: &mut Stage) {
        loop {
            if stage.script.machine.has_standby() {
                stage.moves(self.version);
            }
            match stage.script.machine.state() {
                State::Closed => return,
                State::Connected | State::Disconnecting => stage.write(),
                State::Idle => {
                    stage.script.connect();
                }
                State::Connecting => {
                    if self.phase != Phase::Handshaking || !stage.script.events.is_empty() {
                        stage.script.open();
                    }
                }
                State::Reconnecting => {
                    stage.script.attempt();
                }
            }
            if stage.script.machine.state() == State::Connecting {
                let limit = self.way == Way::NotSupported && self.version == Version::V5;
                let limit = limit.then_some(Property::MaximumPacketSize(8));
                let connack = ConnAck {
                    session_present: self.way != Way::SessionLost && self.was_sent(),
                    reason_code: ReasonCode::Success,
                    properties: limit.into_iter().collect(),
                };
                stage.open = stage.script.receive([Packet::ConnAck(connack)]);
            }
            while !stage.open.is_empty() {
                let open = std::mem::take(&mut stage.open);
                let answers: Vec<Packet> = open.iter().filter_map(|it| self.reply(it)).collect();
                stage.open = stage.script.receive(answers);
            }
            stage.script.acknowledge();
            if stage.script.machine.state() != State::Disconnecting {
                return;
            }
            // The goodbye is over, and the application connects again.
            stage.lose();
        }
    }

    fn refuses(self, it: bool) -> ReasonCode {
        match (self.way, self.version) {
            (Way::Refused, Version::V5) if it => ReasonCode::NotAuthorized,
            (Way::Refused, Version::V311) if it => ReasonCode::UnspecifiedError,
            _ => ReasonCode::Success,
        }
    }

    fn reply(self, packet: &Packet) -> Option<Packet> {
        Some(match packet {
            Packet::Publish(publish) => {
                let mut answer = ack(publish.packet_id?.get());
                if self.version == Version::V5 {
                    answer.reason_code = self.refuses(number_of(&publish.payload) == IT);
                }
                match publish.qos {
                    QoS::AtLeastOnce => Packet::PubAck(answer),
                    _ => Packet::PubRec(answer),
                }
            }
            Packet::PubRel(release) => {
                let mut answer = ack(release.packet_id.get());
                if self.way == Way::Refused && self.phase == Phase::Released {
                    answer.reason_code = ReasonCode::PacketIdentifierNotFound;
                }
                Packet::PubComp(answer)
            }
            Packet::Subscribe(subscribe) => Packet::SubAck(SubAck {
                packet_id: subscribe.packet_id,
                reason_codes: vec![self.refuses(true)],
                properties: Properties::new(),
            }),
            Packet::Unsubscribe(unsubscribe) => Packet::UnsubAck(UnsubAck {
                packet_id: unsubscribe.packet_id,
                reason_codes: match self.version {
                    Version::V5 => vec![self.refuses(true)],
                    Version::V311 => Vec::new(),
                },
                properties: Properties::new(),
            }),
            Packet::PingReq => Packet::PingResp,
            _ => return None,
        })
    }
}

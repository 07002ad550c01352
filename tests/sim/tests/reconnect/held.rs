//! What the application was told that it is subscribed to, what the broker has, and what is asked for
//! again are the same, whatever becomes of a request and wherever it is at that moment.

use std::collections::BTreeMap;

use mqttka_core::codec::UnsubAck;

use super::*;

/// What is asked for, by a client that is subscribed to `a` with QoS 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// `b` with QoS 1.
    Another,
    /// `a` with QoS 1.
    Anew,
    /// That `a` ends.
    TheEnd,
}

/// Where it is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    /// Connected, behind a publish that waits for the window.
    Queued,
    /// Sent, and not answered.
    Sent,
    /// Asked for between two connections; the next one comes afterwards.
    Offline,
    /// The same, and the next one has come: it waits for the window there.
    Resumed,
    /// Sent over a connection that was lost before the answer.
    SentBefore,
    /// Asked for while the client says goodbye, for the next connection.
    Leaving,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Answered,
    Refused,
    Cancelled,
    /// The broker ends the connection at it.
    Poison,
}

const IT: u64 = 1000;

/// The broker: topic filters and their QoS.
#[derive(Debug, Default)]
struct Broker {
    has: BTreeMap<String, QoS>,
    refuses: Option<Asks>,
}

impl Broker {
    fn is_it(asks: Asks, filter: &str, qos: QoS) -> bool {
        match asks {
            Asks::Another => filter == "b",
            Asks::Anew => filter == "a" && qos == QoS::AtLeastOnce,
            Asks::TheEnd => false,
        }
    }

    fn answer(&mut self, packet: &Packet) -> Option<Packet> {
        Some(match packet {
            Packet::Publish(publish) => Packet::PubAck(ack(publish.packet_id?.get())),
            Packet::Subscribe(subscribe) => {
                let mut reason_codes = Vec::new();
                for it in &subscribe.subscriptions {
                    let name = it.filter.as_str();
                    let refused = |asks| Self::is_it(asks, name, it.qos);
                    reason_codes.push(match self.refuses.is_some_and(refused) {
                        true => ReasonCode::NotAuthorized,
                        false => {
                            self.has.insert(name.to_owned(), it.qos);
                            ReasonCode::Success
                        }
                    });
                }
                Packet::SubAck(SubAck {
                    packet_id: subscribe.packet_id,
                    reason_codes,
                    properties: Properties::new(),
                })
            }
            Packet::Unsubscribe(unsubscribe) => {
                let refused = self.refuses == Some(Asks::TheEnd);
                for filter in unsubscribe.filters.iter().filter(|_| !refused) {
                    self.has.remove(filter.as_str());
                }
                let code = match refused {
                    true => ReasonCode::NotAuthorized,
                    false => ReasonCode::Success,
                };
                Packet::UnsubAck(UnsubAck {
                    packet_id: unsubscribe.packet_id,
                    reason_codes: vec![code; unsubscribe.filters.len()],
                    properties: Properties::new(),
                })
            }
            _ => return None,
        })
    }

    /// Answers whatever comes, until nothing does.
    fn serve(&mut self, script: &mut Script, mut sent: Vec<Packet>) {
        while !sent.is_empty() {
            let answers: Vec<_> = sent.iter().filter_map(|it| self.answer(it)).collect();
            sent = script.receive(answers);
        }
    }

    fn come_back(&mut self, script: &mut Script, present: bool) -> Vec<Packet> {
        if !present {
            self.has.clear();
        }
        if script.machine.next_attempt_at().is_some() {
            script.attempt();
        } else {
            script.connect();
        }
        script.accept(present, [])
    }
}

#[derive(Clone, Copy, Debug)]
struct Case {
    asks: Asks,
    place: Where,
    way: Way,
    /// Whether the next connection finds the session.
    present: bool,
}

impl Case {
    fn ask(self, script: &mut Script) {
        let properties = Properties::new();
        let wish = |name, qos| Subscription::new(filter(name), qos);
        script.ask(match self.asks {
            Asks::Another => Command::Subscribe {
                subscriptions: vec![wish("b", QoS::AtLeastOnce)],
                properties,
                token: Some(IT),
            },
            Asks::Anew => Command::Subscribe {
                subscriptions: vec![wish("a", QoS::AtLeastOnce)],
                properties,
                token: Some(IT),
            },
            Asks::TheEnd => Command::Unsubscribe {
                filters: vec![filter("a")],
                properties,
                token: Some(IT),
            },
        });
    }

    /// One that is sent, and one that waits for its acknowledgement.
    fn publish(script: &mut Script) {
        for n in 1..=2 {
            script.publish(n, QoS::AtLeastOnce);
        }
    }

    fn was_sent(self) -> bool {
        matches!(self.place, Where::Sent | Where::SentBefore)
    }

    /// What the one outcome says.
    fn outcome(self) -> Result<(), OperationError> {
        match self.way {
            Way::Answered => Ok(()),
            Way::Refused => Err(OperationError::Refused(ReasonCode::NotAuthorized)),
            // What was sent goes on.
            Way::Cancelled if self.was_sent() => Ok(()),
            Way::Cancelled => Err(OperationError::Cancelled),
            Way::Poison => Err(OperationError::Poison { connections: 1 }),
        }
    }

    /// What the broker is to have, in the session in which the request ended, and in a new one: an
    /// UNSUBSCRIBE that was sent is not taken back, although the broker refused it.
    fn expected(self, new: bool) -> BTreeMap<String, QoS> {
        let a = |qos| ("a".to_owned(), qos);
        let old = a(QoS::AtMostOnce);
        let list = match (self.asks, self.outcome()) {
            (Asks::Another, Ok(())) => vec![old, ("b".to_owned(), QoS::AtLeastOnce)],
            (Asks::Anew, Ok(())) => vec![a(QoS::AtLeastOnce)],
            (Asks::TheEnd, Ok(())) => vec![],
            (Asks::TheEnd, Err(OperationError::Cancelled)) => vec![old],
            // Nobody asked a session for it that never had it.
            (Asks::TheEnd, Err(_)) if new || !self.had() => vec![],
            (_, Err(_)) => vec![old],
        };
        list.into_iter().collect()
    }

    /// Whether the session in which the request ended had the old subscription.
    fn had(self) -> bool {
        match self.place {
            Where::Queued | Where::Sent if self.way != Way::Poison => true,
            _ => self.present,
        }
    }

    fn run(self) -> Vec<String> {
        let mut broker = Broker::default();
        let mut script = connected(Config {
            max_inflight: Some(1),
            poison_after: u32::from(self.way == Way::Poison),
            ..persistent()
        });
        script.ask(Command::Subscribe {
            subscriptions: vec![Subscription::new(filter("a"), QoS::AtMostOnce)],
            properties: Properties::new(),
            token: Some(1),
        });
        let sent = script.sent();
        broker.serve(&mut script, sent);
        script.completed.clear();
        let mut sent = match self.place {
            Where::Queued => {
                Self::publish(&mut script);
                let sent = script.sent();
                self.ask(&mut script);
                sent
            }
            Where::Sent => {
                self.ask(&mut script);
                script.sent()
            }
            Where::Offline => {
                script.lose();
                self.ask(&mut script);
                Vec::new()
            }
            Where::Resumed => {
                script.lose();
                Self::publish(&mut script);
                self.ask(&mut script);
                broker.come_back(&mut script, self.present)
            }
            Where::SentBefore => {
                self.ask(&mut script);
                script.sent();
                script.lose();
                broker.come_back(&mut script, self.present)
            }
            Where::Leaving => {
                script.ask(Command::Disconnect {
                    reason_code: ReasonCode::Success,
                    drain_timeout: None,
                });
                self.ask(&mut script);
                script.sent();
                script.lose();
                Vec::new()
            }
        };
        if self.way == Way::Cancelled {
            script.ask(Command::Cancel {
                is_cancelled: |number| *number == IT,
            });
            sent.extend(script.sent());
        }
        broker.refuses = (self.way == Way::Refused).then_some(self.asks);
        if script.machine.state() != State::Connected {
            sent = broker.come_back(&mut script, self.present);
        }
        if self.way == Way::Poison {
            // Everything is answered, but at this one the connection ends.
            loop {
                let poisonous = |packet: &Packet| match packet {
                    Packet::Subscribe(it) => it
                        .subscriptions
                        .iter()
                        .any(|it| Broker::is_it(self.asks, it.filter.as_str(), it.qos)),
                    Packet::Unsubscribe(_) => self.asks == Asks::TheEnd,
                    _ => false,
                };
                let good: Vec<_> = sent.iter().take_while(|it| !poisonous(it)).collect();
                let ends = good.len() < sent.len();
                let answers: Vec<_> = good
                    .into_iter()
                    .filter_map(|it| broker.answer(it))
                    .collect();
                let more = script.receive(answers);
                if ends {
                    script.lose();
                    sent = broker.come_back(&mut script, self.present);
                } else if more.is_empty() {
                    break;
                } else {
                    sent = more;
                }
            }
        }
        broker.serve(&mut script, sent);
        let outcomes: Vec<_> = outcomes(&script)
            .into_iter()
            .filter(|(number, _)| *number == IT)
            .map(|(_, outcome)| outcome)
            .collect();
        let mut wrong = Vec::new();
        if outcomes != [self.outcome()] {
            wrong.push(format!("{self:?}: {outcomes:?}, not {:?}", self.outcome()));
        }
        for (new, present) in [(false, true), (true, false), (true, true)] {
            let expected = self.expected(new);
            script.lose();
            let sent = broker.come_back(&mut script, present);
            let asked = subscribes(&sent).concat();
            broker.serve(&mut script, sent);
            if broker.has != expected {
                let has = &broker.has;
                wrong.push(format!("{self:?}, new {new}: {has:?}, not {expected:?}"));
            }
            if present && !asked.is_empty() {
                wrong.push(format!("{self:?}: {asked:?} again, which the broker has"));
            }
        }
        wrong
    }
}

#[test]
fn what_is_held_is_what_the_broker_has_and_what_is_asked_for_again() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for asks in [Asks::Another, Asks::Anew, Asks::TheEnd] {
        for place in [
            Where::Queued,
            Where::Sent,
            Where::Offline,
            Where::Resumed,
            Where::SentBefore,
            Where::Leaving,
        ] {
            for way in [Way::Answered, Way::Refused, Way::Cancelled, Way::Poison] {
                for present in [false, true] {
                    let case = Case {
                        asks,
                        place,
                        way,
                        present,
                    };
                    cases += 1;
                    wrong.extend(case.run());
                }
            }
        }
    }
    assert_eq!(cases, 144);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

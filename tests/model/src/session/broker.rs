//! A broker that does what the specification says, and whose session may be lost between
//! connections.

use super::{Id, Link, Number, Packet, Scene, State};

/// Where a message of the broker's stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// Nobody has published it yet.
    Unborn,
    /// It is for the client.
    Queued,
    /// It was sent.
    Sent(Id),
    /// PUBREC has come.
    Released(Id),
    /// The client has it.
    Done,
    /// It was lost with the session.
    Lost,
}

/// What the broker knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broker {
    /// It has a session of the client's.
    pub session: bool,
    /// Which session it is, so that two can be told apart.
    pub number: u8,
    /// The client has heard of this session.
    pub heard_of: bool,
    /// Identifiers of QoS 2 messages that came and are not released.
    pub received: Vec<Id>,
    /// Each message for the client.
    pub held: Vec<Held>,
}

impl Broker {
    pub(crate) fn new(theirs: usize) -> Self {
        Broker {
            session: false,
            number: 0,
            heard_of: false,
            received: Vec::new(),
            held: vec![Held::Unborn; theirs],
        }
    }

    pub(crate) fn lose(&mut self) {
        self.session = false;
        self.heard_of = false;
        self.number += 1;
        self.received.clear();
        for held in &mut self.held {
            if !matches!(held, Held::Unborn | Held::Done) {
                *held = Held::Lost;
            }
        }
    }

    fn with_id(&self, id: Id) -> Option<usize> {
        self.held
            .iter()
            .position(|held| matches!(held, Held::Sent(of) | Held::Released(of) if *of == id))
    }

    fn free_id(&self) -> Id {
        (1..)
            .find(|id| self.with_id(*id).is_none())
            .unwrap_or(Id::MAX)
    }
}

impl Scene {
    pub(crate) fn broker_steps(&self, state: &State, steps: &mut Vec<(String, State)>) {
        let broker = &state.broker;
        if broker.session
            && let Some(number) = broker.held.iter().position(|held| *held == Held::Unborn)
        {
            let mut next = state.clone();
            next.broker.held[number] = Held::Queued;
            steps.push((format!("somebody publishes {number}"), next));
        }
        // CONNACK was sent, and nothing was lost on the way to the client yet.
        let speaks = state.link == Link::Up;
        if speaks && let Some(number) = broker.held.iter().position(|held| *held == Held::Queued) {
            let mut next = state.clone();
            let id = broker.free_id();
            next.broker.held[number] = Held::Sent(id);
            next.down.push(publish(id, number));
            steps.push((format!("the broker sends {number}"), next));
        }
        if let Some(packet) = state.up.first() {
            let mut next = state.clone();
            next.up.remove(0);
            self.broker_hears(&mut next, *packet);
            steps.push((format!("the broker hears {packet:?}"), next));
        }
    }

    fn broker_hears(&self, next: &mut State, packet: Packet) {
        match packet {
            Packet::Connect { clean } => self.accept(next, clean),
            Packet::Publish { id, number } => self.broker_receives(next, id, number),
            Packet::PubRel(id) => {
                next.broker.received.retain(|of| *of != id);
                next.down.push(Packet::PubComp(id));
            }
            Packet::PubAck(id) => self.broker_moves(next, id, 1, Held::Done),
            Packet::PubRec(id) => {
                self.broker_moves(next, id, 2, Held::Released(id));
                next.down.push(Packet::PubRel(id));
            }
            Packet::PubComp(id) => self.broker_moves(next, id, 2, Held::Done),
            Packet::ConnAck { .. } => next.fault("a CONNACK from the client"),
        }
    }

    fn accept(&self, next: &mut State, clean: bool) {
        if clean {
            next.broker.lose();
        }
        let had_one = std::mem::replace(&mut next.broker.session, true);
        if !had_one {
            next.broker.number += 1;
        }
        let present = had_one && (next.broker.heard_of || !self.told);
        if had_one && !present {
            // Nobody has heard of it: as if it had begun only now.
            next.broker.lose();
            next.broker.session = true;
        }
        next.down.push(Packet::ConnAck { present });
        for number in 0..next.broker.held.len() {
            match next.broker.held[number] {
                Held::Sent(id) => next.down.push(publish(id, number)),
                Held::Released(id) => next.down.push(Packet::PubRel(id)),
                _ => {}
            }
        }
    }

    fn broker_receives(&self, next: &mut State, id: Id, number: Number) {
        let at = usize::from(number);
        let qos2 = self.ours[at] == 2;
        let again = qos2 && next.broker.received.contains(&id);
        if !again {
            if next.truth.delivered[at] == 0 {
                next.truth.order.push(number);
            }
            // Two are as wrong as three, and QoS 1 may come any number of times.
            next.truth.delivered[at] = (next.truth.delivered[at] + 1).min(2);
            if qos2 {
                next.broker.received.push(id);
                next.broker.received.sort_unstable();
            }
        }
        next.down.push(match qos2 {
            true => Packet::PubRec(id),
            false => Packet::PubAck(id),
        });
    }

    fn broker_moves(&self, next: &mut State, id: Id, qos: u8, to: Held) {
        match next.broker.with_id(id) {
            Some(at) if self.theirs[at] == qos => next.broker.held[at] = to,
            _ => {}
        }
    }
}

fn publish(id: Id, number: usize) -> Packet {
    Packet::Publish {
        id,
        number: number as Number,
    }
}

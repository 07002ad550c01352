//! The client's publishes, and what a new connection takes over.

use super::{Flaw, Id, Link, Number, Packet, Phase, Scene, State, Write};

/// Where a publish of ours stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Out {
    /// Nobody has asked for it yet.
    Unasked,
    /// The journal does not have it yet.
    Storing(Id),
    /// It waits for a connection.
    Queued(Id),
    /// It was sent.
    Sent(Id),
    /// PUBREC has come, and the journal does not have that yet.
    Releasing(Id),
    /// PUBREL was sent.
    Released(Id),
    /// It is over.
    Ended,
}

impl Out {
    pub(crate) fn id(self) -> Option<Id> {
        match self {
            Out::Storing(id)
            | Out::Queued(id)
            | Out::Sent(id)
            | Out::Releasing(id)
            | Out::Released(id) => Some(id),
            Out::Unasked | Out::Ended => None,
        }
    }
}

/// What the client knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// Each publish.
    pub out: Vec<Out>,
    /// Those that died with the program: nobody waits for their outcome.
    pub gone: Vec<bool>,
    /// What came and is not finished, in the order in which it came.
    pub received: Vec<super::In>,
    /// It has had a session, which it wants back.
    pub has_session: bool,
}

impl Client {
    pub(crate) fn new(ours: usize) -> Self {
        Client {
            out: vec![Out::Unasked; ours],
            gone: vec![false; ours],
            received: Vec::new(),
            has_session: false,
        }
    }

    fn free_id(&self) -> Id {
        let used = |id: &Id| self.out.iter().any(|out| out.id() == Some(*id));
        (1..).find(|id| !used(id)).unwrap_or(Id::MAX)
    }

    pub(crate) fn check_identifiers(&self) -> Result<(), String> {
        let ids: Vec<Id> = self.out.iter().filter_map(|out| out.id()).collect();
        match (1..ids.len()).find(|at| ids[..*at].contains(&ids[*at])) {
            Some(at) => Err(format!("packet identifier {} is used twice", ids[at])),
            None => Ok(()),
        }
    }
}

impl Scene {
    pub(crate) fn client_steps(&self, state: &State, steps: &mut Vec<(String, State)>) {
        if state.link == Link::Down {
            let mut next = state.clone();
            next.link = Link::Connecting;
            let clean = !state.client.has_session;
            next.up.push(Packet::Connect { clean });
            steps.push(("CONNECT".to_owned(), next));
        }
        // In the order of the application, and one at a time.
        if let Some(number) = state.client.out.iter().position(|out| *out == Out::Unasked) {
            let mut next = state.clone();
            self.ask(&mut next, number);
            steps.push((format!("publish {number}"), next));
        }
        if state.link == Link::Up
            && let Some(number) = self.first_queued(state)
            && let Out::Queued(id) = state.client.out[number]
        {
            let mut next = state.clone();
            next.client.out[number] = Out::Sent(id);
            next.up.push(publish(id, number));
            steps.push((format!("PUBLISH {number}"), next));
        }
        if let Some(packet) = state.down.first() {
            let mut next = state.clone();
            next.down.remove(0);
            self.hear(&mut next, *packet);
            steps.push((format!("the client hears {packet:?}"), next));
        }
    }

    /// What was asked for first goes first; what the journal lacks holds back what follows.
    fn first_queued(&self, state: &State) -> Option<usize> {
        let mut out = state.client.out.iter();
        out.position(|out| matches!(out, Out::Queued(_) | Out::Storing(_)))
    }

    fn ask(&self, next: &mut State, number: usize) {
        let id = next.client.free_id();
        if !self.journal {
            next.client.out[number] = Out::Queued(id);
            return;
        }
        next.journal
            .writes
            .push(Write::Publish(number as Number, id));
        next.client.out[number] = match self.has(Flaw::SendsBeforeStored) {
            true => Out::Queued(id),
            false => Out::Storing(id),
        };
    }

    fn hear(&self, next: &mut State, packet: Packet) {
        match packet {
            Packet::ConnAck { present } => {
                next.link = Link::Up;
                match present {
                    true => self.resume(next),
                    false => self.begin_anew(next),
                }
                next.client.has_session = true;
                if !self.journal || present {
                    next.broker.heard_of = true;
                } else {
                    let number = next.broker.number;
                    next.journal.writes.push(Write::Session(number));
                }
            }
            Packet::Publish { id, number } => self.receive(next, id, number),
            Packet::PubRel(id) => self.release(next, id),
            Packet::PubAck(id) => self.finish(next, id, &[Out::Sent(id)]),
            Packet::PubComp(id) => {
                self.finish(next, id, &[Out::Released(id), Out::Releasing(id)]);
            }
            Packet::PubRec(id) => self.pubrec(next, id),
            Packet::Connect { .. } => next.fault("a CONNECT from the broker"),
        }
    }

    fn with_id(next: &State, id: Id) -> Option<usize> {
        next.client.out.iter().position(|out| out.id() == Some(id))
    }

    fn finish(&self, next: &mut State, id: Id, from: &[Out]) {
        if let Some(number) = Self::with_id(next, id)
            && from.contains(&next.client.out[number])
        {
            self.end(next, number, true);
        }
    }

    /// The publish is over, and its outcome is told.
    fn end(&self, next: &mut State, number: usize, has_it: bool) {
        next.client.out[number] = Out::Ended;
        next.truth.outcomes[number].0 += 1;
        next.truth.outcomes[number].1 |= has_it;
        if self.journal {
            next.journal.writes.push(Write::Remove(number as Number));
        }
    }

    fn pubrec(&self, next: &mut State, id: Id) {
        let Some(number) = Self::with_id(next, id) else {
            // An exchange that ended: the broker may forget its identifier.
            return next.up.push(Packet::PubRel(id));
        };
        match next.client.out[number] {
            Out::Sent(_) if self.has(Flaw::OverAtPubRec) => self.end(next, number, true),
            Out::Sent(_) if self.journal => {
                let removes = self.has(Flaw::RemovesAtPubRec);
                next.journal.writes.push(match removes {
                    true => Write::Remove(number as Number),
                    false => Write::Release(number as Number),
                });
                next.client.out[number] = Out::Releasing(id);
                if removes || self.has(Flaw::ReleasesBeforeStored) {
                    next.client.out[number] = Out::Released(id);
                    next.up.push(Packet::PubRel(id));
                }
            }
            Out::Sent(_) | Out::Released(_) => {
                next.client.out[number] = Out::Released(id);
                next.up.push(Packet::PubRel(id));
            }
            _ => {}
        }
    }

    /// The broker still has the session: what it has not acknowledged is sent again, in order
    /// [MQTT-4.4.0-1] [MQTT-4.6.0-1].
    fn resume(&self, next: &mut State) {
        let mut again: Vec<usize> = (0..next.client.out.len()).collect();
        if self.has(Flaw::ResendOutOfOrder) {
            again.reverse();
        }
        for number in again {
            match next.client.out[number] {
                Out::Sent(id) => {
                    let fresh = self.has(Flaw::FreshIdOnResend) && self.ours[number] == 2;
                    let id = if fresh { next.client.free_id() } else { id };
                    next.client.out[number] = Out::Sent(id);
                    next.up.push(publish(id, number));
                }
                Out::Released(id) if self.has(Flaw::PublishAfterPubRec) => {
                    next.up.push(publish(id, number));
                }
                Out::Released(id) => next.up.push(Packet::PubRel(id)),
                _ => {}
            }
        }
        self.inbound_resumes(next);
    }

    /// It has not: QoS 1 is published again, QoS 2 has its outcome, since it may have arrived.
    fn begin_anew(&self, next: &mut State) {
        for number in 0..next.client.out.len() {
            match next.client.out[number] {
                Out::Sent(id) if self.ours[number] == 1 => {
                    next.client.out[number] = Out::Queued(id);
                }
                Out::Sent(id) if self.has(Flaw::PublishAgainAfterLoss) => {
                    next.client.out[number] = Out::Queued(id);
                }
                Out::Sent(_) | Out::Releasing(_) | Out::Released(_) => {
                    self.end(next, number, false);
                    if self.has(Flaw::NoOutcomeAtLoss) {
                        next.truth.outcomes[number].0 -= 1;
                    }
                }
                _ => {}
            }
        }
        self.inbound_begins_anew(next);
    }

    /// The program has died: its memory is what the journal has.
    pub(crate) fn restart(&self, next: &mut State) {
        next.journal.writes.clear();
        let died = std::mem::replace(&mut next.client, super::Client::new(self.ours.len()));
        next.client.gone = died.gone;
        for number in 0..self.ours.len() {
            next.truth.outcomes[number] = (0, false);
            next.client.out[number] = match next.journal.out[number] {
                Some((id, true)) => Out::Released(id),
                // It may have been sent.
                Some((id, false)) => Out::Sent(id),
                None if died.out[number] == Out::Unasked => Out::Unasked,
                None => {
                    next.client.gone[number] = true;
                    Out::Ended
                }
            };
        }
        // Where nothing is known of a session, a new one.
        next.client.has_session = next.journal.session;
        for (id, number, taken) in next.journal.received.clone() {
            let phase = if taken { Phase::Taken } else { Phase::Waiting };
            next.client
                .received
                .push(super::In::stored(id, number, phase));
        }
    }
}

fn publish(id: Id, number: usize) -> Packet {
    Packet::Publish {
        id,
        number: number as Number,
    }
}

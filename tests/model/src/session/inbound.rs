//! The broker's messages at the client: who takes them, and when they are acknowledged.

use super::{Flaw, Id, Link, Number, Packet, Scene, State, Write};

/// A message that came, until its exchange is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct In {
    /// Its packet identifier.
    pub id: Id,
    /// Which message.
    pub number: Number,
    /// Where it stands.
    pub phase: Phase,
    /// It came over this connection, and is not acknowledged on it yet.
    pub owed: bool,
}

/// Where a message that came stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The journal does not have it yet.
    Storing,
    /// The application may take it.
    Waiting,
    /// It has.
    Taken,
}

impl In {
    pub(crate) fn stored(id: Id, number: Number, phase: Phase) -> Self {
        In {
            id,
            number,
            phase,
            owed: false,
        }
    }
}

impl Scene {
    fn is_qos2(&self, number: Number) -> bool {
        self.theirs[usize::from(number)] == 2
    }

    /// The application takes any of those that wait.
    pub(crate) fn taking_steps(&self, state: &State, steps: &mut Vec<(String, State)>) {
        for (at, it) in state.client.received.iter().enumerate() {
            if it.phase == Phase::Waiting {
                let mut next = state.clone();
                self.take(&mut next, at);
                steps.push((format!("the application takes {}", it.number), next));
            }
        }
    }

    fn take(&self, next: &mut State, at: usize) {
        let it = &mut next.client.received[at];
        it.phase = Phase::Taken;
        let it = *it;
        next.takes(it);
        self.acknowledge(next);
    }

    pub(crate) fn receive(&self, next: &mut State, id: Id, number: Number) {
        let known = next.client.received.iter_mut().find(|it| it.id == id);
        if let Some(known) = known.filter(|_| self.is_qos2(number)) {
            // The same again [MQTT-4.3.3-10]: nobody else gets it.
            known.owed = true;
            let again = *known;
            next.client.received.retain(|it| it.id != id);
            next.client.received.push(again);
            return self.acknowledge(next);
        }
        let stores = self.journal && self.is_qos2(number);
        if stores {
            next.journal.writes.push(Write::Arrive(id, number));
        }
        next.client.received.push(In {
            id,
            number,
            phase: if stores {
                Phase::Storing
            } else {
                Phase::Waiting
            },
            owed: true,
        });
        self.acknowledge(next);
    }

    /// Acknowledgements leave in the order in which messages came [MQTT-4.6.0-2], each when its message
    /// was taken.
    pub(crate) fn acknowledge(&self, next: &mut State) {
        if next.link != Link::Up {
            return;
        }
        loop {
            let received = &next.client.received;
            let ready = |it: &In| match it.phase {
                Phase::Taken => true,
                Phase::Waiting => self.has(Flaw::AcknowledgesEarly),
                Phase::Storing => self.has(Flaw::ReceivesBeforeStored),
            };
            let Some(oldest) = received.iter().position(|it| it.owed) else {
                return;
            };
            let at = match self.has(Flaw::AcknowledgesOutOfOrder) {
                true => received.iter().position(|it| it.owed && ready(it)),
                false => Some(oldest).filter(|at| ready(&received[*at])),
            };
            let Some(at) = at else { return };
            if at != oldest {
                next.fault("an acknowledgement overtook one of an older message");
            }
            let it = &mut next.client.received[at];
            it.owed = false;
            let it = *it;
            if self.is_qos2(it.number) {
                next.up.push(Packet::PubRec(it.id));
            } else {
                next.up.push(Packet::PubAck(it.id));
                if it.phase == Phase::Taken {
                    next.client.received.remove(at);
                }
            }
        }
    }

    pub(crate) fn release(&self, next: &mut State, id: Id) {
        if !self.has(Flaw::KeepsReceivedAfterPubRel) {
            let taken = |it: &In| it.id != id || it.phase != Phase::Taken;
            next.client.received.retain(taken);
        }
        if self.journal {
            let connection = next.connection();
            next.journal.writes.push(Write::Forget(id, connection));
        }
        if !self.journal || self.has(Flaw::CompletesBeforeStored) {
            next.up.push(Packet::PubComp(id));
        }
    }

    pub(crate) fn inbound_resumes(&self, next: &mut State) {
        let forgets = self.has(Flaw::ForgetsReceived);
        self.leave(next, |scene, number| scene.is_qos2(number) && !forgets);
    }

    pub(crate) fn inbound_begins_anew(&self, next: &mut State) {
        let keeps = self.has(Flaw::KeepsReceivedAfterLoss);
        self.leave(next, |scene, number| scene.is_qos2(number) && keeps);
    }

    /// What does not stay in the session is the application's all the same, without an
    /// acknowledgement.
    fn leave(&self, next: &mut State, stays: impl Fn(&Scene, Number) -> bool) {
        for it in std::mem::take(&mut next.client.received) {
            if stays(self, it.number) {
                next.client.received.push(In { owed: false, ..it });
            } else if it.phase == Phase::Waiting {
                next.takes(it);
            }
        }
    }
}

impl State {
    /// What the application does with a message, and that it did, are one for the disk: its
    /// transaction.
    fn takes(&mut self, it: In) {
        self.truth.taken[usize::from(it.number)] += 1;
        let mut received = self.journal.received.iter_mut();
        if let Some(stored) = received.find(|(id, ..)| *id == it.id) {
            stored.2 = true;
        }
    }
}

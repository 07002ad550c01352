//! The seam to the disk: what is written takes a while, in order, and what is not written when the
//! program dies never was.

use super::{Flaw, Id, Link, Number, Out, Packet, Phase, Scene, State};

/// Something that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Write {
    /// A publish of ours, with its packet identifier.
    Publish(Number, Id),
    /// Its PUBREC came.
    Release(Number),
    /// It is over.
    Remove(Number),
    /// A QoS 2 message came.
    Arrive(Id, Number),
    /// Its PUBREL came, over the connection of this number.
    Forget(Id, u8),
    /// A session has begun, and what ended with the one before it stands before this.
    Session(u8),
}

/// What is on the disk, and what will be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Journal {
    /// There is a session to be resumed.
    pub session: bool,
    /// Each publish of ours: its packet identifier, and whether its PUBREC came.
    pub out: Vec<Option<(Id, bool)>>,
    /// QoS 2 messages that came: packet identifier, number, and whether it was taken.
    pub received: Vec<(Id, Number, bool)>,
    /// Being written, the oldest first.
    pub writes: Vec<Write>,
}

impl Journal {
    pub(crate) fn new(ours: usize) -> Self {
        Journal {
            session: false,
            out: vec![None; ours],
            received: Vec::new(),
            writes: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.received.is_empty() && self.out.iter().all(Option::is_none)
    }
}

impl Scene {
    pub(crate) fn journal_steps(&self, state: &State, steps: &mut Vec<(String, State)>) {
        let Some(write) = state.journal.writes.first().copied() else {
            return;
        };
        let mut next = state.clone();
        next.journal.writes.remove(0);
        self.stored(&mut next, write);
        steps.push((format!("the journal has {write:?}"), next));
    }

    fn stored(&self, next: &mut State, write: Write) {
        let (journal, client) = (&mut next.journal, &mut next.client);
        match write {
            Write::Publish(number, id) => {
                let number = usize::from(number);
                journal.out[number] = Some((id, false));
                if client.out[number] == Out::Storing(id) {
                    client.out[number] = Out::Queued(id);
                }
            }
            Write::Release(number) => {
                let number = usize::from(number);
                if let Some(stored) = &mut journal.out[number] {
                    stored.1 = true;
                }
                if let Out::Releasing(id) = client.out[number] {
                    client.out[number] = Out::Released(id);
                    // Where the connection is another by now, a PUBREL of a resumed session is as good.
                    if next.link == Link::Up {
                        next.up.push(Packet::PubRel(id));
                    }
                }
            }
            Write::Remove(number) => journal.out[usize::from(number)] = None,
            Write::Arrive(id, number) => {
                let mut received = client.received.iter_mut();
                let waits = received.find(|it| (it.id, it.number) == (id, number));
                let taken = waits.as_ref().is_none_or(|it| it.phase == Phase::Taken);
                journal.received.retain(|(of, ..)| *of != id);
                journal.received.push((id, number, taken));
                if let Some(it) = waits.filter(|it| it.phase == Phase::Storing) {
                    it.phase = Phase::Waiting;
                }
                self.acknowledge(next);
            }
            Write::Forget(id, connection) => {
                journal.received.retain(|(of, ..)| *of != id);
                // From now on the broker may give the identifier to another message. Over a later
                // connection PUBREL comes again, or the session is another.
                let same = next.link == Link::Up && next.connection() == connection;
                if same && !self.has(Flaw::CompletesBeforeStored) {
                    next.up.push(Packet::PubComp(id));
                }
            }
            Write::Session(number) => {
                journal.received.clear();
                journal.session = true;
                next.broker.heard_of |= next.broker.number == number;
            }
        }
    }
}

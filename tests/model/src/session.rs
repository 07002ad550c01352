//! A client, its journal, a broker, and what is on its way between them.

mod broker;
mod client;
mod inbound;
mod journal;

use crate::Model;

pub use broker::{Broker, Held};
pub use client::{Client, Out};
pub use inbound::{In, Phase};
pub use journal::{Journal, Write};

/// A message's number, in the order in which it was published.
pub type Number = u8;

/// A packet identifier.
pub type Id = u8;

/// A mistake that an implementation could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// A QoS 2 publish is sent again under another packet identifier.
    FreshIdOnResend,
    /// After a lost session, a QoS 2 publish that was sent is published anew.
    PublishAgainAfterLoss,
    /// After PUBREC, the PUBLISH is sent again, and not PUBREL.
    PublishAfterPubRec,
    /// A QoS 2 publish counts as over at PUBREC.
    OverAtPubRec,
    /// What is sent again goes in another order than it was sent in.
    ResendOutOfOrder,
    /// A lost session's publishes are dropped without an outcome.
    NoOutcomeAtLoss,
    /// A resumed session's inbound identifiers are forgotten.
    ForgetsReceived,
    /// A lost session's inbound identifiers are kept.
    KeepsReceivedAfterLoss,
    /// An inbound identifier is kept after its PUBREL.
    KeepsReceivedAfterPubRel,
    /// A message is acknowledged before anybody took it.
    AcknowledgesEarly,
    /// Acknowledgements go as messages are taken, not as they came.
    AcknowledgesOutOfOrder,
    /// A publish is sent before the journal has it.
    SendsBeforeStored,
    /// PUBREL is sent before the journal has the PUBREC.
    ReleasesBeforeStored,
    /// PUBREC is sent before the journal has the message.
    ReceivesBeforeStored,
    /// PUBCOMP is sent before the journal has forgotten the identifier.
    CompletesBeforeStored,
    /// The journal is cleared before the broker has finished.
    RemovesAtPubRec,
}

/// A packet on its way, with the message's number where it carries one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// CONNECT.
    Connect {
        /// Clean Start.
        clean: bool,
    },
    /// CONNACK.
    ConnAck {
        /// Session Present.
        present: bool,
    },
    /// PUBLISH.
    Publish {
        /// Its packet identifier.
        id: Id,
        /// Which message.
        number: Number,
    },
    /// PUBACK.
    PubAck(Id),
    /// PUBREC.
    PubRec(Id),
    /// PUBREL.
    PubRel(Id),
    /// PUBCOMP.
    PubComp(Id),
}

/// The connection, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// None.
    Down,
    /// CONNECT was sent.
    Connecting,
    /// CONNACK has come.
    Up,
}

/// What went on where nobody in the model sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Truth {
    /// How often the broker handed each of our messages on.
    pub delivered: Vec<u8>,
    /// In which order it first did.
    pub order: Vec<Number>,
    /// How often the application took each of the broker's.
    pub taken: Vec<u8>,
    /// The outcomes that each publish had in this run of the program: so many, and whether it was
    /// that the broker has it.
    pub outcomes: Vec<(u8, bool)>,
    /// A rule that a step broke.
    pub fault: Option<&'static str>,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The connection.
    pub link: Link,
    /// From the client to the broker, and from the broker to the client, the oldest first.
    pub up: Vec<Packet>,
    /// The other direction.
    pub down: Vec<Packet>,
    /// The client's memory.
    pub client: Client,
    /// What survives the client.
    pub journal: Journal,
    /// The broker's memory.
    pub broker: Broker,
    /// What is true.
    pub truth: Truth,
    /// How often the connection may yet break, the broker lose the session, the program die.
    pub left: [u8; 3],
}

/// What is modelled: small enough to be visited whole.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The QoS of each message of ours.
    pub ours: Vec<u8>,
    /// The QoS of each message of the broker's.
    pub theirs: Vec<u8>,
    /// Whether there is a journal.
    pub journal: bool,
    /// How often the connection breaks at most, the broker loses the session, the program dies.
    pub most: [u8; 3],
    /// Session Present says no until the client has heard a no (and its journal has it): what MQTT
    /// lacks. A server makes a session as it answers CONNECT; where that answer is lost, the next one
    /// says that the session is present, and the client cannot know that it is not the one that it had.
    pub told: bool,
    /// What is done wrong.
    pub flaw: Option<Flaw>,
}

impl Scene {
    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}

impl Model for Scene {
    type State = State;

    fn initial(&self) -> State {
        State {
            link: Link::Down,
            up: Vec::new(),
            down: Vec::new(),
            client: Client::new(self.ours.len()),
            journal: Journal::new(self.ours.len()),
            broker: Broker::new(self.theirs.len()),
            truth: Truth {
                delivered: vec![0; self.ours.len()],
                taken: vec![0; self.theirs.len()],
                outcomes: vec![(0, false); self.ours.len()],
                ..Truth::default()
            },
            left: self.most,
        }
    }

    fn next(&self, state: &State) -> Vec<(String, State)> {
        let mut steps = Vec::new();
        self.client_steps(state, &mut steps);
        self.taking_steps(state, &mut steps);
        self.journal_steps(state, &mut steps);
        self.broker_steps(state, &mut steps);
        self.fault_steps(state, &mut steps);
        steps
    }

    fn check(&self, state: &State) -> Result<(), String> {
        if let Some(fault) = state.truth.fault {
            return Err(fault.to_owned());
        }
        let truth = &state.truth;
        for (number, qos) in self.ours.iter().enumerate() {
            let (delivered, (outcomes, has_it)) = (truth.delivered[number], truth.outcomes[number]);
            if *qos == 2 && delivered > 1 {
                return Err(format!("message {number}, of QoS 2, arrived twice"));
            }
            if outcomes > 1 {
                return Err(format!("message {number} has two outcomes"));
            }
            if has_it && delivered == 0 {
                return Err(format!(
                    "message {number} was acknowledged, and never arrived"
                ));
            }
        }
        if let Some([a, b]) = truth.order.windows(2).find_map(|pair| match pair {
            [a, b] if a > b && self.ours[usize::from(*a)] == self.ours[usize::from(*b)] => {
                Some([a, b])
            }
            _ => None,
        }) {
            return Err(format!("message {a} arrived before message {b}"));
        }
        for (number, qos) in self.theirs.iter().enumerate() {
            let taken = truth.taken[number];
            if *qos == 2 && taken > 1 {
                return Err(format!(
                    "the broker's message {number}, of QoS 2, was taken twice"
                ));
            }
            if state.broker.held[number] == Held::Done && taken == 0 {
                return Err(format!(
                    "the broker's message {number} is over, and nobody took it"
                ));
            }
        }
        state.client.check_identifiers()
    }

    fn is_done(&self, state: &State) -> bool {
        let ours = state.client.out.iter().all(|out| *out == Out::Ended);
        let outcomes = state.truth.outcomes.iter().zip(&state.client.gone);
        let told = outcomes
            .into_iter()
            .all(|((count, _), gone)| *count == 1 || *gone);
        let theirs = |held: &Held| matches!(held, Held::Done | Held::Lost);
        ours && told && state.broker.held.iter().all(theirs) && state.journal.is_empty()
    }
}

impl Scene {
    /// What nobody wants.
    fn fault_steps(&self, state: &State, steps: &mut Vec<(String, State)>) {
        let mut fault = |which: usize, name: &str, happen: &dyn Fn(&mut State)| {
            if state.left[which] > 0 {
                let mut next = state.clone();
                next.left[which] -= 1;
                happen(&mut next);
                steps.push((name.to_owned(), next));
            }
        };
        if state.link != Link::Down {
            fault(0, "the connection breaks", &State::break_link);
        } else if state.broker.session {
            fault(1, "the broker loses the session", &|next| {
                next.broker.lose()
            });
        }
        fault(2, "the program dies and begins anew", &|next| {
            next.break_link();
            self.restart(next);
        });
    }
}

impl State {
    /// Which connection it is: each ends with something that happens so often at most.
    pub(crate) fn connection(&self) -> u8 {
        self.left[0] * 16 + self.left[2]
    }

    pub(crate) fn break_link(&mut self) {
        self.link = Link::Down;
        self.up.clear();
        self.down.clear();
    }

    /// A step broke a rule; the first counts.
    pub(crate) fn fault(&mut self, what: &'static str) {
        self.truth.fault.get_or_insert(what);
    }
}

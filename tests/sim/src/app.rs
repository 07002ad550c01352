//! The application: what it publishes, how it takes its messages, and what it was told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use mqttka_core::error::OperationError;
use mqttka_core::proto::{Command, Delivered, Outcome, PublishTerms, Usage};
use mqttka_core::types::{
    Instant, Message, Properties, Property, QoS, Subscription, TopicFilter, TopicName, Version,
};

use crate::broker::{POISON_TOPIC, number_of, numbered};
use crate::script::publish;

/// What the application publishes.
#[derive(Clone, Copy, Debug)]
pub struct Publishing {
    /// The QoS of the messages.
    pub qos: QoS,
    /// Payload bytes of each, at least 8.
    pub size: usize,
    /// One each; `None`: the queue is kept full.
    pub every: Option<Duration>,
    /// How many.
    pub count: u64,
}

/// Some messages at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// Their QoS.
    pub qos: QoS,
    /// Payload bytes of each, at least 8.
    pub size: usize,
    /// How many.
    pub count: u64,
    /// Their Message Expiry Interval, in seconds.
    pub expiry: Option<u32>,
    /// How long each may wait for its outcome.
    pub timeout: Option<Duration>,
    /// The broker ends the connection at them.
    pub poison: bool,
    /// Those of QoS 0 have their outcome when the broker has read them.
    pub receipt: bool,
}

impl Burst {
    /// So many small messages.
    pub const fn new(qos: QoS, count: u64) -> Self {
        Burst {
            qos,
            size: 8,
            count,
            expiry: None,
            timeout: None,
            poison: false,
            receipt: false,
        }
    }

    fn of(publishing: &Publishing) -> Self {
        Burst {
            size: publishing.size,
            ..Burst::new(publishing.qos, 1)
        }
    }
}

/// What is known of a publish.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Its QoS.
    pub qos: QoS,
    /// When it was asked for.
    pub at: Instant,
    /// Its Message Expiry Interval, in seconds.
    pub expiry: Option<u32>,
    /// The broker ends the connection at it.
    pub poison: bool,
}

/// The marks of subscribes, unsubscribes and flushes begin here.
const REQUESTS: u64 = 1 << 40;

/// Whether the application cancels the operation of this mark, once it cancels at all.
pub fn is_cancelled(token: &u64) -> bool {
    token % 7 == 3
}

/// What the application's queue holds where it is kept full.
const QUEUE: usize = 256 * 1024;

/// When the application takes its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// At once.
    Immediately,
    /// Never: its handler is stuck.
    Never,
}

/// The application.
#[derive(Debug)]
pub struct App {
    version: Version,
    publishing: Option<Publishing>,
    taking: Taking,
    next_at: Option<Instant>,
    next_token: u64,
    queued: Usage,
    outstanding: BTreeSet<u64>,
    sent: Vec<Sent>,
    commands: VecDeque<Command<u64>>,
    lane_connection: u64,
    connected: bool,
    next_request: u64,
    /// Those that are under way: whether a subscribe, and to what.
    requests: BTreeMap<u64, (bool, String)>,
    /// The topic filters that it is subscribed to.
    pub held: BTreeSet<String>,
    /// Those that it wanted to be subscribed to no more, in vain.
    pub doubtful: BTreeSet<String>,
    /// Publishes that were lost with their session, in all.
    pub lost: u32,
    /// Subscribes and unsubscribes that failed, in all.
    pub failed_requests: usize,
    /// Filters that it was told were not granted again, in all.
    pub resubscriptions_lost: usize,
    /// How each publish ended, by number.
    pub outcomes: BTreeMap<u64, Result<(), OperationError>>,
    /// What came: QoS and number.
    pub received: Vec<(QoS, u64)>,
    /// What it saw that must never be.
    pub violations: Vec<String>,
}

impl App {
    /// An application that has done nothing yet.
    pub fn new(version: Version, publishing: Option<Publishing>, taking: Taking) -> Self {
        App {
            version,
            publishing,
            taking,
            next_at: None,
            next_token: 0,
            queued: Usage::default(),
            outstanding: BTreeSet::new(),
            sent: Vec::new(),
            next_request: REQUESTS,
            requests: BTreeMap::new(),
            held: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            lost: 0,
            failed_requests: 0,
            resubscriptions_lost: 0,
            commands: VecDeque::new(),
            lane_connection: 0,
            connected: false,
            outcomes: BTreeMap::new(),
            received: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// The client is connected, or is not any more. At the first time it begins to publish.
    pub fn on_connected(&mut self, now: Instant, connected: bool) {
        self.connected = connected;
        if connected {
            self.next_at.get_or_insert(now);
        }
    }

    /// Asks something of the client.
    pub fn ask(&mut self, command: Command<u64>) {
        if matches!(
            command,
            Command::Disconnect { .. } | Command::Close | Command::Abort
        ) {
            // It keeps no queue full that takes nothing any more.
            self.connected = false;
        }
        self.commands.push_back(command);
    }

    /// How many publishes have no outcome yet.
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }

    /// The QoS, as a number, at which the publish of this number was asked for.
    pub fn qos_of(&self, number: u64) -> u8 {
        self.sent(number).map_or(0, |sent| sent.qos as u8)
    }

    /// What it knows of the publish of this number.
    pub fn sent(&self, number: u64) -> Option<&Sent> {
        self.sent.get(usize::try_from(number).ok()?)
    }

    /// How many messages it has published.
    pub fn published(&self) -> u64 {
        self.next_token
    }

    /// Whether a subscribe or unsubscribe has no outcome yet.
    pub fn is_requesting(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Whether it takes its messages.
    pub fn takes(&self) -> bool {
        self.taking == Taking::Immediately
    }

    /// Changes what is published, from now on.
    pub fn set_publishing(&mut self, now: Instant, publishing: Option<Publishing>) {
        self.publishing = publishing;
        self.next_at = Some(now);
    }

    /// When it does something by itself.
    pub fn deadline(&self) -> Option<Instant> {
        if !self.commands.is_empty() {
            return Some(Instant::ORIGIN);
        }
        let publishing = self.publishing.as_ref()?;
        publishing.every?;
        self.next_at.filter(|_| self.next_token < publishing.count)
    }

    /// Whether it has something to say now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|at| at <= now) || self.tops_up()
    }

    fn tops_up(&self) -> bool {
        self.connected
            && self.next_at.is_some()
            && self.publishing.is_some_and(|p| {
                p.every.is_none() && self.next_token < p.count && self.queued.bytes < QUEUE / 2
            })
    }

    /// What it says now.
    pub fn commands(&mut self, now: Instant) -> Vec<Command<u64>> {
        let top_up = self.tops_up();
        while let (Some(publishing), Some(next_at)) = (self.publishing, self.next_at) {
            let due = match publishing.every {
                Some(every) => {
                    let due = next_at <= now;
                    if due {
                        self.next_at = Some(next_at + every);
                    }
                    due
                }
                None => top_up && self.queued.bytes < QUEUE,
            };
            if !due || self.next_token >= publishing.count {
                break;
            }
            let command = self.publish(now, Burst::of(&publishing));
            self.commands.push_back(command);
        }
        for command in &self.commands {
            // The client hears of it only now, where it slept.
            if let Command::Publish { token: Some(n), .. } = command
                && let Some(sent) = self.sent.get_mut(*n as usize)
            {
                sent.at = now;
            }
        }
        self.commands.drain(..).collect()
    }

    /// Publishes some messages now.
    pub fn burst(&mut self, now: Instant, burst: Burst) {
        for _ in 0..burst.count {
            let command = self.publish(now, burst);
            self.commands.push_back(command);
        }
    }

    fn publish(&mut self, now: Instant, burst: Burst) -> Command<u64> {
        let token = self.next_token;
        self.next_token += 1;
        self.outstanding.insert(token);
        self.sent.push(Sent {
            qos: burst.qos,
            at: now,
            expiry: burst.expiry,
            poison: burst.poison,
        });
        let topic = TopicName::try_from(if burst.poison { POISON_TOPIC } else { "up" });
        let mut message = Message::new(
            topic.unwrap_or_else(|_| unreachable!("a valid topic")),
            numbered(token, burst.size),
        )
        .with_qos(burst.qos);
        if let (Some(seconds), Version::V5) = (burst.expiry, self.version) {
            let property = Property::MessageExpiryInterval(seconds);
            message.properties.push(property);
        }
        let command = publish(token, message, self.version);
        self.count(&command);
        match command {
            Command::Publish {
                message,
                len,
                token,
                ..
            } => Command::Publish {
                message,
                len,
                token,
                terms: PublishTerms {
                    timeout: burst.timeout,
                    receipt: burst.receipt,
                }
                .boxed(),
            },
            other => other,
        }
    }

    /// Subscribes to this filter, or ends that.
    pub fn subscribe(&mut self, filter: &str, begin: bool) {
        let token = self.next_request;
        self.next_request += 1;
        self.outstanding.insert(token);
        self.requests.insert(token, (begin, filter.to_owned()));
        let filter = TopicFilter::try_from(filter);
        let filter = filter.unwrap_or_else(|_| unreachable!("a valid filter"));
        let (properties, token) = (Properties::new(), Some(token));
        let command = if begin {
            Command::Subscribe {
                subscriptions: vec![Subscription::new(filter, QoS::ExactlyOnce)],
                properties,
                token,
            }
        } else {
            Command::Unsubscribe {
                filters: vec![filter],
                properties,
                token,
            }
        };
        self.count(&command);
        self.commands.push_back(command);
    }

    /// Waits until the broker has read what was asked for before, so long at most.
    pub fn flush(&mut self, timeout: Option<Duration>) {
        let token = self.next_request;
        self.next_request += 1;
        self.outstanding.insert(token);
        let token = Some(token);
        let command = Command::Flush { timeout, token };
        self.count(&command);
        self.commands.push_back(command);
    }

    /// Cancels some of what it has asked for, and of what it will.
    pub fn cancel(&mut self) {
        self.commands.push_back(Command::Cancel { is_cancelled });
    }

    fn count(&mut self, command: &Command<u64>) {
        self.queued.messages += 1;
        self.queued.bytes += command.cost().unwrap_or_default();
    }

    /// The client's queue was relieved of this much.
    pub fn released(&mut self, usage: Usage) {
        if usage.bytes > self.queued.bytes || usage.messages > self.queued.messages {
            self.violations
                .push(format!("{usage:?} released of {:?}", self.queued));
        }
        self.queued.bytes = self.queued.bytes.saturating_sub(usage.bytes);
        self.queued.messages = self.queued.messages.saturating_sub(usage.messages);
    }

    /// What the client's queue holds.
    pub fn queued(&self) -> Usage {
        self.queued
    }

    /// Something came on the message lane.
    pub fn deliver(&mut self, delivered: Delivered<u64>) {
        match delivered {
            Delivered::Connection(number) => {
                if number <= self.lane_connection {
                    self.violations
                        .push(format!("connection {number} announced out of order"));
                }
                self.lane_connection = number;
            }
            Delivered::SubscribedAgain(_) => {}
            Delivered::SubscriptionsLost { lost, .. } => {
                for (filter, _) in lost.filters {
                    self.resubscriptions_lost += 1;
                    if !self.held.remove(filter.as_str()) {
                        self.violations
                            .push(format!("lost a subscription that it had not: {filter:?}"));
                    }
                }
            }
            Delivered::Message(message) => {
                let number = number_of(&message.payload);
                self.received.push((message.qos, number));
                if self.taking == Taking::Immediately {
                    self.commands.push_back(Command::Release {
                        connection_number: self.lane_connection,
                        acknowledgements: u32::from(message.qos > QoS::AtMostOnce),
                        bytes: message.cost(),
                    });
                }
            }
            Delivered::Completed { token, outcome } => self.complete(token, outcome),
        }
    }

    fn complete(&mut self, token: u64, outcome: Outcome) {
        if !self.outstanding.remove(&token) {
            self.violations
                .push(format!("operation {token} completed twice: {outcome:?}"));
        }
        if outcome.result == Err(OperationError::Cancelled) && !is_cancelled(&token) {
            self.violations
                .push(format!("operation {token} is cancelled, and nobody asked"));
        }
        match self.requests.remove(&token) {
            // It never left.
            Some(_) if outcome.result == Err(OperationError::Cancelled) => {}
            None => {
                self.lost += u32::from(outcome.result == Err(OperationError::SessionLost));
                self.outcomes.insert(token, outcome.result.map(drop));
            }
            Some((true, filter)) if outcome.result.is_ok() => {
                self.doubtful.remove(&filter);
                self.held.insert(filter);
            }
            Some((false, filter)) if outcome.result.is_ok() => {
                self.held.remove(&filter);
            }
            // Whether it is subscribed depends on what becomes of the session.
            Some((false, filter)) => {
                self.failed_requests += 1;
                self.doubtful.insert(filter);
            }
            Some(_) => self.failed_requests += 1,
        }
    }
}

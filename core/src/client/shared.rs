//! What a client's handles, its engine and its lanes have in common.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bell::Bell;
use super::completion::{self, Completion};
use super::counters::{Counters, Traffic};
use super::exit;
use super::handler::Handler;
use super::inbox::Inbox;
use super::lanes::{self, Lanes};
use super::negotiated::Negotiated;
use super::network::Network;
use super::options::Options;
use super::packet_tap::TapLane;
use super::router::{Router, Rules};
use super::runner::Runner;
use super::table::HeldBack;
use crate::clock;
use crate::error::OperationError;
use crate::proto::{
    Command, Config, LivenessSnapshot, Machine, NetworkUpdate, Outcome, QueuePolicy, State, Tally,
    Usage,
};
use crate::types::Instant;

/// What is known of a client at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// The number of the newest connection attempt; 0 before the first.
    pub connection_number: u64,
    /// The effective Keep Alive in seconds.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l14).
    pub keep_alive: u16,
    /// What is known of the peer's life; `None` while not connected.
    pub liveness: Option<LivenessSnapshot>,
    /// Until the next attempt begins by itself; `None` unless [`State::Reconnecting`].
    pub next_attempt_in: Option<Duration>,
    /// How long there has been no connection since the last one ended; `None` while connected and
    /// before the first.
    pub offline: Option<Duration>,
    /// What was last said of the system's network, by [`Client::network_changed`](super::Client) or
    /// by the network monitor.
    pub network: Option<NetworkUpdate>,
    /// Bytes received over all connections.
    pub bytes_received: u64,
    /// Bytes handed to sockets over all connections.
    pub bytes_sent: u64,
    /// Messages received over all connections, with those dropped.
    pub messages_received: u64,
    /// QoS 0 messages dropped because the application took its messages too slowly.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l12).
    pub messages_dropped: u64,
    /// Operations in the outbound queue, unacknowledged ones included.
    pub outbound_queue_messages: u64,
    /// What they cost in bytes.
    pub outbound_queue_bytes: u64,
    /// What the messages cost, in bytes, that the application has not taken yet.
    pub inbound_queue_bytes: u64,
    /// Messages that no consumer came for in time
    /// ([`Options::unclaimed_timeout`](super::Options::unclaimed_timeout)). They were
    /// acknowledged and dropped.
    pub messages_unclaimed: u64,
    /// The stream, or the handler that acknowledges itself, that withholds the acknowledgements of all
    /// later messages, if one does at this moment. It matters where [`HeldBack::since`] is long.
    pub held_back: Option<HeldBack>,
}

impl Status {
    /// Of a client that nothing is known of.
    pub(super) fn closed() -> Self {
        Status {
            state: State::Closed,
            connection_number: 0,
            keep_alive: 0,
            liveness: None,
            next_attempt_in: None,
            offline: None,
            network: None,
            bytes_received: 0,
            bytes_sent: 0,
            messages_received: 0,
            messages_dropped: 0,
            outbound_queue_messages: 0,
            outbound_queue_bytes: 0,
            inbound_queue_bytes: 0,
            messages_unclaimed: 0,
            held_back: None,
        }
    }
}

/// Made so far.
static CLIENTS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) lanes: Lanes,
    pub(crate) traffic: Traffic,
    /// Where the application wants to see packets.
    pub(super) tap: Option<TapLane>,
    /// Counts the process's clients, from 1: logs name them so.
    number: u64,
    known: Mutex<Known>,
    pub(super) negotiated: Negotiated,
    pub(super) network: Network,
}

/// What the engine last told.
#[derive(Debug)]
struct Known {
    at: Instant,
    state: State,
    connection_number: u64,
    keep_alive: u16,
    liveness: Option<LivenessSnapshot>,
    next_attempt_at: Option<Instant>,
    offline_since: Option<Instant>,
    messages: (u64, u64),
    inbound_bytes: usize,
    /// Boxed: all else is replaced in each turn.
    tally: Option<Box<Tally>>,
}

/// Who does what a client itself never does.
pub(super) struct Around {
    pub(super) bell: Bell,
    /// Runs the lifecycle lane.
    pub(super) lifecycle: Runner,
    /// Runs the message lane.
    pub(super) messages: Runner,
}

/// From where on operations are refused at once. Where the machine makes room by its policy, it
/// gets more than fits; how much more is bounded all the same, in case that an application asks
/// more quickly than the engine drops.
fn refused_from(config: &Config) -> Usage {
    const MESSAGES: usize = 4096;
    const BYTES: usize = 1024 * 1024;
    let most = Usage {
        messages: config.outbound_queue_max_messages,
        bytes: config.outbound_queue_max_bytes,
    };
    match config.queue_policy {
        QueuePolicy::RefuseNewest => most,
        QueuePolicy::DropOldestQos0 | QueuePolicy::DropOldest => Usage {
            messages: most.messages.saturating_add(most.messages.max(MESSAGES)),
            bytes: most.bytes.saturating_add(most.bytes.max(BYTES)),
        },
    }
}

impl Shared {
    pub(super) fn new(
        options: &Options,
        handler: Arc<dyn Handler>,
        around: Around,
        pulled: bool,
        seed: u64,
    ) -> Self {
        let limit = refused_from(&options.config);
        let inbox = Arc::new(Inbox::new(limit, around.bell));
        let tap = options.packet_tap.clone();
        let tap = tap.map(|tap| TapLane::new(tap, around.messages.clone()));
        let messages = lanes::message_lane(around.messages);
        let router = Router::new(
            Arc::clone(&messages),
            Arc::clone(&inbox),
            Rules {
                handler: !pulled,
                manual: options.manual_acknowledgement,
                version: options.config.protocol_version,
                client_id: options.config.client_id.clone(),
                seed,
                unclaimed_timeout: options.unclaimed_timeout,
                max_bytes: options.config.inbound_queue_max_bytes,
            },
        );
        Shared {
            lanes: Lanes::new(handler, around.lifecycle, messages, router),
            inbox,
            traffic: Traffic::default(),
            tap,
            number: CLIENTS.fetch_add(1, Ordering::Relaxed) + 1,
            known: Mutex::new(Known {
                at: clock::now(),
                state: State::Idle,
                connection_number: 0,
                keep_alive: options.config.keep_alive,
                liveness: None,
                next_attempt_at: None,
                offline_since: None,
                messages: (0, 0),
                inbound_bytes: 0,
                tally: None,
            }),
            negotiated: Negotiated::default(),
            network: Network::new(options),
        }
    }

    /// The name that logs have for the client.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine tells where the machine stands, before it tells the events that led there.
    pub(super) fn update(&self, machine: &Machine<Completion>, now: Instant) {
        let (state, connection_number) = (machine.state(), machine.connection_number());
        let changed = {
            let mut known = self.known();
            let before = (known.state, known.connection_number);
            let mut tally = known.tally.take().unwrap_or_default();
            tally.follow(machine.tally());
            *known = Known {
                at: now,
                state,
                connection_number,
                keep_alive: machine.keep_alive(),
                liveness: machine.liveness(now),
                next_attempt_at: machine.next_attempt_at(),
                offline_since: machine.offline_since(),
                messages: machine.messages(),
                inbound_bytes: machine.inbound_bytes(),
                tally: Some(tally),
            };
            before != (state, connection_number)
        };
        if changed {
            self.inbox.set_state(state, connection_number);
        }
    }

    /// The engine's turn is over. When [`handle_timeout`](Self::handle_timeout) has something to
    /// do.
    pub(super) fn turn_ended(&self) -> Option<Instant> {
        self.lanes.router.turn_ended()
    }

    pub(super) fn handle_timeout(&self, now: Instant) {
        self.lanes.router.handle_timeout(now);
    }

    /// The engine has ended: these operations, what it was not told of any more, and what it
    /// dropped have their outcomes, and nothing follows.
    pub(super) fn end(&self, operations: Vec<Completion>) {
        let commands = self.inbox.close();
        self.negotiated.clear();
        exit::notice();
        let left = commands.into_iter().filter_map(Command::into_token);
        for completion in operations
            .into_iter()
            .chain(completion::orphans())
            .chain(left)
        {
            let outcome = Outcome::new(Err(OperationError::Closed), None);
            self.lanes.complete(completion, outcome);
        }
        self.lanes.end();
        if let Some(tap) = &self.tap {
            tap.end();
        }
    }

    pub(super) fn connection_number(&self) -> u64 {
        self.known().connection_number
    }

    pub(super) fn counters(&self) -> Counters {
        let usage = self.inbox.usage();
        let counts = self.lanes.router.counts();
        let mut counters = Counters::default();
        self.traffic.fill(&mut counters);
        let known = self.known();
        let since = self.inbox.time.now().saturating_since(known.at);
        let none = Tally::default();
        let tally = known.tally.as_deref().unwrap_or(&none);
        Counters {
            packets_received: tally.received,
            packets_sent: tally.sent,
            messages_received: known.messages.0,
            messages_dropped: known.messages.1 + counts.dropped,
            messages_unclaimed: counts.unclaimed,
            outbound_queue_messages: usage.messages as u64,
            outbound_queue_bytes: usage.bytes as u64,
            inbound_queue_bytes: known.inbound_bytes as u64,
            ping_round_trips: tally.pings,
            packets_not_tapped: self.tap.as_ref().map_or(0, TapLane::dropped),
            faults_tolerated: tally.faults.clone(),
            last_inbound_age: known.liveness.map(|it| it.last_inbound_age + since),
            last_evidence_age: known.liveness.map(|it| it.last_evidence_age + since),
            ..counters
        }
    }

    pub(super) fn status(&self) -> Status {
        let usage = self.inbox.usage();
        let state = self.inbox.state();
        let counts = self.lanes.router.counts();
        let known = self.known();
        let now = self.inbox.time.now();
        let since = now.saturating_since(known.at);
        let (bytes_received, bytes_sent) = self.traffic.bytes();
        Status {
            state,
            connection_number: known.connection_number,
            keep_alive: known.keep_alive,
            liveness: known.liveness.map(|liveness| LivenessSnapshot {
                last_inbound_age: liveness.last_inbound_age + since,
                last_evidence_age: liveness.last_evidence_age + since,
                unanswered_pings: liveness.unanswered_pings,
                oldest_ping_age: liveness.oldest_ping_age.map(|age| age + since),
                verdict_in: liveness.verdict_in.map(|time| time.saturating_sub(since)),
                ..liveness
            }),
            next_attempt_in: known.next_attempt_at.map(|at| at.saturating_since(now)),
            offline: known.offline_since.map(|at| now.saturating_since(at)),
            network: self.network.update(),
            bytes_received,
            bytes_sent,
            messages_received: known.messages.0,
            messages_dropped: known.messages.1 + counts.dropped,
            outbound_queue_messages: usage.messages as u64,
            outbound_queue_bytes: usage.bytes as u64,
            inbound_queue_bytes: known.inbound_bytes as u64,
            messages_unclaimed: counts.unclaimed,
            held_back: counts.held_back,
        }
    }
}

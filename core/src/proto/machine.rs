use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;

use self::authentication::Authentication;
pub(super) use self::authentication::REAUTHENTICATION_COST;
use self::cancel::Cancels;
use self::goodbye::Goodbye;
use self::reconnect::Recovery;
use self::standby::Standby;
use self::tolerance::Early;
use super::adaptive::Adaptive;
use super::alias::{InboundAliases, OutboundAliases};
use super::barrier::Barrier;
use super::event::Action;
use super::flight::Flight;
use super::limits::ServerLimits;
use super::liveness::{Liveness, verdict_after};
use super::outgoing::Outgoing;
use super::pacer::Pacer;
use super::redirect::Redirect;
use super::session::Session;
use super::timers::{Timer, Timers};
use super::{
    Config, Delivered, Event, EventKind, Farewell, LivenessSnapshot, Output, Provided, State, Usage,
};
use crate::codec::{ConnAck, Decoder};
use crate::error::{ConnectError, Stage};
use crate::types::{Instant, Properties, ReasonCode, Text, Tolerated, Version};

mod acknowledged;
mod adaptive;
mod authentication;
mod barrier;
mod cancel;
mod commands;
mod ends;
mod flight;
mod goodbye;
mod handshake;
mod judgement;
mod negotiated;
mod operations;
mod pacing;
mod poison;
mod receive;
mod reconnect;
mod refusing;
mod resume;
mod standby;
mod tolerance;
mod transmit;

/// The longest connection attempt where the application names none (rule L13).
const MAX_CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A client's connection and session. See the [module](super) for how to drive it.
#[derive(Debug)]
pub struct Machine<T> {
    config: Config,
    phase: Phase,
    timers: Timers,
    session: Session<T>,
    connection_number: u64,
    attempt_number: u32,
    keep_alive: u16,
    limits: ServerLimits,
    decoder: Decoder,
    liveness: Option<Liveness>,
    adaptive: Option<Adaptive>,
    outgoing: Outgoing,
    /// The client becomes closed when the connection ends.
    closing: bool,
    /// Acknowledgements, encoded; they leave before what is queued.
    control: BytesMut,
    /// When the last complete packet was handed to the socket (O).
    last_outbound: Instant,
    /// Our bytes that the peer's TCP acknowledged (A), where known.
    acked: Option<u64>,

    /// Identifiers to send again in this connection of a resumed session.
    resend: VecDeque<std::num::NonZeroU16>,
    /// QoS 0 publishes that somebody waits for.
    handed: VecDeque<Handed<T>>,
    /// What the broker is to read.
    barrier: Barrier<T>,
    cancels: Cancels<T>,
    /// Properties of the packet with which the broker ends the connection or the attempt.
    told: Properties,
    pacer: Option<Pacer>,

    actions: VecDeque<Action>,
    events: VecDeque<Event>,
    delivered: Vec<Delivered<T>>,
    released: Usage,
    messages_received: u64,
    messages_dropped: u64,
    recovery: Recovery,
    standby: Option<Standby>,
    authentication: Authentication<T>,
    /// Names the network that there is, where the system told.
    network_id: Text,
    /// From 5.0 to 3.1.1.
    fell_back: bool,
    /// What the provider gave for the present attempt.
    provided: Provided,
    inbound_aliases: InboundAliases,
    outbound_aliases: OutboundAliases,
    /// Faults of the broker that were let pass.
    tolerated: Tolerated,
    early: Early,
    /// What DISCONNECT is to say, beyond its reason code.
    farewell: Option<Box<Farewell>>,
    /// The number of operations so far.
    serial: u64,
    /// What is queued and unacknowledged.
    usage: Usage,
    /// Boxed: it is large, and machines are moved.
    flight: Box<Flight>,
}

/// A QoS 0 publish on its way to the socket.
#[derive(Debug)]
struct Handed<T> {
    /// The stream offset at which it ends.
    end: u64,
    /// When nobody waits for it any more.
    until: Option<Instant>,
    token: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// The next attempt begins by itself ([`Timer::Reconnect`]).
    Waiting,
    /// The transport opens a stream.
    Opening {
        stage: Stage,
        timeout: Duration,
    },
    /// CONNECT is on its way.
    Handshaking {
        timeout: Duration,
    },
    Connected,
    /// The end was asked for, and waits for acknowledgements of what was queued before.
    Draining(Goodbye),
    /// DISCONNECT follows what is queued.
    Leaving(Goodbye),
    /// DISCONNECT is encoded. Nothing may follow [MQTT-3.14.4-1]; what comes is read until the
    /// broker closes its half.
    Left(Goodbye),
    Closed,
}

impl<T> Machine<T> {
    /// A client that is idle. `seed` decides the delays of its reconnections: clients that are to
    /// come back at different times need different ones.
    pub fn new(config: Config, seed: u64) -> Self {
        let recovery = Recovery::new(&config, seed);
        let decoder = Decoder::of_server(config.protocol_version, config.packet_limit());
        Machine {
            keep_alive: config.keep_alive,
            adaptive: config.adaptive_ping.then(Adaptive::new),
            session: Session::new(&config),
            pacer: config.rate_limit.as_ref().map(Pacer::new),
            config,
            phase: Phase::Idle,
            timers: Timers::default(),
            connection_number: 0,
            attempt_number: 0,
            limits: ServerLimits::new(&ConnAck {
                session_present: false,
                reason_code: ReasonCode::Success,
                properties: Properties::new(),
            }),
            decoder,
            liveness: None,
            outgoing: Outgoing::default(),
            closing: false,
            control: BytesMut::new(),
            last_outbound: Instant::ORIGIN,
            acked: None,
            resend: VecDeque::new(),
            handed: VecDeque::new(),
            barrier: Barrier::default(),
            cancels: Cancels::default(),
            told: Properties::new(),
            actions: VecDeque::new(),
            events: VecDeque::new(),
            delivered: Vec::new(),
            released: Usage::default(),
            messages_received: 0,
            messages_dropped: 0,
            recovery,
            standby: None,
            authentication: Authentication::default(),
            network_id: Text::new(),
            fell_back: false,
            provided: Provided::default(),
            inbound_aliases: InboundAliases::default(),
            outbound_aliases: OutboundAliases::default(),
            tolerated: Tolerated::nothing(),
            early: Early::default(),
            farewell: None,
            serial: 0,
            usage: Usage::default(),
            flight: Box::default(),
        }
    }

    /// Where the client stands.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Idle => State::Idle,
            Phase::Waiting => State::Reconnecting,
            Phase::Opening { .. } | Phase::Handshaking { .. } => State::Connecting,
            Phase::Connected => State::Connected,
            Phase::Draining(_) | Phase::Leaving(_) | Phase::Left(_) => State::Disconnecting,
            Phase::Closed => State::Closed,
        }
    }

    /// Whether the session outlives the connection, as things stand: what the broker said at
    /// CONNACK, while connected.
    pub fn session_persists(&self) -> bool {
        self.session.persists()
    }

    /// The number of the newest connection attempt; 0 before the first.
    pub fn connection_number(&self) -> u64 {
        self.connection_number
    }

    /// The effective Keep Alive in seconds.
    pub fn keep_alive(&self) -> u16 {
        self.keep_alive
    }

    /// What is known of the peer's life; `None` while not connected.
    pub fn liveness(&self, now: Instant) -> Option<LivenessSnapshot> {
        self.liveness.as_ref().map(|l| l.snapshot(now))
    }

    /// Messages received, and of them dropped (QoS 0), since the beginning.
    pub fn messages(&self) -> (u64, u64) {
        (self.messages_received, self.messages_dropped)
    }

    /// Bytes of delivered messages that the application has not taken.
    pub fn inbound_bytes(&self) -> usize {
        self.session.inbound.bytes
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        let k = Duration::from_secs(u64::from(self.config.keep_alive));
        self.config.connect_timeout.unwrap_or(if k.is_zero() {
            MAX_CONNECT_TIMEOUT
        } else {
            verdict_after(k).min(MAX_CONNECT_TIMEOUT)
        })
    }

    /// The attempt has entered this stage.
    pub fn handle_stage(&mut self, now_in: Stage) {
        // While the provider is asked, nothing is opened.
        if let Phase::Opening { stage, .. } = &mut self.phase
            && *stage != Stage::Provider
        {
            *stage = now_in;
        }
    }

    /// Does what is due. `suspended`: the system slept since the last call.
    pub fn handle_timeout(&mut self, now: Instant, suspended: bool) {
        self.end_overdue(now);
        self.sweep(now);
        if self.timers.is_due(Timer::Pace, now) {
            // What is sent next sets it anew.
            self.timers.clear(Timer::Pace);
        }
        self.check_authentication(now);
        match self.phase {
            Phase::Waiting if self.timers.is_due(Timer::Reconnect, now) => self.go_on(now),
            Phase::Opening { stage, timeout } if self.timers.is_due(Timer::Connect, now) => {
                self.fail_attempt(now, ConnectError::timeout(stage, timeout));
            }
            Phase::Handshaking { timeout } if self.timers.is_due(Timer::Connect, now) => {
                self.fail_attempt(now, self.handshake_timeout(timeout));
            }
            Phase::Connected => {
                if self.timers.is_due(Timer::Standby, now) {
                    self.drop_standby(now);
                }
                if self.is_judged() {
                    self.check_liveness(now, suspended);
                }
            }
            Phase::Draining(_) => {
                self.check_goodbye(now);
                if self.is_judged() {
                    self.check_liveness(now, suspended);
                }
            }
            Phase::Leaving(_) | Phase::Left(_) => self.check_goodbye(now),
            _ => {}
        }
    }

    /// The next moment at which [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn poll_deadline(&self) -> Option<Instant> {
        let liveness = self.liveness.as_ref().filter(|_| self.is_judged());
        let liveness = liveness.and_then(Liveness::deadline);
        Instant::earliest([self.timers.next(), liveness])
    }

    /// From when on a PINGREQ goes where the engine is awake for another reason: a
    /// [`handle_timeout`](Self::handle_timeout) from then on sends it.
    pub fn poll_earliest(&self) -> Option<Instant> {
        let liveness = self.liveness.as_ref().filter(|_| self.is_judged());
        liveness.and_then(Liveness::early_at)
    }

    /// What comes out next: what has left the queue, then events, then deliveries, then what the
    /// transport is to do. Call it until there is nothing.
    pub fn poll_output(&mut self) -> Option<Output<T>> {
        if self.released != Usage::default() {
            return Some(Output::Released(std::mem::take(&mut self.released)));
        }
        if let Some(event) = self.events.pop_front() {
            return Some(Output::Event(event));
        }
        if !self.delivered.is_empty() {
            return Some(Output::Delivered(std::mem::take(&mut self.delivered)));
        }
        Some(match self.actions.pop_front()? {
            Action::DropStandby => Output::DropStandby,
            Action::Provide => Output::Provide,
            Action::Authenticate(question) => Output::Authenticate(question),
            Action::Open => Output::Open,
            Action::Refer(Redirect {
                reference,
                for_good,
            }) => Output::Refer {
                reference,
                for_good,
            },
            Action::CheckLocalAddress => Output::CheckLocalAddress,
            Action::Finish => Output::Finish,
            Action::Close { graceful } => Output::Close { graceful },
        })
    }

    /// Takes back the emptied list of an [`Output::Delivered`], so that the next needs no
    /// allocation.
    pub fn reuse(&mut self, mut list: Vec<Delivered<T>>) {
        if self.delivered.is_empty() {
            list.clear();
            self.delivered = list;
        }
    }

    /// Until when an attempt that is under way must have come about.
    pub fn connect_deadline(&self) -> Option<Instant> {
        let standby = self.timers.get(Timer::Standby);
        self.timers.get(Timer::Connect).or(standby)
    }

    /// Whether the broker owes us an acknowledgement.
    pub fn awaits_acknowledgement(&self) -> bool {
        self.session.inflight.publishes() > 0
    }

    fn version(&self) -> Version {
        self.config.protocol_version
    }

    fn push_event(&mut self, kind: EventKind) {
        self.push_told_event(kind, Properties::new());
    }

    /// As [`push_event`](Self::push_event), with the properties of the broker's packet that it is about.
    fn push_told_event(&mut self, kind: EventKind, properties: Properties) {
        self.events.push_back(Event {
            connection_number: self.connection_number,
            attempt_number: self.attempt_number,
            attempted: None,
            will_reconnect: false,
            record: None,
            properties,
            kind,
        });
    }
}

//! The client's side of the world: the driver that ships, on a stream that is a model.

use mqttka_core::error::{ConnectError, TransportError};
use mqttka_core::proto::{Connected, NetworkChange};
use mqttka_core::transport::{Advance, Opening, Plan};

use mqttka_core::transport::options::{Pem, Server, TlsOptions, Transport, WebSocketOptions};
use mqttka_core::transport::{TlsConnector, UpgradeRequest};

use super::near::{Observed, SimStream, Wire, truth};
use std::sync::OnceLock;

use super::*;

/// Where the driver's outputs go.
struct Ears<'a> {
    now: Instant,
    app: &'a mut App,
    oracle: &'a mut Oracle,
    wire: Option<Rc<RefCell<Wire>>>,
    connected_at: Instant,
    blocked: bool,
    connection_number: u64,
    reconnect_at: Option<Instant>,
    reconnect: Option<Duration>,
    connected: Option<Box<Connected>>,
}

impl Ears<'_> {
    /// The oracle hears what went over the wire so far.
    fn listen(&mut self) {
        if let Some(wire) = &self.wire {
            let wire = &mut *wire.borrow_mut();
            let (got, sent) = wire.take();
            self.oracle.on_got(&got);
            self.oracle.on_sent(self.now, &sent);
            for lie in wire.lies() {
                self.oracle.violation(self.now, lie);
            }
        }
    }
}

impl Host<u64> for Ears<'_> {
    fn take_commands(&mut self, into: &mut VecDeque<Command<u64>>) {
        for command in self.app.commands(self.now) {
            match &command {
                Command::Disconnect { drain_timeout, .. } => {
                    let drain = drain_timeout.unwrap_or_default();
                    self.oracle.on_disconnect_call(self.now, drain);
                }
                Command::Close | Command::Abort => {
                    self.oracle.on_disconnect_call(self.now, Duration::ZERO);
                }
                Command::Connect | Command::ReconnectNow => {
                    self.oracle.grammar.on_poke(self.now);
                }
                Command::NetworkChanged(update) => {
                    let there = update.change != NetworkChange::Lost;
                    self.oracle.grammar.on_network(self.now, there);
                    self.oracle.grammar.on_poke(self.now);
                    self.oracle.on_hint(self.now);
                }
                Command::EnteredForeground | Command::Probe { .. } => {
                    self.oracle.grammar.on_poke(self.now);
                    self.oracle.on_hint(self.now);
                }
                _ => {}
            }
            into.push_back(command);
        }
    }

    fn publish_state(&mut self, machine: &Machine<u64>, _now: Instant) {
        self.connection_number = machine.connection_number();
    }

    fn released(&mut self, usage: Usage) {
        self.app.released(usage);
    }

    fn event(&mut self, event: Event) {
        self.listen();
        if let EventKind::Suspect(_) | EventKind::Alive(_) = event.kind {
            return self.oracle.on_suspicion(self.now, &event);
        }
        let truth = self
            .wire
            .as_ref()
            .and_then(|wire| truth(&mut wire.borrow_mut(), self.connected_at, self.blocked));
        match &event.kind {
            EventKind::Connected(connected) => {
                self.app.on_connected(self.now, true);
                self.connected = Some(connected.clone());
            }
            EventKind::Disconnected(_) | EventKind::ConnectFailed(_) => {
                self.app.on_connected(self.now, false);
            }
            _ => {}
        }
        if event.is_final()
            && let Some(pause) = self.reconnect
        {
            self.reconnect_at = Some(self.now + pause);
        }
        if let EventKind::ConnectFailed(error) = &event.kind
            && let ConnectError::DisconnectRequested | ConnectError::ClientClosed = **error
            && !self.oracle.is_attempting()
        {
            // An attempt that was given up before anything was opened.
            self.oracle.on_attempt(self.now, event.connection_number);
        }
        self.oracle.on_event(self.now, event, truth);
    }

    fn deliver(&mut self, items: &mut Vec<Delivered<u64>>, _now: Instant) {
        for delivered in items.drain(..) {
            self.app.deliver(delivered);
        }
    }

    fn received(&mut self, _bytes: usize) {
        self.listen();
    }

    fn sent(&mut self, _bytes: usize) {
        self.listen();
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _now: Instant) {}
}

impl World {
    pub(super) fn run_client(&mut self) {
        let now = self.now;
        if now < self.asleep_until {
            return;
        }
        if self.wake_at.is_none() && self.has_reason() {
            let late = self.rng.duration(Duration::ZERO, self.config.jitter);
            self.wake_at = Some(now + late);
        }
        if self.wake_at.is_some_and(|at| at <= now) && now >= self.stopped_until {
            self.wake_at = None;
            self.turn();
        }
    }

    /// Whether the socket has something for the engine.
    fn is_ready(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| {
            let wire = wire.borrow();
            let tcp = &wire.tcp;
            let readable = tcp.readable() > 0 || tcp.is_eof() || tcp.is_reset();
            !wire.closed
                && (readable && (self.driver.stream().is_some() || self.handshake.is_some())
                    || self.driver.is_blocked() && tcp.writable()
                    || self.handshake.is_some() && self.handshake_blocked && tcp.writable())
        })
    }

    fn has_reason(&self) -> bool {
        let now = self.now;
        self.is_ready()
            || self.more
            || self.deadline.is_some_and(|at| at <= now)
            || self.app.is_due(now)
            || self.opening.is_some_and(|at| at <= now)
            || self.connect_at.is_some_and(|at| at <= now)
            || self.extra_at().is_some_and(|at| at <= now)
    }

    pub(super) fn extra_at(&self) -> Option<Instant> {
        self.config.extra_wakes.map(|pause| self.turned_at + pause)
    }

    /// One wake-up.
    fn turn(&mut self) {
        let now = self.now;
        self.wakes += 1;
        let other = self.is_ready() || self.more || self.app.is_due(now);
        if !other && self.deadline.is_some_and(|at| at <= now) {
            self.timer_wakes += 1;
        }
        self.turned_at = now;
        let slept = std::mem::take(&mut self.slept);
        let stopped = std::mem::take(&mut self.was_stopped);
        if slept || stopped {
            let waits = self
                .wire
                .as_ref()
                .is_some_and(|wire| wire.borrow().tcp.readable() > 0);
            let finds = waits || self.config.knows_acked;
            self.oracle.on_resume(now, finds);
        }
        if self.connect_at.is_some_and(|at| at <= now) {
            self.connect_at = None;
            self.app.ask(Command::Connect);
        }
        if self.opening.is_some_and(|at| at <= now) {
            self.opened();
        }
        if let Some(wire) = &self.wire {
            wire.borrow_mut().now = now;
        }
        self.shake_hands();
        let mut ears = Ears {
            now,
            app: &mut self.app,
            oracle: &mut self.oracle,
            wire: self.wire.clone(),
            connected_at: self.connected_at,
            blocked: self.driver.is_blocked(),
            connection_number: 0,
            reconnect_at: None,
            reconnect: self.config.reconnect,
            connected: None,
        };
        let turn = self.driver.turn(now, slept, &mut self.scratch, &mut ears);
        ears.listen();
        let number = ears.connection_number;
        let connected = ears.connected.take();
        self.connect_at = ears.reconnect_at.or(self.connect_at);
        self.more = turn.more;
        self.deadline = turn.deadline;
        match turn.dial {
            Some(Dial::Open { .. }) => self.open(number),
            Some(Dial::GiveUp) => {
                self.opening = None;
                self.handshake = None;
            }
            None => {}
        }
        if self.wire.as_ref().is_some_and(|wire| wire.borrow().aborted) {
            self.reset_peer();
        }
        self.check_turn(connected);
    }

    /// The client's system ends the connection at once.
    pub(super) fn reset_peer(&mut self) {
        self.up.send(self.now, Segment::reset(), &mut self.rng);
        self.wire = None;
    }

    fn opened(&mut self) {
        self.opening = None;
        if self.broker.is_down() {
            let error = TransportError::new("connection refused");
            return self.driver.handle_open_failed(self.now, Stage::Tcp, error);
        }
        self.up.forget();
        self.down.forget();
        let rtt = self.round_trip();
        let tcp = Tcp::new(self.config.client_tcp, rtt);
        let (knows_acked, knows_age) = (self.config.knows_acked, self.config.knows_ack_age);
        let wire = Wire::new(tcp, self.now, knows_acked, knows_age);
        let wire = Rc::new(RefCell::new(wire));
        self.wire = Some(Rc::clone(&wire));
        self.server = Some(Far::new(
            Tcp::new(self.config.broker_tcp, rtt),
            self.config.layers,
            self.rng.next_u64(),
        ));
        self.chatter_at = self.config.chatter.map(|pause| self.now + pause);
        self.connected_at = self.now;
        self.broker.accept(self.now);
        match Opening::new(SimStream::new(wire), self.plan()) {
            Ok(handshake) => self.handshake = Some(handshake),
            Err(error) => self.driver.handle_open_failed(self.now, Stage::Tcp, error),
        }
        self.shake_hands();
    }

    fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        let layers = self.config.layers;
        plan.host = "localhost".to_owned();
        plan.tls = layers.tls.then(connector);
        plan.web_socket = layers.web_socket.then(upgrade);
        plan
    }

    /// The handshakes of the layers go on.
    fn shake_hands(&mut self) {
        while let Some(handshake) = &mut self.handshake {
            let outcome = handshake.advance();
            let stage = handshake.stage();
            self.driver.handle_stage(stage);
            match outcome {
                Ok(Advance::Open(stream)) => {
                    self.handshake = None;
                    self.driver.handle_opened(self.now, Observed::new(stream));
                }
                Ok(Advance::Waiting { blocked }) => {
                    self.handshake_blocked = blocked;
                    return;
                }
                Ok(Advance::Elsewhere(job)) => job.run(),
                Err(error) => {
                    self.handshake = None;
                    self.driver.handle_open_failed(self.now, stage, error);
                }
            }
        }
    }

    fn open(&mut self, number: u64) {
        self.oracle.on_attempt(self.now, number);
        self.wire = None;
        self.handshake = None;
        self.server = None;
        self.broker.hang_up(self.now);
        // The machine hears of the stage at the next wake-up.
        self.more = true;
        for stage in [Stage::Dns, Stage::Tcp, Stage::Tls, Stage::WebSocket] {
            self.driver.handle_stage(stage);
            let lost = stage == Stage::Tcp && (self.up.is_dead() || self.down.is_dead());
            if lost || self.config.hangs_in == Some(stage) {
                return;
            }
        }
        self.opening = Some(self.now + self.round_trip());
    }

    /// Of the handshake.
    fn round_trip(&self) -> Duration {
        let (up, down) = (&self.config.up, &self.config.down);
        up.delay + up.per_packet + down.delay + down.per_packet
    }
}

/// Trusts the broker of this process.
fn connector() -> TlsConnector {
    static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();
    let made = CONNECTOR.get_or_init(|| {
        let mut options = TlsOptions::default();
        options.ca = Some(Pem::Bytes(crate::far::authority().into()));
        TlsConnector::new(&options).expect("an authority's certificate")
    });
    made.clone()
}

fn upgrade() -> UpgradeRequest {
    let mut server = Server::new("localhost");
    server.transport = Transport::WebSocket;
    UpgradeRequest::new(&server, &WebSocketOptions::default()).expect("a host and no headers")
}

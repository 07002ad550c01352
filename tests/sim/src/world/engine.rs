//! The client's side of the world: the driver that ships, on a stream that is a model.

use super::*;

/// Between the client and its system: what the driver holds of it is a [`SimStream`].
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) tcp: Tcp,
    /// The client has let go of its end.
    pub(super) closed: bool,
    /// It did so with a reset.
    pub(super) aborted: bool,
    /// What was read and written since the oracle last looked.
    got: Vec<u8>,
    sent: Vec<u8>,
    now: Instant,
    knows_acked: bool,
    knows_ack_age: bool,
}

/// The client's end of a connection.
#[derive(Debug)]
pub(super) struct SimStream(Rc<RefCell<Wire>>);

impl Stream for SimStream {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let wire = &mut *self.0.borrow_mut();
        if wire.tcp.is_reset() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let before = into.len();
        let count = wire.tcp.read(into, max);
        if count == 0 && !wire.tcp.is_eof() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        wire.got.extend_from_slice(&into[before..]);
        if count == 0 {
            return Ok(Read::END);
        }
        Ok(Read::bytes(count, count == max || wire.tcp.is_eof()))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let wire = &mut *self.0.borrow_mut();
        let mut count = wire.tcp.write(head);
        wire.sent.extend_from_slice(&head[..count]);
        if count == head.len() {
            let more = wire.tcp.write(tail);
            wire.sent.extend_from_slice(&tail[..more]);
            count += more;
        }
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(count)
    }

    fn progress(&mut self) -> Option<Progress> {
        let wire = self.0.borrow();
        if !wire.knows_acked {
            return None;
        }
        let age = wire.tcp.last_ack.map(|at| wire.now.saturating_since(at));
        // The system tells it in milliseconds.
        let age = age.map(|age| ms(age.as_millis() as u64));
        Some(Progress {
            acked: wire.tcp.acked(),
            reached: wire.tcp.acked(),
            last_ack_age: age.filter(|_| wire.knows_ack_age),
        })
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, _backstop: Option<Duration>) {
        self.0.borrow_mut().tcp.finish();
    }

    fn abort(self) {
        self.0.borrow_mut().aborted = true;
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        let wire = &mut *self.0.borrow_mut();
        wire.closed = true;
        wire.tcp.finish();
    }
}

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
}

impl Ears<'_> {
    /// The oracle hears what went over the wire so far.
    fn listen(&mut self) {
        if let Some(wire) = &self.wire {
            let wire = &mut *wire.borrow_mut();
            self.oracle.on_got(&std::mem::take(&mut wire.got));
            self.oracle
                .on_sent(self.now, &std::mem::take(&mut wire.sent));
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
        let truth = self
            .wire
            .as_ref()
            .and_then(|wire| truth(&wire.borrow(), self.connected_at, self.blocked));
        let connected = matches!(event.kind, EventKind::Connected(_));
        self.app.on_connected(self.now, connected);
        if !connected && let Some(pause) = self.reconnect {
            self.reconnect_at = Some(self.now + pause);
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

/// What is true of a connection that the client holds.
pub(super) fn truth(wire: &Wire, connected_at: Instant, blocked: bool) -> Option<Truth> {
    if wire.closed {
        return None;
    }
    let inbound = wire.tcp.last_received.unwrap_or(connected_at);
    Some(Truth {
        inbound,
        evidence: inbound.max(wire.tcp.last_advance.unwrap_or(inbound)),
        advance: wire.tcp.last_advance,
        acked: wire.tcp.acked(),
        any_packet: wire.tcp.last_ack,
        blocked,
    })
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

    fn has_reason(&self) -> bool {
        let now = self.now;
        let ready = self.wire.as_ref().is_some_and(|wire| {
            let wire = wire.borrow();
            let tcp = &wire.tcp;
            let readable = tcp.readable() > 0 || tcp.is_eof() || tcp.is_reset();
            !wire.closed
                && (readable && self.driver.stream().is_some()
                    || self.driver.is_blocked() && tcp.writable())
        });
        ready
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
        };
        let turn = self.driver.turn(now, slept, &mut self.scratch, &mut ears);
        ears.listen();
        let number = ears.connection_number;
        self.connect_at = ears.reconnect_at.or(self.connect_at);
        self.more = turn.more;
        self.deadline = turn.deadline;
        match turn.dial {
            Some(Dial::Open { .. }) => self.open(number),
            Some(Dial::GiveUp) => self.opening = None,
            None => {}
        }
        if self.wire.as_ref().is_some_and(|wire| wire.borrow().aborted) {
            self.reset_peer();
        }
    }

    /// The client's system ends the connection at once.
    pub(super) fn reset_peer(&mut self) {
        self.up.send(self.now, Segment::reset(), &mut self.rng);
        self.wire = None;
    }

    fn opened(&mut self) {
        self.opening = None;
        self.up.forget();
        self.down.forget();
        let rtt = self.round_trip();
        let wire = Rc::new(RefCell::new(Wire {
            tcp: Tcp::new(self.config.client_tcp, rtt),
            closed: false,
            aborted: false,
            got: Vec::new(),
            sent: Vec::new(),
            now: self.now,
            knows_acked: self.config.knows_acked,
            knows_ack_age: self.config.knows_ack_age,
        }));
        self.wire = Some(Rc::clone(&wire));
        self.server = Some(Tcp::new(self.config.broker_tcp, rtt));
        self.connected_at = self.now;
        self.broker.accept(self.now);
        self.driver.handle_opened(self.now, SimStream(wire));
    }

    fn open(&mut self, number: u64) {
        self.oracle.on_attempt(self.now, number);
        self.wire = None;
        self.server = None;
        self.broker.hang_up();
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

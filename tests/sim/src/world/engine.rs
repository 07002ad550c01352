//! The run loop around the machine, as `proto`'s documentation asks for it.

use super::*;

/// What one read brings at most.
const READ: usize = 64 * 1024;

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
        let socket = self.client.as_ref().filter(|_| !self.detached);
        socket.is_some_and(|c| {
            c.readable() > 0 || c.is_eof() || c.is_reset() || (self.blocked && c.writable())
        }) || self.machine.poll_deadline().is_some_and(|at| at <= now)
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
            let waits = self.client.as_ref().is_some_and(|c| c.readable() > 0);
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
        for command in self.app.commands(now) {
            if matches!(command, Command::Disconnect { .. }) {
                self.oracle.on_disconnect_call(now);
            }
            self.machine.handle_command(now, command);
        }
        self.read();
        self.look_at_progress();
        self.machine.handle_timeout(now, slept);
        self.drain();
        self.write();
    }

    fn opened(&mut self) {
        self.opening = None;
        self.up.forget();
        self.down.forget();
        let rtt = self.round_trip();
        self.client = Some(Tcp::new(self.config.client_tcp, rtt));
        self.server = Some(Tcp::new(self.config.broker_tcp, rtt));
        self.detached = false;
        self.blocked = false;
        self.input.clear();
        self.connected_at = self.now;
        self.broker.accept(self.now);
        self.machine.handle_open(self.now, self.config.knows_acked);
    }

    fn read(&mut self) {
        while let Some(client) = self.client.as_mut().filter(|_| !self.detached) {
            if client.is_reset() {
                let error = TransportError::new("connection reset");
                return self.machine.handle_transport_error(self.now, error);
            }
            let before = self.input.len();
            if client.read(&mut self.input, READ) == 0 {
                if client.is_eof() {
                    self.machine.handle_eof(self.now);
                }
                return;
            }
            self.oracle.on_got(&self.input[before..]);
            self.machine.handle_input(self.now, &mut self.input);
        }
    }

    fn look_at_progress(&mut self) {
        let now = self.now;
        if !self.machine.wants_progress(now) {
            return;
        }
        if let Some(client) = self.client.as_ref().filter(|_| !self.detached) {
            let age = client.last_ack.map(|at| now.saturating_since(at));
            // The system tells it in milliseconds.
            let age = age.map(|age| ms(age.as_millis() as u64));
            let progress = Progress {
                acked: client.acked(),
                last_ack_age: age.filter(|_| self.config.knows_ack_age),
            };
            self.machine.handle_progress(now, progress);
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.machine.poll_event() {
            self.on_event(event);
        }
        let mut deliveries = Vec::new();
        self.machine.take_deliveries(&mut deliveries);
        for delivered in deliveries {
            self.app.deliver(delivered);
        }
        self.app.released(self.machine.take_released());
        while let Some(action) = self.machine.poll_action() {
            match action {
                Action::Open => self.open(),
                Action::Close { graceful } => self.close(graceful),
                // The client keeps its address here.
                Action::CheckLocalAddress => {}
            }
        }
    }

    fn open(&mut self) {
        self.oracle
            .on_attempt(self.now, self.machine.connection_number());
        self.client = None;
        self.server = None;
        self.broker.hang_up();
        for stage in [Stage::Dns, Stage::Tcp, Stage::Tls, Stage::WebSocket] {
            self.machine.handle_stage(stage);
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

    fn close(&mut self, graceful: bool) {
        self.opening = None;
        let Some(client) = &mut self.client else {
            return;
        };
        if graceful {
            let (farewell, _) = self.machine.transmit();
            client.write(farewell);
            client.finish();
            self.detached = true;
        } else {
            self.up.send(self.now, Segment::reset(), &mut self.rng);
            self.client = None;
        }
    }

    fn write(&mut self) {
        self.blocked = false;
        while let Some(client) = self.client.as_mut().filter(|_| !self.detached) {
            self.machine.prepare_transmit();
            let (head, tail) = self.machine.transmit();
            if head.is_empty() && tail.is_empty() {
                return;
            }
            let mut count = client.write(head);
            self.oracle.on_sent(self.now, &head[..count]);
            if count == head.len() {
                let more = client.write(tail);
                self.oracle.on_sent(self.now, &tail[..more]);
                count += more;
            }
            if count == 0 {
                self.blocked = true;
                return;
            }
            self.machine.handle_written(self.now, count);
            self.drain();
        }
    }
}

//! The one loop: it owns socket, timer and state of a client (rule L1), and decides nothing.

use std::future::{Future, poll_fn};
use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::clock::{self, Reading};
use super::dial::Dial;
use super::guard::Guard;
use super::socket::{self, AckMeter};
use super::timer::{Sleep, Timer};
use crate::client::{Completion, Shared};
use crate::error::TransportError;
use crate::proto::{Action, Command, Delivered, EventKind, Machine, State};
use crate::transport::Endpoint;

/// What one read may bring.
const READ: usize = 64 * 1024;

/// Reads per wake-up and client, so that one client's flood leaves the others their turn. What
/// remains is read at the next turn, and what was read is evidence enough for this one.
const READS_PER_TURN: usize = 16;

/// Sleep of the system that counts (rule L10): less is the imprecision of two clocks.
const SLEPT: Duration = Duration::from_millis(50);

struct Stream {
    tcp: TcpStream,
    meter: Option<AckMeter>,
    handed_over: u64,
    input: BytesMut,
    /// The last write was not taken whole.
    blocked: bool,
}

struct Engine {
    shared: Arc<Shared>,
    endpoint: Endpoint,
    machine: Machine<Completion>,
    dial: Option<Dial>,
    stream: Option<Stream>,
    commands: Vec<Command<Completion>>,
    deliveries: Vec<Delivered<Completion>>,
    last_turn: Reading,
    /// How long the kernel may try to deliver what is left after a graceful close (rule L18).
    backstop: Option<Duration>,
}

/// Runs a client until it is closed.
pub(crate) async fn run(
    shared: Arc<Shared>,
    endpoint: Endpoint,
    machine: Machine<Completion>,
    timer: Timer,
) {
    let mut guard = Guard::new(Arc::clone(&shared));
    let mut sleep = timer.sleep();
    let mut engine = Engine {
        shared,
        endpoint,
        machine,
        dial: None,
        stream: None,
        commands: Vec::new(),
        deliveries: Vec::new(),
        last_turn: clock::read(),
        backstop: None,
    };
    loop {
        engine.turn(&mut guard);
        if engine.machine.state() == State::Closed {
            break;
        }
        engine.wait(&mut sleep).await;
    }
    guard.finish();
}

impl Engine {
    /// One wake-up, in the order that the machine asks for.
    fn turn(&mut self, guard: &mut Guard) {
        let reading = clock::read();
        let suspended = reading.slept_since(&self.last_turn) > SLEPT;
        self.last_turn = reading;
        let now = reading.now;

        self.shared.inbox.take(&mut self.commands);
        for command in self.commands.drain(..) {
            self.machine.handle_command(now, command);
        }
        if self.commands.capacity() > 1024 {
            self.commands = Vec::new();
        }
        self.read();
        self.look_at_progress();
        if let Some(dial) = &self.dial {
            self.machine.handle_stage(dial.stage());
        }
        self.machine.handle_timeout(clock::now(), suspended);
        self.publish_outputs(guard);
        self.write(guard);
    }

    fn read(&mut self) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        for _ in 0..READS_PER_TURN {
            if stream.input.capacity() - stream.input.len() < READ / 4 {
                stream.input.reserve(READ);
            }
            match stream.tcp.try_read_buf(&mut stream.input) {
                Ok(0) => {
                    self.machine.handle_eof(clock::now());
                    return;
                }
                Ok(count) => {
                    self.shared.counters.received(count);
                    self.machine.handle_input(clock::now(), &mut stream.input);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.machine
                        .handle_transport_error(clock::now(), TransportError::from(error));
                    return;
                }
            }
        }
        if stream.input.is_empty() {
            // An idle connection keeps no read buffer.
            stream.input = BytesMut::new();
        }
    }

    fn look_at_progress(&mut self) {
        let now = clock::now();
        if !self.machine.wants_progress(now) {
            return;
        }
        if let Some(stream) = &mut self.stream
            && let Some(meter) = &mut stream.meter
        {
            let progress = meter.read(&stream.tcp, stream.handed_over);
            self.machine.handle_progress(now, progress);
        }
    }

    /// State first, then events, then the socket: whoever hears `disconnected` can connect again,
    /// and no close stands before the event (rule L15).
    fn publish_outputs(&mut self, guard: &mut Guard) {
        let mut again = false;
        self.shared.update(&mut self.machine, self.last_turn.now);
        while let Some(event) = self.machine.poll_event() {
            if let EventKind::Connected(_) = event.kind
                && let Some(stream) = &self.stream
            {
                // While it is connected the machine judges, and only the machine: the kernel's
                // own limit knows nothing of inbound bytes, and would end a slow download whose
                // bytes stand in the way of our acknowledgements.
                socket::set_backstop(&SockRef::from(&stream.tcp), None);
                self.backstop = self.machine.backstop();
            }
            guard.observe(&event);
            self.shared.lanes.event(event);
        }
        self.machine.take_deliveries(&mut self.deliveries);
        self.shared.lanes.deliver(&mut self.deliveries);
        while let Some(action) = self.machine.poll_action() {
            match action {
                Action::Open => self.dial = Some(Dial::start(&self.endpoint)),
                Action::Close { graceful } => self.close(graceful),
                Action::CheckLocalAddress => {
                    if let Some(stream) = &self.stream {
                        let present = socket::has_local_address(&stream.tcp);
                        self.machine.handle_local_address(clock::now(), present);
                        again = true;
                    }
                }
            }
        }
        if again {
            // The answer may have ended the connection, or made a PINGREQ due.
            self.machine.handle_timeout(clock::now(), false);
            self.publish_outputs(guard);
        }
    }

    fn close(&mut self, graceful: bool) {
        self.dial = None;
        let Some(stream) = self.stream.take() else {
            return;
        };
        if graceful {
            // At most the DISCONNECT of a protocol error is left; one try, nobody waits.
            let (farewell, _) = self.machine.transmit();
            if !farewell.is_empty() {
                let _ = stream.tcp.try_write(farewell);
            }
            let socket = SockRef::from(&stream.tcp);
            socket::set_backstop(&socket, self.backstop);
            let _ = socket.shutdown(std::net::Shutdown::Write);
        } else {
            socket::abort(stream.tcp);
        }
    }

    fn write(&mut self, guard: &mut Guard) {
        loop {
            let Some(stream) = &mut self.stream else {
                return;
            };
            self.machine.prepare_transmit();
            let (head, tail) = self.machine.transmit();
            if head.is_empty() && tail.is_empty() {
                stream.blocked = false;
                return;
            }
            let result = if tail.is_empty() {
                stream.tcp.try_write(head)
            } else {
                stream
                    .tcp
                    .try_write_vectored(&[IoSlice::new(head), IoSlice::new(tail)])
            };
            match result {
                Ok(count) => {
                    stream.handed_over += count as u64;
                    self.shared.counters.sent(count);
                    self.machine.handle_written(clock::now(), count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    stream.blocked = true;
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => self
                    .machine
                    .handle_transport_error(clock::now(), TransportError::from(error)),
            }
            self.publish_outputs(guard);
        }
    }

    async fn wait(&mut self, sleep: &mut Sleep) {
        let Engine {
            shared,
            machine,
            dial,
            stream,
            ..
        } = self;
        let deadline = machine.poll_deadline();
        let mut opened = None;
        {
            let mut commands = std::pin::pin!(shared.inbox.notified());
            let interest = match stream {
                Some(stream) if stream.blocked => Interest::READABLE | Interest::WRITABLE,
                _ => Interest::READABLE,
            };
            let mut ready = std::pin::pin!(async {
                match stream {
                    Some(stream) => stream.tcp.ready(interest).await.map(drop),
                    None => std::future::pending().await,
                }
            });
            poll_fn(|cx| {
                let mut woken = commands.as_mut().poll(cx).is_ready();
                woken |= ready.as_mut().poll(cx).is_ready();
                if let Some(dial) = dial
                    && let Poll::Ready(result) = dial.opening.as_mut().poll(cx)
                {
                    opened = Some(result);
                    woken = true;
                }
                if let Some(deadline) = deadline {
                    woken |= sleep.poll_until(deadline, cx).is_ready();
                }
                if woken {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
        }
        if let Some(result) = opened {
            self.opened(result);
        }
    }

    fn opened(&mut self, result: Result<TcpStream, TransportError>) {
        let Some(dial) = self.dial.take() else {
            return;
        };
        match result {
            Ok(tcp) => {
                let meter = AckMeter::start(&tcp);
                self.machine.handle_open(clock::now(), meter.is_some());
                self.stream = Some(Stream {
                    tcp,
                    meter,
                    handed_over: 0,
                    input: BytesMut::new(),
                    blocked: false,
                });
            }
            Err(error) => self.machine.handle_open_failed(dial.stage(), error),
        }
    }
}

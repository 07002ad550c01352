//! A whole client, driven as a host drives it, whose application, broker and clock are the fuzzer's.
//!
//! The input is a program: a few bytes of options, then steps. Each step is an opcode and what it
//! needs: a call of the application, bytes or a packet of the broker (well formed, and perhaps then
//! damaged), what becomes of the stream, or time. The [`judge`] hears events and outcomes, the
//! [`wire`] reads what the client writes, as a strict broker would.

mod broker;
mod features;
mod input;
mod judge;
mod steps;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{Client, Config, Messages, Options, QueuePolicy, Reconnect, State, Text};
use mqttka_core::types::{Instant, Version};

use self::input::Input;
use self::judge::Judge;
use self::wire::Wire;

/// Turns without time going on, of which each has something to do. A step is small, so more than
/// this is a client that never comes to rest.
const TURNS: usize = 2_000;

/// What unread and untaken messages may cost in bytes, and the largest packet taken.
const INBOUND: usize = 4 * 1024;
const LARGEST: u32 = 2 * 1024;

/// What the outbound queue may have.
const QUEUED: usize = 16;

/// A goodbye takes no longer [L16], beside what it waits for acknowledgements.
const GOODBYE: Duration = Duration::from_secs(2);

/// Runs the program, then closes the client, and checks all along that it keeps its promises.
///
/// # Panics
/// Where it does not.
pub fn client(data: &[u8]) {
    let mut input = Input::new(data);
    let Some(mut world) = World::new(&mut input) else {
        return;
    };
    while let Some(opcode) = input.next() {
        world.step(opcode, &mut input);
        world.judge.check();
    }
    world.close();
}

struct World {
    client: Client,
    hosted: Hosted,
    judge: Arc<Judge>,
    /// A turn is due at once.
    woken: Arc<AtomicBool>,
    wire: Wire,
    now: Instant,
    /// The newest stream: its number, whether it is open, and until when its attempt may take.
    stream: u64,
    open: bool,
    attempt_until: Instant,
    /// Of the last turn.
    deadline: Option<Instant>,
    /// When a byte last came, or the host last was late.
    heard_at: Instant,
    /// Until when a goodbye that was asked for may take.
    leaving_until: Instant,
    streams: Vec<Messages>,
    /// The program is put away.
    parked: bool,
    /// What features keep.
    kept: features::Kept,
}

impl World {
    fn new(input: &mut Input) -> Option<Self> {
        let options = options(input)?;
        let judge = Arc::new(Judge::default());
        let handler = judge::Ears(Arc::clone(&judge));
        let pulled = input.flag();
        let woken = Arc::<AtomicBool>::default();
        let wakes = Arc::clone(&woken);
        let wake = move || wakes.store(true, Ordering::Relaxed);
        let (client, hosted) =
            hosted::open(options, handler, pulled, Carrier::WebSocket, 7, wake).ok()?;
        judge.knows(&client);
        let now = hosted::now();
        Some(World {
            client,
            hosted,
            judge,
            woken,
            wire: Wire::default(),
            now,
            stream: 0,
            open: false,
            attempt_until: now,
            deadline: None,
            heard_at: now,
            leaving_until: now,
            streams: Vec::new(),
            parked: false,
            kept: features::Kept::default(),
        })
    }

    /// Turns until nothing is due, and does what is asked, but for opening streams.
    fn run(&mut self) {
        if self.client.status().state != State::Disconnecting {
            // A callback may say goodbye from now on.
            self.leaving_until = self.now + GOODBYE;
        }
        for _ in 0..TURNS {
            self.woken.store(false, Ordering::Relaxed);
            let turn = self.hosted.turn(self.now, false);
            while let Some(action) = self.hosted.poll_action() {
                self.act(action);
            }
            self.deadline = turn.deadline;
            let due = turn.deadline.is_some_and(|at| at <= self.now);
            if !turn.more && !due && !self.woken.load(Ordering::Relaxed) {
                return self.check();
            }
        }
        panic!("it never comes to rest: {:?}", self.client.status());
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open {
                stream, deadline, ..
            } => {
                assert!(stream > self.stream, "a stream's number comes again");
                assert!(
                    deadline >= self.now,
                    "an attempt that is late when it begins"
                );
                self.stream = stream;
                self.open = false;
                self.attempt_until = deadline;
            }
            Action::Write { stream, bytes } => self.wire.written(stream, &bytes),
            Action::Finish { stream } => self.wire.finished(stream),
            Action::Close { stream } | Action::Abort { stream } => {
                self.wire.closed(stream);
                self.open &= stream != self.stream;
            }
        }
    }

    /// Time goes on to the client's deadlines, so far.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.run();
        let mut moments = 0;
        while let Some(at) = self.deadline.filter(|at| *at <= end) {
            moments += 1;
            assert!(moments < TURNS, "it wakes all the time");
            self.now = at.max(self.now);
            self.run();
        }
        self.now = end;
        self.run();
    }

    /// What must be true whenever the client rests.
    fn check(&self) {
        let status = self.client.status();
        let inbound = status.inbound_queue_bytes as usize;
        // What passes the bound is delivered all the same; then the connection ends.
        let most = 2 * INBOUND + 2 * (LARGEST as usize + 512);
        assert!(inbound <= most, "{inbound} bytes wait");
        // Where it drops, calls are refused a while later.
        assert!(status.outbound_queue_messages as usize <= 2 * QUEUED + 4096);
        match status.state {
            // What is asked meanwhile waits.
            _ if self.parked => {}
            State::Connecting => {
                assert!(self.now < self.attempt_until, "an attempt without an end");
            }
            State::Connected if status.keep_alive > 0 => {
                let bound = Duration::from_secs(status.keep_alive.into()) * 3 / 2;
                assert!(
                    self.now <= self.heard_at + bound,
                    "a dead path is not noticed"
                );
            }
            State::Disconnecting => {
                assert!(self.now <= self.leaving_until, "a goodbye without an end");
            }
            _ => {}
        }
    }

    /// Every operation has its outcome, and the connection its end.
    fn close(mut self) {
        self.run();
        self.leaving_until = self.now + GOODBYE;
        self.streams.clear();
        self.kept = features::Kept::default();
        self.judge.closing();
        self.client.close();
        self.pass(GOODBYE + Duration::from_secs(1));
        assert!(
            self.hosted.is_closed(),
            "it never closes: {:?}",
            self.client.status()
        );
        drop(self.hosted);
        self.judge.closed();
    }
}

fn options(input: &mut Input) -> Option<Options> {
    let mut options = Options::from_uri("ws://broker.example/mqtt").ok()?;
    let flags = input.next()?;
    let more = input.next()?;
    let config = &mut options.config;
    config.keep_alive = [5, 60, 0, 1][usize::from(input.next()? % 4)];
    config.protocol_version = match flags & 1 {
        0 => Version::V5,
        _ => Version::V311,
    };
    config.client_id = Text::try_from("c").ok()?;
    config.clean_start = flags & 2 == 0;
    if flags & 4 != 0 && flags & 1 == 0 {
        config.session_expiry_interval = 1000;
    }
    config.reconnect = (flags & 8 != 0).then(Reconnect::default);
    config.fallback_to_v311 = flags & 16 != 0;
    config.make_before_break = flags & 32 != 0;
    config.adaptive_ping = flags & 64 != 0;
    config.clean_start_on_backlog = flags & 128 != 0;
    config.receive_maximum = [1024, 2][usize::from(more & 1)];
    config.max_inflight = (more & 2 != 0).then_some(2);
    config.queue_policy = [
        QueuePolicy::RefuseNewest,
        QueuePolicy::RefuseNewest,
        QueuePolicy::DropOldestQos0,
        QueuePolicy::DropOldest,
    ][usize::from(more >> 2 & 3)];
    config.poison_after = [5, 2][usize::from(more >> 4 & 1)];
    config.max_redirects = [0, 2][usize::from(more >> 5 & 1)];
    config.request_problem_information = more & 64 == 0;
    bounds(config);
    features::options(&mut options, input);
    options.unclaimed_timeout = Duration::from_secs(3);
    Some(options)
}

fn bounds(config: &mut Config) {
    config.maximum_packet_size = Some(LARGEST);
    config.inbound_queue_max_bytes = INBOUND;
    config.outbound_queue_max_messages = QUEUED;
    config.outbound_queue_max_bytes = 16 * 1024;
}

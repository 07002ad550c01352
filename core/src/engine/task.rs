//! One client on the engine's thread: it owns socket, timer and state (rule L1), and decides
//! nothing.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;

use super::owner::Owner;
use super::tap::Tap;
use super::timer::{Sleep, Timer};
use crate::clock::{self, Reading};
use crate::driver::{Dial, Driver};
use crate::proto::Machine;
use crate::transport::{Connection, Connector};

/// Sleep of the system that counts (rule L10): less is the imprecision of two clocks.
const SLEPT: Duration = Duration::from_millis(50);

thread_local! {
    /// The client that had the last turn.
    static LAST: Cell<usize> = const { Cell::new(0) };
    /// What reads go to, for all clients of the thread.
    static SCRATCH: Cell<BytesMut> = Cell::default();
}

/// A client's engine. Whoever finds that the engine's thread is gone ends it from outside with
/// [`fail`](Engine::fail).
pub(crate) struct Engine<T, O: Owner<T>>(Mutex<Option<Inner<T, O>>>);

struct Inner<T, O> {
    driver: Driver<Connection, T>,
    owner: O,
    connector: Connector,
    sleep: Sleep,
    last_turn: Reading,
}

impl<T, O: Owner<T>> Engine<T, O> {
    /// An engine that does not run yet.
    pub(crate) fn new(
        machine: Machine<T>,
        owner: O,
        connector: Connector,
        timer: &Timer,
    ) -> Arc<Self> {
        Arc::new(Engine(Mutex::new(Some(Inner {
            driver: Driver::new(machine),
            owner,
            connector,
            sleep: timer.sleep(),
            last_turn: clock::read(),
        }))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Inner<T, O>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the client where the engine cannot: every event and outcome that is owed comes.
    pub(crate) fn fail(&self, reason: &str) {
        let inner = self.lock().take();
        if let Some(inner) = inner {
            inner.fail(reason);
        }
    }

    /// What the engine's thread runs.
    pub(crate) fn task(self: &Arc<Self>) -> Task<T, O> {
        Task(Arc::clone(self))
    }
}

/// Runs a client until it is closed.
pub(crate) struct Task<T, O: Owner<T>>(Arc<Engine<T, O>>);

impl<T, O: Owner<T>> Future for Task<T, O> {
    type Output = ();

    /// Each wake-up is one turn. Where there is more to do, the task comes again behind the others
    /// (rule L20).
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut slot = self.0.lock();
        let Some(inner) = slot.as_mut() else {
            return Poll::Ready(());
        };
        let this = Arc::as_ptr(&self.0).addr();
        inner.driver.set_alone(LAST.replace(this) == this);
        let turned = catch_unwind(AssertUnwindSafe(|| inner.poll(cx)));
        let Some(mut inner) = slot.take_if(|_| !matches!(turned, Ok(Poll::Pending))) else {
            return Poll::Pending;
        };
        drop(slot);
        match turned {
            Ok(_) => inner.end(),
            Err(_) => {
                let _ = catch_unwind(AssertUnwindSafe(|| inner.driver.abort()));
                inner.fail("internal error: the engine panicked");
            }
        }
        Poll::Ready(())
    }
}

impl<T, O: Owner<T>> Drop for Task<T, O> {
    /// The runtime has ended.
    fn drop(&mut self) {
        self.0.fail("the engine's runtime has ended");
    }
}

impl<T, O: Owner<T>> Inner<T, O> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let reading = clock::read();
        let suspended = reading.slept_since(&self.last_turn) > SLEPT;
        self.last_turn = reading;
        let now = reading.now;
        let opened = self.connector.poll(now, cx);
        self.driver.handle_stage(self.connector.stage());
        if let Poll::Ready(result) = opened {
            match result {
                Ok(stream) => {
                    if let Some(server) = self.connector.server() {
                        self.driver.set_server(server.clone());
                    }
                    self.driver.handle_opened(now, stream);
                }
                Err(failed) => {
                    self.driver
                        .handle_open_failed(now, failed.stage, failed.error);
                }
            }
        }
        let mut scratch = SCRATCH.take();
        let mut tap = Tap {
            owner: &mut self.owner,
            connector: &mut self.connector,
            now,
        };
        let turn = self.driver.turn(now, suspended, &mut scratch, &mut tap);
        SCRATCH.set(scratch);
        if self.driver.is_closed() {
            return Poll::Ready(());
        }
        let mut more = turn.more;
        match turn.dial {
            Some(Dial::GiveUp) => {
                self.connector.stop();
            }
            Some(Dial::Open { deadline }) => {
                let number = self.driver.machine().connection_number();
                let overrides = self.owner.overrides();
                self.connector.start(now, deadline, number, overrides);
                more = true;
            }
            None => {}
        }
        more |= self.owner.poll_commands(cx).is_ready();
        if let Some(stream) = self.driver.stream() {
            more |= stream
                .leaf()
                .poll_ready(self.driver.is_blocked(), cx)
                .is_ready();
        }
        if let Some((stream, blocked)) = self.driver.standby() {
            more |= stream.leaf().poll_ready(blocked, cx).is_ready();
        }
        if let Some(deadline) = turn.deadline {
            let slept = self.sleep.poll_until(deadline, turn.earliest, now, cx);
            more |= slept.is_ready();
        }
        if more {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn end(mut self) {
        self.owner.ended();
    }

    /// What it has of descriptors is left alone: where the runtime has ended, somebody closed them
    /// behind its back, and their numbers may mean something of the host's by now.
    fn fail(mut self, reason: &str) {
        // The driver may be what panicked: it gets one try.
        let tokens = catch_unwind(AssertUnwindSafe(|| self.driver.abandon())).unwrap_or_default();
        self.owner.failed(reason, tokens);
        let Inner {
            driver, connector, ..
        } = self;
        std::mem::forget((driver, connector));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::mpsc;

    use super::*;
    use crate::client::Options;
    use crate::codec::Publish;
    use crate::driver::Host;
    use crate::engine;
    use crate::proto::{Command, Config, Delivered, Event, Usage};
    use crate::transport::Resolver;
    use crate::types::{Instant, Message, TopicName, Version};

    #[derive(Debug, PartialEq)]
    enum Told {
        Ended,
        Failed(String, Vec<u32>),
    }

    /// Asks for a connection and publishes; panics in the turn of this number.
    struct Fragile {
        commands: VecDeque<Command<u32>>,
        turns_left: u32,
        told: mpsc::Sender<Told>,
    }

    impl Host<u32> for Fragile {
        fn take_commands(&mut self, into: &mut VecDeque<Command<u32>>) {
            into.append(&mut self.commands);
        }
        fn publish_state(&mut self, _: &Machine<u32>, _: Instant) {
            assert!(self.turns_left > 0, "as a bug would");
            self.turns_left -= 1;
        }
        fn released(&mut self, _: Usage) {}
        fn event(&mut self, _: Event) {}
        fn deliver(&mut self, items: &mut Vec<Delivered<u32>>, _: Instant) {
            items.clear();
        }
        fn received(&mut self, _: usize) {}
        fn sent(&mut self, _: usize) {}
        fn deadline(&self) -> Option<Instant> {
            None
        }
        fn handle_timeout(&mut self, _: Instant) {}
    }

    impl Owner<u32> for Fragile {
        fn poll_commands(&mut self, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
        fn ended(&mut self) {
            let _ = self.told.send(Told::Ended);
        }
        fn failed(&mut self, reason: &str, tokens: Vec<u32>) {
            let _ = self.told.send(Told::Failed(reason.to_owned(), tokens));
        }
    }

    fn start(
        commands: Vec<Command<u32>>,
        turns_left: u32,
    ) -> (Arc<Engine<u32, Fragile>>, mpsc::Receiver<Told>) {
        let (told, hears) = mpsc::channel();
        let runtime = engine::get().unwrap();
        let owner = Fragile {
            commands: commands.into(),
            turns_left,
            told,
        };
        // Nobody listens there, and that is no matter.
        let options = Options::from_uri("mqtt://127.0.0.1:1").unwrap();
        let (routes, ways) = (options.routes().unwrap(), options.ways().unwrap());
        let connector = Connector::new(routes, ways, Resolver::shared());
        let machine = Machine::new(Config::default(), 0);
        let engine = Engine::new(machine, owner, connector, &runtime.timer);
        runtime.spawn(&engine);
        (engine, hears)
    }

    fn publish(token: u32) -> Command<u32> {
        let message = Message::new(TopicName::try_from("t").unwrap(), "x");
        Command::Publish {
            len: Publish::measure(&message, Version::V5).unwrap(),
            message,
            terms: None,
            token: Some(token),
        }
    }

    fn next(hears: &mpsc::Receiver<Told>) -> Told {
        hears.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    #[test]
    fn a_panic_of_the_engine_gives_every_operation_back_once() {
        let (engine, hears) = start(vec![Command::Connect, publish(1), publish(2)], 0);
        let Told::Failed(reason, mut tokens) = next(&hears) else {
            panic!("not told");
        };
        tokens.sort_unstable();
        assert_eq!((reason.contains("panicked"), tokens), (true, vec![1, 2]));
        // Whoever finds it gone later changes nothing.
        engine.fail("again");
        drop(engine);
        assert!(hears.recv().is_err());
    }

    #[test]
    fn an_engine_that_is_ended_from_outside_tells_its_owner_once() {
        let (engine, hears) = start(vec![Command::Connect, publish(3)], 1000);
        engine.fail("gone");
        let told = next(&hears);
        assert!(
            matches!(&told, Told::Failed(reason, _) if reason == "gone"),
            "{told:?}"
        );
        drop(engine);
        assert!(hears.recv().is_err());
    }

    #[test]
    fn a_client_that_is_closed_ends_without_a_failure() {
        let (_, hears) = start(vec![Command::Close], 1000);
        assert_eq!(next(&hears), Told::Ended);
        assert!(hears.recv().is_err());
    }
}

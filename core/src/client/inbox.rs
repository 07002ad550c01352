//! From the application's threads to the engine: commands, bounded, one wake-up for many.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::bell::Bell;
use super::completion::Completion;
use super::time::Time;
use crate::error::Error;
use crate::proto::{Command, Farewell, Refusal, State, Usage};

#[derive(Debug)]
pub(crate) struct Inbox {
    limit: Usage,
    queue: Mutex<Queue>,
    bell: Bell,
    /// Here, as all parts of a client have it.
    pub(super) time: Time,
}

/// That there is something for the engine, which is to be told when all locks are gone.
#[derive(Debug)]
#[must_use]
pub(super) struct Ring(Option<Waker>);

#[derive(Debug)]
struct Queue {
    commands: VecDeque<Command<Completion>>,
    /// The engine's, where it waits for the first command.
    engine: Option<Waker>,
    /// What is queued here and in the machine.
    usage: Usage,
    state: State,
    /// The number of the newest attempt, also of one that the engine has not begun yet.
    attempt: u64,
    aborted: bool,
    ended: bool,
    /// The engine is to take a turn although there is no command.
    nudged: bool,
    /// The engine is going to look for what is cancelled.
    cancelling: bool,
}

/// Whether one more operation of this cost stays within the limit.
#[inline]
fn has_room(usage: &Usage, cost: usize, limit: Usage) -> bool {
    usage.messages < limit.messages && usage.bytes + cost <= limit.bytes
}

#[cold]
fn with_spare(limit: Usage, spare: Usage) -> Usage {
    Usage {
        messages: limit.messages.saturating_add(spare.messages),
        bytes: limit.bytes.saturating_add(spare.bytes),
    }
}

impl Inbox {
    /// `limit`: what is above it is refused.
    pub(super) fn new(limit: Usage, bell: Bell) -> Self {
        Inbox {
            limit,
            queue: Mutex::new(Queue {
                commands: VecDeque::new(),
                engine: None,
                usage: Usage::default(),
                state: State::Idle,
                attempt: 0,
                aborted: false,
                ended: false,
                nudged: false,
                cancelling: false,
            }),
            bell,
            time: Time::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, mut queue: MutexGuard<'_, Queue>, command: Command<Completion>) {
        queue.commands.push_back(command);
        self.wake(queue);
    }

    fn wake(&self, mut queue: MutexGuard<'_, Queue>) {
        let ring = Ring(queue.engine.take());
        drop(queue);
        self.ring(ring);
    }

    /// Tells the engine of what was queued. Where the engine cannot be woken any more, its clients
    /// are told here and now, so the caller holds no lock.
    pub(super) fn ring(&self, ring: Ring) {
        if let Some(engine) = ring.0 {
            self.bell.ring(engine);
        }
    }

    /// How many operations may wait.
    pub(super) fn max_messages(&self) -> usize {
        self.limit.messages
    }

    /// Queues an operation. `kept`: also where there is no connection.
    pub(super) fn push(&self, command: Command<Completion>, kept: bool) -> Result<(), Error> {
        let cost = command.cost();
        let mut queue = self.lock();
        match queue.state {
            State::Connecting | State::Connected => {}
            State::Idle | State::Disconnecting | State::Reconnecting if kept => {}
            State::Idle | State::Disconnecting | State::Reconnecting => {
                return Err(Error::NotConnected);
            }
            State::Closed => return Err(Error::Closed),
        }
        if let Some(cost) = cost {
            let usage = &mut queue.usage;
            // One operation always fits, or a large message could never be sent.
            if usage.messages > 0
                && !has_room(usage, cost, self.limit)
                && !has_room(usage, cost, with_spare(self.limit, command.spare()))
            {
                return Err(Error::QueueFull);
            }
            usage.messages += 1;
            usage.bytes += cost;
        }
        self.send(queue, command);
        Ok(())
    }

    /// The application has taken messages.
    pub(super) fn push_release(&self, connection_number: u64, acknowledgements: u32, bytes: usize) {
        let queue = self.lock();
        // What was taken before the goodbye is acknowledged before it, where there is time.
        if !queue.ended {
            self.send(
                queue,
                Command::Release {
                    connection_number,
                    acknowledgements,
                    bytes,
                },
            );
        }
    }

    /// The application refuses a message. Told before it counts as taken, and so before the release
    /// that it is part of.
    pub(super) fn push_refusal(&self, connection_number: u64, ordinal: u64, refusal: Refusal) {
        let queue = self.lock();
        if !queue.ended {
            self.send(
                queue,
                Command::Refuse {
                    connection_number,
                    ordinal,
                    refusal: Box::new(refusal),
                },
            );
        }
    }

    /// Begins an attempt, and gives its number; the engine is still to be told.
    pub(super) fn connect(&self) -> Result<(u64, Ring), Error> {
        let mut queue = self.lock();
        match queue.state {
            State::Idle | State::Reconnecting => {}
            State::Closed => return Err(Error::Closed),
            _ => return Err(Error::AlreadyConnected),
        }
        queue.state = State::Connecting;
        queue.attempt += 1;
        queue.commands.push_back(Command::Connect);
        Ok((queue.attempt, Ring(queue.engine.take())))
    }

    /// Begins a goodbye, and gives the number of the newest attempt; the engine is still to be
    /// told.
    pub(super) fn disconnect(&self, farewell: Farewell) -> Result<(u64, Ring), Error> {
        let mut queue = self.lock();
        match queue.state {
            State::Connecting | State::Reconnecting => {}
            State::Connected => queue.state = State::Disconnecting,
            State::Idle | State::Disconnecting => return Err(Error::NotConnected),
            State::Closed => return Err(Error::Closed),
        }
        queue
            .commands
            .push_back(match farewell.properties.is_empty() {
                true => Command::Disconnect {
                    reason_code: farewell.reason_code,
                    drain_timeout: farewell.drain_timeout,
                },
                false => Command::DisconnectWith(Box::new(farewell)),
            });
        Ok((queue.attempt, Ring(queue.engine.take())))
    }

    /// A hint (rule L17).
    pub(super) fn hint(&self, command: Command<Completion>) -> Result<(), Error> {
        let queue = self.lock();
        match queue.state {
            State::Closed => Err(Error::Closed),
            _ => {
                self.send(queue, command);
                Ok(())
            }
        }
    }

    pub(super) fn push_close(&self) {
        let mut queue = self.lock();
        if queue.state != State::Closed {
            queue.state = State::Closed;
            self.send(queue, Command::Close);
        }
    }

    /// Cuts short what [`push_close`](Self::push_close) began, too.
    pub(super) fn push_abort(&self) {
        let mut queue = self.lock();
        if !std::mem::replace(&mut queue.aborted, true) {
            queue.state = State::Closed;
            self.send(queue, Command::Abort);
        }
    }

    /// Some operation is cancelled: one command for all that are, until the engine takes it.
    pub(super) fn push_cancel(&self) {
        let mut queue = self.lock();
        if !queue.ended && !std::mem::replace(&mut queue.cancelling, true) {
            self.send(
                queue,
                Command::Cancel {
                    is_cancelled: Completion::is_cancelled,
                },
            );
        }
    }

    /// The engine is to look at its deadlines anew.
    pub(super) fn nudge(&self) {
        let mut queue = self.lock();
        queue.nudged = true;
        self.wake(queue);
    }

    /// Moves everything queued to the end of `into`, in order.
    pub(super) fn take(&self, into: &mut VecDeque<Command<Completion>>) {
        let mut queue = self.lock();
        (queue.nudged, queue.cancelling) = (false, false);
        if into.is_empty() {
            std::mem::swap(&mut queue.commands, into);
        } else {
            into.append(&mut queue.commands);
        }
    }

    /// Ready where something is queued; else the engine is woken when something is.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut queue = self.lock();
        if !queue.commands.is_empty() || queue.nudged {
            return Poll::Ready(());
        }
        match &mut queue.engine {
            Some(engine) => engine.clone_from(cx.waker()),
            None => queue.engine = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// The machine is in another state now.
    pub(super) fn set_state(&self, state: State, attempt: u64) {
        let mut queue = self.lock();
        queue.attempt = queue.attempt.max(attempt);
        if queue.state != State::Closed {
            queue.state = state;
        }
    }

    /// This much has left the outbound queue.
    pub(super) fn release(&self, usage: Usage) {
        let mut queue = self.lock();
        queue.usage.messages = queue.usage.messages.saturating_sub(usage.messages);
        queue.usage.bytes = queue.usage.bytes.saturating_sub(usage.bytes);
    }

    pub(super) fn usage(&self) -> Usage {
        self.lock().usage
    }

    pub(super) fn state(&self) -> State {
        self.lock().state
    }

    /// Whether the engine has ended.
    #[cfg(feature = "engine")]
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// The number of the attempt whose connection what is asked for now belongs to.
    pub(super) fn attempt_to_use(&self) -> u64 {
        let queue = self.lock();
        match queue.state {
            // The newest has ended, or takes nothing more.
            State::Idle | State::Disconnecting => queue.attempt + 1,
            _ => queue.attempt,
        }
    }

    /// The engine has ended: nothing is taken any more. Gives what it has not taken.
    pub(super) fn close(&self) -> VecDeque<Command<Completion>> {
        let mut queue = self.lock();
        queue.state = State::Closed;
        queue.aborted = true;
        queue.ended = true;
        queue.usage = Usage::default();
        std::mem::take(&mut queue.commands)
    }

    /// Waits until the engine waits, and puts this in its place.
    #[cfg(test)]
    pub(super) fn replace_engine(&self, engine: Waker) -> Waker {
        loop {
            if let Some(before) = &mut self.lock().engine {
                return std::mem::replace(before, engine);
            }
            std::thread::yield_now();
        }
    }
}

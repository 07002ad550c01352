//! The streams of messages that JavaScript has open. It is lent a bounded number of messages of each;
//! the rest stays in the core's queues, whose bounds count.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use mqttka_core::client::Messages;

use crate::events;
use crate::outbox::Outbox;

/// So many messages of one stream are lent at a time...
const LENT: usize = 256;

/// ... and no further one where those that are lent have so many bytes.
const LENT_BYTES: usize = 1 << 20;

/// So many are asked for at once: what is too much in bytes is too much by few.
const AT_ONCE: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Streams(Vec<(u32, Slot)>);

#[derive(Debug)]
struct Slot {
    messages: Messages,
    ready: Arc<Ready>,
    waker: Waker,
    /// The sizes of those that are lent, oldest first.
    lent: std::collections::VecDeque<usize>,
    lent_bytes: usize,
    ended: bool,
}

/// Something came; or nobody has looked yet.
#[derive(Debug)]
struct Ready(AtomicBool);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Streams {
    pub(crate) fn open(&mut self, id: u32, messages: Messages) {
        let ready = Arc::new(Ready(AtomicBool::new(true)));
        let slot = Slot {
            messages,
            waker: Waker::from(Arc::clone(&ready)),
            ready,
            lent: Default::default(),
            lent_bytes: 0,
            ended: false,
        };
        self.close(id);
        self.0.push((id, slot));
    }

    /// They are few.
    fn find(&self, id: u32) -> Option<usize> {
        self.0.iter().position(|(it, _)| *it == id)
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Messages> {
        self.find(id).map(|at| &self.0[at].1.messages)
    }

    /// What is not done goes back to the client.
    pub(crate) fn close(&mut self, id: u32) -> bool {
        let found = self.find(id).map(|at| self.0.remove(at));
        found.is_some()
    }

    /// The oldest of what this stream was lent was consumed.
    pub(crate) fn done(&mut self, id: u32, count: usize) {
        let Some(at) = self.find(id) else {
            return;
        };
        let slot = &mut self.0[at].1;
        slot.messages.done(count);
        for _ in 0..count {
            let Some(size) = slot.lent.pop_front() else {
                break;
            };
            slot.lent_bytes -= size;
        }
        slot.ready.0.store(true, Ordering::Relaxed);
    }

    /// Lends what there is.
    pub(crate) fn lend(&mut self, outbox: &Outbox) {
        for (id, slot) in &mut self.0 {
            if slot.ready.0.load(Ordering::Relaxed) && !slot.ended {
                slot.lend(*id, outbox);
            }
        }
    }
}

impl Slot {
    fn lend(&mut self, id: u32, outbox: &Outbox) {
        // What comes again comes before all that is not lent.
        let most = if self.messages.is_manual() { 1 } else { LENT };
        while self.lent.len() < most && self.lent_bytes < LENT_BYTES {
            // Whatever comes from here on rings.
            self.ready.0.store(false, Ordering::Relaxed);
            let mut context = Context::from_waker(&self.waker);
            if self.messages.poll_ready(&mut context).is_pending() {
                return;
            }
            match self.messages.take(AT_ONCE.min(most - self.lent.len())) {
                Ok(lent) => {
                    for received in lent {
                        let size = outbox.message(
                            id,
                            &received.message,
                            received.connection_number,
                            received.acknowledgement,
                        );
                        self.lent.push_back(size);
                        self.lent_bytes += size;
                    }
                }
                Err(end) => {
                    self.ended = true;
                    outbox.report("end", id, |object| events::stream_end(object, &end));
                    return;
                }
            }
        }
        // There may be more: `done` looks.
        self.ready.0.store(false, Ordering::Relaxed);
    }
}

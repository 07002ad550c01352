//! The streams of messages that JavaScript has open. It is lent a bounded number of messages of each;
//! the rest stays in the core's queues, whose bounds count.

use std::collections::BTreeMap;
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
pub(crate) struct Streams(BTreeMap<u32, Slot>);

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
        self.0.insert(id, slot);
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Messages> {
        self.0.get(&id).map(|slot| &slot.messages)
    }

    /// What is not done goes back to the client.
    pub(crate) fn close(&mut self, id: u32) -> bool {
        self.0.remove(&id).is_some()
    }

    /// The oldest of what this stream was lent was consumed.
    pub(crate) fn done(&mut self, id: u32, count: usize) {
        let Some(slot) = self.0.get_mut(&id) else {
            return;
        };
        slot.messages.done(count);
        for size in slot.lent.drain(..count.min(slot.lent.len())) {
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
        while self.lent.len() < LENT && self.lent_bytes < LENT_BYTES {
            // Whatever comes from here on rings.
            self.ready.0.store(false, Ordering::Relaxed);
            let mut context = Context::from_waker(&self.waker);
            if self.messages.poll_ready(&mut context).is_pending() {
                return;
            }
            match self.messages.take(AT_ONCE.min(LENT - self.lent.len())) {
                Ok(lent) => {
                    for received in lent {
                        let size = outbox.message(id, &received);
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

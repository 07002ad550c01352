//! The streams of messages that JavaScript has open. It is lent a bounded number of messages of each;
//! the rest stays in the core's queues, whose bounds count.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use mqttka_core::client::{Completion, Error, Messages, Requests};

use crate::events;
use crate::outbox::{Outbox, Undecided};

/// So many messages of one stream are lent at a time...
const LENT: usize = 256;

/// ... and no further one where those that are lent have so many bytes.
const LENT_BYTES: usize = 1 << 20;

/// So many are asked for at once: what is too much in bytes is too much by few.
const AT_ONCE: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Streams(Vec<(u32, Slot)>);

/// What a stream gives: messages that are consumed in order, or requests that are answered in any.
#[derive(Debug)]
enum Source {
    Messages(Messages),
    Requests(Requests),
}

#[derive(Debug)]
struct Slot {
    source: Source,
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
        self.open_source(id, Source::Messages(messages));
    }

    pub(crate) fn open_requests(&mut self, id: u32, requests: Requests) {
        self.open_source(id, Source::Requests(requests));
    }

    fn open_source(&mut self, id: u32, source: Source) {
        let ready = Arc::new(Ready(AtomicBool::new(true)));
        let slot = Slot {
            source,
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

    /// Ends the subscription of this stream; `None`: there is none.
    pub(crate) fn unsubscribe(&self, id: u32, completion: Completion) -> Option<Result<(), Error>> {
        let at = self.find(id)?;
        Some(match &self.0[at].1.source {
            Source::Messages(messages) => messages.unsubscribe(completion),
            Source::Requests(requests) => requests.unsubscribe(completion),
        })
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
        let Source::Messages(messages) = &slot.source else {
            // Each of its requests is done when it is answered.
            return;
        };
        messages.done(count);
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
        loop {
            // Whatever comes from here on rings.
            self.ready.0.store(false, Ordering::Relaxed);
            let mut context = Context::from_waker(&self.waker);
            let taken = match &mut self.source {
                Source::Messages(messages) => {
                    // What comes again comes before all that is not lent.
                    let most = if messages.is_manual() { 1 } else { LENT };
                    let room = most.saturating_sub(self.lent.len());
                    // Where there is no room `done` looks.
                    if room == 0
                        || self.lent_bytes >= LENT_BYTES
                        || messages.poll_ready(&mut context).is_pending()
                    {
                        return;
                    }
                    messages.take(AT_ONCE.min(room)).map(|lent| {
                        for received in lent {
                            let size = outbox.message(
                                id,
                                &received.message,
                                received.connection_number,
                                received.acknowledgement.map(Undecided::Acknowledgement),
                            );
                            self.lent.push_back(size);
                            self.lent_bytes += size;
                        }
                    })
                }
                Source::Requests(requests) => {
                    if requests.poll_ready(&mut context).is_pending() {
                        return;
                    }
                    requests.take(AT_ONCE).map(|taken| {
                        for request in taken {
                            outbox.request(id, request);
                        }
                    })
                }
            };
            if let Err(end) = taken {
                self.ended = true;
                outbox.report("end", id, |object| events::stream_end(object, &end));
                return;
            }
        }
    }
}

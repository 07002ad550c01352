//! Names to addresses: by the program, or by the system here and now.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::poller::Waker;
use crate::error::TransportError;

/// A program's way to look names up without waiting: by its loop's resolver, for example. It is
/// asked inside [`HostLoop::process`](super::HostLoop::process).
pub trait NameResolver: Send + Sync + 'static {
    /// A stream needs the addresses of a name. Answer now or later, from any thread, with
    /// [`NameRequest::answer`] or [`NameRequest::fail`]; dropping the request fails it, too.
    fn resolve(&self, request: NameRequest);
}

impl<F: Fn(NameRequest) + Send + Sync + 'static> NameResolver for F {
    fn resolve(&self, request: NameRequest) {
        self(request);
    }
}

pub(super) type Answer = Result<Vec<SocketAddr>, TransportError>;

/// What was answered and not looked at yet.
pub(super) struct Answers {
    answers: Mutex<Vec<(u64, Answer)>>,
    waker: Arc<Waker>,
}

impl Answers {
    pub(super) fn new(waker: Arc<Waker>) -> Arc<Self> {
        let answers = Mutex::default();
        Arc::new(Answers { answers, waker })
    }

    fn push(&self, stream: u64, answer: Answer) {
        let answers = self.answers.lock();
        let mut answers = answers.unwrap_or_else(PoisonError::into_inner);
        answers.push((stream, answer));
        drop(answers);
        self.waker.wake();
    }

    fn take(&self) -> Vec<(u64, Answer)> {
        let answers = self.answers.lock();
        std::mem::take(&mut *answers.unwrap_or_else(PoisonError::into_inner))
    }
}

/// A name whose addresses are asked for. It may be answered from any thread, once.
pub struct NameRequest {
    /// The name.
    pub name: String,
    /// Until the answer comes too late.
    pub time_left: Duration,
    stream: u64,
    answers: Option<Arc<Answers>>,
}

impl NameRequest {
    /// These are its addresses, the preferred one first; 32 of them are tried at most. None: the
    /// name has none.
    pub fn answer(mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
        let addresses: Vec<_> = addresses.take(256).collect();
        self.give(match addresses.is_empty() {
            true => Err(TransportError::new("the name has no addresses")),
            false => Ok(addresses),
        });
    }

    /// It has none that could be found: the attempt fails in the stage
    /// [`Stage::Dns`](crate::error::Stage::Dns), with this text.
    pub fn fail(mut self, message: impl Into<String>) {
        self.give(Err(TransportError::new(message.into())));
    }

    fn give(&mut self, answer: Answer) {
        if let Some(answers) = self.answers.take() {
            answers.push(self.stream, answer);
        }
    }
}

impl fmt::Debug for NameRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameRequest")
            .field("name", &self.name)
            .field("time_left", &self.time_left)
            .finish_non_exhaustive()
    }
}

impl Drop for NameRequest {
    fn drop(&mut self) {
        let message = "the resolver dropped the request without an answer";
        self.give(Err(TransportError::new(message)));
    }
}

/// Who looks names up.
pub(super) struct Lookups {
    resolver: Option<Arc<dyn NameResolver>>,
    answers: Arc<Answers>,
}

impl Lookups {
    pub(super) fn new(resolver: Option<Arc<dyn NameResolver>>, answers: Arc<Answers>) -> Self {
        Lookups { resolver, answers }
    }

    /// Looks this name up for this stream: the answer is one of [`answers`](Self::answers).
    pub(super) fn ask(&self, stream: u64, name: String, time_left: Duration) {
        let Some(resolver) = &self.resolver else {
            let found = (name.as_str(), 0).to_socket_addrs();
            let answer = match found.map(Iterator::collect::<Vec<_>>) {
                Ok(addresses) if addresses.is_empty() => {
                    Err(TransportError::new("the name has no addresses"))
                }
                Ok(addresses) => Ok(addresses),
                Err(error) => Err(error.into()),
            };
            return self.answers.push(stream, answer);
        };
        let request = NameRequest {
            name,
            time_left,
            stream,
            answers: Some(Arc::clone(&self.answers)),
        };
        // Where it panics, the request is dropped, which fails it.
        let _ = catch_unwind(AssertUnwindSafe(|| resolver.resolve(request)));
    }

    pub(super) fn answers(&self) -> Vec<(u64, Answer)> {
        self.answers.take()
    }
}

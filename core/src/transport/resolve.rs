//! Names to addresses, with the system's resolver, whose calls cannot be cancelled.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use thiserror::Error;
use tokio::sync::watch;

use super::host::Host;
use crate::error::TransportError;

/// How many different names may be looked up at the same time in the process. Each occupies a
/// thread for as long as the system takes, also after its attempts were given up.
pub(crate) const MAX_NAMES: usize = 256;

/// The stack of such a thread. The C library's own resolver needs a few kilobytes; its plug-ins
/// (directories, multicast DNS) need more.
const STACK: usize = 512 * 1024;

/// Gives a name's addresses, with port 0, in the order of the system's preference. May block.
type Lookup = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Runs a job on a thread of its own.
type Spawn = dyn Fn(Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync;

/// Why a host has no addresses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum ResolveError {
    #[error("{MAX_NAMES} other names are being looked up and not yet answered")]
    TooManyNames,
    #[error("no thread for the system's resolver: {0}")]
    NoThread(TransportError),
    #[error("{0}")]
    System(TransportError),
    #[error("the name has no addresses")]
    NoAddresses,
    #[error("the resolver panicked")]
    Panicked,
}

impl From<ResolveError> for TransportError {
    fn from(error: ResolveError) -> Self {
        let os_error = match &error {
            ResolveError::NoThread(error) | ResolveError::System(error) => error.os_error,
            _ => None,
        };
        let mut told = TransportError::new(error.to_string());
        told.os_error = os_error;
        told
    }
}

type Answer = Result<Arc<[SocketAddr]>, ResolveError>;

/// Looks names up. Equal names share one call, each different name has a thread of its own, and a
/// call that hangs is left behind: no name waits for another's.
pub(crate) struct Resolver {
    lookup: Box<Lookup>,
    spawn: Box<Spawn>,
    /// What is under way: one entry and one thread for each name.
    calls: Mutex<BTreeMap<Arc<str>, watch::Receiver<Option<Answer>>>>,
}

impl Resolver {
    /// The process's one, over the system's resolver.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Resolver>> = OnceLock::new();
        let system = || Resolver::new(|name| Ok((name, 0).to_socket_addrs()?.collect()), spawn);
        Arc::clone(SHARED.get_or_init(|| Arc::new(system())))
    }

    fn new(
        lookup: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
        spawn: impl Fn(Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Resolver {
            lookup: Box::new(lookup),
            spawn: Box::new(spawn),
            calls: Mutex::default(),
        }
    }

    /// The host's addresses, at least one, with port 0. Dropping the future leaves a call behind.
    pub(super) async fn addresses(
        self: Arc<Self>,
        host: Host,
    ) -> Result<Arc<[SocketAddr]>, ResolveError> {
        if let Some(literal) = host.literal() {
            let address = literal.map_err(|error| ResolveError::System(error.into()))?;
            return Ok([address].into());
        }
        let name: Arc<str> = host.text().to_ascii_lowercase().into();
        let (call, fresh) = self.call(&name)?;
        match wait(call).await {
            // It was asked before this attempt began: perhaps in a network that is gone.
            Err(_) if !fresh => wait(self.call(&name)?.0).await,
            answer => answer,
        }
    }

    /// The call for this name, and whether it is a new one.
    fn call(
        self: &Arc<Self>,
        name: &Arc<str>,
    ) -> Result<(watch::Receiver<Option<Answer>>, bool), ResolveError> {
        let mut calls = self.calls();
        if let Some(call) = calls.get(name) {
            return Ok((call.clone(), false));
        }
        if calls.len() >= MAX_NAMES {
            return Err(ResolveError::TooManyNames);
        }
        let (sender, call) = watch::channel(None);
        calls.insert(Arc::clone(name), call.clone());
        drop(calls);
        let mut outcome = Outcome {
            resolver: Arc::clone(self),
            name: Arc::clone(name),
            answer: Err(ResolveError::Panicked),
            sender,
        };
        // Where there is no thread, the job is dropped, and with it the entry.
        (self.spawn)(Box::new(move || outcome.find()))
            .map_err(|error| ResolveError::NoThread(error.into()))?;
        Ok((call, true))
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, watch::Receiver<Option<Answer>>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait(mut call: watch::Receiver<Option<Answer>>) -> Answer {
    match call.wait_for(Option::is_some).await {
        Ok(answer) => answer.clone().unwrap_or(Err(ResolveError::Panicked)),
        Err(_) => Err(ResolveError::Panicked),
    }
}

/// A call on its thread. When it is dropped, it has ended, one way or another.
struct Outcome {
    resolver: Arc<Resolver>,
    name: Arc<str>,
    answer: Answer,
    sender: watch::Sender<Option<Answer>>,
}

impl Outcome {
    fn find(&mut self) {
        self.answer = match (self.resolver.lookup)(&self.name) {
            Ok(addresses) if addresses.is_empty() => Err(ResolveError::NoAddresses),
            Ok(addresses) => Ok(addresses.into()),
            Err(error) => Err(ResolveError::System(error.into())),
        };
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        // First the entry: whoever hears the answer and asks again makes a new call.
        self.resolver.calls().remove(&self.name);
        let answer = std::mem::replace(&mut self.answer, Err(ResolveError::Panicked));
        self.sender.send_replace(Some(answer));
    }
}

fn spawn(job: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    crate::threads::spawn("mqttka-resolver", STACK, job)
}

#[cfg(test)]
pub(super) mod tests;

//! Attempts to open a stream to one broker (rule L13).

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::failures::Failures;
use super::host::Host;
use super::race::{Race, interleave};
use super::resolve::{ResolveError, Resolver};
use super::tcp::Tcp;
use crate::error::{Stage, TransportError};
use crate::log::log;

/// How many of a name's addresses one attempt tries.
const MAX_ADDRESSES: usize = 32;

/// Where the broker is.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// A name or an IP address.
    pub(crate) host: Host,
    /// The port.
    pub(crate) port: u16,
    /// For the sockets of the attempt (rule L18).
    pub(crate) backstop: Option<Duration>,
}

/// What an attempt tries, for those who report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempted {
    /// The host as it was given.
    pub(crate) host: Arc<str>,
    /// The port.
    pub(crate) port: u16,
    /// How far it has come.
    pub(crate) stage: Stage,
    /// The address: the last that was tried or, of those that failed, the one whose error tells
    /// most. None before the name is resolved.
    pub(crate) address: Option<SocketAddr>,
}

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DialError {
    /// What was tried, and which stage failed.
    pub(crate) attempted: Attempted,
    /// What was reported.
    pub(crate) error: TransportError,
}

type Resolving = Pin<Box<dyn Future<Output = Result<Arc<[SocketAddr]>, ResolveError>> + Send>>;

enum Step {
    Idle,
    Resolving(Resolving),
    Racing(Race),
}

/// Opens streams to one broker, one at a time, and remembers which of its addresses failed: the
/// next attempt begins with another.
pub(crate) struct Dialer {
    endpoint: Endpoint,
    resolver: Arc<Resolver>,
    failures: Failures,
    step: Step,
}

impl Dialer {
    pub(crate) fn new(endpoint: Endpoint, resolver: Arc<Resolver>) -> Self {
        Dialer {
            endpoint,
            resolver,
            failures: Failures::default(),
            step: Step::Idle,
        }
    }

    /// Begins an attempt. It has no deadline of its own: whoever waits gives up. One that is
    /// under way is given up now.
    pub(crate) fn start(&mut self) {
        self.stop();
        let host = self.endpoint.host.clone();
        log!(Debug, "resolving {host}");
        let resolver = Arc::clone(&self.resolver);
        self.step = Step::Resolving(Box::pin(resolver.addresses(host)));
    }

    /// Gives the attempt up, if there is one. A resolver call that hangs is left behind. Addresses
    /// that had their time in vain count as failed.
    pub(crate) fn stop(&mut self) {
        if let Step::Racing(race) = &self.step {
            race.late().for_each(|late| self.failures.add(late, false));
        }
        self.end();
    }

    fn end(&mut self) {
        if let Step::Racing(race) = &self.step {
            race.failed()
                .for_each(|failed| self.failures.add(failed, false));
        }
        self.step = Step::Idle;
    }

    /// The outcome of the attempt; pending where there is none. To be polled within the runtime.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Tcp, DialError>> {
        if let Step::Resolving(resolving) = &mut self.step {
            let addresses = match ready!(resolving.as_mut().poll(cx)) {
                Ok(addresses) => addresses,
                Err(error) => return self.fail(None, error.into()),
            };
            let port = self.endpoint.port;
            let addresses = interleave(&addresses).map(|mut address| {
                address.set_port(port);
                address
            });
            let mut candidates = self.failures.order(addresses);
            candidates.truncate(MAX_ADDRESSES);
            self.step = Step::Racing(Race::new(candidates, self.endpoint.backstop));
        }
        let Step::Racing(race) = &mut self.step else {
            return Poll::Pending;
        };
        match ready!(race.poll(cx)) {
            Ok(tcp) => {
                log!(Debug, "TCP connected to {}", tcp.peer());
                self.end();
                Poll::Ready(Ok(tcp))
            }
            Err(lost) => self.fail(lost.address, lost.error.into()),
        }
    }

    fn fail(
        &mut self,
        address: Option<SocketAddr>,
        error: TransportError,
    ) -> Poll<Result<Tcp, DialError>> {
        let attempted = Attempted {
            address,
            ..self.attempted()
        };
        self.end();
        Poll::Ready(Err(DialError { attempted, error }))
    }

    /// What is being tried; also what an attempt tried that has succeeded just now, without its
    /// address.
    pub(crate) fn attempted(&self) -> Attempted {
        let (stage, address) = match &self.step {
            Step::Resolving(_) => (Stage::Dns, None),
            Step::Racing(race) => (Stage::Tcp, race.latest()),
            Step::Idle => (Stage::Mqtt, None),
        };
        Attempted {
            host: Arc::clone(self.endpoint.host.text()),
            port: self.endpoint.port,
            stage,
            address,
        }
    }

    /// TCP came about with this address, CONNACK did not.
    pub(crate) fn failed(&mut self, address: SocketAddr) {
        self.failures.add(address, true);
    }

    /// CONNACK came from this address.
    pub(crate) fn worked(&mut self, address: SocketAddr) {
        self.failures.remove(address);
    }
}

#[cfg(test)]
mod tests;

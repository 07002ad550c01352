//! Attempts to open a stream to one broker (rule L13).

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

use super::failures::{Candidate, Failures};
use super::host::Host;
use super::race::{Lost, Race, interleave};
use super::resolve::{ResolveError, Resolver};
use super::socket::Sockets;
use super::tcp::Tcp;
use crate::error::{Stage, TransportError};
use crate::log::log;

/// How many of a name's addresses one attempt tries.
pub(super) const MAX_ADDRESSES: usize = 32;

/// How long the resolver has where an earlier attempt knew addresses.
const RESOLVER_PATIENCE: Duration = Duration::from_secs(1);

/// Where the broker is.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// A name or an IP address.
    pub(crate) host: Host,
    /// The port.
    pub(crate) port: u16,
    /// How its sockets are made.
    pub(crate) sockets: Arc<Sockets>,
}

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DialError {
    /// The stage that failed.
    pub(crate) stage: Stage,
    /// Of the addresses that failed, the one whose error tells most.
    pub(crate) address: Option<SocketAddr>,
    /// What was reported.
    pub(crate) error: TransportError,
}

type Resolving = Pin<Box<dyn Future<Output = Result<Arc<[SocketAddr]>, ResolveError>> + Send>>;

enum Step {
    Idle,
    /// The timer is there where an earlier attempt knew addresses.
    Resolving(Resolving, Option<Pin<Box<Sleep>>>),
    /// The resolver still works where earlier addresses are raced.
    Racing(Race, Option<Resolving>),
}

/// Opens streams to one host, one at a time, and remembers which of its addresses failed: the
/// next attempt begins with another.
pub(crate) struct Dialer {
    endpoint: Endpoint,
    resolver: Arc<Resolver>,
    failures: Failures,
    /// What the resolver last said.
    known: Option<Arc<[SocketAddr]>>,
    /// The attempt tries that.
    remembering: bool,
    step: Step,
}

impl Dialer {
    pub(crate) fn new(endpoint: Endpoint, resolver: Arc<Resolver>) -> Self {
        Dialer {
            endpoint,
            resolver,
            failures: Failures::default(),
            known: None,
            remembering: false,
            step: Step::Idle,
        }
    }

    /// Whether it dials this host and port.
    pub(super) fn is_for(&self, host: &Host, port: u16) -> bool {
        self.endpoint.host == *host && self.endpoint.port == port
    }

    /// Begins an attempt. It has no deadline of its own: whoever waits gives up. One that is
    /// under way is given up now.
    pub(crate) fn start(&mut self) {
        self.stop();
        self.remembering = false;
        let patience = self
            .known
            .as_ref()
            .map(|_| Box::pin(tokio::time::sleep(RESOLVER_PATIENCE)));
        self.step = Step::Resolving(self.resolve(), patience);
    }

    fn resolve(&self) -> Resolving {
        let host = self.endpoint.host.clone();
        log!(Debug, "resolving {host}");
        Box::pin(Arc::clone(&self.resolver).addresses(host))
    }

    /// Gives the attempt up, if there is one. A resolver call that hangs is left behind. Addresses
    /// that had their time in vain count as failed.
    pub(crate) fn stop(&mut self) {
        if let Step::Racing(race, _) = &self.step {
            race.late().for_each(|late| self.failures.add(late, false));
        }
        self.end();
    }

    fn end(&mut self) {
        if let Step::Racing(race, _) = &self.step {
            race.failed()
                .for_each(|failed| self.failures.add(failed, false));
        }
        self.step = Step::Idle;
    }

    /// The outcome of the attempt; pending where there is none. To be polled within the runtime.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Tcp, DialError>> {
        loop {
            match &mut self.step {
                Step::Idle => return Poll::Pending,
                Step::Resolving(resolving, patience) => match resolving.as_mut().poll(cx) {
                    Poll::Ready(Ok(addresses)) => {
                        let candidates = self.candidates(&addresses);
                        self.known = Some(addresses);
                        self.step = Step::Racing(self.race(candidates), None);
                    }
                    Poll::Ready(Err(error)) => return self.fail(Stage::Dns, None, error.into()),
                    Poll::Pending => {
                        let over = patience
                            .as_mut()
                            .is_some_and(|patience| patience.as_mut().poll(cx).is_ready());
                        let Some(known) = self.known.clone().filter(|_| over) else {
                            return Poll::Pending;
                        };
                        let race = self.race(self.candidates(&known));
                        let step = std::mem::replace(&mut self.step, Step::Idle);
                        let Step::Resolving(resolving, _) = step else {
                            return Poll::Pending;
                        };
                        log!(
                            Debug,
                            "the resolver has not answered: trying the addresses of an earlier attempt"
                        );
                        self.remembering = true;
                        self.step = Step::Racing(race, Some(resolving));
                    }
                },
                Step::Racing(..) => match ready!(self.poll_race(cx)) {
                    Ok(tcp) => {
                        log!(Debug, "TCP connected to {}", tcp.peer());
                        self.end();
                        return Poll::Ready(Ok(tcp));
                    }
                    Err(lost) => {
                        let step = std::mem::replace(&mut self.step, Step::Idle);
                        let Step::Racing(race, resolving) = step else {
                            return Poll::Pending;
                        };
                        race.failed()
                            .for_each(|failed| self.failures.add(failed, false));
                        let Some(resolving) = resolving else {
                            return self.fail(Stage::Tcp, lost.address, lost.error.into());
                        };
                        // None of the earlier ones: wait for what the resolver says.
                        self.step = Step::Resolving(resolving, None);
                    }
                },
            }
        }
    }

    /// What the resolver says late joins the race.
    fn poll_race(&mut self, cx: &mut Context<'_>) -> Poll<Result<Tcp, Lost>> {
        let Step::Racing(race, resolving) = &mut self.step else {
            return Poll::Pending;
        };
        let answer = resolving
            .as_mut()
            .map_or(Poll::Pending, |resolving| resolving.as_mut().poll(cx));
        if let Poll::Ready(answer) = answer {
            *resolving = None;
            if let Ok(addresses) = answer {
                let candidates = self.candidates(&addresses);
                self.known = Some(addresses);
                if let Step::Racing(race, _) = &mut self.step {
                    race.add(candidates);
                    return race.poll(cx);
                }
                return Poll::Pending;
            }
        }
        race.poll(cx)
    }

    /// What to try, in this order.
    fn candidates(&self, addresses: &[SocketAddr]) -> Vec<Candidate> {
        let port = self.endpoint.port;
        let sockets = &self.endpoint.sockets;
        // Where none suits, the attempts say why.
        let any = addresses.iter().any(|address| sockets.suit(address));
        let suiting = interleave(addresses).filter(|address| !any || sockets.suit(address));
        let addresses = suiting.map(|mut address| {
            address.set_port(port);
            address
        });
        let mut candidates = self.failures.order(addresses);
        candidates.truncate(MAX_ADDRESSES);
        candidates
    }

    fn race(&self, candidates: Vec<Candidate>) -> Race {
        Race::new(candidates, Arc::clone(&self.endpoint.sockets))
    }

    fn fail(
        &mut self,
        stage: Stage,
        address: Option<SocketAddr>,
        error: TransportError,
    ) -> Poll<Result<Tcp, DialError>> {
        self.end();
        Poll::Ready(Err(DialError {
            stage,
            address,
            error,
        }))
    }

    /// How far an attempt under way has come.
    pub(crate) fn stage(&self) -> Stage {
        match &self.step {
            Step::Idle | Step::Resolving(..) => Stage::Dns,
            Step::Racing(..) => Stage::Tcp,
        }
    }

    /// The address that an attempt under way tried last.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match &self.step {
            Step::Racing(race, _) => race.latest(),
            Step::Idle | Step::Resolving(..) => None,
        }
    }

    /// Whether the last attempt tried what an earlier one knew.
    pub(crate) fn is_remembering(&self) -> bool {
        self.remembering
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

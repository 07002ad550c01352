//! TCP connections to several addresses of one broker, raced (RFC 8305).

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::failures::Candidate;
use super::socket::Sockets;
use super::tcp::Tcp;
use crate::error::TransportError;
use crate::log::log;

/// Connection Attempt Delay (RFC 8305, section 5).
pub(super) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The same before an address that accepts and then passes no data: longer than a slow path's
/// handshake, shorter than an attempt usually has.
pub(super) const MUTE_DELAY: Duration = Duration::from_secs(5);

/// An address that is being tried.
struct Runner {
    address: SocketAddr,
    /// It has had its time alone.
    late: bool,
    connecting: Pin<Box<dyn Future<Output = io::Result<Tcp>> + Send>>,
}

/// Why no address could be connected to: the error that tells most, and its address.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) address: Option<SocketAddr>,
    pub(super) error: io::Error,
}

/// The first connection that comes about wins; the others are given up when this is dropped.
pub(super) struct Race {
    waiting: VecDeque<Candidate>,
    runners: Vec<Runner>,
    sockets: Arc<Sockets>,
    delay: Option<Pin<Box<tokio::time::Sleep>>>,
    failed: Vec<SocketAddr>,
    worst: Option<(SocketAddr, io::Error)>,
}

impl Race {
    /// Tries the candidates in this order.
    pub(super) fn new(candidates: Vec<Candidate>, sockets: Arc<Sockets>) -> Self {
        Race {
            waiting: candidates.into(),
            runners: Vec::new(),
            sockets,
            delay: None,
            failed: Vec::new(),
            worst: None,
        }
    }

    /// Tries these, too, behind all others; not what is in the race already.
    pub(super) fn add(&mut self, candidates: Vec<Candidate>) {
        for candidate in candidates {
            let same = |other: &SocketAddr| *other == candidate.address;
            let known = self.waiting.iter().any(|waiting| same(&waiting.address))
                || self.runners.iter().any(|runner| same(&runner.address))
                || self.failed.iter().any(same);
            if !known {
                self.waiting.push_back(candidate);
            }
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Tcp, Lost>> {
        loop {
            let before = self.runners.len();
            if let Some(tcp) = self.run(cx) {
                return Poll::Ready(Ok(tcp));
            }
            // Where one has failed, the next need not wait for its time.
            let next_is_mute = self.waiting.front().is_some_and(|next| next.mute);
            let start = self.runners.is_empty()
                || (self.runners.len() < before && !next_is_mute)
                || self.delay_is_over(cx, next_is_mute);
            if !start {
                return Poll::Pending;
            }
            self.delay = None;
            let Some(next) = self.waiting.pop_front() else {
                if self.runners.is_empty() {
                    return Poll::Ready(Err(self.lost()));
                }
                continue;
            };
            log!(Debug, "connecting to {}", next.address);
            self.runners.push(Runner {
                address: next.address,
                late: false,
                connecting: Box::pin(Tcp::connect(next.address, Arc::clone(&self.sockets))),
            });
        }
    }

    /// Lets every runner go on; those that fail leave.
    fn run(&mut self, cx: &mut Context<'_>) -> Option<Tcp> {
        let mut index = 0;
        while let Some(runner) = self.runners.get_mut(index) {
            match runner.connecting.as_mut().poll(cx) {
                Poll::Pending => index += 1,
                Poll::Ready(Ok(tcp)) => return Some(tcp),
                Poll::Ready(Err(error)) => {
                    let address = self.runners.remove(index).address;
                    log!(Debug, "could not connect to {address}: {error}");
                    self.failed.push(address);
                    // Of equal ones the first, which is of the address that the system prefers.
                    if self
                        .worst
                        .as_ref()
                        .is_none_or(|(_, worst)| rank(&error) > rank(worst))
                    {
                        self.worst = Some((address, error));
                    }
                }
            }
        }
        None
    }

    /// Once for each that has started.
    fn delay_is_over(&mut self, cx: &mut Context<'_>, next_is_mute: bool) -> bool {
        if self.runners.iter().all(|runner| runner.late) && self.waiting.is_empty() {
            return false;
        }
        let delay = self.delay.get_or_insert_with(|| {
            Box::pin(tokio::time::sleep(if next_is_mute {
                MUTE_DELAY
            } else {
                ATTEMPT_DELAY
            }))
        });
        if delay.as_mut().poll(cx).is_pending() {
            return false;
        }
        for runner in &mut self.runners {
            runner.late = true;
        }
        true
    }

    fn lost(&mut self) -> Lost {
        match self.worst.take() {
            Some((address, error)) => Lost {
                address: Some(address),
                error,
            },
            None => Lost {
                address: None,
                error: io::Error::new(ErrorKind::AddrNotAvailable, "no address to connect to"),
            },
        }
    }

    /// The address that was tried last and has not failed.
    pub(super) fn latest(&self) -> Option<SocketAddr> {
        self.runners.last().map(|runner| runner.address)
    }

    /// The addresses that failed.
    pub(super) fn failed(&self) -> impl Iterator<Item = SocketAddr> {
        self.failed.iter().copied()
    }

    /// The addresses that have had their time and have not come about.
    pub(super) fn late(&self) -> impl Iterator<Item = SocketAddr> {
        let late = self.runners.iter().filter(|runner| runner.late);
        late.map(|runner| runner.address)
    }
}

/// How much an error tells where all addresses failed: first that this process could not even
/// try, then what the far side answered, then what lies between, then what was never possible.
pub(super) fn rank(error: &io::Error) -> u8 {
    match error.kind() {
        _ if is_exhaustion(error) => 6,
        // An option of the sockets, or their hook.
        ErrorKind::Other if error.get_ref().is_some_and(|it| it.is::<TransportError>()) => 6,
        ErrorKind::PermissionDenied => 5,
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => 4,
        ErrorKind::TimedOut => 3,
        ErrorKind::HostUnreachable => 2,
        ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::Unsupported => 0,
        _ => 1,
    }
}

/// The process or the system has no descriptor, buffer or memory left.
#[cfg(unix)]
fn is_exhaustion(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
    )
}

#[cfg(not(unix))]
fn is_exhaustion(error: &io::Error) -> bool {
    error.kind() == ErrorKind::OutOfMemory
}

/// Alternates the address families, the preferred one first (RFC 8305, section 4).
pub(super) fn interleave(addresses: &[SocketAddr]) -> impl Iterator<Item = SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses
        .iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    let mut turn = false;
    std::iter::from_fn(move || {
        turn = !turn;
        if turn {
            preferred.next().or_else(|| other.next())
        } else {
            other.next().or_else(|| preferred.next())
        }
    })
}

#[cfg(test)]
mod tests;

//! Attempts whose streams a host opens: the servers in order, the layers that the host's streams
//! lack, and where the time goes (rule L13).

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::layered::Layered;
use super::opening::{Advance, Opening};
use super::options::{Carrier, ProxyServer, Server, Transport};
use super::pipe::{Action, Actions, Pipe, PipeEnd};
use super::route::{Overrides, Route, Ways};
use super::servers::Servers;
use super::stages::{Failed, Stages};
use crate::engine::Attempts;
use crate::error::{Attempted, Stage, TransportError};
use crate::log::log;
use crate::types::Instant;

enum Step {
    /// The host opens a stream; this is the library's end of it.
    Dialing(Pipe),
    /// It could not.
    Refused(TransportError),
    Opening(Box<Opening<Pipe>>),
    /// The stream is the engine's now.
    Open,
    /// There will be none.
    Over,
}

struct Attempt {
    ways: Ways,
    left: VecDeque<usize>,
    current: usize,
    step: Step,
    deadline: Instant,
    /// The end of the current server's time, where others wait for theirs.
    share: Option<Instant>,
    stages: Stages,
    address: Option<SocketAddr>,
    /// The host connects to this proxy.
    proxy: Option<ProxyServer>,
}

/// The host's end of a stream.
struct Open {
    number: u64,
    end: PipeEnd,
}

/// Asks a host for streams to one broker, which may have several servers.
pub(crate) struct HostedConnector {
    servers: Servers,
    ways: Ways,
    carrier: Carrier,
    actions: Actions,
    /// Counts the streams that were asked for.
    streams: u64,
    attempt: Option<Attempt>,
    /// The streams that may be in use: one more while the client goes over to another.
    open: Vec<Open>,
    /// The host is this library's own loop, which knows proxies.
    own: bool,
}

/// A client has so many at a time.
const MOST_STREAMS: usize = 2;

impl HostedConnector {
    /// `routes`: at least one, in the order in which they are to be tried.
    pub(crate) fn new(routes: Vec<Route>, ways: Ways, carrier: Carrier, actions: Actions) -> Self {
        HostedConnector {
            servers: Servers::new(routes),
            ways,
            carrier,
            actions,
            streams: 0,
            attempt: None,
            open: Vec::new(),
            own: false,
        }
    }

    /// The host is this library's own loop: it opens what is before a server, too.
    #[cfg(all(
        feature = "host-loop",
        any(target_os = "linux", target_vendor = "apple")
    ))]
    pub(crate) fn set_own(&mut self) {
        self.own = true;
    }

    /// Begins an attempt, which is given up by [`stop`](Self::stop) at its deadline at the latest.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        deadline: Instant,
        number: u64,
        mut overrides: Overrides,
    ) {
        self.stop();
        let (current, left) = self.servers.begin(number, overrides.route.take());
        self.attempt = Some(Attempt {
            ways: self.ways.with(overrides),
            left,
            current,
            step: Step::Over,
            deadline,
            share: None,
            stages: Stages::begin(now, Stage::Tcp),
            address: None,
            proxy: None,
        });
        self.dial(now);
    }

    /// Begins with the current server.
    fn dial(&mut self, now: Instant) {
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        self.streams += 1;
        let number = self.streams;
        let (pipe, end) = Pipe::new(number, self.actions.clone());
        if self.open.len() >= MOST_STREAMS {
            self.open.remove(0);
        }
        self.open.push(Open { number, end });
        attempt.step = Step::Dialing(pipe);
        (attempt.address, attempt.proxy) = (None, None);
        let route = self.servers.get(attempt.current);
        attempt.stages = Stages::begin(now, first_stage(route.server.transport, self.carrier));
        let others = u32::try_from(attempt.left.len()).unwrap_or(u32::MAX);
        let share = attempt.deadline.saturating_since(now) / others.saturating_add(1);
        attempt.share = (others > 0).then(|| now + share);
        let mut server = route.server.clone();
        if self.own {
            match proxy_before(route, &attempt.ways) {
                Ok(None) => {}
                Ok(Some(proxy)) => {
                    server = Server::new(proxy.host.clone());
                    server.port = Some(proxy.port);
                    attempt.proxy = Some(proxy);
                }
                Err(error) => {
                    attempt.stages.enter(now, Stage::Proxy);
                    attempt.step = Step::Refused(error);
                    return;
                }
            }
        }
        self.actions.push(Action::Open {
            stream: number,
            server,
            headers: attempt.ways.headers(),
            deadline: attempt.share.unwrap_or(attempt.deadline),
        });
    }

    /// Gives the attempt up, if there is one, also where its stream is open.
    pub(crate) fn stop(&mut self) {
        if let Some(attempt) = self.attempt.take()
            && !matches!(attempt.step, Step::Open)
            && let Some(end) = self.end(self.streams)
        {
            end.abort();
        }
    }

    fn dialed(&mut self, stream: u64) -> Option<&mut Attempt> {
        let newest = self.streams;
        let attempt = self.attempt.as_mut().filter(|_| stream == newest)?;
        matches!(attempt.step, Step::Dialing(_)).then_some(attempt)
    }

    /// The host's opening has entered this stage.
    pub(crate) fn handle_stage(&mut self, now: Instant, stream: u64, stage: Stage) {
        if let Some(attempt) = self.dialed(stream) {
            attempt.stages.enter(now, stage);
        }
    }

    /// The host's stream is open.
    pub(crate) fn handle_opened(&mut self, now: Instant, stream: u64, at: Option<SocketAddr>) {
        let Some(attempt) = self.dialed(stream) else {
            return;
        };
        attempt.address = at;
        let Step::Dialing(pipe) = std::mem::replace(&mut attempt.step, Step::Over) else {
            return;
        };
        let current = attempt.current;
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        let route = self.servers.get(current);
        let opening = route
            .plan(&attempt.ways, attempt.proxy.as_ref())
            .and_then(|plan| {
                let stage = plan.first_stage();
                attempt.stages.enter(now, stage);
                Opening::new(pipe, plan).map_err(|error| (stage, error))
            });
        match opening {
            Ok(opening) => attempt.step = Step::Opening(Box::new(opening)),
            Err((stage, error)) => {
                attempt.stages.enter(now, stage);
                attempt.step = Step::Refused(error);
            }
        }
    }

    /// The host could not open the stream.
    pub(crate) fn handle_open_failed(
        &mut self,
        now: Instant,
        stream: u64,
        stage: Stage,
        error: TransportError,
    ) {
        if let Some(attempt) = self.dialed(stream) {
            attempt.stages.enter(now, stage);
            attempt.step = Step::Refused(error);
        }
    }

    /// The host's end of this stream, where it is in use.
    pub(crate) fn end(&self, stream: u64) -> Option<&PipeEnd> {
        let open = self.open.iter().find(|open| open.number == stream);
        open.map(|open| &open.end)
    }

    /// The newest stream that was asked for.
    pub(crate) fn newest(&self) -> u64 {
        self.streams
    }

    /// Whether an attempt has no stream yet.
    pub(crate) fn is_dialing(&self) -> bool {
        let attempt = self.attempt.as_ref();
        attempt.is_some_and(|it| !matches!(it.step, Step::Open | Step::Over))
    }

    /// The outcome of the attempt; `None`: there is none yet.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Result<Layered<Pipe>, Failed>> {
        loop {
            let error = match self.step(now)? {
                Ok(stream) => {
                    if let Some(attempt) = &mut self.attempt {
                        attempt.step = Step::Open;
                        attempt.stages.enter(now, Stage::Mqtt);
                    }
                    return Some(Ok(stream));
                }
                Err(error) => error,
            };
            if let Some(failed) = self.next(now, error) {
                return Some(Err(failed));
            }
        }
    }

    /// `None`: it waits for the host.
    fn step(&mut self, now: Instant) -> Option<Result<Layered<Pipe>, TransportError>> {
        let newest = self.end(self.streams).cloned();
        let attempt = self.attempt.as_mut()?;
        match &mut attempt.step {
            Step::Open | Step::Over => return None,
            Step::Refused(error) => return Some(Err(error.clone())),
            Step::Opening(opening) => loop {
                let advanced = opening.advance();
                attempt.stages.enter(now, opening.stage());
                match advanced {
                    Ok(Advance::Open(stream)) => return Some(Ok(stream)),
                    Ok(Advance::Waiting { .. }) => break,
                    // The host's thread is the only one that there is.
                    Ok(Advance::Elsewhere(job)) => job.run(),
                    Err(error) => return Some(Err(error)),
                }
            },
            Step::Dialing(_) => {
                let error = newest.and_then(|end| end.error());
                if let Some(error) = error {
                    return Some(Err(error));
                }
            }
        }
        let late = attempt.share.is_some_and(|share| share <= now);
        late.then(|| {
            Err(TransportError::new(
                "no answer within this server's share of the time",
            ))
        })
    }

    /// The current server failed: goes on to the next, or ends the attempt where there is none.
    fn next(&mut self, now: Instant, error: TransportError) -> Option<Failed> {
        self.failed();
        let attempted = self.attempted(now);
        let attempt = self.attempt.as_mut()?;
        let stage = attempt.stages.current();
        // Before it is dropped, which would let it end in good order.
        if let Some(open) = self.open.iter().find(|open| open.number == self.streams) {
            open.end.abort();
        }
        attempt.step = Step::Over;
        let next = attempt.left.pop_front();
        let Some(next) = next else {
            return Some(Failed { stage, error });
        };
        if let Some(attempted) = attempted {
            log!(
                Debug,
                "{stage} failed: {attempted}: {error}; trying the next server"
            );
        }
        self.attempt.as_mut()?.current = next;
        self.dial(now);
        None
    }

    /// The stage of the attempt.
    pub(crate) fn stage(&self) -> Stage {
        let attempt = self.attempt.as_ref();
        attempt.map_or(Stage::Mqtt, |it| it.stages.current())
    }

    /// When [`poll`](Self::poll) has something to do although nothing came.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let attempt = self.attempt.as_ref()?;
        attempt
            .share
            .filter(|_| !matches!(attempt.step, Step::Open | Step::Over))
    }

    /// The server of the attempt: where its stream leads.
    pub(crate) fn server(&self) -> Option<&Server> {
        let attempt = self.attempt.as_ref()?;
        Some(&self.servers.get(attempt.current).server)
    }
}

impl Attempts for HostedConnector {
    fn attempted(&self, now: Instant) -> Option<Attempted> {
        let attempt = self.attempt.as_ref()?;
        let mut attempted = self.servers.get(attempt.current).attempted();
        attempted.server_index = attempt.current;
        attempted.address = attempt.address;
        attempted.proxy = attempt.proxy.as_ref().map(ProxyServer::place);
        attempted.stages = attempt.stages.times(now);
        Some(attempted)
    }

    fn worked(&mut self) {
        if let Some(attempt) = &self.attempt {
            self.servers.worked(attempt.current);
        }
    }

    fn failed(&mut self) {
        if let Some(attempt) = &self.attempt {
            self.servers.failed(attempt.current);
        }
    }

    fn refer(&mut self, reference: &str, for_good: bool) {
        if let Some(attempt) = &self.attempt {
            self.servers.refer(attempt.current, reference, for_good);
        }
    }
}

/// The proxy on the way to this server.
#[cfg(feature = "engine")]
fn proxy_before(route: &Route, ways: &Ways) -> Result<Option<ProxyServer>, TransportError> {
    Ok(route.door(ways)?.proxy().cloned())
}

#[cfg(not(feature = "engine"))]
fn proxy_before(_: &Route, _: &Ways) -> Result<Option<ProxyServer>, TransportError> {
    Ok(None)
}

/// What the host does first; a browser tells no stages.
fn first_stage(transport: Transport, carrier: Carrier) -> Stage {
    match (carrier, transport) {
        (Carrier::WebSocket, _) => Stage::WebSocket,
        (_, Transport::Unix) => Stage::Tcp,
        _ => Stage::Dns,
    }
}

//! Connection attempts: the servers in order, the stages of each, and where the time goes
//! (rule L13).

use std::collections::VecDeque;
use std::future::Future;
#[cfg(unix)]
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Sleep;

use super::dial::{Dialer, Endpoint};
use super::elsewhere::Elsewhere;
use super::layered::Layered;
use super::leaf::Leaf;
use super::opening::{Advance, Opening, Plan};
use super::options::{ProxyServer, Server};
use super::resolve::Resolver;
use super::route::{Door, Overrides, Route, Ways};
use super::servers::Servers;
use super::stages::{Failed, Stages};
#[cfg(unix)]
use super::unix::Unix;
use crate::engine::Attempts;
use crate::error::{Attempted, Stage, TransportError};
use crate::log::log;
use crate::types::Instant;

/// Steps of handshakes in one poll; then others have their turn (rule L20).
const STEPS_PER_POLL: usize = 16;

/// What the engine's streams are.
pub(crate) type Connection = Layered<Leaf>;

enum Step {
    /// By the current server's dialer.
    Dialing,
    #[cfg(unix)]
    Unix(Pin<Box<dyn Future<Output = io::Result<Unix>> + Send>>),
    /// There is no way to this server.
    Refused(TransportError),
    Opening(Box<Opening<Leaf>>),
    /// The stream is the engine's now.
    Open,
    /// There will be none.
    Over,
}

/// One attempt, from `start` until `stop` or the next one.
struct Attempt {
    ways: Ways,
    /// The servers that have not been tried yet.
    left: VecDeque<usize>,
    current: usize,
    step: Step,
    deadline: Instant,
    /// The end of the current server's time, where others wait for theirs.
    share: Option<Pin<Box<Sleep>>>,
    stages: Stages,
    plan: Plan,
    proxy: Option<String>,
    address: Option<SocketAddr>,
    remembered: bool,
}

/// Opens streams to one broker, which may have several servers. The next attempt begins with
/// another server, and another address of it, than the one that failed last.
pub(crate) struct Connector {
    servers: Servers,
    ways: Ways,
    resolver: Arc<Resolver>,
    /// One for each server, made when it is first used.
    dialers: Vec<Option<Dialer>>,
    elsewhere: Elsewhere,
    attempt: Option<Attempt>,
}

impl Connector {
    /// `routes`: at least one, in the order in which they are to be tried.
    pub(crate) fn new(routes: Vec<Route>, ways: Ways, resolver: Arc<Resolver>) -> Self {
        Connector {
            servers: Servers::new(routes),
            ways,
            resolver,
            dialers: Vec::new(),
            elsewhere: Elsewhere::default(),
            attempt: None,
        }
    }

    /// Begins an attempt, which is given up by [`stop`](Self::stop) at its deadline at the latest.
    /// One that is under way is given up now. What `overrides` has, and where a broker has sent the
    /// client, holds for the attempt of this number, however often that begins anew.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        deadline: Instant,
        number: u64,
        mut overrides: Overrides,
    ) {
        self.stop();
        let (current, left) = self.servers.begin(number, overrides.route.take());
        // A guest in the place of an earlier one goes on with its dialer, where that is the same.
        self.dialers.resize_with(self.servers.count(), || None);
        self.attempt = Some(Attempt {
            ways: self.ways.with(overrides),
            left,
            current,
            step: Step::Dialing,
            deadline,
            share: None,
            stages: Stages::begin(now, Stage::Dns),
            plan: Plan::default(),
            proxy: None,
            address: None,
            remembered: false,
        });
        self.dial(now);
    }

    /// Begins with the current server.
    fn dial(&mut self, now: Instant) {
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        let route = self.servers.get(attempt.current);
        (attempt.address, attempt.remembered) = (None, false);
        let door = route.door(&attempt.ways);
        let proxy = door.as_ref().ok().and_then(Door::proxy);
        let plan = route.plan(&attempt.ways, proxy);
        attempt.proxy = proxy.map(ProxyServer::place);
        let refused;
        (attempt.plan, refused) = match plan {
            Ok(plan) => (plan, None),
            Err(refused) => (Plan::default(), Some(refused)),
        };
        let stage;
        (attempt.step, stage) = match door {
            _ if let Some((stage, error)) = refused => (Step::Refused(error), stage),
            Ok(Door::Host { host, port, .. }) => {
                let slot = &mut self.dialers[attempt.current];
                let dialer = match slot {
                    Some(dialer) if dialer.is_for(&host, port) => dialer,
                    _ => slot.insert(Dialer::new(
                        Endpoint {
                            host,
                            port,
                            sockets: Arc::clone(&attempt.ways.sockets),
                        },
                        Arc::clone(&self.resolver),
                    )),
                };
                dialer.start();
                (Step::Dialing, Stage::Dns)
            }
            #[cfg(unix)]
            Ok(Door::Unix(path)) => (Step::Unix(Box::pin(Unix::connect(path))), Stage::Tcp),
            Err(error) => (Step::Refused(error), Stage::Proxy),
        };
        attempt.stages = Stages::begin(now, stage);
        let others = u32::try_from(attempt.left.len()).unwrap_or(u32::MAX);
        attempt.share = (others > 0).then(|| {
            let share = attempt.deadline.saturating_since(now) / others.saturating_add(1);
            Box::pin(tokio::time::sleep(share))
        });
    }

    /// Gives the attempt up, if there is one, also where its stream is open.
    pub(crate) fn stop(&mut self) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        if let (Step::Dialing, Some(dialer)) = (&attempt.step, &mut self.dialers[attempt.current]) {
            dialer.stop();
        }
        self.elsewhere.leave();
    }

    /// The outcome of the attempt; pending where there is none. To be polled within the runtime.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Connection, Failed>> {
        for _ in 0..STEPS_PER_POLL {
            let error = match self.step(now, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(None)) => continue,
                Poll::Ready(Ok(Some(stream))) => {
                    self.enter(Stage::Mqtt, now);
                    return Poll::Ready(Ok(stream));
                }
                Poll::Ready(Err(error)) => error,
            };
            if let Some(failed) = self.next(now, error) {
                return Poll::Ready(Err(failed));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// One step; ready with nothing where there is another to take.
    fn step(
        &mut self,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Connection>, TransportError>> {
        let Some(attempt) = &mut self.attempt else {
            return Poll::Pending;
        };
        if !matches!(attempt.step, Step::Open | Step::Over)
            && let Some(share) = &mut attempt.share
            && share.as_mut().poll(cx).is_ready()
        {
            let error = TransportError::new("no answer within this server's share of the time");
            return Poll::Ready(Err(error));
        }
        match &mut attempt.step {
            Step::Open | Step::Over => Poll::Pending,
            Step::Dialing => {
                let Some(dialer) = &mut self.dialers[attempt.current] else {
                    return Poll::Pending;
                };
                let outcome = dialer.poll(cx);
                let (stage, address) = (dialer.stage(), dialer.address());
                attempt.remembered = dialer.is_remembering();
                match outcome {
                    Poll::Pending => {
                        attempt.address = address;
                        self.enter(stage, now);
                        Poll::Pending
                    }
                    Poll::Ready(Ok(tcp)) => {
                        attempt.address = Some(tcp.peer());
                        // Where nobody looked in between, the whole time was TCP's.
                        self.enter(Stage::Tcp, now);
                        self.open(Leaf::from(tcp), now)
                    }
                    Poll::Ready(Err(failed)) => {
                        attempt.address = failed.address;
                        self.enter(failed.stage, now);
                        Poll::Ready(Err(failed.error))
                    }
                }
            }
            #[cfg(unix)]
            Step::Unix(connecting) => match connecting.as_mut().poll(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Ok(unix)) => self.open(Leaf::from(unix), now),
                Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            },
            Step::Refused(error) => Poll::Ready(Err(error.clone())),
            Step::Opening(opening) => {
                if self.elsewhere.poll(cx).is_pending() {
                    return Poll::Pending;
                }
                match opening.advance()? {
                    Advance::Open(stream) => {
                        self.set_step(Step::Open);
                        Poll::Ready(Ok(Some(stream)))
                    }
                    Advance::Waiting { blocked } => {
                        let stage = opening.stage();
                        let leaf = opening.leaf();
                        let ready = leaf.map_or(Poll::Pending, |leaf| leaf.poll_ready(blocked, cx));
                        self.enter(stage, now);
                        ready.map(|()| Ok(None))
                    }
                    Advance::Elsewhere(job) => {
                        self.elsewhere.run(job)?;
                        Poll::Ready(Ok(None))
                    }
                }
            }
        }
    }

    /// The leaf is there: the layers begin.
    fn open(
        &mut self,
        leaf: Leaf,
        now: Instant,
    ) -> Poll<Result<Option<Connection>, TransportError>> {
        let plan = self.attempt.as_mut().map(|it| std::mem::take(&mut it.plan));
        let plan = plan.unwrap_or_default();
        self.enter(plan.first_stage(), now);
        let opening = Opening::new(leaf, plan)?;
        self.set_step(Step::Opening(Box::new(opening)));
        Poll::Ready(Ok(None))
    }

    fn set_step(&mut self, step: Step) {
        if let Some(attempt) = &mut self.attempt {
            attempt.step = step;
        }
    }

    /// The attempt goes on in this stage, or is still in it.
    fn enter(&mut self, stage: Stage, now: Instant) {
        if let Some(attempt) = &mut self.attempt {
            attempt.stages.enter(now, stage);
        }
    }

    /// The current server failed: goes on to the next, or ends the attempt where there is none.
    fn next(&mut self, now: Instant, error: TransportError) -> Option<Failed> {
        self.failed();
        let attempted = self.attempted(now);
        let attempt = self.attempt.as_mut()?;
        let stage = attempt.stages.current();
        if let (Step::Dialing, Some(dialer)) = (&attempt.step, &mut self.dialers[attempt.current]) {
            dialer.stop();
        }
        attempt.step = Step::Over;
        self.elsewhere.leave();
        let Some(next) = attempt.left.pop_front() else {
            return Some(Failed { stage, error });
        };
        if let Some(attempted) = attempted {
            log!(
                Debug,
                "{stage} failed: {attempted}: {error}; trying the next server"
            );
        }
        attempt.current = next;
        self.dial(now);
        None
    }

    /// The stage of the attempt.
    pub(crate) fn stage(&self) -> Stage {
        let attempt = self.attempt.as_ref();
        attempt.map_or(Stage::Mqtt, |it| it.stages.current())
    }

    /// The server of the attempt: where its stream leads.
    pub(crate) fn server(&self) -> Option<&Server> {
        let attempt = self.attempt.as_ref()?;
        Some(&self.servers.get(attempt.current).server)
    }
}

impl Attempts for Connector {
    /// What the attempt under way, or the one that has ended last, tried.
    fn attempted(&self, now: Instant) -> Option<Attempted> {
        let attempt = self.attempt.as_ref()?;
        let mut attempted = self.servers.get(attempt.current).attempted();
        attempted.server_index = attempt.current;
        attempted.proxy.clone_from(&attempt.proxy);
        attempted.address = attempt.address;
        attempted.remembered_address = attempt.remembered;
        attempted.stages = attempt.stages.times(now);
        Some(attempted)
    }

    /// The attempt came to nothing, or its broker serves nobody: the next one begins with another
    /// server and, where TCP had come about, with another address.
    fn failed(&mut self) {
        let Some(attempt) = &self.attempt else {
            return;
        };
        let server = attempt.current;
        self.servers.failed(server);
        if let (Step::Opening(_) | Step::Open, Some(dialer), Some(address)) =
            (&attempt.step, &mut self.dialers[server], attempt.address)
        {
            dialer.failed(address);
        }
    }

    /// CONNACK came.
    fn worked(&mut self) {
        let Some(attempt) = &self.attempt else {
            return;
        };
        let (server, address) = (attempt.current, attempt.address);
        self.servers.worked(server);
        if let (Some(dialer), Some(address)) = (&mut self.dialers[server], address) {
            dialer.worked(address);
        }
    }

    /// The broker at the attempt's server says that another is to be used (section 4.11). The next
    /// attempt begins there. `for_good`: the server of the options has moved, and that is its
    /// place from now on.
    fn refer(&mut self, reference: &str, for_good: bool) {
        if let Some(attempt) = &self.attempt {
            self.servers.refer(attempt.current, reference, for_good);
        }
    }
}

#[cfg(test)]
mod tests;

//! How a client begins that the library's own threads serve.

use std::sync::Arc;

use super::assemble::{Parts, assemble};
use super::bell::Bell;
use super::runner::Runner;
use super::shared::Around;
use super::{Client, Handler, Options, exit, fork, network, pool, random};
use crate::engine;
use crate::error::Error;
use crate::transport::{Connector, Resolver};

impl Client {
    /// Makes a client; it does not connect yet. The first one of a process starts the library's
    /// engine thread.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the option that is wrong; [`Error::Startup`] where the
    /// system gives no thread or descriptor; [`Error::Forked`] in a forked child of a process
    /// that used the library before.
    pub fn new(options: Options, handler: impl Handler) -> Result<Self, Error> {
        Self::start(options, Arc::new(handler), false)
    }

    /// As [`new`](Self::new), but the handler hears events only: its `on_message` is never called.
    /// Messages wait for a stream or for the handler of a subscription.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_streams(options: Options, handler: impl Handler) -> Result<Self, Error> {
        Self::start(options, Arc::new(handler), true)
    }

    fn start(options: Options, handler: Arc<dyn Handler>, pulled: bool) -> Result<Self, Error> {
        fork::check()?;
        options.check()?;
        let (routes, ways) = (options.routes()?, options.ways()?);
        let startup = |error: std::io::Error| Error::Startup(error.to_string());
        // The threads that tell events are there before there is anything to tell (rule L21).
        pool::LIFECYCLE.prepare().map_err(startup)?;
        pool::MESSAGES.prepare().map_err(startup)?;
        let runtime = engine::get().map_err(startup)?;
        fork::watch();
        let connector = Connector::new(routes, ways, Resolver::shared());
        let watches = options.network_monitor;
        let around = Around {
            bell: Bell::Runtime(Arc::clone(&runtime)),
            lifecycle: Runner::Threads(&pool::LIFECYCLE),
            messages: Runner::Threads(&pool::MESSAGES),
        };
        let Parts {
            inner,
            owner,
            machine,
        } = assemble(options, handler, around, pulled, seed());
        let engine = engine::Engine::new(machine, owner, connector, &runtime.timer);
        exit::register(&inner.shared.inbox);
        runtime.spawn(&engine);
        if watches {
            network::watch(&inner.shared, &runtime);
        }
        Ok(Client(Arc::new(inner)))
    }
}

/// Different for each client of each process.
pub(super) fn seed() -> u64 {
    random::number(0, 0)
}

//! The parts of a client, whoever runs its engine.

use std::sync::Arc;

use super::asking::Asking;
use super::authenticating::Authenticating;
use super::authenticator;
use super::completion::Completion;
use super::handler::Handler;
use super::host::EngineSide;
use super::inner::Inner;
use super::options::Options;
use super::shared::{Around, Shared};
use crate::proto::Machine;

/// What all handles have in common, and what the engine drives.
pub(super) struct Parts {
    pub(super) inner: Inner,
    pub(super) owner: EngineSide,
    pub(super) machine: Machine<Completion>,
}

/// `options` are checked. `pulled`: the handler hears events only. `seed`: different for each
/// client.
pub(super) fn assemble(
    mut options: Options,
    handler: Arc<dyn Handler>,
    around: Around,
    pulled: bool,
    seed: u64,
) -> Parts {
    let (messages, own_thread) = (around.messages.clone(), around.bell.is_of_own_thread());
    let shared = Arc::new(Shared::new(&options, handler, around, pulled, seed));
    let inner = Inner {
        shared: Arc::clone(&shared),
        version: options.config.protocol_version,
        comes_back: options.config.reconnect.is_some(),
        keeps_publishes: options.config.session_persists(),
        session_expiry_interval: options.config.session_expiry_interval,
        authenticates: options.authenticator.is_some(),
    };
    // Checked with the options.
    options.config.authentication_method = authenticator::method(&options).ok().flatten();
    let authenticating = options
        .authenticator
        .take()
        .map(|it| it.for_client().unwrap_or(it))
        .map(|it| Authenticating::new(it, &shared, messages.clone()));
    options.config.provider = options.provider.is_some();
    let config = options.config.clone();
    let provider = options.provider.take();
    let asking = provider.map(|provider| Asking::new(provider, options, &shared, messages));
    let mut owner = EngineSide::new(shared, asking, inner.comes_back, own_thread);
    owner.authenticating = authenticating;
    let machine = Machine::new(config, seed);
    Parts {
        inner,
        owner,
        machine,
    }
}

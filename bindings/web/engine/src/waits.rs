//! Whoever waits for a connection to come about, or to end.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use mqttka_core::client::{ConnectError, Connected, Connecting, Disconnecting};

use crate::events;
use crate::outbox::Outbox;

/// Looked at after each turn: there are few, and they end in turns.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    connecting: Vec<(u32, Connecting)>,
    disconnecting: Vec<(u32, Disconnecting)>,
}

fn poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

impl Waits {
    pub(crate) fn connecting(&mut self, id: u32, connecting: Connecting) {
        self.connecting.push((id, connecting));
    }

    pub(crate) fn disconnecting(&mut self, id: u32, disconnecting: Disconnecting) {
        self.disconnecting.push((id, disconnecting));
    }

    /// Tells those whose time has come.
    pub(crate) fn tell(&mut self, outbox: &Outbox) {
        self.connecting.retain_mut(|(id, connecting)| {
            let result = poll(connecting);
            if let Some(result) = &result {
                connected(outbox, *id, result);
            }
            result.is_none()
        });
        self.disconnecting.retain_mut(|(id, disconnecting)| {
            let ended = poll(disconnecting).is_some();
            if ended {
                outbox.report("outcome", *id, |_| {});
            }
            !ended
        });
    }
}

fn connected(outbox: &Outbox, id: u32, result: &Result<Connected, ConnectError>) {
    outbox.report("connecting", id, |object| match result {
        Ok(connected) => object.object("connected", |object| events::connected(object, connected)),
        Err(error) => object.object("error", |object| events::connect_error(object, error)),
    });
}

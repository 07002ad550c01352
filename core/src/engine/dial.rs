//! One attempt to open a stream, and the stage that it has come to.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use tokio::net::TcpStream;

use crate::error::{Stage, TransportError};
use crate::transport::{self, Endpoint};

/// Where an attempt stands; read by the engine, written by the transport.
#[derive(Debug)]
pub(crate) struct Progress(AtomicU8);

impl Progress {
    pub(crate) fn enter(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Relaxed);
    }

    fn stage(&self) -> Stage {
        match self.0.load(Ordering::Relaxed) {
            2 => Stage::Tcp,
            3 => Stage::Tls,
            4 => Stage::WebSocket,
            5 => Stage::Mqtt,
            _ => Stage::Dns,
        }
    }
}

type Opening = Pin<Box<dyn Future<Output = Result<TcpStream, TransportError>> + Send>>;

/// An attempt under way. Dropping it gives it up; a resolver call that hangs is left behind.
pub(super) struct Dialling {
    progress: Arc<Progress>,
    opening: Opening,
}

impl std::fmt::Debug for Dialling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialling")
            .field("stage", &self.stage())
            .finish_non_exhaustive()
    }
}

impl Dialling {
    pub(super) fn start(endpoint: &Endpoint) -> Self {
        let progress = Arc::new(Progress(AtomicU8::new(Stage::Dns as u8)));
        let opening = transport::open(endpoint.clone(), Arc::clone(&progress));
        Dialling {
            progress,
            opening: Box::pin(opening),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<TcpStream, TransportError>> {
        self.opening.as_mut().poll(cx)
    }

    pub(super) fn stage(&self) -> Stage {
        self.progress.stage()
    }
}

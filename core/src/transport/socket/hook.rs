//! The application's hand on a socket before it connects.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::Socket;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::{TransportError, TransportErrorKind};
use crate::threads::{self, SignalMask};
use crate::transport::options::{RawSocket, SocketHook};

/// How long an attempt waits for a call of one that was given up: one that returns soon is no
/// reason to fail.
const PATIENCE: Duration = Duration::from_secs(1);

/// A client's calls, one at a time, each on a thread of its own: one that hangs keeps one thread
/// and its socket, and nothing else.
#[derive(Debug)]
pub(super) struct HookCalls {
    turn: Arc<Semaphore>,
    /// Nobody waits for the call under way any more.
    left: AtomicBool,
    /// Of the thread that made the client: what the application's code runs with.
    mask: SignalMask,
}

impl Default for HookCalls {
    fn default() -> Self {
        HookCalls {
            turn: Arc::new(Semaphore::new(1)),
            left: AtomicBool::new(false),
            mask: SignalMask::current(),
        }
    }
}

/// Says so where an attempt leaves its call behind.
struct Leaving<'a>(Option<&'a AtomicBool>);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(left) = self.0 {
            left.store(true, Ordering::Relaxed);
        }
    }
}

impl HookCalls {
    /// Calls the hook, and gives the socket back. Dropping the future leaves the call, and the
    /// socket to it.
    ///
    /// # Errors
    /// What the hook says; that it panicked, or has not returned from a call of an earlier
    /// attempt; that there is no thread.
    pub(super) async fn call(&self, hook: &SocketHook, socket: Socket) -> io::Result<Socket> {
        let turn = self.turn().await?;
        self.left.store(false, Ordering::Relaxed);
        let mut leaving = Leaving(Some(&self.left));
        let (tell, told) = oneshot::channel();
        let (hook, mask) = (hook.clone(), self.mask);
        let call = move || {
            let before = mask.set();
            let outcome = catch_unwind(AssertUnwindSafe(|| hook.call(raw(&socket))));
            before.set();
            drop((hook, turn));
            let outcome = match outcome {
                Ok(Ok(())) => Ok(socket),
                Ok(Err(error)) => Err(refused(error)),
                Err(_) => Err(error("the socket hook panicked")),
            };
            // Where nobody waits any more, the socket is closed here.
            let _ = tell.send(outcome);
        };
        let thread = threads::spawn("mqttka-hook", threads::CALLBACK_STACK, call);
        if let Err(error) = thread {
            leaving.0 = None;
            let mut told = TransportError::from(error);
            told.message = format!("no thread for the socket hook: {}", told.message);
            return Err(told.into());
        }
        let outcome = told.await;
        leaving.0 = None;
        let outcome = outcome.unwrap_or_else(|_| Err(error("the socket hook ended its thread")));
        Ok(outcome?)
    }

    /// Waits until no call is under way.
    async fn turn(&self) -> io::Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turn).acquire_owned();
        // Another address of this attempt has its call now, or an earlier attempt left one behind.
        let turn = if self.left.load(Ordering::Relaxed) {
            tokio::time::timeout(PATIENCE, turn).await.map_err(|_| {
                error("the socket hook has not returned from its call of an earlier attempt")
            })?
        } else {
            turn.await
        };
        turn.map_err(|_| error("the socket hook is closed").into())
    }
}

/// Calls the hook on this thread: where a host drives the client, there is no other.
///
/// # Errors
/// What the hook says; that it panicked.
#[cfg(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
))]
pub(super) fn call_here(hook: &SocketHook, socket: &Socket) -> io::Result<()> {
    match catch_unwind(AssertUnwindSafe(|| hook.call(raw(socket)))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(refused(error).into()),
        Err(_) => Err(error("the socket hook panicked").into()),
    }
}

fn error(message: &str) -> TransportError {
    TransportError::of(TransportErrorKind::SocketHook, message)
}

fn refused(reason: io::Error) -> TransportError {
    TransportError {
        os_error: reason.raw_os_error(),
        ..error(&format!("the socket hook refused the socket: {reason}"))
    }
}

#[cfg(unix)]
fn raw(socket: &Socket) -> RawSocket {
    std::os::fd::AsRawFd::as_raw_fd(socket)
}

#[cfg(windows)]
fn raw(socket: &Socket) -> RawSocket {
    std::os::windows::io::AsRawSocket::as_raw_socket(socket)
}

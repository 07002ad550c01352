//! A Unix socket as a [`Stream`].

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use thiserror::Error;
use tokio::net::UnixStream;

use super::socket::transfer;
use super::stream::{Read, Stream};
use crate::log::log;
use crate::proto::Progress;

/// How long to wait before the queue of a listener that was full is tried again: no readiness
/// tells that there is room. Doubled each time, up to the longest.
const FULL_QUEUE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(160));

/// Where a Unix socket is.
#[derive(Clone, Debug)]
pub(crate) struct SocketPath {
    text: Arc<str>,
    address: SockAddr,
}

/// Why a text is not the path of a Unix socket: what it must be instead, to continue `it must be`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum InvalidSocketPath {
    #[error("the path of a Unix socket, or @ and a name")]
    Empty,
    #[error("without U+0000")]
    Nul,
    #[error("at most {} bytes long, the system's limit for sockets", path_room() - 1)]
    TooLong,
    #[error("the path of a Unix socket: only Linux has names with @")]
    NoNames,
}

/// How many bytes the system's address has for it, with the last one, 0.
const fn path_room() -> usize {
    size_of::<libc::sockaddr_un>() - std::mem::offset_of!(libc::sockaddr_un, sun_path)
}

impl SocketPath {
    /// Takes a path, or `@` and a name in Linux's abstract namespace.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidSocketPath> {
        if matches!(text, "" | "@") {
            return Err(InvalidSocketPath::Empty);
        }
        if text.contains('\0') {
            return Err(InvalidSocketPath::Nul);
        }
        let mut bytes = text.as_bytes().to_vec();
        if bytes[0] == b'@' {
            if !cfg!(any(target_os = "linux", target_os = "android")) {
                return Err(InvalidSocketPath::NoNames);
            }
            bytes[0] = 0;
        }
        // Of two limits the shorter one: a name needs no 0 at its end.
        if bytes.len() >= path_room() {
            return Err(InvalidSocketPath::TooLong);
        }
        let address =
            SockAddr::unix(OsStr::from_bytes(&bytes)).map_err(|_| InvalidSocketPath::TooLong)?;
        let text = text.into();
        Ok(SocketPath { text, address })
    }

    #[cfg(all(
        feature = "host-loop",
        any(target_os = "linux", target_vendor = "apple")
    ))]
    pub(super) fn address(&self) -> &SockAddr {
        &self.address
    }

    /// As it was given.
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }
}

/// A connected Unix socket. Dropping it ends the connection, also for a forked child's copy.
///
/// What its peer has taken is not known (rule L4): rule L7 alone stands, between two processes of
/// one machine.
#[derive(Debug)]
pub(crate) struct Unix {
    stream: UnixStream,
    look_again: bool,
}

impl Unix {
    /// Connects; where the listener's queue is full, as soon as it is not. Dropping the future
    /// ends what has come about. The path is looked up by the caller's thread: one on a file
    /// system that is gone hangs there.
    ///
    /// # Errors
    /// What the system reports: of the descriptor, the path, or its listener.
    pub(super) async fn connect(path: SocketPath) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        let (mut delay, longest) = FULL_QUEUE;
        loop {
            match socket.connect(&path.address) {
                Ok(()) => break,
                Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    log!(Debug, "the queue of {} is full", path.text());
                    tokio::time::sleep(delay).await;
                    delay = (delay * 2).min(longest);
                }
                Err(error) => return Err(error),
            }
        }
        let unix = Unix {
            stream: UnixStream::from_std(socket.into())?,
            look_again: false,
        };
        unix.stream.writable().await?;
        match unix.stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(unix),
        }
    }

    /// Ready where there is perhaps something to read or, where `writable`, room to write; else the
    /// task is woken when there is. One task at a time.
    pub(crate) fn poll_ready(&self, writable: bool, cx: &mut Context<'_>) -> Poll<()> {
        transfer::poll_ready(&self.stream, writable, cx)
    }

    /// Ends one direction or both. That it has ended already is no news.
    fn shutdown(&self, how: Shutdown) {
        let _ = SockRef::from(&self.stream).shutdown(how);
    }
}

impl Stream for Unix {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let ask = std::mem::take(&mut self.look_again);
        transfer::read(&self.stream, ask, into, max)
    }

    fn look_again(&mut self) {
        self.look_again = true;
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        transfer::write(&self.stream, head, tail)
    }

    fn progress(&mut self) -> Option<Progress> {
        None
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    /// What is queued is with the peer already.
    fn finish(&mut self, _: Option<Duration>) {
        self.shutdown(Shutdown::Write);
    }

    /// There is no reset: the peer reads what is queued, and then the end.
    fn abort(self) {
        self.shutdown(Shutdown::Both);
    }
}

impl Drop for Unix {
    fn drop(&mut self) {
        // Closing alone would leave the connection to a child that was forked meanwhile.
        self.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests;

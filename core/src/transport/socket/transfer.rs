//! Bytes from and to a connected socket, with the readiness that tokio keeps of it.

use std::io::{self, ErrorKind, IoSlice};
use std::task::{Context, Poll};

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::Interest;

use crate::transport::stream::Read;

/// No SIGPIPE for the host's process (rule L21). Apple's systems have it as an option of the
/// socket, SO_NOSIGPIPE, without which socket2 makes none; Windows has no such signal.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(in crate::transport) const NO_SIGNAL: libc::c_int = libc::MSG_NOSIGNAL;
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(in crate::transport) const NO_SIGNAL: i32 = 0;

/// A connected stream socket of tokio's.
pub(in crate::transport) trait Connected {
    fn socket(&self) -> SockRef<'_>;

    /// As tokio's function of that name.
    fn try_io<R>(&self, interest: Interest, call: impl FnOnce() -> io::Result<R>) -> io::Result<R>;

    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

macro_rules! connected {
    ($stream:ty) => {
        impl Connected for $stream {
            fn socket(&self) -> SockRef<'_> {
                SockRef::from(self)
            }

            fn try_io<R>(
                &self,
                interest: Interest,
                call: impl FnOnce() -> io::Result<R>,
            ) -> io::Result<R> {
                self.try_io(interest, call)
            }

            fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_read_ready(cx)
            }

            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_write_ready(cx)
            }
        }
    };
}

connected!(tokio::net::TcpStream);
#[cfg(unix)]
connected!(tokio::net::UnixStream);

/// Ready where there is perhaps something to read or, where `writable`, room to write; else the
/// task is woken when there is. One task at a time.
pub(in crate::transport) fn poll_ready(
    stream: &impl Connected,
    writable: bool,
    cx: &mut Context<'_>,
) -> Poll<()> {
    // An error is the end of the runtime: the read will say it.
    let mut ready = stream.poll_read_ready(cx).is_ready();
    ready |= writable && stream.poll_write_ready(cx).is_ready();
    if ready {
        Poll::Ready(())
    } else {
        Poll::Pending
    }
}

/// What `Stream::try_read` does; where `ask`, whatever is known of readiness. One system call, or
/// none where there is nothing to read.
///
/// A read that brings fewer bytes than asked has emptied the socket: the readiness is cleared
/// then, and the read that would only say EAGAIN is spared. Nothing is missed by that:
///
/// - Readiness comes as edges (epoll, kqueue): bytes or an end that arrive after the read
///   make a new one. One that arrives between the read and the clearing has another tick than
///   the one that `try_io` took before the read, and tokio clears nothing then.
/// - An end (FIN, RST) whose edge came together with the last bytes is READ_CLOSED, which
///   tokio never clears: the next `ready` returns at once, and the next read says it.
/// - Where mio asks the system level by level (Windows, poll), a WouldBlock makes it ask
///   again, and what is there makes a new readiness.
///
/// Only urgent data and descriptors, which MQTT does not know, make a read short with bytes behind
/// it; these then wait for the next that arrives, or for `look_again`.
pub(in crate::transport) fn read(
    stream: &impl Connected,
    ask: bool,
    into: &mut BytesMut,
    max: usize,
) -> io::Result<Read> {
    // Of nothing, the answer would look like the end.
    let max = max.max(1);
    if ask {
        let (count, _) = receive(&stream.socket(), into, max)?;
        return Ok(found(count, true));
    }
    let mut last = None;
    let full = stream.try_io(Interest::READABLE, || {
        let (count, wanted) = receive(&stream.socket(), into, max)?;
        if 0 < count && count < wanted {
            last = Some(count);
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(count)
    });
    match last {
        Some(count) => Ok(found(count, false)),
        None => full.map(|count| found(count, true)),
    }
}

/// Where the system gives nothing, there will be nothing.
fn found(count: usize, more: bool) -> Read {
    if count == 0 {
        Read::END
    } else {
        Read::bytes(count, more)
    }
}

/// What `Stream::try_write` does. As with reading: what is taken in part leaves no room, and the
/// kernel makes an edge when there is some again.
pub(in crate::transport) fn write(
    stream: &impl Connected,
    head: &[u8],
    tail: &[u8],
) -> io::Result<usize> {
    let asked = head.len() + tail.len();
    if asked == 0 {
        return Ok(0);
    }
    let mut part = None;
    let whole = stream.try_io(Interest::WRITABLE, || {
        let count = send(&stream.socket(), head, tail)?;
        if count < asked {
            part = Some(count);
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(count)
    });
    match part {
        Some(count) if count > 0 => Ok(count),
        _ => whole,
    }
}

/// Appends what is there by one call: at most `max` bytes, and no more than there is room for,
/// where there is any. Says how many came, and how many could have come.
fn receive(socket: &SockRef<'_>, into: &mut BytesMut, max: usize) -> io::Result<(usize, usize)> {
    if into.capacity() == into.len() {
        into.reserve(max);
    }
    let free = into.spare_capacity_mut();
    let wanted = max.min(free.len());
    let count = uninterrupted(|| socket.recv(&mut free[..wanted]))?;
    let length = into.len() + count;
    // SAFETY: `recv` has written the `count` bytes that follow the old length, within the
    // capacity.
    unsafe { into.set_len(length) };
    Ok((count, wanted))
}

/// Writes both, as far as there is room, by one call and without a signal.
fn send(socket: &SockRef<'_>, head: &[u8], tail: &[u8]) -> io::Result<usize> {
    uninterrupted(|| {
        if tail.is_empty() {
            socket.send_with_flags(head, NO_SIGNAL)
        } else {
            socket.send_vectored_with_flags(&[IoSlice::new(head), IoSlice::new(tail)], NO_SIGNAL)
        }
    })
}

fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

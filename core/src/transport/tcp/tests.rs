use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::process::{Child, Command, Stdio};

use socket2::SockRef;

use super::*;
use crate::transport::testing::{drain, in_child, is_child, pair, within};

/// Until this many bytes lie in the system, or the peer's end; looks past the runtime.
fn arrived(tcp: &Tcp, bytes: usize) {
    let socket = SockRef::from(&tcp.stream);
    let mut buffer = [std::mem::MaybeUninit::uninit(); 256];
    while socket.peek(&mut buffer).unwrap_or(0) < bytes {
        std::thread::yield_now();
    }
}

fn would_block<T: std::fmt::Debug>(result: io::Result<T>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn read(count: usize, more: bool) -> Read {
    if count == 0 {
        Read::END
    } else {
        Read::bytes(count, more)
    }
}

/// Fault 23: a burst does not end with a read that only says EAGAIN.
#[test]
fn after_a_short_read_the_system_is_not_asked_again() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let mut input = BytesMut::new();
        peer.write_all(b"hello").unwrap();
        tcp.ready(false).await.unwrap();
        assert_eq!(tcp.try_read(&mut input, 64).unwrap(), read(5, false));
        // Had the next read asked, it would find this.
        peer.write_all(b", world").unwrap();
        arrived(&tcp, 7);
        would_block(tcp.try_read(&mut input, 64));
        // It made an edge of its own.
        tcp.ready(false).await.unwrap();
        assert_eq!(tcp.try_read(&mut input, 64).unwrap(), read(7, false));
        assert_eq!(&input[..], b"hello, world");
    });
}

/// Rule L9: before a verdict the system itself is asked.
#[test]
fn looking_again_finds_what_no_readiness_has_told() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let mut input = BytesMut::new();
        peer.write_all(b"a").unwrap();
        tcp.ready(false).await.unwrap();
        assert_eq!(tcp.try_read(&mut input, 64).unwrap(), read(1, false));
        tcp.look_again();
        would_block(tcp.try_read(&mut input, 64));
        peer.write_all(b"b").unwrap();
        arrived(&tcp, 1);
        would_block(tcp.try_read(&mut input, 64));
        tcp.look_again();
        assert_eq!(tcp.try_read(&mut input, 64).unwrap().count, 1);
        assert_eq!(&input[..], b"ab");
    });
}

#[test]
fn a_full_read_says_that_there_is_more() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let mut input = BytesMut::with_capacity(256);
        peer.write_all(&[7; 100]).unwrap();
        arrived(&tcp, 100);
        tcp.ready(false).await.unwrap();
        // Of nothing, the answer would look like the end.
        assert_eq!(tcp.try_read(&mut input, 0).unwrap(), read(1, true));
        assert_eq!(tcp.try_read(&mut input, 49).unwrap(), read(49, true));
        assert_eq!(tcp.try_read(&mut input, 50).unwrap(), read(50, true));
        would_block(tcp.try_read(&mut input, 50));
        assert_eq!(&input[..], &[7; 100]);
    });
}

/// A buffer that is shared (its rest, after the front was split off) is filled, not made anew.
#[test]
fn a_read_takes_the_room_that_there_is() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let mut input = BytesMut::with_capacity(64);
        let place = input.as_ptr();
        peer.write_all(&[7; 100]).unwrap();
        arrived(&tcp, 100);
        tcp.ready(false).await.unwrap();
        assert_eq!(tcp.try_read(&mut input, 40).unwrap(), read(40, true));
        let first = input.split();
        assert_eq!(tcp.try_read(&mut input, 1000).unwrap(), read(24, true));
        assert_eq!(first.as_ptr(), place);
        assert_eq!(input.as_ptr().wrapping_sub(40), place);
        assert_eq!(tcp.try_read(&mut input, 1000).unwrap(), read(36, false));
    });
}

#[test]
fn an_end_that_came_with_the_last_bytes_is_read() {
    within(async {
        for reset in [false, true] {
            let (mut tcp, mut peer) = pair().await;
            let mut input = BytesMut::new();
            peer.write_all(b"last").unwrap();
            if reset {
                SockRef::from(&peer)
                    .set_linger(Some(Duration::ZERO))
                    .unwrap();
                drop(peer);
            } else {
                peer.shutdown(Shutdown::Write).unwrap();
            }
            // One edge, or two, with everything.
            while !tcp
                .stream
                .ready(Interest::READABLE)
                .await
                .unwrap()
                .is_read_closed()
            {
                tokio::task::yield_now().await;
            }
            assert_eq!(tcp.try_read(&mut input, 64).unwrap(), read(4, false));
            tcp.ready(false).await.unwrap();
            match tcp.try_read(&mut input, 64) {
                Ok(end) => assert!(!reset && end.count == 0),
                Err(error) => assert!(reset && error.kind() == ErrorKind::ConnectionReset),
            }
        }
    });
}

#[test]
fn an_end_that_comes_after_a_short_read_is_read() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let mut input = BytesMut::new();
        peer.write_all(b"last").unwrap();
        tcp.ready(false).await.unwrap();
        assert_eq!(tcp.try_read(&mut input, 64).unwrap(), read(4, false));
        peer.shutdown(Shutdown::Write).unwrap();
        tcp.ready(false).await.unwrap();
        assert_eq!(tcp.try_read(&mut input, 64).unwrap().count, 0);
    });
}

#[test]
fn both_parts_are_written_and_acknowledged() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        tcp.ready(true).await.unwrap();
        assert_eq!(tcp.try_write(&[], &[]).unwrap(), 0);
        assert_eq!(tcp.try_write(b"head", b"tail").unwrap(), 8);
        assert_eq!(tcp.try_write(b"!", &[]).unwrap(), 1);
        assert_eq!(tcp.try_write(&[], b"?").unwrap(), 1);
        let mut all = [0; 10];
        peer.read_exact(&mut all).unwrap();
        assert_eq!(&all, b"headtail!?");
        if let Some(progress) = tcp.progress() {
            let mut acked = progress.acked;
            while acked < 10 {
                std::thread::yield_now();
                acked = tcp.progress().unwrap().acked;
            }
            assert_eq!(acked, 10);
        }
    });
}

#[test]
fn a_full_socket_takes_a_part_and_tells_when_there_is_room() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let chunk = vec![5; 16 << 20];
        tcp.ready(true).await.unwrap();
        let written = tcp.try_write(&chunk, &chunk).unwrap();
        assert!(written < 32 << 20);
        // The peer makes room; had the next write asked, it would find it.
        peer.read_exact(&mut vec![0; written]).unwrap();
        would_block(tcp.try_write(b"more", &[]));
        writable(&tcp).await;
        assert_eq!(tcp.try_write(b"more", &[]).unwrap(), 4);
        tcp.finish(None);
        assert_eq!(drain(&mut peer), (b"more".to_vec(), false));
    });
}

async fn writable(tcp: &Tcp) {
    tcp.stream.writable().await.unwrap();
}

/// Rule L16: the other direction goes on.
#[test]
fn after_the_goodbye_the_peer_can_still_be_read() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        tcp.ready(true).await.unwrap();
        tcp.try_write(b"bye", &[]).unwrap();
        tcp.finish(Some(Duration::from_secs(9)));
        #[cfg(any(target_os = "linux", target_os = "android"))]
        assert_eq!(
            SockRef::from(&tcp.stream).tcp_user_timeout().unwrap(),
            Some(Duration::from_secs(9))
        );
        assert_eq!(drain(&mut peer), (b"bye".to_vec(), false));
        peer.write_all(b"answer").unwrap();
        tcp.ready(false).await.unwrap();
        let mut input = BytesMut::new();
        tcp.try_read(&mut input, 64).unwrap();
        assert_eq!(&input[..], b"answer");
        let error = tcp.try_write(b"more", &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

/// Rule L18: only while connecting and after a goodbye.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn an_established_connection_has_no_limit_of_the_kernels() {
    within(async {
        let (mut tcp, _peer) = pair().await;
        let limit = |tcp: &Tcp| SockRef::from(&tcp.stream).tcp_user_timeout().unwrap();
        socket::set_backstop(&tcp.socket(), Some(Duration::MAX));
        assert_eq!(
            limit(&tcp),
            Some(Duration::from_millis(i32::MAX.unsigned_abs().into()))
        );
        socket::set_backstop(&tcp.socket(), Some(Duration::from_nanos(1)));
        assert_eq!(limit(&tcp), Some(Duration::from_millis(1)));
        tcp.established();
        assert_eq!(limit(&tcp), None);
    });
}

/// A process that holds a copy of the descriptor until it is killed, as a forked child does.
#[cfg(unix)]
struct Fork(Child);

#[cfg(unix)]
impl Fork {
    fn with_copy_of(tcp: &Tcp) -> Self {
        use std::os::fd::AsFd;

        let copy = tcp.stream.as_fd().try_clone_to_owned().unwrap();
        let mut command = Command::new("sleep");
        Fork(command.arg("600").stdin(Stdio::from(copy)).spawn().unwrap())
    }

    fn lives(mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "the copy was held");
    }
}

#[cfg(unix)]
impl Drop for Fork {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Fault 13, rule L15.
#[cfg(unix)]
#[test]
fn an_abort_resets_although_a_forked_child_holds_a_copy() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        tcp.ready(true).await.unwrap();
        tcp.try_write(b"half a pack", &[]).unwrap();
        let mut taken = [0; 11];
        peer.read_exact(&mut taken).unwrap();
        let fork = Fork::with_copy_of(&tcp);
        tcp.abort();
        let (rest, reset) = drain(&mut peer);
        assert!(rest.is_empty());
        assert!(reset || !cfg!(any(target_os = "linux", target_os = "android")));
        fork.lives();
    });
}

/// The same where the peer takes nothing: no FIN waits behind what is queued.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn an_abort_resets_a_full_connection_although_a_forked_child_holds_a_copy() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let chunk = vec![5; 1 << 20];
        tcp.ready(true).await.unwrap();
        let mut written = 0;
        let wait = Duration::from_millis(200);
        while tokio::time::timeout(wait, writable(&tcp)).await.is_ok() {
            written += tcp.try_write(&chunk, &[]).unwrap_or(0);
        }
        let fork = Fork::with_copy_of(&tcp);
        tcp.abort();
        let (rest, reset) = drain(&mut peer);
        assert!(reset && rest.len() < written, "{} {written}", rest.len());
        fork.lives();
    });
}

/// Whatever ends the owner (a panic of the engine, say): the peer hears of it.
#[cfg(unix)]
#[test]
fn a_drop_ends_the_connection_although_a_forked_child_holds_a_copy() {
    within(async {
        let (tcp, mut peer) = pair().await;
        let fork = Fork::with_copy_of(&tcp);
        drop(tcp);
        assert_eq!(drain(&mut peer), (Vec::new(), false));
        fork.lives();
    });
}

/// Fault 1, rule L21, in a process whose disposition of SIGPIPE is the system's, not Rust's.
#[cfg(unix)]
#[test]
fn writing_to_a_peer_that_is_gone_makes_no_signal() {
    const NAME: &str = "transport::tcp::tests::writing_to_a_peer_that_is_gone_makes_no_signal";
    if !is_child(NAME) {
        return in_child(&[], NAME);
    }
    // SAFETY: SIG_DFL runs no code of ours, and this process has no other test.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    assert_eq!(before, libc::SIG_IGN, "what Rust's main has set");
    within(async {
        let parts: [(&[u8], &[u8]); 3] = [(b"a", b""), (b"", b"a"), (b"a", b"a")];
        for (head, tail) in parts {
            let (mut tcp, peer) = pair().await;
            drop(peer);
            loop {
                tcp.ready(true).await.unwrap();
                match tcp.try_write(head, tail) {
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
                    _ => tokio::task::yield_now().await,
                }
            }
        }
    });
}

/// Fault 25. The kernel delays acknowledgements once it takes the connection for a dialogue.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn acknowledging_now_ends_the_delay() {
    within(async {
        let (mut tcp, mut peer) = pair().await;
        let socket = |tcp: &Tcp| SockRef::from(&tcp.stream).tcp_quickack().unwrap();
        SockRef::from(&tcp.stream).set_tcp_quickack(false).unwrap();
        peer.write_all(b"a").unwrap();
        tcp.ready(false).await.unwrap();
        assert_eq!(
            tcp.try_read(&mut BytesMut::new(), 64).unwrap(),
            read(1, false)
        );
        assert!(!socket(&tcp));
        tcp.acknowledge_now();
        assert!(socket(&tcp));
    });
}

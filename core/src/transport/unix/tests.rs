use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream as Peer};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Waker;

use super::*;
use crate::transport::testing::{PATIENCE, in_child, is_child, within};

/// A place for a socket that is gone when the test is.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mqttka-test-{}-{number}.sock", std::process::id());
        Place(std::env::temp_dir().join(name))
    }

    fn path(&self) -> SocketPath {
        SocketPath::parse(self.0.to_str().unwrap()).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn pair() -> (Unix, Peer) {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let ours = Unix::connect(place.path()).await.unwrap();
    (ours, accepted(&listener))
}

fn accepted(listener: &UnixListener) -> Peer {
    let (theirs, _) = listener.accept().unwrap();
    theirs.set_read_timeout(Some(PATIENCE)).unwrap();
    theirs.set_write_timeout(Some(PATIENCE)).unwrap();
    theirs
}

async fn ready(unix: &Unix, writable: bool) {
    poll_fn(|cx| unix.poll_ready(writable, cx)).await;
}

fn would_block<T: std::fmt::Debug>(result: io::Result<T>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn drain(peer: &mut Peer) -> Vec<u8> {
    let mut all = Vec::new();
    peer.read_to_end(&mut all).unwrap();
    all
}

#[test]
fn bytes_go_both_ways_and_readiness_comes_as_edges() {
    within(async {
        let (mut unix, mut peer) = pair().await;
        ready(&unix, true).await;
        assert_eq!(unix.try_write(b"head", b"tail").unwrap(), 8);
        assert_eq!(unix.try_write(&[], &[]).unwrap(), 0);
        let mut taken = [0; 8];
        peer.read_exact(&mut taken).unwrap();
        assert_eq!(&taken, b"headtail");
        assert!(unix.progress().is_none() && unix.has_local_address());

        let mut input = BytesMut::new();
        peer.write_all(b"hello").unwrap();
        ready(&unix, false).await;
        assert_eq!(
            unix.try_read(&mut input, 64).unwrap(),
            Read::bytes(5, false)
        );
        // The readiness is gone, and what comes now is there only for who looks.
        peer.write_all(b", world").unwrap();
        would_block(unix.try_read(&mut input, 64));
        unix.look_again();
        assert_eq!(unix.try_read(&mut input, 4).unwrap(), Read::bytes(4, true));
        // It made an edge of its own.
        ready(&unix, false).await;
        assert_eq!(unix.try_read(&mut input, 3).unwrap(), Read::bytes(3, true));
        would_block(unix.try_read(&mut input, 64));
        assert_eq!(&input[..], b"hello, world");
        drop(peer);
        ready(&unix, false).await;
        assert_eq!(unix.try_read(&mut input, 64).unwrap(), Read::END);
    });
}

#[test]
fn a_full_socket_takes_a_part_and_tells_when_there_is_room() {
    within(async {
        let (mut unix, mut peer) = pair().await;
        let chunk = vec![5; 4 << 20];
        ready(&unix, true).await;
        let written = unix.try_write(&chunk, &chunk).unwrap();
        assert!(0 < written && written < 8 << 20);
        would_block(unix.try_write(b"more", &[]));
        peer.read_exact(&mut vec![0; written]).unwrap();
        unix.stream.writable().await.unwrap();
        assert_eq!(unix.try_write(b"more", &[]).unwrap(), 4);
        unix.finish(None);
        assert_eq!(drain(&mut peer), b"more");
        // Rule L16: the other direction goes on.
        peer.write_all(b"answer").unwrap();
        let mut input = BytesMut::new();
        ready(&unix, false).await;
        unix.try_read(&mut input, 64).unwrap();
        assert_eq!(&input[..], b"answer");
        let error = unix.try_write(b"x", &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

/// A process that holds a copy of the descriptor until it is killed, as a forked child does.
struct Fork(Child);

impl Fork {
    fn with_copy_of(unix: &Unix) -> Self {
        let copy = unix.stream.as_fd().try_clone_to_owned().unwrap();
        let mut command = Command::new("sleep");
        Fork(command.arg("600").stdin(Stdio::from(copy)).spawn().unwrap())
    }
}

impl Drop for Fork {
    fn drop(&mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "the copy was held");
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Rule L15, and whatever else ends the owner.
#[test]
fn an_end_comes_although_a_forked_child_holds_a_copy() {
    within(async {
        for abort in [true, false] {
            let (mut unix, mut peer) = pair().await;
            ready(&unix, true).await;
            unix.try_write(b"half a pack", &[]).unwrap();
            let _fork = Fork::with_copy_of(&unix);
            if abort {
                unix.abort();
            } else {
                drop(unix);
            }
            assert_eq!(drain(&mut peer), b"half a pack");
            assert_eq!(peer.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        }
    });
}

/// Rule L21, in a process whose disposition of SIGPIPE is the system's, not Rust's.
#[test]
fn writing_to_a_peer_that_is_gone_makes_no_signal() {
    const NAME: &str = "transport::unix::tests::writing_to_a_peer_that_is_gone_makes_no_signal";
    if !is_child(NAME) {
        return in_child(&[], NAME);
    }
    // SAFETY: SIG_DFL runs no code of ours, and this process has no other test.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    assert_eq!(before, libc::SIG_IGN, "what Rust's main has set");
    within(async {
        let parts: [(&[u8], &[u8]); 3] = [(b"a", b""), (b"", b"a"), (b"a", b"a")];
        for (head, tail) in parts {
            let (mut unix, peer) = pair().await;
            drop(peer);
            ready(&unix, true).await;
            let error = unix.try_write(head, tail).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_connects() {
    use std::os::linux::net::SocketAddrExt;

    within(async {
        let name = format!("mqttka-test-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap();
        let path = SocketPath::parse(&format!("@{name}")).unwrap();
        let mut unix = Unix::connect(path).await.unwrap();
        let mut peer = accepted(&listener);
        ready(&unix, true).await;
        unix.try_write(b"a", b"b").unwrap();
        drop(unix);
        assert_eq!(drain(&mut peer), b"ab");
    });
}

#[test]
fn nobody_there_is_what_the_system_says() {
    within(async {
        let place = Place::new();
        let error = Unix::connect(place.path()).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
        drop(UnixListener::bind(&place.0).unwrap());
        let error = Unix::connect(place.path()).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
    });
}

#[test]
fn paths_that_the_system_cannot_take_are_refused_before() {
    use InvalidSocketPath as Invalid;
    let wrong = |text: &str| SocketPath::parse(text).unwrap_err();
    assert_eq!(wrong(""), Invalid::Empty);
    assert_eq!(wrong("@"), Invalid::Empty);
    assert_eq!(wrong("/a\0b"), Invalid::Nul);
    let longest = "a".repeat(path_room() - 1);
    assert_eq!(&**SocketPath::parse(&longest).unwrap().text(), longest);
    assert_eq!(wrong(&format!("{longest}a")), Invalid::TooLong);
    assert_eq!(wrong(&format!("@{longest}")), Invalid::TooLong);
    #[cfg(target_os = "linux")]
    assert!(Invalid::TooLong.to_string().contains("107"));
}

/// Linux says EAGAIN then, and no readiness tells when the queue has room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_queue_is_waited_for_without_running_hot() {
    let place = Place::new();
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket.bind(&place.path().address).unwrap();
    socket.listen(0).unwrap();
    let listener = UnixListener::from(std::os::fd::OwnedFd::from(socket));
    within(async {
        let first = Unix::connect(place.path()).await.unwrap();
        let mut second = Box::pin(Unix::connect(place.path()));
        let mut polls = 0_u32;
        let wait = Duration::from_millis(400);
        let early = tokio::time::timeout(
            wait,
            poll_fn(|cx| {
                polls += 1;
                second.as_mut().poll(cx)
            }),
        );
        assert!(early.await.is_err());
        assert!((2..20).contains(&polls), "{polls}");
        drop((accepted(&listener), first));
        let mut second = second.await.unwrap();
        ready(&second, true).await;
        assert_eq!(second.try_write(b"a", &[]).unwrap(), 1);
    });
}

/// An attempt that is given up leaves nothing, wherever it stood.
#[cfg(target_os = "linux")]
#[test]
fn a_connect_that_is_given_up_leaves_no_descriptor() {
    const NAME: &str = "transport::unix::tests::a_connect_that_is_given_up_leaves_no_descriptor";
    if !is_child(NAME) {
        return in_child(&[], NAME);
    }
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let place = Place::new();
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket.bind(&place.path().address).unwrap();
    socket.listen(0).unwrap();
    within(async {
        let first = Unix::connect(place.path()).await.unwrap();
        let before = count();
        for _ in 0..3 {
            let mut second = Box::pin(Unix::connect(place.path()));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(second.as_mut().poll(&mut cx).is_pending());
            assert_eq!(count(), before + 1);
        }
        assert_eq!(count(), before);
        drop(first);
    });
}

/// Rule L21.
#[test]
fn without_descriptors_a_connect_is_an_error() {
    const NAME: &str = "transport::unix::tests::without_descriptors_a_connect_is_an_error";
    if !is_child(NAME) {
        return in_child(&["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\""], NAME);
    }
    let place = Place::new();
    let _listener = UnixListener::bind(&place.0).unwrap();
    within(async {
        let mut taken = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            taken.push(file);
        }
        let error = Unix::connect(place.path()).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        drop(taken);
        Unix::connect(place.path()).await.unwrap();
    });
}

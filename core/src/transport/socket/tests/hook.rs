use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::task::{Context, Waker};

use super::*;
use crate::error::TransportErrorKind as Kind;
use crate::transport::options::{RawSocket, SocketHook};
use crate::transport::testing::PATIENCE;
#[cfg(target_os = "linux")]
use crate::transport::testing::{in_child, is_allowed};

fn hooked(hook: impl Fn(RawSocket) -> io::Result<()> + Send + Sync + 'static) -> Arc<Sockets> {
    sockets(|options| options.hook = Some(SocketHook::new(hook)))
}

/// A hook that says on one channel that it was called, and returns what the other one gives.
fn waiting() -> (
    Arc<Sockets>,
    mpsc::Receiver<RawSocket>,
    mpsc::Sender<io::Result<()>>,
) {
    let (called, calls) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let gone = Mutex::new(gone);
    let hook = move |socket| {
        called.send(socket).unwrap();
        gone.lock().unwrap().recv_timeout(PATIENCE).unwrap()
    };
    (hooked(hook), calls, go)
}

#[cfg(unix)]
#[test]
fn it_gets_the_socket_before_it_connects_on_another_thread() {
    use std::os::fd::BorrowedFd;

    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let (tell, told) = mpsc::channel();
        let hook = move |raw| {
            // SAFETY: the socket is open until the hook returns.
            let socket = unsafe { BorrowedFd::borrow_raw(raw) };
            let socket = SockRef::from(&socket);
            let name = std::thread::current().name().map(str::to_owned);
            tell.send((name, socket.peer_addr().is_err())).unwrap();
            // Two things to look at afterwards; the second one is not left so.
            socket.set_tos_v4(0x10)?;
            socket.set_nonblocking(false)
        };
        let tcp = Tcp::connect(there, hooked(hook)).await.unwrap();
        assert_eq!(told.recv().unwrap(), (Some("mqttka-hook".into()), true));
        let socket = tcp.socket();
        assert_eq!(socket.tos_v4().unwrap(), 0x10);
        assert!(socket.nonblocking().unwrap());
    });
}

#[test]
fn what_it_says_is_the_error() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let sockets = hooked(|_| Err(io::Error::from_raw_os_error(13)));
        for _ in 0..2 {
            let error = refused(there, &sockets).await;
            assert_eq!((error.kind, error.os_error), (Kind::SocketHook, Some(13)));
            assert!(error.message.contains("the socket hook refused"), "{error}");
        }
    });
}

#[test]
fn a_panic_is_an_error_and_the_next_call_is_made() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let first = AtomicBool::new(true);
        let sockets = hooked(move |_| {
            assert!(!first.swap(false, Ordering::SeqCst), "of this test");
            Ok(())
        });
        let error = refused(there, &sockets).await;
        assert_eq!(error.kind, Kind::SocketHook);
        assert!(error.message.contains("panicked"), "{error}");
        Tcp::connect(there, sockets).await.unwrap();
    });
}

/// As with callbacks: what the application blocks, and nothing else.
#[cfg(target_os = "linux")]
#[test]
fn it_has_the_signal_mask_of_the_thread_that_made_the_client() {
    fn blocked() -> String {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let mut lines = status.lines();
        lines
            .find(|line| line.starts_with("SigBlk:"))
            .unwrap()
            .to_owned()
    }
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let (tell, told) = mpsc::channel();
        let sockets = hooked(move |_| {
            tell.send(blocked()).unwrap();
            Ok(())
        });
        Tcp::connect(there, sockets).await.unwrap();
        assert_eq!(told.recv().unwrap(), blocked());
    });
}

/// The second address of an attempt does not fail because the first one has its call.
#[test]
fn the_addresses_of_an_attempt_have_their_calls_one_after_the_other() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let (inside, all) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&all);
        let sockets = hooked(move |_| {
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            std::thread::yield_now();
            inside.fetch_sub(1, Ordering::SeqCst);
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let connect = || Tcp::connect(there, Arc::clone(&sockets));
        let (a, b, c) = tokio::join!(connect(), connect(), connect());
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert_eq!(all.load(Ordering::SeqCst), 3);
    });
}

/// An attempt that is given up leaves the call and its socket behind; those that follow say so,
/// until it returns. Of all of them, one thread is left.
#[cfg(unix)]
#[test]
fn a_call_that_hangs_fails_further_attempts_and_keeps_its_socket() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let (sockets, calls, go) = waiting();
        let mut first = Box::pin(Tcp::connect(there, Arc::clone(&sockets)));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        let socket = calls.recv_timeout(PATIENCE).unwrap();
        drop(first);
        for _ in 0..2 {
            let error = refused(there, &sockets).await;
            assert_eq!(error.kind, Kind::SocketHook);
            assert!(error.message.contains("has not returned"), "{error}");
        }
        assert!(calls.try_recv().is_err());
        // SAFETY: asks only whether there is such a descriptor.
        assert_ne!(unsafe { libc::fcntl(socket, libc::F_GETFD) }, -1);
        // It is never used for a connection.
        go.send(Ok(())).unwrap();
        go.send(Ok(())).unwrap();
        Tcp::connect(there, sockets).await.unwrap();
        assert!(calls.try_recv().is_ok());
    });
}

/// One that was left behind and returns soon is no reason to fail.
#[test]
fn a_call_that_was_left_is_waited_for_a_while() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let (sockets, calls, go) = waiting();
        let mut first = Box::pin(Tcp::connect(there, Arc::clone(&sockets)));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        calls.recv_timeout(PATIENCE).unwrap();
        drop(first);
        let mut second = Box::pin(Tcp::connect(there, Arc::clone(&sockets)));
        assert!(second.as_mut().poll(&mut cx).is_pending());
        go.send(Ok(())).unwrap();
        go.send(Ok(())).unwrap();
        second.await.unwrap();
    });
}

/// Wherever an attempt is given up, nothing of it is left when the hook has returned.
#[cfg(target_os = "linux")]
#[test]
fn a_given_up_attempt_leaves_no_descriptor() {
    const NAME: &str = "transport::socket::tests::hook::a_given_up_attempt_leaves_no_descriptor";
    if !is_child(NAME) {
        return in_child(&[], NAME);
    }
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    within(async {
        let (full, _queued) = crate::transport::testing::full("127.0.0.1:0");
        let there = full.local_addr().unwrap().as_socket().unwrap();
        let (sockets, calls, go) = waiting();
        let before = count();
        let mut cx = Context::from_waker(Waker::noop());
        // While the hook has it; and while it connects to nobody who answers.
        for connecting in [false, true, false, true] {
            let mut attempt = Box::pin(Tcp::connect(there, Arc::clone(&sockets)));
            assert!(attempt.as_mut().poll(&mut cx).is_pending());
            calls.recv_timeout(PATIENCE).unwrap();
            assert_eq!(count(), before + 1);
            if connecting {
                go.send(Ok(())).unwrap();
                let wait = Duration::from_millis(100);
                assert!(tokio::time::timeout(wait, &mut attempt).await.is_err());
            }
            drop(attempt);
            if !connecting {
                go.send(Ok(())).unwrap();
            }
            while count() > before {
                tokio::task::yield_now().await;
            }
        }
    });
}

/// Rule L21, fault 2: a user who may have no more threads.
#[cfg(target_os = "linux")]
#[test]
fn without_threads_it_is_an_error() {
    const NAME: &str = "transport::socket::tests::hook::without_threads_it_is_an_error";
    if !is_child(NAME) {
        let wrapper = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "bash",
            "-c",
            "ulimit -u 1; exec \"$0\" \"$@\"",
        ];
        let exe = std::env::current_exe().unwrap();
        let exe = exe.to_str().unwrap();
        if !is_allowed(wrapper[0], &[&wrapper[1..], &[exe, "--list"]].concat()) {
            eprintln!("skipped: {NAME} needs root, setpriv and bash");
            return;
        }
        return in_child(&wrapper, NAME);
    }
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let sockets = hooked(|_| Ok(()));
        for _ in 0..2 {
            let error = refused(there, &sockets).await;
            assert_eq!(error.os_error, Some(libc::EAGAIN));
            assert!(error.message.starts_with("no thread"), "{error}");
        }
    });
}

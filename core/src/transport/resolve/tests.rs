use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, mpsc};
use std::task::{Context, Poll, Waker};

use super::*;
use crate::transport::host;
use crate::transport::testing::{PATIENCE, within};

/// A door that lookups wait behind, so that a name hangs for as long as a test wants.
#[derive(Default)]
pub(in crate::transport) struct Door {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Door {
    pub(in crate::transport) fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let open = self.open.lock().unwrap();
        let (open, _) = self
            .changed
            .wait_timeout_while(open, PATIENCE, |open| !*open)
            .unwrap();
        assert!(*open);
    }
}

fn loopback() -> Vec<SocketAddr> {
    vec![([127, 0, 0, 1], 0).into()]
}

/// Every name has these addresses.
pub(in crate::transport) fn answering(addresses: Vec<SocketAddr>) -> Arc<Resolver> {
    Arc::new(Resolver::new(move |_| Ok(addresses.clone()), spawn))
}

/// Answers at once, and hangs from the second call on until the door opens; then it says something
/// else.
pub(in crate::transport) fn forgetful(
    door: &Arc<Door>,
    first: SocketAddr,
    later: SocketAddr,
) -> Arc<Resolver> {
    let (door, calls) = (Arc::clone(door), AtomicUsize::new(0));
    Arc::new(Resolver::new(
        move |_| {
            if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                return Ok(vec![first]);
            }
            door.pass();
            Ok(vec![later])
        },
        spawn,
    ))
}

/// Names that begin with "hang" do so until the door opens; others are 127.0.0.1.
pub(in crate::transport) fn hanging(door: &Arc<Door>) -> Arc<Resolver> {
    let door = Arc::clone(door);
    let lookup = move |name: &str| {
        if name.starts_with("hang") {
            door.pass();
        }
        Ok(loopback())
    };
    Arc::new(Resolver::new(lookup, spawn))
}

/// A name that was asked for, as the engine does it: with one poll.
struct Asked {
    under_way: Pin<Box<dyn Future<Output = Answer>>>,
    answer: Option<Answer>,
}

fn ask(resolver: &Arc<Resolver>, name: &str) -> Asked {
    let resolver = Arc::clone(resolver);
    let mut under_way = Box::pin(resolver.addresses(host::parse(name).unwrap()));
    let answer = match under_way
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Pending => None,
        Poll::Ready(answer) => Some(answer),
    };
    Asked { under_way, answer }
}

impl Asked {
    fn wait(self) -> Answer {
        self.answer.unwrap_or_else(|| within(self.under_way))
    }
}

#[test]
fn the_system_knows_this_machine() {
    let host = host::parse("localhost").unwrap();
    let addresses = within(Resolver::shared().addresses(host)).unwrap();
    assert!(addresses.iter().all(|a| a.ip().is_loopback()));
}

#[test]
fn addresses_need_no_call() {
    let nothing = |_: &str| panic!("nothing is to be looked up");
    let resolver = Arc::new(Resolver::new(nothing, spawn));
    for address in ["127.0.0.1", "[::1]"] {
        assert!(ask(&resolver, address).answer.unwrap().is_ok());
    }
    let answer = ask(&resolver, "[fe80::1%nonesuch0]").answer;
    assert!(matches!(answer, Some(Err(ResolveError::System(_)))));
}

/// Fault 5.
#[test]
fn names_that_hang_hinder_no_other() {
    let door = Arc::new(Door::default());
    let resolver = hanging(&door);
    let hang: Vec<_> = (0..40)
        .map(|number| ask(&resolver, &format!("hang-{number}")))
        .collect();
    assert!(hang.iter().all(|asked| asked.answer.is_none()));
    assert_eq!(&*ask(&resolver, "good").wait().unwrap(), &loopback());
    door.open();
    for asked in hang {
        assert!(asked.wait().is_ok());
    }
}

#[test]
fn equal_names_share_a_call() {
    let (door, count) = (Arc::new(Door::default()), Arc::new(AtomicUsize::new(0)));
    let lookup = {
        let (door, count) = (Arc::clone(&door), Arc::clone(&count));
        move |_: &str| {
            count.fetch_add(1, Ordering::SeqCst);
            door.pass();
            Ok(loopback())
        }
    };
    let resolver = Arc::new(Resolver::new(lookup, spawn));
    // Given up, as many attempts to a name that hangs are: the call is left behind, once.
    drop(ask(&resolver, "name"));
    let all = ["name", "NAME", "Name"].map(|name| ask(&resolver, name));
    assert_eq!(resolver.calls().len(), 1);
    door.open();
    for asked in all {
        assert!(asked.wait().is_ok());
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(resolver.calls().is_empty());
}

/// The bound, its error, and that it does not last.
#[test]
fn too_many_names_are_an_error_at_once() {
    let door = Arc::new(Door::default());
    let resolver = hanging(&door);
    let hang: Vec<_> = (0..MAX_NAMES)
        .map(|number| ask(&resolver, &format!("hang-{number}")))
        .collect();
    let answer = ask(&resolver, "good").answer;
    assert_eq!(answer, Some(Err(ResolveError::TooManyNames)));
    assert!(ResolveError::TooManyNames.to_string().contains("256"));
    // One that is under way can still be joined.
    assert!(ask(&resolver, "hang-7").answer.is_none());
    door.open();
    for asked in hang {
        assert!(asked.wait().is_ok());
    }
    assert!(ask(&resolver, "good").wait().is_ok());
    assert!(resolver.calls().is_empty());
}

/// Rule L21.
#[test]
fn where_there_is_no_thread_that_is_an_error_at_once() {
    let refuse = Arc::new(AtomicBool::new(true));
    let refusing = Arc::clone(&refuse);
    let resolver = Arc::new(Resolver::new(
        |_| Ok(loopback()),
        move |job| {
            if refusing.load(Ordering::SeqCst) {
                return Err(io::Error::from_raw_os_error(11));
            }
            spawn(job)
        },
    ));
    let answer = ask(&resolver, "name").answer;
    let error = TransportError::from(answer.unwrap().unwrap_err());
    assert_eq!(error.os_error, Some(11));
    assert!(error.message.starts_with("no thread"), "{error}");
    assert!(resolver.calls().is_empty());
    refuse.store(false, Ordering::SeqCst);
    assert!(ask(&resolver, "name").wait().is_ok());
}

#[test]
fn a_lookup_that_panics_is_an_error_of_its_own_name() {
    let resolver = Arc::new(Resolver::new(|_| panic!("in a plug-in"), spawn));
    for _ in 0..2 {
        let answer = ask(&resolver, "name").wait();
        assert_eq!(answer, Err(ResolveError::Panicked));
    }
    assert!(resolver.calls().is_empty());
}

#[test]
fn no_addresses_are_an_error() {
    let resolver = answering(Vec::new());
    let answer = ask(&resolver, "name").wait();
    assert_eq!(answer, Err(ResolveError::NoAddresses));
}

/// An error that was on its way before the attempt began may be of a network that is gone.
#[test]
fn an_old_error_is_not_taken() {
    let (results, given) = mpsc::channel();
    let given = Mutex::new(given);
    let lookup = move |_: &str| given.lock().unwrap().recv_timeout(PATIENCE).unwrap();
    let resolver = Arc::new(Resolver::new(lookup, spawn));
    drop(ask(&resolver, "name"));
    let late = ask(&resolver, "name");
    let failed = || Err(io::Error::other("no network"));
    results.send(failed()).unwrap();
    results.send(Ok(loopback())).unwrap();
    assert!(late.wait().is_ok());
    // Its own error is taken.
    let asked = ask(&resolver, "name");
    results.send(failed()).unwrap();
    assert!(matches!(asked.wait(), Err(ResolveError::System(_))));
}

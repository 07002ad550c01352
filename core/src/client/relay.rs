//! Wakers that may be application code.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::exit;
use super::fork;
use super::pool::MESSAGES;
use super::runner::Quantum;

/// Awaits `future` with wake-ups on the library's threads for messages (see [Threads](super)), for
/// executors whose wakers run application code, or may be held up: the library itself calls wakers
/// on its engine's thread, which must never wait. A waker that blocks keeps its thread
/// and nothing else. The future may be dropped between a wake-up and the poll. At the end of the
/// process ([`process_is_ending`](super::process_is_ending)) nobody is woken any more.
pub fn relayed<F: Future>(future: F) -> impl Future<Output = F::Output> {
    Relayed {
        future: Box::pin(future),
        relay: None,
    }
}

struct Relayed<F> {
    future: Pin<Box<F>>,
    relay: Option<(Arc<Relay>, Waker)>,
}

impl<F: Future> Future for Relayed<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Relayed { future, relay } = &mut *self;
        // One waker for the future's whole life, or every poll would leave another one behind.
        let (relay, waker) = relay.get_or_insert_with(|| {
            let relay = Arc::new(Relay(Mutex::new(None)));
            (Arc::clone(&relay), Waker::from(relay))
        });
        let replaced = relay.foreign().replace(cx.waker().clone());
        // A waker's drop may be foreign code, too.
        drop(replaced);
        future.as_mut().poll(&mut Context::from_waker(waker))
    }
}

impl<F> Drop for Relayed<F> {
    fn drop(&mut self) {
        // Whoever still holds our waker wakes nobody. In a forked child, a thread that is not
        // there may have held the lock.
        if let Some((relay, _)) = &self.relay
            && fork::check().is_ok()
        {
            let foreign = relay.foreign().take();
            drop(foreign);
        }
    }
}

/// Holds the foreign waker until it is used once.
struct Relay(Mutex<Option<Waker>>);

impl Relay {
    fn foreign(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        // A thread was there before the first client was.
        if self.foreign().is_some() {
            MESSAGES.push(self);
        }
    }
}

impl Quantum for Relay {
    fn run(&self) -> bool {
        let foreign = self.foreign().take();
        if let Some(waker) = foreign
            && !exit::process_is_ending()
        {
            waker.wake();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
    use std::time::Duration;

    use super::*;

    const NET: Duration = Duration::from_secs(60);

    /// A waker that tells its thread's name, and then runs what it is given.
    struct Foreign {
        told: Sender<Option<String>>,
        then: Box<dyn Fn() + Send + Sync>,
    }

    impl Wake for Foreign {
        fn wake(self: Arc<Self>) {
            let name = std::thread::current().name().map(str::to_owned);
            let _ = self.told.send(name);
            (self.then)();
        }
    }

    fn foreign(then: impl Fn() + Send + Sync + 'static) -> (Waker, Receiver<Option<String>>) {
        let (told, hears) = channel();
        let then = Box::new(then);
        (Waker::from(Arc::new(Foreign { told, then })), hears)
    }

    type Seen = Arc<Mutex<Option<Waker>>>;

    /// Never ready; what it was polled with is in `Seen`.
    fn pending() -> (Pin<Box<dyn Future<Output = ()>>>, Seen) {
        MESSAGES.prepare().unwrap();
        let seen = Seen::default();
        let inner = Arc::clone(&seen);
        let future = relayed(std::future::poll_fn(move |cx| {
            *inner.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
        (Box::pin(future), seen)
    }

    #[test]
    fn the_foreign_waker_runs_on_our_thread_and_not_after_a_drop() {
        let (waker, told) = foreign(|| {});
        let (mut future, seen) = pending();
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        let ours = seen.lock().unwrap().clone().unwrap();
        ours.wake_by_ref();
        let name = told.recv_timeout(NET).unwrap();
        assert_eq!(name.as_deref(), Some("mqttka-message"));
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        assert!(ours.will_wake(seen.lock().unwrap().as_ref().unwrap()));
        drop(future);
        drop(waker);
        ours.wake_by_ref();
        // The last sender went with the future.
        assert_eq!(told.recv_timeout(NET), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn wakers_that_never_return_keep_their_threads_and_nothing_else() {
        let (end, ended) = channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        let mut kept = Vec::new();
        for _ in 0..5 {
            let ended = Arc::clone(&ended);
            let (waker, told) = foreign(move || {
                let _ = ended.lock().map(|ended| ended.recv());
            });
            let (mut future, seen) = pending();
            let _ = future.as_mut().poll(&mut Context::from_waker(&waker));
            seen.lock().unwrap().as_ref().unwrap().wake_by_ref();
            told.recv_timeout(NET).expect("held up by another waker");
            kept.push(future);
        }
        drop(end);
    }
}

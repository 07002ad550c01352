//! Wakes foreign tasks on a thread of their own.
//!
//! A waker of a uniffi future calls into the JVM or Swift's runtime, where a garbage collection or
//! an executor may hold it up. The core calls wakers on the engine's thread, which must never wait
//! for application code (rule L1); so what the core gets is a waker that only tells the relay.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Awaits `future` with wake-ups by the relay.
pub(crate) fn relayed<F: Future>(future: F) -> impl Future<Output = F::Output> {
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
        *relay.foreign() = Some(cx.waker().clone());
        future.as_mut().poll(&mut Context::from_waker(waker))
    }
}

impl<F> Drop for Relayed<F> {
    fn drop(&mut self) {
        // Whoever still holds our waker wakes nobody.
        if let Some((relay, _)) = &self.relay {
            relay.foreign().take();
        }
    }
}

/// Holds the foreign waker until it is used once.
struct Relay(Mutex<Option<Waker>>);

impl Relay {
    fn foreign(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        let foreign = self.foreign().take();
        if let Some(waker) = foreign {
            match thread() {
                // The thread never ends, so the channel takes everything.
                Some(thread) => drop(thread.send(waker)),
                // No thread is to be had: late isolation is better than no wake-up.
                None => waker.wake(),
            }
        }
    }
}

fn thread() -> Option<&'static Sender<Waker>> {
    static THREAD: OnceLock<Option<Sender<Waker>>> = OnceLock::new();
    THREAD
        .get_or_init(|| {
            let (sender, receiver) = channel::<Waker>();
            std::thread::Builder::new()
                .name("mqttka-wake".into())
                .spawn(move || receiver.iter().for_each(Waker::wake))
                .ok()
                .map(|_| sender)
        })
        .as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::RecvTimeoutError;
    use std::time::Duration;

    struct Tell(Sender<Option<String>>);

    impl Wake for Tell {
        fn wake(self: Arc<Self>) {
            let name = std::thread::current().name().map(str::to_owned);
            drop(self.0.send(name));
        }
    }

    #[test]
    fn the_foreign_waker_runs_on_the_relays_thread_and_not_after_a_drop() {
        let (sender, told) = channel();
        let foreign = Waker::from(Arc::new(Tell(sender)));
        let inner = Arc::new(Mutex::new(None::<Waker>));
        let seen = Arc::clone(&inner);
        let mut future = Box::pin(relayed(std::future::poll_fn(move |cx| {
            *seen.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        })));
        let mut poll = || future.as_mut().poll(&mut Context::from_waker(&foreign));
        assert!(poll().is_pending());
        let ours = inner.lock().unwrap().clone().unwrap();
        ours.wake_by_ref();
        let name = told.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(name.as_deref(), Some("mqttka-wake"));
        assert!(poll().is_pending());
        assert!(ours.will_wake(inner.lock().unwrap().as_ref().unwrap()));
        drop(future);
        drop(foreign);
        ours.wake_by_ref();
        let nothing = told.recv_timeout(Duration::from_millis(50));
        assert!(matches!(
            nothing,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
        ));
    }
}

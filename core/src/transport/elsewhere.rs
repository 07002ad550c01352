//! Steps of a handshake that may block, on threads of their own (rule L1).

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Job;
use crate::error::{TransportError, TransportErrorKind};
use crate::threads;

#[derive(Debug, Default)]
struct Call {
    over: bool,
    waker: Option<Waker>,
}

/// At most one thread at a time, which is left behind where it hangs.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    call: Option<Arc<Mutex<Call>>>,
    /// Somebody goes on when it has ended.
    awaited: bool,
}

impl Elsewhere {
    /// Runs the job on a thread of its own.
    ///
    /// # Errors
    /// An earlier job still runs, or there is no thread.
    pub(super) fn run(&mut self, job: Job) -> Result<(), TransportError> {
        if self.is_running() {
            return Err(TransportError::of(
                TransportErrorKind::CertificateInvalid,
                "the verification of an earlier attempt has not returned",
            ));
        }
        let call = Arc::<Mutex<Call>>::default();
        let end = End(Arc::clone(&call));
        let run = move || {
            // A panic of the job is the end of this thread alone.
            let _end = end;
            job.run();
        };
        threads::spawn("mqttka-verify", threads::CALLBACK_STACK, run).map_err(
            |error: io::Error| {
                let mut told = TransportError::from(error);
                told.message = format!("no thread to verify the certificate: {}", told.message);
                told
            },
        )?;
        (self.call, self.awaited) = (Some(call), true);
        Ok(())
    }

    /// Ready where no job runs; else the task is woken when it has ended.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(call) = self.call.as_ref().filter(|_| self.awaited) else {
            return Poll::Ready(());
        };
        let mut state = lock(call);
        if !state.over {
            state.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        drop(state);
        (self.call, self.awaited) = (None, false);
        Poll::Ready(())
    }

    /// Nobody waits for the job any more.
    pub(super) fn leave(&mut self) {
        self.awaited = false;
    }

    fn is_running(&self) -> bool {
        self.call.as_ref().is_some_and(|call| !lock(call).over)
    }
}

fn lock(call: &Mutex<Call>) -> std::sync::MutexGuard<'_, Call> {
    call.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells that the job has ended, one way or another.
struct End(Arc<Mutex<Call>>);

impl Drop for End {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.over = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::mpsc;

    use super::*;
    use crate::transport::testing::within;

    async fn ended(elsewhere: &mut Elsewhere) {
        poll_fn(|cx| elsewhere.poll(cx)).await;
    }

    #[test]
    fn a_job_runs_on_another_thread_and_wakes_the_task() {
        let (told, hears) = mpsc::channel();
        within(async {
            let mut elsewhere = Elsewhere::default();
            let here = std::thread::current().id();
            let job = move || told.send(std::thread::current().id() != here).unwrap();
            elsewhere.run(Job::new(job)).unwrap();
            ended(&mut elsewhere).await;
            // Nothing is awaited any more.
            ended(&mut elsewhere).await;
        });
        assert_eq!(hears.recv(), Ok(true));
    }

    #[test]
    fn a_panic_is_the_end_of_the_job_alone() {
        within(async {
            let mut elsewhere = Elsewhere::default();
            elsewhere
                .run(Job::new(|| panic!("as a bug would")))
                .unwrap();
            ended(&mut elsewhere).await;
            elsewhere.run(Job::new(|| ())).unwrap();
            ended(&mut elsewhere).await;
        });
    }

    #[test]
    fn one_that_hangs_is_left_behind_and_refuses_another() {
        let (open, door) = mpsc::channel::<()>();
        within(async {
            let mut elsewhere = Elsewhere::default();
            elsewhere
                .run(Job::new(move || {
                    let _ = door.recv();
                }))
                .unwrap();
            assert!(
                poll_fn(|cx| Poll::Ready(elsewhere.poll(cx)))
                    .await
                    .is_pending()
            );
            elsewhere.leave();
            // A new attempt does not wait for it, and may not have another.
            ended(&mut elsewhere).await;
            let error = elsewhere.run(Job::new(|| ())).unwrap_err();
            assert!(error.message.contains("earlier attempt"), "{error}");
            drop(open);
            while elsewhere.is_running() {
                tokio::task::yield_now().await;
            }
            elsewhere.run(Job::new(|| ())).unwrap();
            ended(&mut elsewhere).await;
        });
    }
}

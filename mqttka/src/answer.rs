use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use mqttka_core::client::{Completion, Delivery, Error as CallError};

use crate::{Error, Outcome};

/// How a publish, an unsubscribe or a flush ends, which is under way. On any executor; dropping
/// it changes nothing for what is under way; [`cancel`](Self::cancel) does.
#[derive(Debug)]
#[must_use = "without `.await` nobody hears how it ended"]
pub struct Answer(State);

#[derive(Debug)]
enum State {
    Waits(Delivery),
    Refused(Option<Error>),
}

impl Answer {
    /// Begins something.
    pub(crate) fn of(begin: impl FnOnce(Completion) -> Result<(), CallError>) -> Self {
        let (completion, delivery) = Completion::delivery();
        match begin(completion) {
            Ok(()) => Answer::waits(delivery),
            Err(error) => Answer::refused(error.into()),
        }
    }

    /// Cancels it where it is still queued: it then fails with [`Error::Cancelled`], and is never
    /// sent. What was sent goes on, also where it waits to be sent again after a reconnection, and
    /// ends as it would have ended; so await it in either case.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use std::future::IntoFuture;
    /// use mqttka::Error;
    ///
    /// let answer = client.publish("commands/door", "open").into_future();
    /// answer.cancel();
    /// match answer.await {
    ///     Err(Error::Cancelled) => println!("it was not sent"),
    ///     outcome => println!("too late: {outcome:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel(&self) {
        if let State::Waits(delivery) = &self.0 {
            delivery.cancel();
        }
    }

    pub(crate) fn waits(delivery: Delivery) -> Self {
        Answer(State::Waits(delivery))
    }

    /// Nothing was begun.
    pub(crate) fn refused(error: Error) -> Self {
        Answer(State::Refused(Some(error)))
    }
}

impl Future for Answer {
    type Output = Result<Outcome, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Waits(delivery) => Pin::new(delivery).poll(cx).map(Outcome::try_from),
            State::Refused(error) => Poll::Ready(Err(error.take().unwrap_or(Error::Closed))),
        }
    }
}

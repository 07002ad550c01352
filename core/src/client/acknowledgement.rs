//! Messages that the application acknowledges itself.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::fork;
use super::queue::Item;
use super::router::Router;
use crate::error::Error;
use crate::proto::Refusal;
use crate::types::Version;

/// The acknowledgement of one received QoS 1 or 2 message, in the hands of the application: where a
/// subscription or the client's handler was asked to acknowledge manually
/// ([`SubscriptionOptions::manual_acknowledgement`](super::SubscriptionOptions),
/// [`Options::manual_acknowledgement`](super::Options)).
///
/// [`acknowledge`](Self::acknowledge) and [`refuse`](Self::refuse) may be called in any order among
/// messages, from any thread and at any time; PUBACK and PUBREC leave in the order in which the
/// messages came [MQTT-4.6.0-2], so one message that is never acknowledged holds those of all later
/// ones back, until the broker sends no more ([`Config::receive_maximum`](super::Config)).
///
/// Dropping the last clone without either gives the message back: it comes again, marked
/// [`dup`](super::Message::dup), to the stream that it came from, before all that waits there; to
/// the handler that it came to, after [`REDELIVERY_DELAY`](Self::REDELIVERY_DELAY); where these are
/// gone, to others that match, else it waits as unclaimed. So a consumer that fails or is cancelled
/// loses nothing.
///
/// When the connection is over, it does no harm and is not sent: the broker sends a QoS 1 message
/// again where it keeps the session. (A QoS 2 message that is sent again is recognised as one that
/// was delivered; it is not delivered twice.)
///
/// A message for several consumers is acknowledged when the last of them has taken it, and refused
/// where one refused it.
#[derive(Clone)]
pub struct Acknowledgement(Arc<Pending>);

struct Pending {
    router: Arc<Router>,
    /// Who it was given to.
    taker: u64,
    version: Version,
    /// `None`: decided.
    item: Mutex<Option<Item>>,
}

impl Acknowledgement {
    /// How long a handler is left in peace with a message that it gave back.
    pub const REDELIVERY_DELAY: std::time::Duration = std::time::Duration::from_secs(1);

    pub(super) fn new(router: &Arc<Router>, taker: u64, item: Item) -> Self {
        Acknowledgement(Arc::new(Pending {
            router: Arc::clone(router),
            taker,
            version: router.version(),
            item: Mutex::new(Some(item)),
        }))
    }

    /// The application has consumed the message. Only the first word counts, of this and of
    /// [`refuse`](Self::refuse).
    pub fn acknowledge(&self) {
        if fork::check().is_ok()
            && let Some(item) = self.0.decide()
        {
            self.0.router.acknowledged(self.0.taker, &item, None);
        }
    }

    /// The application does not want the message: the broker hears why, and does not send it again
    /// (sections 3.4.2 and 3.5.2).
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1, which knows no refusal: nothing was decided.
    /// [`Error::Forked`].
    pub fn refuse(&self, refusal: Refusal) -> Result<(), Error> {
        fork::check()?;
        if self.0.version != Version::V5 {
            return Err(Error::NotSupported {
                what: "refusing a message",
                needs: "MQTT 5.0",
            });
        }
        if let Some(item) = self.0.decide() {
            self.0
                .router
                .acknowledged(self.0.taker, &item, Some(refusal));
        }
        Ok(())
    }

    /// Whether one of the two was said.
    pub fn is_decided(&self) -> bool {
        fork::check().is_err() || self.0.item().is_none()
    }
}

impl Pending {
    fn item(&self) -> std::sync::MutexGuard<'_, Option<Item>> {
        self.item.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide(&self) -> Option<Item> {
        self.item().take()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // In a forked child, a thread that is not there may hold a lock.
        if fork::check().is_ok()
            && let Some(item) = self.decide()
        {
            self.router.given_back(self.taker, item);
        }
    }
}

impl fmt::Debug for Acknowledgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledgement")
            .field("decided", &self.is_decided())
            .finish()
    }
}

impl PartialEq for Acknowledgement {
    /// Whether both are of the same delivery.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Acknowledgement {}

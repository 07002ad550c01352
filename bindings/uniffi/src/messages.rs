//! Streams of messages.

use std::sync::{Arc, Mutex};

use mqttka_core::client::{
    Completion, Delivery, Messages, OperationError, ReasonCode, StreamEnd as CoreEnd, Text, relayed,
};

use crate::{
    AcknowledgementsHandle, ConnectError, DisconnectCause, Message, MqttkaError, OperationHandle,
    Outcome, UserProperty, property,
};

/// A stream of messages. It keeps its client alive.
///
/// A consumer waits with `ready`, is lent messages by `take`, and says with `done` how many of the
/// oldest it has consumed: only these are acknowledged. Giving up between two of these steps loses
/// nothing. Destroying it gives back what is not done, and ends its subscription, if it has one.
#[derive(Debug, uniffi::Object)]
pub struct MessagesHandle {
    messages: Messages,
    subscribed: Option<Outcome>,
    acknowledgements: Option<Arc<AcknowledgementsHandle>>,
}

/// What a stream has at one moment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Batch {
    /// Lent until they are done, oldest first.
    pub messages: Vec<Message>,
    /// Why nothing follows, when all messages were lent.
    pub end: Option<StreamEnd>,
}

/// Why a stream of messages has ended.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum StreamEnd {
    /// The connection of the subscription ended.
    Disconnected {
        /// How.
        cause: DisconnectCause,
        /// The same in words.
        detail: String,
    },
    /// The connection attempt that the subscription waited for failed.
    ConnectFailed {
        /// Why.
        error: ConnectError,
        /// The same in words.
        detail: String,
    },
    /// The broker did not accept any filter of the subscription, at first or when it had lost the session, or the SUBSCRIBE
    /// was not sent.
    SubscribeFailed {
        /// Why, in words.
        detail: String,
        /// The broker's reason, where it refused it.
        reason_code: Option<ReasonCode>,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// The User Properties of the broker's answer, in its order; at most 10,000.
        user_properties: Vec<UserProperty>,
    },
    /// The subscription was ended with `unsubscribe`.
    Unsubscribed,
    /// The client was closed.
    Closed,
    /// An end that this binding does not know yet.
    Other {
        /// The core's words.
        detail: String,
    },
}

impl MessagesHandle {
    pub(crate) fn new(messages: Messages, subscribed: Option<Outcome>) -> Self {
        MessagesHandle {
            acknowledgements: messages.is_manual().then(Arc::default),
            messages,
            subscribed,
        }
    }
}

#[uniffi::export]
impl MessagesHandle {
    /// Waits until there is something to take, be it the end. It takes nothing.
    pub async fn ready(&self) {
        relayed(self.messages.ready()).await;
    }

    /// Lends up to `max` (at least one) of the messages that are there, at once; none and no end:
    /// nothing has come yet.
    pub fn take(&self, max: u32) -> Batch {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        match self.messages.take(max) {
            Ok(lent) => Batch {
                messages: lent
                    .into_iter()
                    .map(|received| {
                        let manual = self.acknowledgements.as_ref();
                        let number = manual
                            .zip(received.acknowledgement)
                            .map_or(0, |(all, one)| all.add(one));
                        Message::of(received.message, received.connection_number, number)
                    })
                    .collect(),
                end: None,
            },
            Err(end) => Batch {
                messages: Vec::new(),
                end: Some(end.into()),
            },
        }
    }

    /// The `count` oldest of the messages that are lent were consumed: QoS 1 and 2 are
    /// acknowledged.
    pub fn done(&self, count: u32) {
        self.messages
            .done(usize::try_from(count).unwrap_or(usize::MAX));
    }

    /// What the broker granted to the subscription that this stream was made with.
    pub fn subscribed(&self) -> Option<Outcome> {
        self.subscribed.clone()
    }

    /// The acknowledgements that the application gives, of all messages of this stream; none where it
    /// does not acknowledge manually. They outlive the stream.
    pub fn acknowledgements(&self) -> Option<Arc<AcknowledgementsHandle>> {
        self.acknowledgements.clone()
    }

    /// Ends the subscription with UNSUBSCRIBE, as far as no other one of the client's needs its
    /// filters. The stream ends with it; where it is cancelled while it is queued, both go on.
    pub fn unsubscribe(&self) -> Result<OperationHandle, MqttkaError> {
        let (completion, delivery) = Completion::delivery();
        self.messages.unsubscribe(completion)?;
        Ok(OperationHandle::new(delivery))
    }
}

/// A stream that waits for the broker's answer to its SUBSCRIBE. Destroying it ends the
/// subscription, as `cancel` does.
#[derive(Debug, uniffi::Object)]
pub struct SubscribingHandle(Opening<Messages>);

#[uniffi::export]
impl SubscribingHandle {
    /// Waits for the broker's answer, and gives the stream, once. Giving up waiting changes nothing.
    pub async fn stream(&self) -> Result<MessagesHandle, MqttkaError> {
        let (messages, subscribed) = self.0.opened().await?;
        Ok(MessagesHandle::new(messages, Some(subscribed)))
    }

    /// Ends the subscription: a SUBSCRIBE that is still queued is withdrawn, and one that was sent is
    /// followed by UNSUBSCRIBE.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl SubscribingHandle {
    pub(crate) fn new(delivery: Delivery, messages: Messages) -> Self {
        SubscribingHandle(Opening::new(delivery, messages))
    }
}

/// What ends its subscription when it goes, until the broker has answered its SUBSCRIBE.
#[derive(Debug)]
pub(crate) struct Opening<T> {
    operation: OperationHandle,
    subscribed: Mutex<Option<T>>,
}

impl<T> Opening<T> {
    pub(crate) fn new(delivery: Delivery, subscribed: T) -> Self {
        Opening {
            operation: OperationHandle::new(delivery),
            subscribed: Mutex::new(Some(subscribed)),
        }
    }

    /// It, once, and what the broker has granted.
    pub(crate) async fn opened(&self) -> Result<(T, Outcome), MqttkaError> {
        let outcome = self.operation.outcome().await?;
        let subscribed = self.take().ok_or(MqttkaError::Cancelled)?;
        Ok((subscribed, outcome))
    }

    pub(crate) fn cancel(&self) {
        self.operation.cancel();
        let subscribed = self.take();
        drop(subscribed);
    }

    fn take(&self) -> Option<T> {
        let mut subscribed = self.subscribed.lock();
        let subscribed = subscribed.as_mut().unwrap_or_else(|error| error.get_mut());
        subscribed.take()
    }
}

impl From<CoreEnd> for StreamEnd {
    fn from(end: CoreEnd) -> Self {
        match end {
            CoreEnd::Disconnected(cause) => StreamEnd::Disconnected {
                detail: cause.to_string(),
                cause: cause.into(),
            },
            CoreEnd::ConnectFailed(error) => StreamEnd::ConnectFailed {
                detail: error.to_string(),
                error: error.into(),
            },
            CoreEnd::SubscribeFailed(failed) => StreamEnd::SubscribeFailed {
                detail: failed.to_string(),
                reason_code: match &failed.error {
                    OperationError::Refused(code) => Some(*code),
                    _ => None,
                },
                reason_string: failed.reason_string.as_ref().map(Text::to_string),
                user_properties: property::user_properties(&failed.properties),
            },
            CoreEnd::Unsubscribed => StreamEnd::Unsubscribed,
            CoreEnd::Closed => StreamEnd::Closed,
            other => StreamEnd::Other {
                detail: other.to_string(),
            },
        }
    }
}

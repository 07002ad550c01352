use std::collections::VecDeque;
use std::fmt;

use mqttka_core::types::{Message, Properties, ReasonCode, TopicFilter};

use crate::error::Missing;

/// How much is remembered; beyond it the oldest is forgotten.
const MOST_REMEMBERED: usize = 10_000;

/// How much of it a [`Missing`] shows.
const MOST_SHOWN: usize = 32;

macro_rules! kinds {
    ($($number:literal $variant:ident $name:literal $doc:literal,)*) => {
        /// What a broker can see of its clients. The numbers never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum SeenKind {
            $(#[doc = $doc] $variant = $number,)*
        }

        impl SeenKind {
            /// All of them, ascending.
            pub const ALL: &'static [SeenKind] = &[$(SeenKind::$variant),*];

            /// That of this number.
            pub const fn from_u8(number: u8) -> Option<SeenKind> {
                match number {
                    $($number => Some(SeenKind::$variant),)*
                    _ => None,
                }
            }

            /// Its name in every language, in lower case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(SeenKind::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    1 Connected "connected" "A client connected, and was accepted.",
    2 Refused "refused" "A client tried to connect, and was refused.",
    3 Subscribed "subscribed" "A client subscribed to a filter; one for each.",
    4 Unsubscribed "unsubscribed" "A client unsubscribed from a filter; one for each.",
    5 Published "published" "A client published a message. A repeated delivery of QoS 2 counts once.",
    6 Acknowledged "acknowledged" "A client acknowledged a message that it got: PUBACK, or PUBREC.",
    7 Pinged "pinged" "A client sent PINGREQ.",
    8 Disconnected "disconnected" "A client sent DISCONNECT.",
    9 Lost "lost" "A client's connection ended without DISCONNECT of it.",
    10 Faulty "faulty" "A client sent what MQTT does not allow; `detail` says what.",
    11 Authenticating "authenticating" "A client sent authentication data, or its method: CONNECT (no reason code), or AUTH.",
}

/// Something that the broker saw.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// What it was.
    pub kind: SeenKind,
    /// The number of the client's connection with this broker, from 1.
    pub connection: u64,
    /// The client's identifier; empty where it is not known yet.
    pub client_id: String,
    /// The filter, for `Subscribed` and `Unsubscribed`.
    pub filter: Option<String>,
    /// The message, for `Published`; its topic is written out where an alias stood for it.
    pub message: Option<Message>,
    /// MQTT 5.0 properties: of CONNECT (`Connected`, `Refused`), of CONNECT or AUTH (`Authenticating`), and of the packet that
    /// was `Subscribed`, `Unsubscribed`, `Acknowledged`, `Disconnected`. Those of a message are in `message`.
    pub properties: Properties,
    /// The reason code that the client gave (`Acknowledged`, `Disconnected`, `Authenticating`), or was given (`Refused`, `Subscribed`, `Unsubscribed`).
    pub reason_code: Option<ReasonCode>,
    /// In words, for `Connected`, `Faulty`, `Lost`, and `Refused` where its proof was; else empty.
    pub detail: String,
}

impl Seen {
    pub(crate) fn new(kind: SeenKind, connection: u64, client_id: &str) -> Self {
        Seen {
            kind,
            connection,
            client_id: client_id.to_owned(),
            filter: None,
            message: None,
            properties: Properties::new(),
            reason_code: None,
            detail: String::new(),
        }
    }

    /// Whether it is what is expected: of a message, that its topic matches the filter; of a subscription, that its
    /// filter is the same.
    fn is(&self, kind: SeenKind, filter: Option<&str>, topics: Option<&TopicFilter>) -> bool {
        self.kind == kind
            && match (filter, &self.message) {
                (None, _) => true,
                (Some(_), Some(message)) => topics.is_some_and(|it| it.matches(&message.topic)),
                (Some(filter), None) => self.filter.as_deref() == Some(filter),
            }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = (self.kind.name(), &self.client_id);
        write!(f, "{kind}: connection {}, client '{id}'", self.connection)?;
        if let Some(filter) = &self.filter {
            write!(f, ", {filter}")?;
        }
        if let Some(message) = &self.message {
            let (topic, len) = (&message.topic, message.payload.len());
            write!(f, ", {topic}, QoS {}, {len} bytes", message.qos as u8)?;
        }
        if let Some(code) = self.reason_code {
            write!(f, ", {code}")?;
        }
        match self.detail.is_empty() {
            true => Ok(()),
            false => write!(f, ", {}", self.detail),
        }
    }
}

/// What was seen and is not expected yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    seen: VecDeque<Seen>,
    /// With what was taken, or forgotten.
    in_all: u64,
}

impl Log {
    pub(crate) fn push(&mut self, seen: Seen) {
        if self.seen.len() == MOST_REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
        self.in_all += 1;
    }

    /// How much was seen so far.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn in_all(&self) -> u64 {
        self.in_all
    }

    /// Takes the oldest that is of this kind and filter.
    pub(crate) fn take(&mut self, kind: SeenKind, filter: Option<&str>) -> Option<Seen> {
        let topics = filter.and_then(|it| TopicFilter::try_from(it).ok());
        let is = |seen: &Seen| seen.is(kind, filter, topics.as_ref());
        let index = self.seen.iter().position(is)?;
        self.seen.remove(index)
    }

    pub(crate) fn next(&mut self) -> Option<Seen> {
        self.seen.pop_front()
    }

    pub(crate) fn missing(&self, kind: SeenKind, filter: Option<&str>) -> Missing {
        let first = self.seen.len().saturating_sub(MOST_SHOWN);
        Missing {
            kind,
            filter: filter.map(str::to_owned),
            instead: self.seen.iter().skip(first).cloned().collect(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }
}

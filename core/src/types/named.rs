//! Names that are the same in every language, and print as such.

/// Gives an `enum` its names, and prints them.
macro_rules! named {
    ($type:ty: $($variant:ident $name:literal,)*) => {
        impl $type {
            /// The name that every language has for it, in `snake_case`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl std::fmt::Display for $type {
            /// Its name.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use named;

use super::{QoS, RetainHandling, Version};

named! {
    QoS:
    AtMostOnce "at_most_once",
    AtLeastOnce "at_least_once",
    ExactlyOnce "exactly_once",
}

named! {
    RetainHandling:
    SendAtSubscribe "send_at_subscribe",
    SendIfNew "send_if_new",
    DoNotSend "do_not_send",
}

impl std::fmt::Display for Version {
    /// `MQTT 3.1.1` or `MQTT 5.0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Version::V311 => "MQTT 3.1.1",
            Version::V5 => "MQTT 5.0",
        })
    }
}

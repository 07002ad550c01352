use std::fmt;

macro_rules! reason_codes {
    ($($value:literal $name:ident $text:literal,)*) => {
        /// A Reason Code of MQTT 5.0 (section 2.4). The return codes of MQTT 3.1.1 are mapped to
        /// the code of the same meaning, so an application reads one vocabulary.
        ///
        /// 0x00 is `Success`, `NormalDisconnection` and `GrantedQoS0` at once; here it is
        /// [`ReasonCode::Success`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum ReasonCode {
            $(
                #[doc = $text]
                $name = $value,
            )*
        }

        impl ReasonCode {
            /// Every reason code, ascending.
            pub const ALL: &'static [ReasonCode] = &[$(ReasonCode::$name),*];

            /// The reason code of this number, or `None` where the specification knows none.
            pub const fn from_u8(value: u8) -> Option<ReasonCode> {
                match value {
                    $($value => Some(ReasonCode::$name),)*
                    _ => None,
                }
            }

            /// The specification's words for it.
            pub const fn description(self) -> &'static str {
                match self {
                    $(ReasonCode::$name => $text,)*
                }
            }
        }
    };
}

reason_codes! {
    0x00 Success "Success",
    0x01 GrantedQoS1 "Granted QoS 1",
    0x02 GrantedQoS2 "Granted QoS 2",
    0x04 DisconnectWithWillMessage "Disconnect with Will Message",
    0x10 NoMatchingSubscribers "No matching subscribers",
    0x11 NoSubscriptionExisted "No subscription existed",
    0x18 ContinueAuthentication "Continue authentication",
    0x19 ReAuthenticate "Re-authenticate",
    0x80 UnspecifiedError "Unspecified error",
    0x81 MalformedPacket "Malformed Packet",
    0x82 ProtocolError "Protocol Error",
    0x83 ImplementationSpecificError "Implementation specific error",
    0x84 UnsupportedProtocolVersion "Unsupported Protocol Version",
    0x85 ClientIdentifierNotValid "Client Identifier not valid",
    0x86 BadUserNameOrPassword "Bad User Name or Password",
    0x87 NotAuthorized "Not authorized",
    0x88 ServerUnavailable "Server unavailable",
    0x89 ServerBusy "Server busy",
    0x8a Banned "Banned",
    0x8b ServerShuttingDown "Server shutting down",
    0x8c BadAuthenticationMethod "Bad authentication method",
    0x8d KeepAliveTimeout "Keep Alive timeout",
    0x8e SessionTakenOver "Session taken over",
    0x8f TopicFilterInvalid "Topic Filter invalid",
    0x90 TopicNameInvalid "Topic Name invalid",
    0x91 PacketIdentifierInUse "Packet Identifier in use",
    0x92 PacketIdentifierNotFound "Packet Identifier not found",
    0x93 ReceiveMaximumExceeded "Receive Maximum exceeded",
    0x94 TopicAliasInvalid "Topic Alias invalid",
    0x95 PacketTooLarge "Packet too large",
    0x96 MessageRateTooHigh "Message rate too high",
    0x97 QuotaExceeded "Quota exceeded",
    0x98 AdministrativeAction "Administrative action",
    0x99 PayloadFormatInvalid "Payload format invalid",
    0x9a RetainNotSupported "Retain not supported",
    0x9b QoSNotSupported "QoS not supported",
    0x9c UseAnotherServer "Use another server",
    0x9d ServerMoved "Server moved",
    0x9e SharedSubscriptionsNotSupported "Shared Subscriptions not supported",
    0x9f ConnectionRateExceeded "Connection rate exceeded",
    0xa0 MaximumConnectTime "Maximum connect time",
    0xa1 SubscriptionIdentifiersNotSupported "Subscription Identifiers not supported",
    0xa2 WildcardSubscriptionsNotSupported "Wildcard Subscriptions not supported",
}

impl ReasonCode {
    /// Whether it reports a failure: 0x80 or above.
    pub const fn is_error(self) -> bool {
        self as u8 >= 0x80
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02x})", self.description(), *self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        let known: Vec<u8> = (0..=255)
            .filter(|n| ReasonCode::from_u8(*n).is_some())
            .collect();
        assert_eq!(known.len(), ReasonCode::ALL.len());
        for code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_u8(*code as u8), Some(*code));
            assert_eq!(code.is_error(), *code as u8 >= 0x80);
        }
    }
}

use std::fmt;

macro_rules! reason_codes {
    ($($value:literal $name:ident $snake:literal $text:literal,)*) => {
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

            /// The name that every language has for it, such as `qos_not_supported`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ReasonCode::$name => $snake,)*
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
    0x00 Success "success" "Success",
    0x01 GrantedQoS1 "granted_qos1" "Granted QoS 1",
    0x02 GrantedQoS2 "granted_qos2" "Granted QoS 2",
    0x04 DisconnectWithWillMessage "disconnect_with_will_message" "Disconnect with Will Message",
    0x10 NoMatchingSubscribers "no_matching_subscribers" "No matching subscribers",
    0x11 NoSubscriptionExisted "no_subscription_existed" "No subscription existed",
    0x18 ContinueAuthentication "continue_authentication" "Continue authentication",
    0x19 ReAuthenticate "re_authenticate" "Re-authenticate",
    0x80 UnspecifiedError "unspecified_error" "Unspecified error",
    0x81 MalformedPacket "malformed_packet" "Malformed Packet",
    0x82 ProtocolError "protocol_error" "Protocol Error",
    0x83 ImplementationSpecificError "implementation_specific_error" "Implementation specific error",
    0x84 UnsupportedProtocolVersion "unsupported_protocol_version" "Unsupported Protocol Version",
    0x85 ClientIdentifierNotValid "client_identifier_not_valid" "Client Identifier not valid",
    0x86 BadUserNameOrPassword "bad_user_name_or_password" "Bad User Name or Password",
    0x87 NotAuthorized "not_authorized" "Not authorized",
    0x88 ServerUnavailable "server_unavailable" "Server unavailable",
    0x89 ServerBusy "server_busy" "Server busy",
    0x8a Banned "banned" "Banned",
    0x8b ServerShuttingDown "server_shutting_down" "Server shutting down",
    0x8c BadAuthenticationMethod "bad_authentication_method" "Bad authentication method",
    0x8d KeepAliveTimeout "keep_alive_timeout" "Keep Alive timeout",
    0x8e SessionTakenOver "session_taken_over" "Session taken over",
    0x8f TopicFilterInvalid "topic_filter_invalid" "Topic Filter invalid",
    0x90 TopicNameInvalid "topic_name_invalid" "Topic Name invalid",
    0x91 PacketIdentifierInUse "packet_identifier_in_use" "Packet Identifier in use",
    0x92 PacketIdentifierNotFound "packet_identifier_not_found" "Packet Identifier not found",
    0x93 ReceiveMaximumExceeded "receive_maximum_exceeded" "Receive Maximum exceeded",
    0x94 TopicAliasInvalid "topic_alias_invalid" "Topic Alias invalid",
    0x95 PacketTooLarge "packet_too_large" "Packet too large",
    0x96 MessageRateTooHigh "message_rate_too_high" "Message rate too high",
    0x97 QuotaExceeded "quota_exceeded" "Quota exceeded",
    0x98 AdministrativeAction "administrative_action" "Administrative action",
    0x99 PayloadFormatInvalid "payload_format_invalid" "Payload format invalid",
    0x9a RetainNotSupported "retain_not_supported" "Retain not supported",
    0x9b QoSNotSupported "qos_not_supported" "QoS not supported",
    0x9c UseAnotherServer "use_another_server" "Use another server",
    0x9d ServerMoved "server_moved" "Server moved",
    0x9e SharedSubscriptionsNotSupported "shared_subscriptions_not_supported" "Shared Subscriptions not supported",
    0x9f ConnectionRateExceeded "connection_rate_exceeded" "Connection rate exceeded",
    0xa0 MaximumConnectTime "maximum_connect_time" "Maximum connect time",
    0xa1 SubscriptionIdentifiersNotSupported "subscription_identifiers_not_supported" "Subscription Identifiers not supported",
    0xa2 WildcardSubscriptionsNotSupported "wildcard_subscriptions_not_supported" "Wildcard Subscriptions not supported",
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

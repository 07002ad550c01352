use super::{DecodeError, EncodeError, PacketType};
use crate::types::ReasonCode;

/// Whether a packet may carry a reason code in MQTT 5.0 (section 2.4; the tables of 3.2.2.2,
/// 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1 and 3.15.2.1).
pub(super) const fn is_allowed(code: ReasonCode, packet: PacketType) -> bool {
    use ReasonCode as R;
    match packet {
        PacketType::ConnAck => matches!(
            code,
            R::Success
                | R::UnspecifiedError
                | R::MalformedPacket
                | R::ProtocolError
                | R::ImplementationSpecificError
                | R::UnsupportedProtocolVersion
                | R::ClientIdentifierNotValid
                | R::BadUserNameOrPassword
                | R::NotAuthorized
                | R::ServerUnavailable
                | R::ServerBusy
                | R::Banned
                | R::BadAuthenticationMethod
                | R::TopicNameInvalid
                | R::PacketTooLarge
                | R::QuotaExceeded
                | R::PayloadFormatInvalid
                | R::RetainNotSupported
                | R::QoSNotSupported
                | R::UseAnotherServer
                | R::ServerMoved
                | R::ConnectionRateExceeded
        ),
        PacketType::PubAck | PacketType::PubRec => matches!(
            code,
            R::Success
                | R::NoMatchingSubscribers
                | R::UnspecifiedError
                | R::ImplementationSpecificError
                | R::NotAuthorized
                | R::TopicNameInvalid
                | R::PacketIdentifierInUse
                | R::QuotaExceeded
                | R::PayloadFormatInvalid
        ),
        PacketType::PubRel | PacketType::PubComp => {
            matches!(code, R::Success | R::PacketIdentifierNotFound)
        }
        PacketType::SubAck => matches!(
            code,
            R::Success
                | R::GrantedQoS1
                | R::GrantedQoS2
                | R::UnspecifiedError
                | R::ImplementationSpecificError
                | R::NotAuthorized
                | R::TopicFilterInvalid
                | R::PacketIdentifierInUse
                | R::QuotaExceeded
                | R::SharedSubscriptionsNotSupported
                | R::SubscriptionIdentifiersNotSupported
                | R::WildcardSubscriptionsNotSupported
        ),
        PacketType::UnsubAck => matches!(
            code,
            R::Success
                | R::NoSubscriptionExisted
                | R::UnspecifiedError
                | R::ImplementationSpecificError
                | R::NotAuthorized
                | R::TopicFilterInvalid
                | R::PacketIdentifierInUse
        ),
        PacketType::Disconnect => matches!(
            code,
            R::Success
                | R::DisconnectWithWillMessage
                | R::UnspecifiedError
                | R::MalformedPacket
                | R::ProtocolError
                | R::ImplementationSpecificError
                | R::NotAuthorized
                | R::ServerBusy
                | R::ServerShuttingDown
                | R::KeepAliveTimeout
                | R::SessionTakenOver
                | R::TopicFilterInvalid
                | R::TopicNameInvalid
                | R::ReceiveMaximumExceeded
                | R::TopicAliasInvalid
                | R::PacketTooLarge
                | R::MessageRateTooHigh
                | R::QuotaExceeded
                | R::AdministrativeAction
                | R::PayloadFormatInvalid
                | R::RetainNotSupported
                | R::QoSNotSupported
                | R::UseAnotherServer
                | R::ServerMoved
                | R::SharedSubscriptionsNotSupported
                | R::ConnectionRateExceeded
                | R::MaximumConnectTime
                | R::SubscriptionIdentifiersNotSupported
                | R::WildcardSubscriptionsNotSupported
        ),
        PacketType::Auth => matches!(
            code,
            R::Success | R::ContinueAuthentication | R::ReAuthenticate
        ),
        _ => false,
    }
}

/// Whether it is a client's word in a packet that both sides send: the column "Sent by" of the
/// tables of 3.14.2.1 and 3.15.2.1.
const fn is_of_client(code: ReasonCode, packet: PacketType) -> bool {
    use ReasonCode as R;
    match packet {
        PacketType::Disconnect => matches!(code, R::Success | R::DisconnectWithWillMessage),
        PacketType::Auth => matches!(code, R::ReAuthenticate),
        _ => false,
    }
}

/// Refuses a code that a server may not send.
pub(super) fn check_of_server(code: ReasonCode, packet: PacketType) -> Result<(), DecodeError> {
    if is_of_client(code, packet) {
        Err(DecodeError::ReasonCodeOfClient { packet, code })
    } else {
        Ok(())
    }
}

/// The code of this number, where the packet may carry it.
#[inline]
pub(super) fn decode(number: u8, packet: PacketType) -> Result<ReasonCode, DecodeError> {
    match ReasonCode::from_u8(number) {
        Some(code) if is_allowed(code, packet) => Ok(code),
        _ => Err(DecodeError::InvalidReasonCode {
            packet,
            code: number,
        }),
    }
}

/// Refuses a code that the packet may not carry.
#[inline]
pub(super) fn check(code: ReasonCode, packet: PacketType) -> Result<(), EncodeError> {
    if is_allowed(code, packet) {
        Ok(())
    } else {
        Err(EncodeError::InvalidReasonCode { packet, code })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 2-6: by code, where [`is_allowed`] goes by packet.
    #[test]
    fn every_code_in_every_packet() {
        use PacketType::{
            Auth as AU, ConnAck as CA, Disconnect as DC, PubAck as PA, PubComp as PC, PubRec as PR,
            PubRel as PL, SubAck as SA, UnsubAck as UA,
        };
        let table: &[(u8, &[PacketType])] = &[
            (0x00, &[CA, PA, PR, PL, PC, SA, UA, DC, AU]),
            (0x01, &[SA]),
            (0x02, &[SA]),
            (0x04, &[DC]),
            (0x10, &[PA, PR]),
            (0x11, &[UA]),
            (0x18, &[AU]),
            (0x19, &[AU]),
            (0x80, &[CA, PA, PR, SA, UA, DC]),
            (0x81, &[CA, DC]),
            (0x82, &[CA, DC]),
            (0x83, &[CA, PA, PR, SA, UA, DC]),
            (0x84, &[CA]),
            (0x85, &[CA]),
            (0x86, &[CA]),
            (0x87, &[CA, PA, PR, SA, UA, DC]),
            (0x88, &[CA]),
            (0x89, &[CA, DC]),
            (0x8a, &[CA]),
            (0x8b, &[DC]),
            // Table 2-6 has DISCONNECT too, but the table of 3.14.2.1 has not, and its values are
            // the ones that must be used [MQTT-3.14.2-1].
            (0x8c, &[CA]),
            (0x8d, &[DC]),
            (0x8e, &[DC]),
            (0x8f, &[SA, UA, DC]),
            (0x90, &[CA, PA, PR, DC]),
            (0x91, &[PA, PR, SA, UA]),
            (0x92, &[PL, PC]),
            (0x93, &[DC]),
            (0x94, &[DC]),
            (0x95, &[CA, DC]),
            (0x96, &[DC]),
            (0x97, &[CA, PA, PR, SA, DC]),
            (0x98, &[DC]),
            (0x99, &[CA, PA, PR, DC]),
            (0x9a, &[CA, DC]),
            (0x9b, &[CA, DC]),
            (0x9c, &[CA, DC]),
            (0x9d, &[CA, DC]),
            (0x9e, &[SA, DC]),
            (0x9f, &[CA, DC]),
            (0xa0, &[DC]),
            (0xa1, &[SA, DC]),
            (0xa2, &[SA, DC]),
        ];
        assert_eq!(table.len(), ReasonCode::ALL.len());
        for packet in PacketType::ALL {
            for number in 0..=255 {
                let expected = table
                    .iter()
                    .any(|(code, packets)| *code == number && packets.contains(packet));
                assert_eq!(
                    decode(number, *packet).is_ok(),
                    expected,
                    "{number:#04x} in {packet}"
                );
            }
        }
    }
}

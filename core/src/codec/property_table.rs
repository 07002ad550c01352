use super::PacketType;
use crate::types::PropertyId;

/// What carries a list of properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// The properties of the packet itself.
    Packet(PacketType),
    /// The Will's properties in a CONNECT (section 3.1.3.2).
    Will,
}

impl Holder {
    const fn bit(self) -> u16 {
        match self {
            // No packet type has the number 0.
            Holder::Will => 1,
            Holder::Packet(packet) => 1 << packet as u8,
        }
    }

    /// The packet on the wire.
    pub(super) const fn packet(self) -> PacketType {
        match self {
            Holder::Will => PacketType::Connect,
            Holder::Packet(packet) => packet,
        }
    }
}

const WILL: u16 = Holder::Will.bit();
const CONNECT: u16 = Holder::Packet(PacketType::Connect).bit();
const CONNACK: u16 = Holder::Packet(PacketType::ConnAck).bit();
const PUBLISH: u16 = Holder::Packet(PacketType::Publish).bit();
const PUBACK: u16 = Holder::Packet(PacketType::PubAck).bit();
const PUBREC: u16 = Holder::Packet(PacketType::PubRec).bit();
const PUBREL: u16 = Holder::Packet(PacketType::PubRel).bit();
const PUBCOMP: u16 = Holder::Packet(PacketType::PubComp).bit();
const SUBSCRIBE: u16 = Holder::Packet(PacketType::Subscribe).bit();
const SUBACK: u16 = Holder::Packet(PacketType::SubAck).bit();
const UNSUBSCRIBE: u16 = Holder::Packet(PacketType::Unsubscribe).bit();
const UNSUBACK: u16 = Holder::Packet(PacketType::UnsubAck).bit();
const DISCONNECT: u16 = Holder::Packet(PacketType::Disconnect).bit();
const AUTH: u16 = Holder::Packet(PacketType::Auth).bit();
const ACKS: u16 = PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK;
const EVERY: u16 =
    WILL | CONNECT | CONNACK | PUBLISH | ACKS | SUBSCRIBE | UNSUBSCRIBE | DISCONNECT | AUTH;

/// Which holders may carry a property (table 2-4 of the specification), and which of them more
/// than once. Decoding and encoding both read it, so they cannot disagree.
#[rustfmt::skip]
const TABLE: [(PropertyId, u16, u16); PropertyId::ALL.len()] = [
    (PropertyId::PayloadFormatIndicator,          PUBLISH | WILL,                       0),
    (PropertyId::MessageExpiryInterval,           PUBLISH | WILL,                       0),
    (PropertyId::ContentType,                     PUBLISH | WILL,                       0),
    (PropertyId::ResponseTopic,                   PUBLISH | WILL,                       0),
    (PropertyId::CorrelationData,                 PUBLISH | WILL,                       0),
    // A message carries one identifier for each subscription that it matched [MQTT-3.3.4-4].
    (PropertyId::SubscriptionIdentifier,          PUBLISH | SUBSCRIBE,                  PUBLISH),
    (PropertyId::SessionExpiryInterval,           CONNECT | CONNACK | DISCONNECT,       0),
    (PropertyId::AssignedClientIdentifier,        CONNACK,                              0),
    (PropertyId::ServerKeepAlive,                 CONNACK,                              0),
    (PropertyId::AuthenticationMethod,            CONNECT | CONNACK | AUTH,             0),
    (PropertyId::AuthenticationData,              CONNECT | CONNACK | AUTH,             0),
    (PropertyId::RequestProblemInformation,       CONNECT,                              0),
    (PropertyId::WillDelayInterval,               WILL,                                 0),
    (PropertyId::RequestResponseInformation,      CONNECT,                              0),
    (PropertyId::ResponseInformation,             CONNACK,                              0),
    (PropertyId::ServerReference,                 CONNACK | DISCONNECT,                 0),
    (PropertyId::ReasonString,                    CONNACK | ACKS | DISCONNECT | AUTH,   0),
    (PropertyId::ReceiveMaximum,                  CONNECT | CONNACK,                    0),
    (PropertyId::TopicAliasMaximum,               CONNECT | CONNACK,                    0),
    (PropertyId::TopicAlias,                      PUBLISH,                              0),
    (PropertyId::MaximumQoS,                      CONNACK,                              0),
    (PropertyId::RetainAvailable,                 CONNACK,                              0),
    (PropertyId::UserProperty,                    EVERY,                                EVERY),
    (PropertyId::MaximumPacketSize,               CONNECT | CONNACK,                    0),
    (PropertyId::WildcardSubscriptionAvailable,   CONNACK,                              0),
    (PropertyId::SubscriptionIdentifierAvailable, CONNACK,                              0),
    (PropertyId::SharedSubscriptionAvailable,     CONNACK,                              0),
];

/// [`TABLE`] by the property's number, so that a look-up is one load.
const BY_NUMBER: [(u16, u16); 64] = {
    let mut rules = [(0, 0); 64];
    let mut row = 0;
    while row < TABLE.len() {
        let (property, holders, repeats) = TABLE[row];
        rules[property as usize] = (holders, repeats);
        row += 1;
    }
    rules
};

/// Whether `holder` may carry `property`.
pub(super) const fn is_allowed(property: PropertyId, holder: Holder) -> bool {
    BY_NUMBER[property as usize].0 & holder.bit() != 0
}

/// Whether `holder` may carry `property` more than once.
pub(super) const fn may_repeat(property: PropertyId, holder: Holder) -> bool {
    BY_NUMBER[property as usize].1 & holder.bit() != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use PropertyId as P;

    /// The lists of the packets' own sections, the other way round than [`TABLE`]: written from
    /// another part of the specification, so that one slip does not confirm itself.
    const BY_SECTION: &[(Holder, &[PropertyId])] = &[
        // 3.1.2.11
        (
            Holder::Packet(PacketType::Connect),
            &[
                P::SessionExpiryInterval,
                P::ReceiveMaximum,
                P::MaximumPacketSize,
                P::TopicAliasMaximum,
                P::RequestResponseInformation,
                P::RequestProblemInformation,
                P::UserProperty,
                P::AuthenticationMethod,
                P::AuthenticationData,
            ],
        ),
        // 3.1.3.2
        (
            Holder::Will,
            &[
                P::WillDelayInterval,
                P::PayloadFormatIndicator,
                P::MessageExpiryInterval,
                P::ContentType,
                P::ResponseTopic,
                P::CorrelationData,
                P::UserProperty,
            ],
        ),
        // 3.2.2.3
        (
            Holder::Packet(PacketType::ConnAck),
            &[
                P::SessionExpiryInterval,
                P::ReceiveMaximum,
                P::MaximumQoS,
                P::RetainAvailable,
                P::MaximumPacketSize,
                P::AssignedClientIdentifier,
                P::TopicAliasMaximum,
                P::ReasonString,
                P::UserProperty,
                P::WildcardSubscriptionAvailable,
                P::SubscriptionIdentifierAvailable,
                P::SharedSubscriptionAvailable,
                P::ServerKeepAlive,
                P::ResponseInformation,
                P::ServerReference,
                P::AuthenticationMethod,
                P::AuthenticationData,
            ],
        ),
        // 3.3.2.3
        (
            Holder::Packet(PacketType::Publish),
            &[
                P::PayloadFormatIndicator,
                P::MessageExpiryInterval,
                P::TopicAlias,
                P::ResponseTopic,
                P::CorrelationData,
                P::UserProperty,
                P::SubscriptionIdentifier,
                P::ContentType,
            ],
        ),
        // 3.4.2.2, 3.5.2.2, 3.6.2.2, 3.7.2.2
        (
            Holder::Packet(PacketType::PubAck),
            &[P::ReasonString, P::UserProperty],
        ),
        (
            Holder::Packet(PacketType::PubRec),
            &[P::ReasonString, P::UserProperty],
        ),
        (
            Holder::Packet(PacketType::PubRel),
            &[P::ReasonString, P::UserProperty],
        ),
        (
            Holder::Packet(PacketType::PubComp),
            &[P::ReasonString, P::UserProperty],
        ),
        // 3.8.2.1
        (
            Holder::Packet(PacketType::Subscribe),
            &[P::SubscriptionIdentifier, P::UserProperty],
        ),
        // 3.9.2.1
        (
            Holder::Packet(PacketType::SubAck),
            &[P::ReasonString, P::UserProperty],
        ),
        // 3.10.2.1
        (Holder::Packet(PacketType::Unsubscribe), &[P::UserProperty]),
        // 3.11.2.1
        (
            Holder::Packet(PacketType::UnsubAck),
            &[P::ReasonString, P::UserProperty],
        ),
        (Holder::Packet(PacketType::PingReq), &[]),
        (Holder::Packet(PacketType::PingResp), &[]),
        // 3.14.2.2
        (
            Holder::Packet(PacketType::Disconnect),
            &[
                P::SessionExpiryInterval,
                P::ReasonString,
                P::UserProperty,
                P::ServerReference,
            ],
        ),
        // 3.15.2.2
        (
            Holder::Packet(PacketType::Auth),
            &[
                P::AuthenticationMethod,
                P::AuthenticationData,
                P::ReasonString,
                P::UserProperty,
            ],
        ),
    ];

    #[test]
    fn every_property_in_every_holder() {
        assert_eq!(BY_SECTION.len(), PacketType::ALL.len() + 1);
        for (holder, properties) in BY_SECTION {
            for property in PropertyId::ALL {
                let expected = properties.contains(property);
                assert_eq!(
                    is_allowed(*property, *holder),
                    expected,
                    "{property:?} in {holder:?}"
                );
            }
        }
    }

    #[test]
    fn only_two_properties_repeat() {
        for (holder, _) in BY_SECTION {
            for property in PropertyId::ALL {
                let expected = is_allowed(*property, *holder)
                    && match property {
                        P::UserProperty => true,
                        P::SubscriptionIdentifier => *holder == Holder::Packet(PacketType::Publish),
                        _ => false,
                    };
                assert_eq!(
                    may_repeat(*property, *holder),
                    expected,
                    "{property:?} in {holder:?}"
                );
            }
        }
    }
}

//! Generated packets: anything that the specification allows, in one version.

use std::num::NonZeroU16;

use bytes::Bytes;
use mqttka_core::codec::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, Publish, SubAck, Subscribe,
    UnsubAck, Unsubscribe,
};
use mqttka_core::types::{
    Message, Properties, Property, PropertyId as Id, QoS, ReasonCode, RetainHandling, Subscription,
    Text, TopicFilter, TopicName, Version, Will,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn text() -> impl Strategy<Value = Text> {
    "[a-z0-9 /+#$ü€𝄞\u{feff}]{0,12}".prop_map(|s| Text::try_from(s).expect("text"))
}

fn topic() -> impl Strategy<Value = TopicName> {
    "[a-z0-9/$ü€𝄞 ]{1,20}".prop_map(|s| TopicName::try_from(&*s).expect("a topic"))
}

fn filter(version: Version) -> impl Strategy<Value = TopicFilter> {
    // To 3.1.1 what begins with `$share/` is like any other, whole or not.
    let share = match version {
        Version::V311 => "([$]share/)?([+]|[a-zü]{0,3}/)?",
        Version::V5 => "([$]share/[a-z]{1,3}/)?",
    };
    let filter = format!("{share}([+]|[a-zü]{{1,3}})(/([+]|[a-zü]{{0,3}})){{0,3}}(/#)?");
    prop::string::string_regex(&filter)
        .expect("a pattern")
        .prop_filter_map("a + beside letters", |s| TopicFilter::try_from(&*s).ok())
}

fn binary(max: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..=max).prop_map(Bytes::from)
}

fn packet_id() -> impl Strategy<Value = NonZeroU16> {
    (1..=u16::MAX).prop_map(|n| NonZeroU16::new(n).expect("not 0"))
}

fn qos() -> impl Strategy<Value = QoS> {
    (0u8..3).prop_map(|n| QoS::from_u8(n).expect("a QoS"))
}

fn property(id: Id) -> BoxedStrategy<Property> {
    use Property as P;
    let flag = || 0u8..=1;
    match id {
        Id::PayloadFormatIndicator => flag().prop_map(P::PayloadFormatIndicator).boxed(),
        Id::MessageExpiryInterval => any::<u32>().prop_map(P::MessageExpiryInterval).boxed(),
        Id::ContentType => text().prop_map(P::ContentType).boxed(),
        Id::ResponseTopic => topic()
            .prop_map(|t| P::ResponseTopic(t.into_text()))
            .boxed(),
        Id::CorrelationData => binary(9).prop_map(P::CorrelationData).boxed(),
        Id::SubscriptionIdentifier => prop_oneof![1u32..300, 1u32..=268_435_455]
            .prop_map(P::SubscriptionIdentifier)
            .boxed(),
        Id::SessionExpiryInterval => any::<u32>().prop_map(P::SessionExpiryInterval).boxed(),
        Id::AssignedClientIdentifier => text().prop_map(P::AssignedClientIdentifier).boxed(),
        Id::ServerKeepAlive => any::<u16>().prop_map(P::ServerKeepAlive).boxed(),
        Id::AuthenticationMethod => text().prop_map(P::AuthenticationMethod).boxed(),
        Id::AuthenticationData => binary(9).prop_map(P::AuthenticationData).boxed(),
        Id::RequestProblemInformation => flag().prop_map(P::RequestProblemInformation).boxed(),
        Id::WillDelayInterval => any::<u32>().prop_map(P::WillDelayInterval).boxed(),
        Id::RequestResponseInformation => flag().prop_map(P::RequestResponseInformation).boxed(),
        Id::ResponseInformation => text().prop_map(P::ResponseInformation).boxed(),
        Id::ServerReference => text().prop_map(P::ServerReference).boxed(),
        Id::ReasonString => text().prop_map(P::ReasonString).boxed(),
        Id::ReceiveMaximum => (1..=u16::MAX).prop_map(P::ReceiveMaximum).boxed(),
        Id::TopicAliasMaximum => any::<u16>().prop_map(P::TopicAliasMaximum).boxed(),
        Id::TopicAlias => (1..=u16::MAX).prop_map(P::TopicAlias).boxed(),
        Id::MaximumQoS => flag().prop_map(P::MaximumQoS).boxed(),
        Id::RetainAvailable => flag().prop_map(P::RetainAvailable).boxed(),
        Id::UserProperty => (text(), text())
            .prop_map(|(name, value)| P::UserProperty(name, value))
            .boxed(),
        Id::MaximumPacketSize => (1..=u32::MAX).prop_map(P::MaximumPacketSize).boxed(),
        Id::WildcardSubscriptionAvailable => {
            flag().prop_map(P::WildcardSubscriptionAvailable).boxed()
        }
        Id::SubscriptionIdentifierAvailable => {
            flag().prop_map(P::SubscriptionIdentifierAvailable).boxed()
        }
        Id::SharedSubscriptionAvailable => flag().prop_map(P::SharedSubscriptionAvailable).boxed(),
    }
}

const WILL: &[Id] = &[
    Id::WillDelayInterval,
    Id::PayloadFormatIndicator,
    Id::MessageExpiryInterval,
    Id::ContentType,
    Id::ResponseTopic,
    Id::CorrelationData,
    Id::UserProperty,
    Id::UserProperty,
];

/// What a packet may carry; twice where it may repeat.
fn allowed(packet: PacketType) -> &'static [Id] {
    match packet {
        PacketType::Connect => &[
            Id::SessionExpiryInterval,
            Id::AuthenticationMethod,
            Id::AuthenticationData,
            Id::RequestProblemInformation,
            Id::RequestResponseInformation,
            Id::ReceiveMaximum,
            Id::TopicAliasMaximum,
            Id::MaximumPacketSize,
            Id::UserProperty,
            Id::UserProperty,
        ],
        PacketType::ConnAck => &[
            Id::SessionExpiryInterval,
            Id::AssignedClientIdentifier,
            Id::ServerKeepAlive,
            Id::AuthenticationMethod,
            Id::AuthenticationData,
            Id::ResponseInformation,
            Id::ServerReference,
            Id::ReasonString,
            Id::ReceiveMaximum,
            Id::TopicAliasMaximum,
            Id::MaximumQoS,
            Id::RetainAvailable,
            Id::MaximumPacketSize,
            Id::WildcardSubscriptionAvailable,
            Id::SubscriptionIdentifierAvailable,
            Id::SharedSubscriptionAvailable,
            Id::UserProperty,
            Id::UserProperty,
        ],
        PacketType::Publish => &[
            Id::PayloadFormatIndicator,
            Id::MessageExpiryInterval,
            Id::ContentType,
            Id::ResponseTopic,
            Id::CorrelationData,
            Id::SubscriptionIdentifier,
            Id::SubscriptionIdentifier,
            Id::TopicAlias,
            Id::UserProperty,
            Id::UserProperty,
        ],
        PacketType::Subscribe => &[
            Id::SubscriptionIdentifier,
            Id::UserProperty,
            Id::UserProperty,
        ],
        PacketType::Unsubscribe => &[Id::UserProperty, Id::UserProperty],
        PacketType::Disconnect => &[
            Id::SessionExpiryInterval,
            Id::ServerReference,
            Id::ReasonString,
            Id::UserProperty,
        ],
        PacketType::Auth => &[
            Id::AuthenticationMethod,
            Id::AuthenticationData,
            Id::ReasonString,
            Id::UserProperty,
        ],
        PacketType::PingReq | PacketType::PingResp => &[],
        _ => &[Id::ReasonString, Id::UserProperty, Id::UserProperty],
    }
}

fn property_list(ids: &'static [Id], version: Version) -> BoxedStrategy<Properties> {
    if version == Version::V311 {
        return Just(Properties::new()).boxed();
    }
    let some = subsequence(ids, 0..=ids.len())
        .prop_shuffle()
        .prop_flat_map(|ids| ids.into_iter().map(property).collect::<Vec<_>>())
        .prop_map(|list| list.into_iter().collect());
    prop_oneof![1 => Just(Properties::new()), 2 => some].boxed()
}

fn properties(packet: PacketType, version: Version) -> BoxedStrategy<Properties> {
    property_list(allowed(packet), version)
}

/// Authentication data needs the method's name.
fn with_method(mut properties: Properties) -> Properties {
    if properties.get(Id::AuthenticationData).is_some() {
        let method = Text::try_from("method").expect("text");
        properties.set(Property::AuthenticationMethod(method));
    }
    properties
}

fn connect(version: Version) -> impl Strategy<Value = Packet> {
    let message = (
        topic(),
        binary(40),
        qos(),
        any::<bool>(),
        property_list(WILL, version),
    );
    let will = message.prop_map(|(topic, payload, qos, retain, properties)| {
        let mut message = Message::new(topic, payload)
            .with_qos(qos)
            .with_retain(retain);
        message.properties = properties;
        Box::new(Will { message })
    });
    (
        (any::<bool>(), any::<u16>(), text()),
        (option::of(will), option::of(text()), option::of(binary(20))),
        properties(PacketType::Connect, version).prop_map(with_method),
    )
        .prop_map(move |(head, (will, user_name, password), properties)| {
            let (clean_start, keep_alive, client_id) = head;
            let v5 = version == Version::V5;
            Packet::Connect(Box::new(Connect {
                version,
                clean_start: clean_start || !v5 && client_id.is_empty(),
                keep_alive,
                client_id,
                will,
                password: password.filter(|_| v5 || user_name.is_some()),
                user_name,
                properties,
            }))
        })
}

fn connack(version: Version) -> impl Strategy<Value = Packet> {
    let codes: &[u8] = match version {
        Version::V311 => &[0, 0x84, 0x85, 0x86, 0x87, 0x88],
        Version::V5 => &[0, 0x80, 0x82, 0x84, 0x8c, 0x95, 0x9d, 0x9f],
    };
    let properties = properties(PacketType::ConnAck, version);
    (any::<bool>(), reason(codes), properties).prop_map(|(present, reason_code, properties)| {
        Packet::ConnAck(ConnAck {
            session_present: present && reason_code == ReasonCode::Success,
            reason_code,
            properties,
        })
    })
}

fn reason(codes: &[u8]) -> impl Strategy<Value = ReasonCode> + use<> {
    select(codes.to_vec()).prop_map(|code| ReasonCode::from_u8(code).expect("a reason code"))
}

fn publish(version: Version) -> impl Strategy<Value = Packet> {
    // Around the sizes at which the remaining length takes another byte.
    let payload = prop_oneof![
        4 => binary(40),
        1 => (100usize..140).prop_flat_map(|n| vec(any::<u8>(), n)).prop_map(Bytes::from),
        1 => (16_360usize..16_390).prop_map(|n| Bytes::from(vec![0x5a; n])),
    ];
    (
        (any::<bool>(), qos(), any::<bool>(), packet_id()),
        (topic(), any::<bool>(), payload),
        properties(PacketType::Publish, version),
    )
        .prop_map(|(flags, (topic, keep_topic, payload), properties)| {
            let (dup, qos, retain, packet_id) = flags;
            let has_id = qos != QoS::AtMostOnce;
            let aliased = properties.get(Id::TopicAlias).is_some();
            Packet::Publish(Publish {
                dup: dup && has_id,
                qos,
                retain,
                topic: (keep_topic || !aliased).then_some(topic),
                packet_id: has_id.then_some(packet_id),
                payload,
                properties,
            })
        })
}

fn ack(version: Version, packet: PacketType, variant: fn(Ack) -> Packet) -> BoxedStrategy<Packet> {
    let codes: &[u8] = match (version, packet) {
        (Version::V311, _) => &[0],
        (_, PacketType::PubAck | PacketType::PubRec) => &[0, 0x10, 0x80, 0x83, 0x91, 0x97, 0x99],
        _ => &[0, 0x92],
    };
    (packet_id(), reason(codes), properties(packet, version))
        .prop_map(move |(packet_id, reason_code, properties)| {
            variant(Ack {
                packet_id,
                reason_code,
                properties,
            })
        })
        .boxed()
}

fn subscribe(version: Version) -> impl Strategy<Value = Packet> {
    let options = (any::<bool>(), any::<bool>(), 0u8..3);
    let subscription = (filter(version), qos(), options).prop_map(move |(filter, qos, options)| {
        let mut subscription = Subscription::new(filter, qos);
        if version == Version::V5 {
            subscription.no_local = options.0 && !subscription.filter.is_shared();
            subscription.retain_as_published = options.1;
            subscription.retain_handling = match options.2 {
                0 => RetainHandling::SendAtSubscribe,
                1 => RetainHandling::SendIfNew,
                _ => RetainHandling::DoNotSend,
            };
        }
        subscription
    });
    (
        packet_id(),
        vec(subscription, 1..5),
        properties(PacketType::Subscribe, version),
    )
        .prop_map(|(packet_id, subscriptions, properties)| {
            Packet::Subscribe(Subscribe {
                packet_id,
                subscriptions,
                properties,
            })
        })
}

fn suback(version: Version) -> impl Strategy<Value = Packet> {
    let codes: &[u8] = match version {
        Version::V311 => &[0, 1, 2, 0x80],
        Version::V5 => &[0, 1, 2, 0x80, 0x87, 0x8f, 0x9e, 0xa2],
    };
    (
        packet_id(),
        vec(reason(codes), 1..6),
        properties(PacketType::SubAck, version),
    )
        .prop_map(|(packet_id, reason_codes, properties)| {
            Packet::SubAck(SubAck {
                packet_id,
                reason_codes,
                properties,
            })
        })
}

fn unsubscribe(version: Version) -> impl Strategy<Value = Packet> {
    (
        packet_id(),
        vec(filter(version), 1..5),
        properties(PacketType::Unsubscribe, version),
    )
        .prop_map(|(packet_id, filters, properties)| {
            Packet::Unsubscribe(Unsubscribe {
                packet_id,
                filters,
                properties,
            })
        })
}

fn unsuback(version: Version) -> impl Strategy<Value = Packet> {
    let count = match version {
        Version::V311 => 0..1,
        Version::V5 => 1..6,
    };
    (
        packet_id(),
        vec(reason(&[0, 0x11, 0x80, 0x87, 0x8f]), count),
        properties(PacketType::UnsubAck, version),
    )
        .prop_map(|(packet_id, reason_codes, properties)| {
            Packet::UnsubAck(UnsubAck {
                packet_id,
                reason_codes,
                properties,
            })
        })
}

fn disconnect(version: Version) -> impl Strategy<Value = Packet> {
    let codes: &[u8] = match version {
        Version::V311 => &[0],
        Version::V5 => &[0, 0x04, 0x81, 0x8b, 0x8e, 0x9c, 0xa2],
    };
    let properties = properties(PacketType::Disconnect, version);
    (reason(codes), properties).prop_map(|(reason_code, properties)| {
        Packet::Disconnect(Disconnect {
            reason_code,
            properties,
        })
    })
}

fn auth() -> impl Strategy<Value = Packet> {
    let properties = properties(PacketType::Auth, Version::V5);
    (reason(&[0, 0x18, 0x19]), properties).prop_map(|(reason_code, mut properties)| {
        if reason_code != ReasonCode::Success || !properties.is_empty() {
            let method = Text::try_from("method").expect("text");
            properties.set(Property::AuthenticationMethod(method));
        }
        Packet::Auth(Auth {
            reason_code,
            properties,
        })
    })
}

/// Any packet of this type.
fn packet_of(packet: PacketType, version: Version) -> BoxedStrategy<Packet> {
    match packet {
        PacketType::Connect => connect(version).boxed(),
        PacketType::ConnAck => connack(version).boxed(),
        PacketType::Publish => publish(version).boxed(),
        PacketType::PubAck => ack(version, packet, Packet::PubAck),
        PacketType::PubRec => ack(version, packet, Packet::PubRec),
        PacketType::PubRel => ack(version, packet, Packet::PubRel),
        PacketType::PubComp => ack(version, packet, Packet::PubComp),
        PacketType::Subscribe => subscribe(version).boxed(),
        PacketType::SubAck => suback(version).boxed(),
        PacketType::Unsubscribe => unsubscribe(version).boxed(),
        PacketType::UnsubAck => unsuback(version).boxed(),
        PacketType::PingReq => Just(Packet::PingReq).boxed(),
        PacketType::PingResp => Just(Packet::PingResp).boxed(),
        PacketType::Disconnect => disconnect(version).boxed(),
        PacketType::Auth => auth().boxed(),
    }
}

/// Any packet of either version.
pub(crate) fn packet() -> impl Strategy<Value = (Version, Packet)> {
    let version = select(&[Version::V311, Version::V5]);
    let packet_type = select(PacketType::ALL);
    (version, packet_type)
        .prop_filter("3.1.1 has no AUTH", |(version, packet)| {
            *version == Version::V5 || *packet != PacketType::Auth
        })
        .prop_flat_map(|(version, packet)| (Just(version), packet_of(packet, version)))
}

use bytes::Bytes;

use super::*;
use crate::codec::PacketType;
use crate::types::Text;

/// A value that every holder of the property accepts.
fn example(id: PropertyId) -> Property {
    use PropertyId as Id;
    let text = || Text::try_from("x").expect("text");
    match id {
        Id::PayloadFormatIndicator => Property::PayloadFormatIndicator(1),
        Id::MessageExpiryInterval => Property::MessageExpiryInterval(1),
        Id::ContentType => Property::ContentType(text()),
        Id::ResponseTopic => Property::ResponseTopic(text()),
        Id::CorrelationData => Property::CorrelationData(Bytes::from_static(b"x")),
        Id::SubscriptionIdentifier => Property::SubscriptionIdentifier(1),
        Id::SessionExpiryInterval => Property::SessionExpiryInterval(1),
        Id::AssignedClientIdentifier => Property::AssignedClientIdentifier(text()),
        Id::ServerKeepAlive => Property::ServerKeepAlive(1),
        Id::AuthenticationMethod => Property::AuthenticationMethod(text()),
        Id::AuthenticationData => Property::AuthenticationData(Bytes::from_static(b"x")),
        Id::RequestProblemInformation => Property::RequestProblemInformation(1),
        Id::WillDelayInterval => Property::WillDelayInterval(1),
        Id::RequestResponseInformation => Property::RequestResponseInformation(1),
        Id::ResponseInformation => Property::ResponseInformation(text()),
        Id::ServerReference => Property::ServerReference(text()),
        Id::ReasonString => Property::ReasonString(text()),
        Id::ReceiveMaximum => Property::ReceiveMaximum(1),
        Id::TopicAliasMaximum => Property::TopicAliasMaximum(1),
        Id::TopicAlias => Property::TopicAlias(1),
        Id::MaximumQoS => Property::MaximumQoS(1),
        Id::RetainAvailable => Property::RetainAvailable(1),
        Id::UserProperty => Property::UserProperty(text(), text()),
        Id::MaximumPacketSize => Property::MaximumPacketSize(1),
        Id::WildcardSubscriptionAvailable => Property::WildcardSubscriptionAvailable(1),
        Id::SubscriptionIdentifierAvailable => Property::SubscriptionIdentifierAvailable(1),
        Id::SharedSubscriptionAvailable => Property::SharedSubscriptionAvailable(1),
    }
}

fn holders() -> impl Iterator<Item = Holder> {
    let packets = PacketType::ALL.iter().copied().map(Holder::Packet);
    packets.chain([Holder::Will])
}

fn wire(properties: &Properties) -> Reader {
    let mut out = BytesMut::new();
    put(&mut out, properties, Version::V5);
    assert_eq!(out.len(), encoded_len(properties, Version::V5));
    Reader::new(out.freeze())
}

#[test]
fn each_property_in_each_holder_once_and_twice() {
    let mut accepted = 0;
    for holder in holders() {
        for id in PropertyId::ALL.iter().copied() {
            let packet = holder.packet();
            let once: Properties = [example(id)].into_iter().collect();
            let twice: Properties = [example(id), example(id)].into_iter().collect();
            let decoded = |list| decode(&mut wire(list), holder, Version::V5);
            let checked = |list| check(list, holder, Version::V5);
            if !is_allowed(id, holder) {
                let property = id;
                let error = DecodeError::PropertyNotAllowed { property, packet };
                assert_eq!(decoded(&once), Err(error));
                let error = EncodeError::PropertyNotAllowed { property, packet };
                assert_eq!(checked(&once), Err(error));
                continue;
            }
            accepted += 1;
            assert_eq!(checked(&once), Ok(()));
            assert_eq!(decoded(&once), Ok(once.clone()));
            if may_repeat(id, holder) {
                assert_eq!(checked(&twice), Ok(()));
                assert_eq!(decoded(&twice), Ok(twice.clone()));
            } else {
                assert_eq!(checked(&twice), Err(EncodeError::PropertyRepeated(id)));
                assert_eq!(decoded(&twice), Err(DecodeError::PropertyRepeated(id)));
            }
        }
    }
    assert!(accepted > PropertyId::ALL.len());
}

#[test]
fn every_truncation_is_noticed() {
    for id in PropertyId::ALL.iter().copied() {
        let list: Properties = [example(id)].into_iter().collect();
        let holder = holders().find(|h| is_allowed(id, *h)).expect("a holder");
        let whole = wire(&list).rest();
        for len in 0..whole.len() {
            // With the length it had, and with one that fits what is left.
            let mut reader = Reader::new(whole.slice(..len));
            let result = decode(&mut reader, holder, Version::V5);
            assert_eq!(result, Err(DecodeError::Truncated), "{id:?}");
            if len > 1 {
                let shorter = [&[len as u8 - 1], &whole[1..len]].concat();
                let mut reader = Reader::new(shorter.into());
                let result = decode(&mut reader, holder, Version::V5);
                assert_eq!(result, Err(DecodeError::Truncated), "{id:?}");
            }
        }
    }
}

#[test]
fn mqtt_311_has_none() {
    let list: Properties = [example(PropertyId::ReasonString)].into_iter().collect();
    let mut out = BytesMut::new();
    put(&mut out, &list, Version::V311);
    assert!(out.is_empty());
    assert_eq!(encoded_len(&list, Version::V311), 0);
    assert_eq!(check(&list, Holder::Will, Version::V311), Ok(()));
    let mut reader = Reader::new(Bytes::from_static(b"\xff"));
    let result = decode(&mut reader, Holder::Will, Version::V311);
    assert_eq!(result, Ok(Properties::new()));
    assert_eq!(reader.rest().len(), 1);
}

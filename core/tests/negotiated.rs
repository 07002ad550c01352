//! What CONNACK settles: one record while there is a connection, and nothing is sent that it rules
//! out.

#![cfg(feature = "engine")]

mod support;

use mqttka_core::client::{
    DisconnectCause, EventKind, Message, OperationError, Properties, Property, QoS, ReasonCode,
    Subscription, TopicFilter, TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311, PINGREQ};
use support::{App, options, reconnecting};

/// A CONNACK with each property that a broker may send unasked.
fn connack() -> Vec<u8> {
    let properties = [
        &b"\x11\x00\x00\x0e\x10"[..], // Session Expiry Interval 3,600
        b"\x12\x00\x02me",            // Assigned Client Identifier
        b"\x13\x00\x1e",              // Server Keep Alive 30
        b"\x1c\x00\x05other",         // Server Reference
        b"\x1f\x00\x05hello",         // Reason String
        b"\x21\x00\x07",              // Receive Maximum
        b"\x22\x00\x05",              // Topic Alias Maximum
        b"\x24\x01",                  // Maximum QoS
        b"\x25\x00",                  // Retain Available
        b"\x26\x00\x01k\x00\x01v",    // User Property
        b"\x27\x00\x00\x10\x00",      // Maximum Packet Size 4,096
        b"\x28\x00",                  // Wildcard Subscription Available
        b"\x29\x00",                  // Subscription Identifiers Available
        b"\x2a\x00",                  // Shared Subscription Available
    ]
    .concat();
    let mut packet = vec![
        0x20,
        properties.len() as u8 + 3,
        0,
        0,
        properties.len() as u8,
    ];
    packet.extend(properties);
    packet
}

#[test]
fn the_record_has_each_property_while_connected_and_is_gone_afterwards() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    assert_eq!(app.client.negotiated(), None);
    app.client.connect().expect("to connect");
    let peer = broker.accept_mqtt(&connack());
    let EventKind::Connected(told) = app.connected().kind else {
        unreachable!();
    };
    let record = app.client.negotiated().expect("there is a connection");
    assert_eq!(*record, *told);
    let text = |text: &Option<mqttka_core::client::Text>| {
        text.as_ref()
            .map(|it| it.as_str().to_owned())
            .unwrap_or_default()
    };
    assert_eq!(record.session_expiry_interval, 3600);
    assert_eq!(text(&record.assigned_client_identifier), "me");
    assert_eq!(record.keep_alive, 30);
    assert_eq!(text(&record.server_reference), "other");
    assert_eq!(text(&record.reason_string), "hello");
    assert_eq!((record.receive_maximum, record.topic_alias_maximum), (7, 5));
    assert_eq!(record.maximum_qos, QoS::AtLeastOnce);
    assert_eq!(record.maximum_packet_size, 4096);
    assert!(!record.retain_available);
    assert!(!record.wildcard_subscription_available);
    assert!(!record.subscription_identifiers_available);
    assert!(!record.shared_subscription_available);
    assert_eq!(record.authentication_method, None);
    assert_eq!(record.response_information, None);
    assert_eq!(record.properties.user_properties().len(), 1);
    peer.close();
    assert!(matches!(app.event().kind, EventKind::Disconnected(_)));
    assert_eq!(app.client.negotiated(), None);
    app.close();
}

#[test]
fn a_broker_that_says_nothing_rules_nothing_out() {
    for (version, connack, expiry) in [
        (Version::V5, CONNACK_5, 0),
        (Version::V5, CONNACK_5, 60),
        (Version::V311, CONNACK_311, 0),
    ] {
        let broker = Broker::listen();
        let mut options = options(broker.port(), version);
        options.config.session_expiry_interval = expiry;
        let app = App::new(options);
        app.client.connect().expect("to connect");
        let _peer = broker.accept_mqtt(connack);
        app.connected();
        let record = app.client.negotiated().expect("there is a connection");
        assert_eq!(record.session_expiry_interval, expiry);
        assert_eq!(record.receive_maximum, u16::MAX);
        assert_eq!(record.maximum_packet_size, 268_435_460);
        assert_eq!(record.topic_alias_maximum, 0);
        assert!(record.wildcard_subscription_available && record.shared_subscription_available);
        assert_eq!(
            record.subscription_identifiers_available,
            version == Version::V5
        );
        app.close();
    }
}

/// A session of 3.1.1 has no expiry.
#[test]
fn a_session_of_3_1_1_lasts_for_ever_or_not_at_all() {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    options.config.clean_start = false;
    options.config.client_id = "me".try_into().expect("a name");
    let app = App::new(options);
    app.client.connect().expect("to connect");
    let _peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    let record = app.client.negotiated().expect("there is a connection");
    assert_eq!(record.session_expiry_interval, u32::MAX);
    app.close();
}

#[test]
fn what_is_ruled_out_fails_at_once_and_nothing_of_it_is_sent() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(&connack());
    app.connected();
    let message =
        |payload: Vec<u8>| Message::new(TopicName::try_from("t").expect("a topic"), payload);
    let mut retained = message(vec![0]);
    retained.retain = true;
    let publishes = [
        (
            message(vec![0]).with_qos(QoS::ExactlyOnce),
            ReasonCode::QoSNotSupported,
        ),
        (retained, ReasonCode::RetainNotSupported),
        (message(vec![0; 4096]), ReasonCode::PacketTooLarge),
    ];
    let refused = |code| {
        let outcome = app.outcome();
        assert_eq!(
            outcome.result,
            Err(OperationError::NotSupportedByServer(code))
        );
        assert_eq!(outcome.packet_id, None);
    };
    for (message, code) in publishes {
        let published = app.client.publish(message, app.completion());
        published.expect("accepted");
        refused(code);
    }
    for (filter, identifier, code) in [
        ("a/+", false, ReasonCode::WildcardSubscriptionsNotSupported),
        (
            "$share/g/a",
            false,
            ReasonCode::SharedSubscriptionsNotSupported,
        ),
        ("a", true, ReasonCode::SubscriptionIdentifiersNotSupported),
    ] {
        let filter = TopicFilter::try_from(filter).expect("a filter");
        let mut properties = Properties::new();
        if identifier {
            properties.push(Property::SubscriptionIdentifier(1));
        }
        let subscriptions = vec![Subscription::new(filter, QoS::AtMostOnce)];
        let asked = app
            .client
            .subscribe(subscriptions, properties, app.completion());
        asked.expect("accepted");
        refused(code);
    }
    // The next thing that the broker hears is what comes after all these.
    app.client.probe_now(support::PATIENCE).expect("a probe");
    peer.expect(PINGREQ);
    app.close();
}

/// The record is that of the connection that there is.
#[test]
fn each_connection_has_its_own_record() {
    let broker = Broker::listen();
    let app = App::new(reconnecting(broker.port(), Version::V5));
    app.client.connect().expect("to connect");
    let peer = broker.accept_mqtt(&connack());
    app.connected();
    peer.close();
    let EventKind::Disconnected(end) = app.event().kind else {
        panic!("an end expected");
    };
    assert_eq!(end.cause, DisconnectCause::ClosedByServer);
    app.client.reconnect_now().expect("to hurry");
    let _peer = broker.accept_mqtt(CONNACK_5);
    while !matches!(app.event().kind, EventKind::Connected(_)) {}
    let record = app.client.negotiated().expect("there is a connection");
    assert_eq!((record.keep_alive, record.receive_maximum), (60, u16::MAX));
    assert!(record.retain_available);
    app.close();
}

/// Maximum Packet Size is said only where the user limits it (section 3.1.2.11.4), and then kept.
#[test]
fn a_largest_packet_is_announced_where_there_is_one() {
    let of = |size: Option<u32>| {
        let broker = Broker::listen();
        let mut options = options(broker.port(), Version::V5);
        options.config.maximum_packet_size = size;
        let app = App::new(options);
        app.client.connect().expect("to connect");
        let mut peer = broker.accept();
        let connect = peer.packet();
        peer.send(CONNACK_5);
        app.connected();
        (app, peer, connect)
    };
    let announced = |connect: &[u8]| connect.windows(5).any(|it| it == b"\x27\x00\x00\x00\x20");
    let (app, mut peer, connect) = of(Some(32));
    assert!(announced(&connect), "{connect:02x?}");
    peer.send(b"\x30\x1f\x00\x01t");
    let EventKind::Disconnected(end) = app.event().kind else {
        panic!("an end expected");
    };
    let text = end.cause.to_string();
    assert!(
        text.contains("33 bytes is larger than the limit of 32"),
        "{text}"
    );
    app.close();

    let (app, mut peer, connect) = of(None);
    assert!(!connect.contains(&0x27), "{connect:02x?}");
    // More than the 16 MiB that were once the default.
    let large = vec![7; 17 * 1024 * 1024];
    let length = large.len() + 4;
    let seven = |shift: u32| (length >> shift & 0x7f) as u8;
    let head = [
        0x30,
        seven(0) | 0x80,
        seven(7) | 0x80,
        seven(14) | 0x80,
        seven(21),
    ];
    peer.send(&[&head[..], b"\x00\x01t\x00", &large].concat());
    assert_eq!(app.message().payload.len(), large.len());
    app.close();
}

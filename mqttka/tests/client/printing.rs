use std::collections::BTreeSet;
use std::time::Duration;

use mqttka::{
    Answer, Client, ConnectError, DisconnectCause, Error, Events, InvalidText, InvalidTopic,
    Message, Messages, ReasonCode, Subscribing, Subscription, Will,
};

/// What applications send to other threads, and keep in their structures.
const _: () = {
    const fn sent<T: Send + Sync + Unpin + 'static>() {}
    sent::<Client>();
    sent::<Answer>();
    sent::<Subscribing>();
    sent::<Subscription>();
    sent::<Messages>();
    sent::<Events>();
    sent::<Message>();
    sent::<Error>();
};

#[test]
fn no_secret_is_printed() {
    let builder = Client::builder("wss://ann:s3cret@broker.example/mqtt?token=s3cret")
        .user_name("device?token=s3cret")
        .will(Will::new("w", "x".repeat(60_000)))
        .user_property("n", "s3cret")
        .tls_private_key("s3cret")
        .tls_private_key_password("s3cret")
        .web_socket_headers([("Authorization", "s3cret")])
        .proxy("http://ann:s3cret@proxy.example")
        .provider(|_| ());
    let printed = format!("{builder:?}");
    let options = builder.options().unwrap();
    let all = format!(
        "{printed} {options:?} {:?}",
        Client::new(mqttka::Options::new("h"))
    );
    assert!(!all.contains("s3cret"), "{all}");
    assert!(all.len() < 8000, "{} bytes", all.len());
    assert!(
        all.contains("broker.example") && all.contains("Idle"),
        "{all}"
    );
    // What cannot be read is not repeated either.
    let error = Client::builder("mqtt://ann:s3cret@:x")
        .options()
        .unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn a_message_is_printed_in_bounds() {
    let message = Message::new("a", vec![b'x'; 1_000_000]).unwrap();
    let printed = format!("{message:?}");
    assert!(printed.len() < 500, "{} bytes", printed.len());
    assert_eq!(Message::new("a", [0xff]).unwrap().text(), "\u{fffd}");
}

/// The compiler cannot list what is `non_exhaustive` elsewhere; `Error` is ours.
#[test]
fn every_error_is_a_sentence_and_has_a_name() {
    let all = [
        Error::InvalidOption {
            option: "port",
            value: "0".into(),
            bound: "1 to 65535".into(),
        },
        Error::InvalidArgument("no topic filter given".into()),
        Error::InvalidTopic {
            argument: "topic",
            topic: "a/#".into(),
            problem: InvalidTopic::WildcardInName,
        },
        Error::InvalidText {
            argument: "client_id",
            problem: InvalidText::TooLong,
        },
        Error::NotConnected,
        Error::AlreadyConnected,
        Error::QueueFull,
        Error::PacketTooLarge { size: 2, limit: 1 },
        Error::Closed,
        Error::Forked,
        Error::Startup("no thread".into()),
        Error::OutOfMemory { bytes: 1 },
        Error::EventsNotTaken,
        Error::NotSupported {
            what: "a reason code",
            needs: "MQTT 5.0",
        },
        Error::ConnectFailed(ConnectError::timeout(
            mqttka::Stage::Tcp,
            Duration::from_secs(30),
        )),
        Error::ConnectionEnded(DisconnectCause::KeepAliveTimeout),
        Error::Refused {
            reason_code: ReasonCode::NotAuthorized,
            reason_string: Some("no".into()),
            reason_codes: Vec::new(),
            properties: mqttka::Properties::new(),
        },
        Error::Disconnected,
        Error::SessionLost,
        Error::NotSupportedByServer(ReasonCode::QoSNotSupported),
        Error::WrongReasonCodeCount {
            expected: 1,
            received: 2,
        },
        Error::Expired,
        Error::TimedOut,
        Error::Dropped,
        Error::Poison { connections: 5 },
    ];
    let texts: BTreeSet<_> = all.iter().map(Error::to_string).collect();
    assert_eq!(texts.len(), all.len(), "{texts:#?}");
    for text in &texts {
        assert!(
            !text.contains(['{', '}']) && !text.contains("Some("),
            "{text}"
        );
    }
    let names: BTreeSet<_> = all.iter().map(Error::name).collect();
    // An invalid option is an invalid argument.
    assert_eq!(names.len(), all.len() - 1, "{names:#?}");
    let known: BTreeSet<_> = [
        mqttka_core::client::vocabulary::errors(),
        mqttka_core::client::vocabulary::connect_errors(),
        mqttka_core::client::vocabulary::disconnect_causes(),
    ]
    .into_iter()
    .flatten()
    .map(|(name, _)| name)
    .collect();
    for name in names {
        assert!(known.contains(name), "{name}");
    }
}

//! What is nobody else's business stays out of what may go into a log or a report: a word of its own
//! stands in each place where an application or a broker can put one, and is looked for in all that
//! the client says of itself.

use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use mqttka_core::client::log::{Level, Record, set_callback};
use mqttka_core::client::{
    AuthenticationRequest, Authenticator, Completion, Direction, DisconnectOptions, Event, Message,
    Options, Properties, Property, QoS, ReasonCode, RequestOptions, Subscription, TappedPacket,
    Text, TopicFilter, TopicName, Version, Will,
};
use mqttka_core::codec::{Ack, Auth, ConnAck, Disconnect, Packet, PacketType, Publish, SubAck};

use crate::world::{World, ms, world};

/// What no text of the client's own has.
const WORD: &str = "xq7";

/// One for each place, so that a failure says which.
fn word(place: &str) -> String {
    format!("{WORD}-{place}-{WORD}")
}

fn text(place: &str) -> Text {
    Text::try_from(word(place)).unwrap()
}

fn data(place: &str) -> Bytes {
    word(place).into()
}

fn user_property(place: &str) -> Property {
    Property::UserProperty(text(place), text(place))
}

fn topic(place: &str) -> TopicName {
    TopicName::try_from(word(place)).unwrap()
}

/// All that a PUBLISH or a Will can have.
fn message(place: &str) -> Message {
    let mut message = Message::new(topic(place), word(place)).with_qos(QoS::AtLeastOnce);
    message.properties = [
        Property::ContentType(text(place)),
        Property::ResponseTopic(text(place)),
        Property::CorrelationData(data(place)),
        user_property(place),
    ]
    .into_iter()
    .collect();
    message
}

/// Says a word at each step.
struct Proves;

impl Authenticator for Proves {
    fn method(&self) -> &str {
        "METHOD"
    }
    fn authenticate(&self, request: AuthenticationRequest) {
        request.reply(Some(data("our-proof")));
    }
}

fn proof(place: &str) -> [Property; 2] {
    [
        Property::AuthenticationMethod("METHOD".try_into().unwrap()),
        Property::AuthenticationData(data(place)),
    ]
}

const CREDENTIALS: [&str; 4] = ["user", "password", "our-proof", "their-proof"];

#[derive(Clone, Default)]
struct Tapped(Arc<Mutex<Vec<TappedPacket>>>);

fn configured(options: &mut Options, tapped: &Tapped) {
    let tapped = Arc::clone(&tapped.0);
    options.packet_tap = Some(Arc::new(move |packet| {
        tapped.lock().unwrap().push(packet.clone());
    }));
    options.authenticator = Some(Arc::new(Proves));
    let config = &mut options.config;
    config.protocol_version = Version::V5;
    config.client_id = text("client-id");
    config.user_name = Some(text("user"));
    config.password = Some(data("password"));
    config.user_properties = vec![(text("connect"), text("connect"))];
    config.request_response_information = true;
    config.will = Some(Will {
        message: message("will"),
    });
}

fn say(world: &mut World, packet: &Packet) {
    let mut out = BytesMut::new();
    packet.encode(Version::V5, &mut out).unwrap();
    world.say(&out);
    // What the authenticator answered is for another turn.
    world.run();
}

fn id(id: u16) -> NonZeroU16 {
    NonZeroU16::new(id).unwrap()
}

fn ack(number: u16) -> Ack {
    let mut ack = Ack::new(id(number), ReasonCode::Success);
    ack.properties.push(user_property("ack"));
    ack
}

fn accept(world: &mut World) {
    let auth = Packet::Auth(Auth {
        reason_code: ReasonCode::ContinueAuthentication,
        properties: proof("their-proof")
            .into_iter()
            .chain([user_property("auth")])
            .collect(),
    });
    say(world, &auth);
    let properties = proof("their-proof")
        .into_iter()
        .chain([
            Property::ResponseInformation(text("information")),
            user_property("connack"),
        ])
        .collect();
    let connack = Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::Success,
        properties,
    });
    say(world, &connack);
}

/// Everything that a client does, with a word in each place; how it ends is the caller's.
fn whole_life(tapped: &Tapped) -> World {
    let mut world = world(|options| configured(options, tapped));
    world.open();
    world.run();
    accept(&mut world);
    let client = world.client.clone();
    let filter = || TopicFilter::try_from(word("filter")).unwrap();
    let user = |place| -> Properties { [user_property(place)].into_iter().collect() };
    client
        .subscribe(
            vec![Subscription::new(filter(), QoS::ExactlyOnce)],
            user("subscribe"),
            Completion::none(),
        )
        .unwrap();
    client
        .publish(message("publish"), Completion::none())
        .unwrap();
    client
        .request_with(message("request"), &RequestOptions::default(), |_| {})
        .unwrap();
    client
        .unsubscribe(vec![filter()], user("unsubscribe"), Completion::none())
        .unwrap();
    client.flush(None, Completion::none()).unwrap();
    client.reauthenticate(Completion::none()).unwrap();
    world.run();
    world.run();
    say(
        &mut world,
        &Packet::SubAck(SubAck {
            packet_id: id(1),
            reason_codes: vec![ReasonCode::GrantedQoS2],
            properties: user("suback"),
        }),
    );
    say(&mut world, &Packet::PubAck(ack(2)));
    for (place, qos) in [("zero", QoS::AtMostOnce), ("one", QoS::AtLeastOnce)] {
        let Message {
            properties,
            payload,
            ..
        } = message(place);
        say(
            &mut world,
            &Packet::Publish(Publish {
                dup: false,
                qos,
                retain: false,
                topic: Some(topic(place)),
                packet_id: (qos > QoS::AtMostOnce).then(|| id(9)),
                payload,
                properties,
            }),
        );
    }
    let auth = Packet::Auth(Auth {
        reason_code: ReasonCode::Success,
        properties: proof("their-proof").into_iter().collect(),
    });
    say(&mut world, &auth);
    world.pass(ms(10));
    world
}

/// How a life ends.
type End = (&'static str, fn(&mut World));

const ENDS: &[End] = &[
    ("the path dies", |world| {
        world.pass(ms(20_000));
    }),
    ("the stream ends", |world| {
        world.hosted.handle_end(world.stream);
        world.run();
    }),
    ("it says goodbye", |world| {
        let mut options = DisconnectOptions::default();
        options.reason_string = Some(text("goodbye"));
        options.user_properties = vec![(text("goodbye"), text("goodbye"))];
        world.client.disconnect_with(&options).unwrap();
        world.run();
        world.hosted.handle_end(world.stream);
        world.run();
    }),
    ("the broker says goodbye", |world| {
        let packet = Packet::Disconnect(Disconnect {
            reason_code: ReasonCode::ServerBusy,
            properties: [user_property("disconnect")].into_iter().collect(),
        });
        say(world, &packet);
    }),
    ("a message that cannot be read", |world| {
        let mut out = BytesMut::new();
        let packet = Packet::PubAck(ack(77));
        packet.encode(Version::V5, &mut out).unwrap();
        world.say(&out);
        // Its properties are longer than it is.
        let broken = [&[0x30, 13, 0, 10][..], BROKEN, &[99]].concat();
        world.say(&broken);
    }),
    ("an AUTH of another method", |world| {
        let properties = [
            Property::AuthenticationMethod(text("method")),
            Property::AuthenticationData(data("their-proof")),
        ];
        let packet = Packet::Auth(Auth {
            reason_code: ReasonCode::ContinueAuthentication,
            properties: properties.into_iter().collect(),
        });
        say(world, &packet);
    }),
];

/// The one word that is told: whoever looks for the message that cannot be read needs its topic.
const BROKEN: &[u8; 10] = b"xq7-broken";

/// What is shown of an event to people and to programs.
fn said_of(event: &Event) -> Vec<String> {
    let broken = std::str::from_utf8(BROKEN).unwrap();
    let text = |text: String| text.replace(broken, "");
    let mut said = vec![text(event.to_string()), text(event.detail().to_string())];
    if let Some(record) = &event.record {
        said.push(record.to_json());
        said.push(record.to_string());
        said.push(format!("{record:?}"));
    }
    said
}

#[test]
fn no_word_of_anybody_is_in_what_a_client_says_of_itself() {
    let logged = Arc::<Mutex<Vec<String>>>::default();
    let hears = Arc::clone(&logged);
    let callback = move |record: &Record| hears.lock().unwrap().push(record.text.clone());
    set_callback(Level::Trace, Some(Arc::new(callback))).unwrap();
    for (name, end) in ENDS {
        let tapped = Tapped::default();
        let mut world = whole_life(&tapped);
        end(&mut world);
        let events = world.events();
        assert!(
            events.iter().any(|event| event.record.is_some()),
            "{name}: {events:?}"
        );
        let mut said: Vec<String> = events.iter().flat_map(said_of).collect();
        said.push(format!("{:?}", world.client.status()));
        said.push(format!("{:?}", world.client.counters()));
        for text in said {
            assert!(!text.contains(WORD), "{name}: {text}");
        }
        // What a debugger prints may have topics, but no credentials.
        let mut shown: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
        let mut options = Options::from_uri("mqtt://broker.example").unwrap();
        configured(&mut options, &tapped);
        // Options show their owner the user name.
        let options = format!("{options:?}").replacen(&word("user"), "", 1);
        shown.push(format!("{options} {:?}", world.client));
        let tapped = tapped.0.lock().unwrap();
        let of = |packet_type, direction| {
            let mut all = tapped.iter();
            all.any(|it| it.packet_type == packet_type && it.direction == direction)
        };
        assert!(of(PacketType::Connect, Direction::Sent), "{name}");
        assert!(of(PacketType::Auth, Direction::Sent), "{name}");
        assert!(of(PacketType::Auth, Direction::Received), "{name}");
        for packet in tapped.iter() {
            shown.push(packet.bytes.escape_ascii().to_string());
        }
        for text in shown {
            for place in CREDENTIALS {
                assert!(!text.contains(&word(place)), "{name}: {place} in {text}");
            }
        }
    }
    // Warnings name the topics of messages that nobody takes, and only they do.
    for text in logged.lock().unwrap().iter() {
        let topic = ["no consumer", "in a PUBLISH of"]
            .iter()
            .any(|it| text.contains(it));
        assert!(topic || !text.contains(WORD), "{text}");
    }
    assert!(!logged.lock().unwrap().is_empty());
}

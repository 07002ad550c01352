//! Processes that were forked of one that had not used the library use it side by side.

use mqttka_core::client::{Client, Message, RequestOptions, TopicName, Version};
use mqttka_scripted_broker::{Broker, CONNACK_5};

use super::Scenario;
use super::child::{PATIENCE, Running, Silent, options};

pub(crate) const SCENARIOS: &[Scenario] = &[(
    "siblings_share_no_number_that_nobody_can_guess",
    siblings,
    forks_before_use,
)];

/// How many are forked.
const SIBLINGS: usize = 2;

fn siblings(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let seen: Vec<(Vec<u8>, Vec<u8>)> = (0..SIBLINGS)
        .map(|_| {
            let mut peer = broker.accept_mqtt(CONNACK_5);
            let subscribe = peer.packet();
            assert_eq!(subscribe[0], 0x82);
            let topic = subscribe[5..subscribe.len() - 1].to_vec();
            let request = peer.packet();
            assert_eq!(request[0], 0x30);
            // Its last property is the correlation data, and its payload one byte.
            let data = request[request.len() - 17..request.len() - 1].to_vec();
            // It ends as its child does.
            drop(peer);
            (topic, data)
        })
        .collect();
    child.ended();
    assert_ne!(seen[0].0, seen[1].0, "their response topics");
    assert_ne!(seen[0].1, seen[1].1, "their correlation data");
}

/// As a server that forks its workers does, which are the ones to use the library.
fn forks_before_use(port: u16) {
    // What this thread knows of randomness, the children know.
    let _ = std::hash::RandomState::new();
    for _ in 0..SIBLINGS {
        // SAFETY: this process has one thread.
        match unsafe { libc::fork() } {
            0 => {
                let mut options = options(port);
                options.config.protocol_version = Version::V5;
                let client = Client::with_streams(options, Silent).expect("a client");
                let connecting = client.connecting().expect("to connect");
                let connected = connecting.wait_timeout(PATIENCE).expect("in time");
                connected.expect("a connection");
                let topic = TopicName::try_from("t").expect("a topic");
                let question = Message::new(topic, "x");
                let request = client.request(question, &RequestOptions::default());
                // The broker goes when it has seen all of it.
                let answer = request.expect("a request").wait_timeout(PATIENCE);
                std::process::exit(i32::from(answer.expect("an end").is_ok()));
            }
            child => {
                assert!(child > 0, "fork failed");
                let mut status = 0;
                // SAFETY: `status` is a valid place for it.
                let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
                assert_eq!((waited, status), (child, 0));
            }
        }
    }
}

//! SCRAM-SHA-256 against a server that is written down here.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use mqttka_core::client::{Properties, PropertyId, Version};
use mqttka_core::client::{ReasonCode, Reconnect, ScramSha256, State};
use mqttka_core::codec::{Decoder, Packet};
use sha2::{Digest, Sha256};

use crate::world::{World, auth, calls, connack, world};

const METHOD: &str = "SCRAM-SHA-256";

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(message).finalize().into_bytes().into()
}

/// What a server knows, and what it was told so far.
struct Server {
    password: &'static str,
    iterations: u32,
    bare: String,
    first: String,
}

impl Server {
    fn new(password: &'static str, iterations: u32) -> Self {
        Server {
            password,
            iterations,
            bare: String::new(),
            first: String::new(),
        }
    }

    fn first(&mut self, client: &[u8]) -> String {
        let client = std::str::from_utf8(client).unwrap();
        let bare = client.strip_prefix("n,,").unwrap();
        let nonce = bare.strip_prefix("n=ann,r=").unwrap();
        assert_eq!(nonce.len(), 32);
        self.bare = bare.to_owned();
        self.first = format!("r={nonce}theirs,s=c2FsdA==,i={}", self.iterations);
        self.first.clone()
    }

    /// The last message, and whether the client knows the password.
    fn last(&self, client: &[u8]) -> (String, bool) {
        let client = std::str::from_utf8(client).unwrap();
        let (without, proof) = client.split_once(",p=").unwrap();
        let message = format!("{},{},{without}", self.bare, self.first);
        let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(
            self.password.as_bytes(),
            b"salt",
            self.iterations,
        );
        let stored = Sha256::digest(mac(&salted, b"Client Key"));
        let signature = mac(&stored, message.as_bytes());
        let mut key = BASE64.decode(proof.as_bytes()).unwrap();
        for (byte, other) in key.iter_mut().zip(signature) {
            *byte ^= other;
        }
        let verified = Sha256::digest(&key) == stored;
        let server = mac(&mac(&salted, b"Server Key"), message.as_bytes());
        (format!("v={}", BASE64.encode(&server)), verified)
    }
}

fn data(world: &mut World) -> Bytes {
    let mut decoder = Decoder::new(Version::V5, u32::MAX);
    let packet = decoder.decode(&mut world.written).unwrap();
    let found = |properties: &Properties| {
        let method = properties.get_text(PropertyId::AuthenticationMethod);
        assert_eq!(method.map(|it| it.as_str()), Some(METHOD));
        properties
            .get_binary(PropertyId::AuthenticationData)
            .cloned()
    };
    match packet {
        Some(Packet::Connect(connect)) => found(&connect.properties).unwrap(),
        Some(Packet::Auth(auth)) => found(&auth.properties).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn client() -> World {
    let scram = ScramSha256::new("ann", "pencil").unwrap();
    let scram = scram.max_iterations(5000).unwrap();
    world(scram, |options| {
        options.config.reconnect = Some(Reconnect::default());
    })
}

#[test]
fn both_sides_prove_that_they_know_the_password() {
    let mut world = client();
    // The salted password is used again the second time.
    for _ in 0..2 {
        let mut server = Server::new("pencil", 4096);
        world.client.connect().unwrap();
        world.run();
        let first = server.first(&data(&mut world));
        world.say(auth(
            ReasonCode::ContinueAuthentication,
            METHOD,
            Some(first.as_bytes()),
        ));
        let (last, verified) = server.last(&data(&mut world));
        assert!(verified);
        world.say(connack(METHOD, Some(last.as_bytes())));
        assert_eq!(world.heard(), ["connected"]);
        // And again over the same connection.
        let outcomes = world.reauthenticate();
        let first = server.first(&data(&mut world));
        world.say(auth(
            ReasonCode::ContinueAuthentication,
            METHOD,
            Some(first.as_bytes()),
        ));
        let (last, verified) = server.last(&data(&mut world));
        assert!(verified);
        world.say(auth(ReasonCode::Success, METHOD, Some(last.as_bytes())));
        assert_eq!(outcomes.lock().unwrap()[0].result, Ok(ReasonCode::Success));
        world.client.disconnect(ReasonCode::Success).unwrap();
        world.run();
        world.ends();
        world.heard();
        world.written.clear();
    }
}

#[test]
fn a_broker_that_does_not_know_it_gets_no_connection() {
    let mut world = client();
    let mut server = Server::new("guess", 4096);
    world.connect();
    let first = server.first(&data(&mut world));
    world.say(auth(
        ReasonCode::ContinueAuthentication,
        METHOD,
        Some(first.as_bytes()),
    ));
    let (last, verified) = server.last(&data(&mut world));
    assert!(!verified);
    world.say(connack(METHOD, Some(last.as_bytes())));
    let heard = world.heard();
    assert!(heard[0].contains("does not prove"), "{heard:?}");
    assert_eq!(heard[1], "stopped: credentials");
    assert_eq!(world.client.status().state, State::Idle);
}

#[test]
fn what_a_broker_may_ask_for_is_bounded() {
    for iterations in [4095, 5001] {
        let mut world = client();
        let mut server = Server::new("pencil", iterations);
        world.connect();
        let first = server.first(&data(&mut world));
        world.say(auth(
            ReasonCode::ContinueAuthentication,
            METHOD,
            Some(first.as_bytes()),
        ));
        let heard = world.heard();
        assert!(heard[0].contains("4096 to 5000 are allowed"), "{heard:?}");
        assert!(world.written.is_empty());
    }
}

/// The options of several clients are often the same ones, and so is what authenticates.
#[test]
fn clients_of_the_same_options_have_exchanges_of_their_own() {
    let scram = Arc::new(ScramSha256::new("ann", "pencil").unwrap());
    let mut worlds = [(); 2].map(|()| {
        let scram = Arc::clone(&scram);
        world(calls(|_| {}), |options| options.authenticator = Some(scram))
    });
    let mut servers = [(); 2].map(|()| Server::new("pencil", 4096));
    // Each step of one between those of the other.
    for world in &mut worlds {
        world.connect();
    }
    for (world, server) in worlds.iter_mut().zip(&mut servers) {
        let first = server.first(&data(world));
        world.say(auth(
            ReasonCode::ContinueAuthentication,
            METHOD,
            Some(first.as_bytes()),
        ));
    }
    for (world, server) in worlds.iter_mut().zip(&servers) {
        assert_eq!(world.heard(), [""; 0]);
        let (last, verified) = server.last(&data(world));
        assert!(verified);
        world.say(connack(METHOD, Some(last.as_bytes())));
        assert_eq!(world.heard(), ["connected"]);
    }
}

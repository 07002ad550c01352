//! Enhanced authentication, as an application in Rust sees it.

use mqttka::{
    AuthenticationError, AuthenticationRequest, AuthenticationStep, Authenticator, Client,
    ConnectError, Error, ReasonCode,
};
use mqttka_scripted_broker::Broker;

use crate::support::{builder, run};

const METHOD: &[u8] = b"\x15\x00\x06TICKET";

/// Says its ticket; takes no broker that answers with another one.
struct Ticket(&'static str);

impl Authenticator for Ticket {
    fn method(&self) -> &str {
        "TICKET"
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        match &request.step {
            AuthenticationStep::Start { .. } => request.reply(Some(self.0.into())),
            AuthenticationStep::Finish { data } if data.as_deref() == Some(self.0.as_bytes()) => {
                request.reply(None);
            }
            _ => request.fail("another ticket", true),
        }
    }
}

/// A packet with the method and this data.
fn packet(first_byte: u8, head: &[u8], data: &str) -> Vec<u8> {
    let mut properties = METHOD.to_vec();
    properties.extend([0x16, 0, data.len() as u8]);
    properties.extend(data.as_bytes());
    let length = head.len() + 1 + properties.len();
    let mut packet = vec![first_byte, length as u8];
    packet.extend(head);
    packet.push(properties.len() as u8);
    packet.extend(properties);
    packet
}

#[test]
fn a_client_proves_itself_once_and_again() {
    let broker = Broker::listen();
    let connecting = builder(&broker).authenticator(Ticket("blue"));
    let serving = std::thread::spawn(move || {
        let mut peer = broker.accept();
        let connect = peer.packet();
        let proof = [METHOD, b"\x16\x00\x04blue"].concat();
        assert!(connect.windows(proof.len()).any(|it| it == proof));
        peer.send(&packet(0x20, &[0, 0], "blue"));
        peer.expect(&packet(0xf0, &[0x19], "blue"));
        peer.send(&packet(0xf0, &[0], "blue"));
        peer.expect(&packet(0xf0, &[0x19], "blue"));
        peer.send(&packet(0xf0, &[0], "red"));
        // "Unspecified error".
        assert!(peer.drain().ends_with(&[0xe0, 1, 0x80]));
    });
    run(async move {
        let client = connecting.reconnect(false).connect().await.unwrap();
        let outcome = client.reauthenticate().await.unwrap();
        assert_eq!(outcome.reason_code, ReasonCode::Success);
        let error = client.reauthenticate().await.unwrap_err();
        assert_eq!(error.name(), "authentication");
        match error {
            Error::Authentication(AuthenticationError::Authenticator { message, fatal }) => {
                assert_eq!((&*message, fatal), ("another ticket", true));
            }
            other => panic!("{other:?}"),
        }
    });
    serving.join().unwrap();
}

#[test]
fn a_broker_that_is_not_the_right_one_gets_no_connection() {
    let broker = Broker::listen();
    let connecting = builder(&broker).authenticator(Ticket("blue"));
    let serving = std::thread::spawn(move || {
        let mut peer = broker.accept();
        peer.packet();
        peer.send(&packet(0x20, &[0, 0], "red"));
        assert!(peer.drain().is_empty());
    });
    let error = run(async move { connecting.connect().await.unwrap_err() });
    assert!(
        matches!(error, Error::ConnectFailed(ConnectError::Authentication(_))),
        "{error:?}"
    );
    serving.join().unwrap();
}

#[test]
fn what_stands_against_it_is_named() {
    let old = Client::builder("mqtt://broker.example")
        .authenticator(Ticket("blue"))
        .protocol_version(mqttka::Version::V311);
    let options = old.options().unwrap();
    let error = Client::new(options).unwrap_err();
    assert!(
        error.to_string().starts_with("authenticator is given"),
        "{error}"
    );
    let client = Client::new(Client::builder("mqtt://127.0.0.1:1").options().unwrap()).unwrap();
    let error = run(async move { client.reauthenticate().await.unwrap_err() });
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
}

#[cfg(feature = "scram")]
#[test]
fn scram_is_an_option() {
    let broker = Broker::listen();
    let client = builder(&broker).scram_sha256("ann", "pencil");
    let client = client.connect_nowait().unwrap();
    let connect = broker.accept().packet();
    let first = b"n,,n=ann,r=";
    assert!(connect.windows(first.len()).any(|it| it == first));
    client.close();
    let empty = Client::builder("mqtt://broker.example").scram_sha256("ann", "");
    let error = empty.options().unwrap_err().to_string();
    assert!(
        error.starts_with("scram_password is 0 bytes long"),
        "{error}"
    );
}

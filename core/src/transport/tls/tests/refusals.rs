//! Each reason to refuse, on either side.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use mqttka_authority::{Authority, Issued, Key, Usage, Validity};
use rustls::ServerConfig;

use super::support::*;
use crate::error::{TransportError, TransportErrorKind as Kind};
use crate::transport::options::TlsOptions;
use crate::transport::tls::{Tls, TlsConnector};
use crate::transport::{Handshake, Stream};

/// What comes of a handshake, and what the server heard.
fn attempt(
    options: &TlsOptions,
    config: ServerConfig,
) -> (Result<(), TransportError>, Result<(), rustls::Error>) {
    let pipe = Pipe::default();
    let mut server = Server::new(&Arc::new(config), &pipe);
    let connector = TlsConnector::new(options).unwrap();
    let mut tls = Tls::new(pipe, 0, &connector, "localhost").unwrap();
    for _ in 0..100 {
        match tls.handshake() {
            Ok(Handshake::Complete) => return (Ok(()), server.pump()),
            Ok(Handshake::Elsewhere(job)) => job.run(),
            Ok(Handshake::Waiting { .. }) => {}
            Err(error) => return (Err(error), server.pump()),
        }
        let _ = server.pump();
    }
    panic!("the handshake comes to no end");
}

fn refused(options: &TlsOptions, issued: &Issued) -> (TransportError, rustls::Error) {
    let mut found = None;
    for versions in BOTH {
        let (ours, theirs) = attempt(options, server_config(issued, versions, false));
        let ours = ours.expect_err("it was accepted");
        let theirs = theirs.expect_err("the server was not told");
        assert_eq!(ours.status, None);
        let before: Option<(TransportError, _)> = found.replace((ours.clone(), theirs));
        if let Some((before, _)) = before {
            assert_eq!(before.kind, ours.kind);
        }
    }
    found.unwrap()
}

fn issue(validity: Validity) -> Issued {
    authority().issue(&["localhost"], Usage::Server, validity, Key::Ec)
}

#[test]
fn a_certificate_at_the_wrong_time() {
    let (error, heard) = refused(&trusting(), &issue(Validity::Past));
    assert_eq!(error.kind, Kind::CertificateExpired);
    assert!(error.message.contains("2020-12-31 00:00:00 UTC"), "{error}");
    assert_eq!(
        heard,
        rustls::Error::AlertReceived(rustls::AlertDescription::CertificateExpired)
    );
    let (error, _) = refused(&trusting(), &issue(Validity::Future));
    assert_eq!(error.kind, Kind::CertificateNotYetValid);
    assert!(error.message.contains("2048-01-01 00:00:00 UTC"), "{error}");
}

#[test]
fn a_certificate_of_somebody_else() {
    let stranger = Authority::new("stranger").server(&["localhost"]);
    let (error, heard) = refused(&trusting(), &stranger);
    assert_eq!(error.kind, Kind::UnknownIssuer);
    assert_eq!(
        heard,
        rustls::Error::AlertReceived(rustls::AlertDescription::UnknownCA)
    );
    let (error, _) = refused(&trusting(), &authority().server(&["a.test", "10.0.0.1"]));
    assert_eq!(error.kind, Kind::WrongHost);
    assert!(
        error
            .message
            .ends_with("not for localhost, but for a.test, 10.0.0.1"),
        "{error}"
    );
    let (error, _) = refused(&trusting(), &authority().client("localhost"));
    assert_eq!(error.kind, Kind::CertificateInvalid);
}

#[test]
fn an_authority_is_no_server() {
    let authority = Authority::new("self-signed");
    let issued = Issued {
        certificate: authority.certificate(),
        certificate_der: authority.certificate_der(),
        key: String::new(),
        key_der: authority.key_der(),
        pin: String::new(),
    };
    let options = TlsOptions {
        ca: pem(&issued.certificate),
        ..TlsOptions::default()
    };
    let (error, _) = refused(&options, &issued);
    assert_eq!(error.kind, Kind::CertificateInvalid);
    assert!(error.message.contains("CA:TRUE"), "{error}");
}

#[test]
fn a_public_key_that_is_not_pinned() {
    let other = authority().server(&["localhost"]);
    let pinned = |pins: &[&str], danger| TlsOptions {
        pins: pins.iter().map(ToString::to_string).collect(),
        danger_accept_any_certificate: danger,
        ..trusting()
    };
    for danger in [false, true] {
        let (error, _) = refused(&pinned(&[&other.pin], danger), good_server());
        assert_eq!(error.kind, Kind::PinMismatch);
        assert!(error.message.contains(&good_server().pin), "{error}");
        let both = [other.pin.as_str(), &format!("sha256/{}", good_server().pin)];
        let config = server_config(good_server(), TLS13, false);
        attempt(&pinned(&both, danger), config).0.unwrap();
    }
    // A pin alone is no trust.
    let stranger = Authority::new("stranger").server(&["localhost"]);
    let (error, _) = refused(&pinned(&[&stranger.pin], false), &stranger);
    assert_eq!(error.kind, Kind::UnknownIssuer);
}

#[test]
fn danger_takes_anybody_who_has_the_key() {
    let options = TlsOptions {
        danger_accept_any_certificate: true,
        ..TlsOptions::default()
    };
    let stranger = Authority::new("stranger").issue(
        &["elsewhere.test"],
        Usage::Server,
        Validity::Past,
        Key::Rsa,
    );
    for versions in BOTH {
        let (ours, theirs) = attempt(&options, server_config(&stranger, versions, false));
        ours.unwrap();
        theirs.unwrap();
    }
    // With the key of another certificate, which only the signature shows.
    let liar = Issued {
        certificate_der: good_server().certificate_der.clone(),
        ..authority().server(&["localhost"])
    };
    for versions in BOTH {
        let config = lying_config(&liar, versions);
        let error = attempt(&options, config).0.unwrap_err();
        assert_eq!(error.kind, Kind::CertificateInvalid, "{error}");
    }
}

/// A server whose key does not fit its certificate.
fn lying_config(
    liar: &Issued,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let provider = crate::transport::tls::connector::provider();
    let key = provider
        .key_provider
        .load_private_key(rustls::pki_types::PrivatePkcs8KeyDer::from(liar.key_der.clone()).into())
        .unwrap();
    let chain = vec![liar.certificate_der.clone().into()];
    let certified = rustls::sign::CertifiedKey::new(chain, key);
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver))
}

#[test]
fn a_client_certificate_is_shown_and_its_absence_is_told() {
    let client = authority().client("client");
    let shown = |key: &str, password: Option<&'static str>| TlsOptions {
        certificate: pem(&client.certificate),
        private_key: pem(key),
        private_key_password: password.map(Bytes::from),
        ..trusting()
    };
    let encrypted = client.encrypted_key("secret");
    let together = TlsOptions {
        certificate: pem(&format!("{}{}", client.key, client.certificate)),
        ..trusting()
    };
    for versions in BOTH {
        let config = || server_config(good_server(), versions, true);
        for options in [
            shown(&client.key, None),
            shown(&encrypted, Some("secret")),
            together.clone(),
        ] {
            let (ours, theirs) = attempt(&options, config());
            ours.unwrap();
            theirs.unwrap();
        }
    }
    // TLS 1.2: in the handshake.
    let (ours, _) = attempt(&trusting(), server_config(good_server(), TLS12, true));
    let error = ours.unwrap_err();
    assert_eq!(error.kind, Kind::TlsAlert);
    assert!(error.message.contains("alert"), "{error}");
    // TLS 1.3: the handshake is over when the server refuses.
    let stranger = Authority::new("stranger").client("client");
    let foreign = TlsOptions {
        certificate: pem(&stranger.certificate),
        private_key: pem(&stranger.key),
        ..trusting()
    };
    for (options, status, name) in [
        (trusting(), 116, "certificate_required"),
        (foreign, 48, "unknown_ca"),
    ] {
        let pipe = Pipe::default();
        let config = Arc::new(server_config(good_server(), TLS13, true));
        let mut server = Server::new(&config, &pipe);
        let connector = TlsConnector::new(&options).unwrap();
        let mut tls = Tls::new(pipe, 0, &connector, "localhost").unwrap();
        shake(&mut tls, &mut server).unwrap();
        let mut into = BytesMut::new();
        let error = TransportError::from(tls.try_read(&mut into, 100).unwrap_err());
        assert_eq!((error.kind, error.status), (Kind::TlsAlert, Some(status)));
        assert!(error.message.contains(name), "{error}");
        // It stays the reason.
        let again = TransportError::from(tls.try_write(b"x", &[]).unwrap_err());
        assert_eq!(again, error);
    }
}

#[test]
fn nothing_in_common() {
    // A server with other cipher suites than the client's.
    let mut provider = (*crate::transport::tls::connector::provider()).clone();
    provider.cipher_suites.truncate(1);
    let mut connector = connector();
    let mut poor = provider.clone();
    poor.cipher_suites = crate::transport::tls::connector::provider().cipher_suites[1..2].to_vec();
    let server = ServerConfig::builder_with_provider(Arc::new(poor))
        .with_protocol_versions(TLS13)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![good_server().certificate_der.clone().into()],
            rustls::pki_types::PrivatePkcs8KeyDer::from(good_server().key_der.clone()).into(),
        )
        .unwrap();
    let limited = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(TLS13)
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    connector.config = Arc::new(limited);
    let run = |connector: &TlsConnector, config: ServerConfig| {
        let pipe = Pipe::default();
        let mut server = Server::new(&Arc::new(config), &pipe);
        let mut tls = Tls::new(pipe, 0, connector, "localhost").unwrap();
        shake(&mut tls, &mut server).unwrap_err()
    };
    let error = run(&connector, server);
    assert_eq!(
        (error.kind, error.status),
        (Kind::NoCommonCipher, Some(40)),
        "{error}"
    );
    // And one with another version alone.
    let error = run(&connector, server_config(good_server(), TLS12, false));
    assert_eq!(error.kind, Kind::NoCommonTlsVersion, "{error}");
    assert_eq!(error.status, Some(70));
}

#[test]
fn a_server_that_chooses_tls_1_1() {
    let pipe = Pipe::default();
    let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
    tls.handshake().unwrap();
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x2f, 0]);
    pipe.wire().to_client.extend(hello);
    let error = tls.handshake().unwrap_err();
    assert_eq!(error.kind, Kind::NoCommonTlsVersion, "{error}");
}

#[test]
fn servers_without_tls() {
    let answer = |bytes: &[u8], eof| {
        let pipe = Pipe::default();
        let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
        tls.handshake().unwrap();
        pipe.wire().to_client.extend(bytes);
        pipe.wire().eof = eof;
        tls.handshake().unwrap_err()
    };
    let error = answer(b"\x20\x02\x00\x05", true);
    assert_eq!(error.kind, Kind::TlsProtocol);
    assert!(error.message.contains("MQTT without TLS"), "{error}");
    let error = answer(b"HTTP/1.1 400 Bad Request\r\n\r\n", false);
    assert_eq!(error.kind, Kind::TlsProtocol);
    assert!(error.message.contains("HTTP without TLS"), "{error}");
    let error = answer(b"", true);
    assert_eq!(error.kind, Kind::Closed);
    assert!(
        error.message.contains("perhaps it does not speak TLS"),
        "{error}"
    );
    let error = answer(&[22, 3, 3, 0, 50, 2], true);
    assert_eq!(error.kind, Kind::Closed);
    assert!(error.message.contains("middle"), "{error}");
}

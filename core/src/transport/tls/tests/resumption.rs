use super::support::*;
use crate::transport::Stream;
use crate::transport::options::TlsOptions;
use crate::transport::tls::TlsConnector;
use bytes::BytesMut;

#[test]
fn a_later_connection_goes_on_with_the_session() {
    for versions in BOTH {
        let config = good_config(versions);
        let connector = connector();
        for round in 0..4 {
            let (mut tls, mut server, _) = connected(&connector, &config);
            assert_eq!(tls.resumed(), round > 0, "{versions:?} {round}");
            // The tickets of TLS 1.3 come with what the server says first.
            server.say(b"welcome");
            let mut into = BytesMut::new();
            drain(&mut tls, &mut into);
            assert_eq!(&into[..], b"welcome");
            tls.abort();
        }
        // Clones share the sessions; another client has its own.
        let (tls, ..) = connected(&connector.clone(), &config);
        assert!(tls.resumed());
        let (tls, ..) = connected(&super::support::connector(), &config);
        assert!(!tls.resumed());
    }
}

#[test]
fn without_resumption_each_handshake_is_a_full_one() {
    for versions in BOTH {
        let config = good_config(versions);
        let options = TlsOptions {
            resumption: false,
            ..trusting()
        };
        let connector = TlsConnector::new(&options).unwrap();
        for _ in 0..2 {
            let (mut tls, mut server, _) = connected(&connector, &config);
            server.say(b"welcome");
            drain(&mut tls, &mut BytesMut::new());
            assert!(!tls.resumed());
        }
    }
}

#[test]
fn what_is_kept_of_servers_is_bounded() {
    use rustls::client::ClientSessionStore;
    use rustls::pki_types::ServerName;
    let sessions = crate::transport::tls::sessions::Sessions::new();
    let name = |index: u32| ServerName::try_from(format!("s{index}.test")).unwrap();
    for index in 0..100 {
        sessions.set_kx_hint(name(index), rustls::NamedGroup::X25519);
        // Of the first, something is learned again and again: it stays.
        sessions.set_kx_hint(name(0), rustls::NamedGroup::secp256r1);
    }
    let known = |index| sessions.kx_hint(&name(index));
    assert_eq!(known(0), Some(rustls::NamedGroup::secp256r1));
    assert_eq!(known(99), Some(rustls::NamedGroup::X25519));
    assert_eq!((0..100).filter(|index| known(*index).is_some()).count(), 8);
}

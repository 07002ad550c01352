use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;

use super::support::*;
use crate::error::TransportErrorKind as Kind;
use crate::transport::options::{CertificateVerifier, TlsOptions};
use crate::transport::tls::{Tls, TlsConnector};
use crate::transport::{Handshake, Stream};

/// Says what it was asked, and answers so.
struct Judge {
    asked: Mutex<Vec<(usize, String)>>,
    answer: Result<(), String>,
}

impl CertificateVerifier for Judge {
    fn verify(&self, chain: &[&[u8]], server_name: &str) -> Result<(), String> {
        assert_eq!(chain[0], good_server().certificate_der);
        let mut asked = self.asked.lock().unwrap();
        asked.push((chain.len(), server_name.to_owned()));
        self.answer.clone()
    }
}

fn judged(answer: Result<(), String>) -> (Arc<Judge>, TlsConnector) {
    let asked = Mutex::default();
    let judge = Arc::new(Judge { asked, answer });
    let options = TlsOptions {
        verifier: Some(judge.clone()),
        ..TlsOptions::default()
    };
    (judge, TlsConnector::new(&options).unwrap())
}

#[test]
fn both_versions_with_any_chunks() {
    for versions in BOTH {
        for (limit, room) in [(0, None), (1, None), (7, Some(0)), (1000, Some(3))] {
            let pipe = Pipe::default();
            pipe.wire().read_limit = limit;
            pipe.wire().room = room;
            let mut server = Server::new(&good_config(versions), &pipe);
            let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
            shake(&mut tls, &mut server).unwrap();
            let version = if versions == TLS13 {
                "TLS 1.3"
            } else {
                "TLS 1.2"
            };
            assert_eq!(tls.version(), Some(version));
            assert!(!tls.resumed());
            pipe.wire().room = None;
            assert_eq!(tls.try_write(b"hello", b"!").unwrap(), 6);
            server.pump().unwrap();
            assert_eq!(server.received, b"hello!");
            assert!(matches!(tls.handshake(), Ok(Handshake::Complete)));
        }
    }
}

#[test]
fn a_host_can_be_an_address_a_full_name_or_have_an_interface() {
    for host in [
        "127.0.0.1",
        "::1",
        "[::1]",
        "::1%lo",
        "localhost.",
        "LOCALHOST",
    ] {
        let pipe = Pipe::default();
        let mut server = Server::new(&good_config(TLS13), &pipe);
        let mut tls = Tls::new(pipe, 0, &connector(), host).unwrap();
        shake(&mut tls, &mut server).unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    for host in ["", "a host", "ä.test"] {
        let error = Tls::new(Pipe::default(), 0, &connector(), host)
            .err()
            .unwrap();
        assert_eq!(error.kind, Kind::WrongHost, "{host}");
    }
}

#[test]
fn the_name_can_be_another_than_the_host() {
    let options = TlsOptions {
        server_name: Some("localhost".into()),
        ..trusting()
    };
    let pipe = Pipe::default();
    let mut server = Server::new(&good_config(TLS13), &pipe);
    let connector = TlsConnector::new(&options).unwrap();
    let mut tls = Tls::new(pipe, 0, &connector, "10.0.0.1").unwrap();
    shake(&mut tls, &mut server).unwrap();
    assert_eq!(server.tls.server_name(), Some("localhost"));
}

#[test]
fn alpn_is_offered_and_told() {
    let mut config = server_config(good_server(), TLS13, false);
    config.alpn_protocols = vec![b"mqtt".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let options = TlsOptions {
        alpn: vec!["x-amzn-mqtt-ca".into(), "mqtt".into(), "http/1.1".into()],
        ..trusting()
    };
    let connector = TlsConnector::new(&options).unwrap();
    let (tls, ..) = connected(&connector, &config);
    assert_eq!(tls.alpn(), Some(&b"mqtt"[..]));
    let (tls, ..) = connected(&connector.for_web_socket(), &config);
    assert_eq!(tls.alpn(), Some(&b"http/1.1"[..]));

    let mut other = server_config(good_server(), TLS13, false);
    other.alpn_protocols = vec![b"h2".to_vec()];
    let pipe = Pipe::default();
    let mut server = Server::new(&Arc::new(other), &pipe);
    let mut tls = Tls::new(pipe, 0, &connector, "localhost").unwrap();
    let error = shake(&mut tls, &mut server).unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::TlsAlert, Some(120)));
    assert!(error.message.contains("no_application_protocol"), "{error}");
}

#[test]
fn a_server_that_says_hello_and_no_more_is_waited_for() {
    let pipe = Pipe::default();
    let mut server = Server::new(&good_config(TLS13), &pipe);
    let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
    let waits = |tls: &mut Tls<Pipe>| match tls.handshake().unwrap() {
        Handshake::Waiting { blocked } => blocked,
        other => panic!("{other:?}"),
    };
    pipe.wire().room = Some(10);
    assert!(waits(&mut tls));
    pipe.wire().room = None;
    assert!(!waits(&mut tls));
    server.pump().unwrap();
    let rest = pipe.wire().to_client.split_off(100);
    assert!(!waits(&mut tls));
    assert!(!waits(&mut tls));
    // Nothing can be sent or read meanwhile.
    assert!(tls.try_write(b"early", &[]).is_err());
    pipe.wire().to_client.extend(rest);
    shake(&mut tls, &mut server).unwrap();
}

#[test]
fn what_comes_right_behind_the_handshake_is_read() {
    for versions in BOTH {
        let pipe = Pipe::default();
        let mut server = Server::new(&good_config(versions), &pipe);
        let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
        // TLS 1.3 lets a server speak before it has heard the client's last word.
        while server.tls.is_handshaking() {
            if versions == TLS13 && pipe.look().written > 0 {
                server.say(b"early");
            }
            match tls.handshake().unwrap() {
                Handshake::Complete | Handshake::Waiting { .. } => server.pump().unwrap(),
                Handshake::Elsewhere(_) => panic!(),
            }
        }
        server.say(b"word");
        assert!(matches!(tls.handshake(), Ok(Handshake::Complete)));
        let mut into = BytesMut::new();
        drain(&mut tls, &mut into);
        assert!(into.ends_with(b"word"), "{into:?}");
    }
}

#[test]
fn what_may_block_is_done_elsewhere() {
    for versions in BOTH {
        let (judge, connector) = judged(Ok(()));
        let pipe = Pipe::default();
        let mut server = Server::new(&good_config(versions), &pipe);
        let mut tls = Tls::new(pipe.clone(), 0, &connector, "localhost").unwrap();
        let mut jobs = 0;
        loop {
            match tls.handshake().unwrap() {
                Handshake::Complete => break,
                Handshake::Waiting { .. } => server.pump().unwrap(),
                Handshake::Elsewhere(job) => {
                    let asked = judge.asked.lock().unwrap().len();
                    let (start, started) = mpsc::channel::<()>();
                    let thread = std::thread::spawn(move || {
                        started.recv().unwrap();
                        job.run();
                    });
                    // Until it has ended, the handshake waits, and nobody is asked here.
                    let waiting = tls.handshake().unwrap();
                    assert!(matches!(waiting, Handshake::Waiting { blocked: false }));
                    assert_eq!(judge.asked.lock().unwrap().len(), asked);
                    start.send(()).unwrap();
                    thread.join().unwrap();
                    jobs += 1;
                }
            }
        }
        assert!(jobs > 0);
        assert_eq!(*judge.asked.lock().unwrap(), [(1, "localhost".to_owned())]);
        server.pump().unwrap();
        assert_eq!(tls.try_write(b"x", &[]).unwrap(), 1);
        server.pump().unwrap();
        assert_eq!(server.received, b"x");
    }
}

#[test]
fn what_the_application_says_against_a_certificate_is_the_message() {
    let (_, connector) = judged(Err("not on my list".into()));
    let pipe = Pipe::default();
    let mut server = Server::new(&good_config(TLS13), &pipe);
    let mut tls = Tls::new(pipe, 0, &connector, "localhost").unwrap();
    let error = shake(&mut tls, &mut server).unwrap_err();
    assert_eq!(error.kind, Kind::CertificateInvalid);
    assert_eq!(error.message, "not on my list");
    assert!(server.tls.is_handshaking());
}

#[test]
fn a_job_that_is_not_done_is_the_end() {
    let begin = || {
        let (_, connector) = judged(Ok(()));
        let pipe = Pipe::default();
        let mut server = Server::new(&good_config(TLS13), &pipe);
        let mut tls = Tls::new(pipe, 0, &connector, "localhost").unwrap();
        loop {
            match tls.handshake().unwrap() {
                Handshake::Elsewhere(job) => return (tls, job),
                _ => server.pump().unwrap(),
            }
        }
    };
    let (mut tls, job) = begin();
    drop(job);
    for _ in 0..2 {
        let error = tls.handshake().unwrap_err();
        assert_eq!(error.kind, Kind::System);
        assert!(error.message.contains("did not come to its end"), "{error}");
    }
    // The other way round: the handshake is given up, and the job ends for nobody.
    let (tls, job) = begin();
    drop(tls);
    job.run();
    // And a goodbye meanwhile.
    let (tls, job) = begin();
    let pipe = tls.get_ref().clone();
    let sent = pipe.look().written;
    tls.abort();
    job.run();
    assert!(pipe.look().aborted);
    assert_eq!(pipe.look().written, sent);
}

/// Run as a child by the test below.
#[test]
fn key_log_child() {
    let key_log = std::env::var_os("MQTTKA_TEST_KEY_LOG").is_some();
    let options = TlsOptions {
        key_log,
        ..trusting()
    };
    let connector = TlsConnector::new(&options).unwrap();
    connected(&connector, &good_config(TLS13));
}

#[test]
fn keys_are_logged_only_when_asked() {
    let directory = std::env::temp_dir();
    for asked in [false, true] {
        let file = directory.join(format!("mqttka-{}-{asked}.keys", std::process::id()));
        let _ = std::fs::remove_file(&file);
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "transport::tls::tests::handshake::key_log_child"])
            .env("SSLKEYLOGFILE", &file);
        if asked {
            child.env("MQTTKA_TEST_KEY_LOG", "1");
        }
        let output = child.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("1 passed"), "{said}");
        let logged = std::fs::read_to_string(&file).unwrap_or_default();
        let _ = std::fs::remove_file(&file);
        assert_eq!(
            logged.contains("CLIENT_TRAFFIC_SECRET_0"),
            asked,
            "{logged}"
        );
    }
}

//! Whatever a server sends, nothing panics, and nothing comes to no end.

use bytes::BytesMut;
use proptest::prelude::*;

use super::support::*;
use crate::transport::tls::Tls;
use crate::transport::{Handshake, ReadKind, Stream};

/// Until it fails, waits or ends.
fn exhaust(tls: &mut Tls<Pipe>) {
    for _ in 0..1000 {
        match tls.handshake() {
            Ok(Handshake::Complete) => break,
            Ok(Handshake::Waiting { .. }) | Err(_) => return,
            Ok(Handshake::Elsewhere(job)) => job.run(),
        }
    }
    read_all(tls);
}

fn read_all(tls: &mut Tls<Pipe>) {
    let mut into = BytesMut::new();
    for _ in 0..100_000 {
        match tls.try_read(&mut into, 1000) {
            Ok(read) if read.kind == ReadKind::End => return,
            Ok(_) => {}
            Err(_) => return,
        }
        let _ = tls.try_write(b"word", &[]);
    }
    panic!("no end");
}

fn record() -> impl Strategy<Value = Vec<u8>> {
    (
        20_u8..25,
        0_u8..5,
        proptest::collection::vec(any::<u8>(), 0..400),
        0_usize..3,
    )
        .prop_map(|(kind, minor, mut body, lie)| {
            if kind == 22 && body.len() > 4 {
                // A handshake message whose length may even be right.
                body[0] %= 25;
                let length = (body.len() - 4 + lie) as u32;
                body[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
            }
            let mut record = vec![kind, 3, minor];
            record.extend((body.len() as u16).to_be_bytes());
            record.extend(body);
            record
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_instead_of_a_handshake(bytes in proptest::collection::vec(any::<u8>(), 0..300), limit in 0_usize..20) {
        let pipe = Pipe::default();
        pipe.wire().read_limit = limit;
        pipe.wire().to_client.extend(bytes);
        pipe.wire().eof = true;
        exhaust(&mut Tls::new(pipe, 0, &connector(), "localhost").unwrap());
    }

    #[test]
    fn any_records_instead_of_a_handshake(records in proptest::collection::vec(record(), 0..6), limit in 0_usize..20) {
        let pipe = Pipe::default();
        pipe.wire().read_limit = limit;
        pipe.wire().to_client.extend(records.concat());
        exhaust(&mut Tls::new(pipe, 0, &connector(), "localhost").unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_handshake_with_a_byte_changed_or_lost(tls13: bool, at: prop::sample::Index, change in 1_u8..=255, lose: bool) {
        let pipe = Pipe::default();
        let mut server = Server::new(&good_config(if tls13 { TLS13 } else { TLS12 }), &pipe);
        let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
        let mut hit = false;
        for _ in 0..10 {
            match tls.handshake() {
                Ok(Handshake::Complete) | Err(_) => break,
                _ => {}
            }
            let _ = server.pump();
            let mut wire = pipe.wire();
            let length = wire.to_client.len();
            if length > 0 && !hit {
                hit = true;
                let at = at.index(length);
                if lose {
                    wire.to_client.remove(at);
                } else {
                    wire.to_client[at] ^= change;
                }
            }
        }
        prop_assert!(hit);
        exhaust(&mut tls);
    }

    #[test]
    fn any_bytes_after_the_handshake(tls13: bool, bytes in proptest::collection::vec(any::<u8>(), 1..300), record in record()) {
        let (mut tls, _, pipe) = connected(&connector(), &good_config(if tls13 { TLS13 } else { TLS12 }));
        pipe.wire().to_client.extend(&record);
        pipe.wire().to_client.extend(bytes);
        read_all(&mut tls);
    }
}

//! What reads bring, and what of it is evidence of life (rule L3).

use bytes::BytesMut;
use proptest::prelude::*;

use super::support::*;
use crate::transport::tls::Tls;
use crate::transport::{ReadKind, Stream};

/// What one read says, without what it brought.
fn read(tls: &mut Tls<Pipe>) -> Option<(ReadKind, usize, bool)> {
    let mut into = BytesMut::with_capacity(64 * 1024);
    match tls.try_read(&mut into, 64 * 1024) {
        Ok(read) => {
            assert_eq!(into.len(), read.count);
            Some((read.kind, read.count, read.more))
        }
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => None,
        Err(error) => panic!("{error}"),
    }
}

/// A connection after the tickets that come with its beginning.
fn settled(versions: &[&'static rustls::SupportedProtocolVersion]) -> (Tls<Pipe>, Server, Pipe) {
    let (mut tls, server, pipe) = connected(&connector(), &good_config(versions));
    drain(&mut tls, &mut BytesMut::new());
    assert!(pipe.look().to_client.is_empty());
    (tls, server, pipe)
}

#[test]
fn tickets_are_no_bytes_of_the_stream() {
    let (mut tls, _, pipe) = connected(&connector(), &good_config(TLS13));
    assert!(!pipe.look().to_client.is_empty());
    let kinds = drain(&mut tls, &mut BytesMut::new());
    assert_eq!(kinds, [ReadKind::Control]);
}

#[test]
fn a_record_that_grows_is_unfinished_until_it_is_whole() {
    for versions in BOTH {
        let (mut tls, mut server, pipe) = settled(versions);
        server.say(&[7; 1000]);
        let total = pipe.look().to_client.len();
        for _ in 1..total {
            pipe.wire().read_limit = 1;
            assert_eq!(read(&mut tls), Some((ReadKind::Unfinished, 0, true)));
        }
        assert_eq!(read(&mut tls), Some((ReadKind::Bytes, 1000, true)));
        assert_eq!(read(&mut tls), None);
    }
}

#[test]
fn bytes_and_then_a_part_and_then_a_control_record() {
    let (mut tls, mut server, pipe) = settled(TLS13);
    server.say(b"word");
    let whole = pipe.look().to_client.len();
    server.tls.refresh_traffic_keys().unwrap();
    server.send();
    // All but the last byte of the KeyUpdate: the word is there, and counts.
    let last = pipe.wire().to_client.pop_back().unwrap();
    assert!(pipe.look().to_client.len() > whole);
    assert_eq!(read(&mut tls), Some((ReadKind::Bytes, 4, false)));
    assert_eq!(read(&mut tls), None);
    pipe.wire().to_client.push_back(last);
    assert_eq!(read(&mut tls), Some((ReadKind::Control, 0, false)));
    // The new keys are in use, and ours with the next record.
    server.say(b"more");
    assert_eq!(read(&mut tls), Some((ReadKind::Bytes, 4, false)));
    assert_eq!(tls.try_write(b"answer", &[]).unwrap(), 6);
    server.pump().unwrap();
    assert_eq!(server.received, b"answer");
    assert_eq!(tls.try_write(b"answer", &[]).unwrap(), 6);
    server.pump().unwrap();
    assert_eq!(server.received, b"answeranswer");
}

#[test]
fn a_part_behind_a_control_record_is_reported_apart() {
    let (mut tls, mut server, pipe) = settled(TLS13);
    server.tls.refresh_traffic_keys().unwrap();
    server.send();
    server.say(b"word");
    let last = pipe.wire().to_client.pop_back().unwrap();
    let reads = pipe.look().reads;
    assert_eq!(read(&mut tls), Some((ReadKind::Control, 0, true)));
    assert_eq!(read(&mut tls), Some((ReadKind::Unfinished, 0, false)));
    assert_eq!(pipe.look().reads, reads + 1);
    pipe.wire().to_client.push_back(last);
    assert_eq!(read(&mut tls), Some((ReadKind::Bytes, 4, false)));
}

/// rustls holds the first pieces of a message until it is whole.
#[test]
fn a_ticket_in_pieces_disturbs_nobody() {
    let mut config = server_config(good_server(), TLS13, false);
    config.max_fragment_size = Some(32);
    let config = std::sync::Arc::new(config);
    let connector = connector();
    let pipe = Pipe::default();
    let mut server = Server::new(&config, &pipe);
    let mut tls = Tls::new(pipe.clone(), 0, &connector, "localhost").unwrap();
    shake(&mut tls, &mut server).unwrap();
    let mut pieces = 0;
    while !pipe.look().to_client.is_empty() {
        let header = [3, 4].map(|index| pipe.look().to_client[index]);
        pipe.wire().read_limit = 5 + usize::from(u16::from_be_bytes(header));
        assert_eq!(read(&mut tls).map(|it| it.0), Some(ReadKind::Control));
        assert_eq!(tls.try_write(b"word", &[]).unwrap(), 4);
        pieces += 1;
    }
    assert!(pieces > 4, "{pieces}");
    server.say(b"good");
    assert_eq!(
        read(&mut tls).map(|it| (it.0, it.1)),
        Some((ReadKind::Bytes, 4))
    );
    server.pump().unwrap();
    assert_eq!(server.received, b"word".repeat(pieces));
    let (tls, ..) = connected(&connector, &config);
    assert!(tls.resumed());
}

#[test]
fn one_call_reads_the_stream_below_once() {
    let (mut tls, mut server, pipe) = settled(TLS13);
    for length in [1, 100, 16 * 1024, 100_000] {
        server.say(&vec![1; length]);
        let mut got = 0;
        while got < length {
            let before = pipe.look().reads;
            let mut into = BytesMut::with_capacity(5000);
            let read = tls.try_read(&mut into, 3000).unwrap();
            assert!(into.len() <= 3000 && read.count == into.len());
            assert!(pipe.look().reads <= before + 1);
            // Of what there is no room for, one record is decrypted and no more.
            assert!(tls.session().unwrap().plaintext.len() <= 16 * 1024);
            got += read.count;
            assert!(read.more || got == length, "{got} of {length}");
        }
        assert_eq!(got, length);
    }
}

#[test]
fn a_read_takes_no_more_than_there_is_room_for() {
    let (mut tls, mut server, _) = settled(TLS13);
    server.say(b"0123456789");
    let mut into = BytesMut::with_capacity(16);
    into.extend_from_slice(&[0; 12]);
    let read = tls.try_read(&mut into, 100).unwrap();
    assert_eq!((read.count, read.more), (4, true));
    assert_eq!(&into[12..], b"0123");
    // Where there is no room at all, some is made.
    let mut into = BytesMut::new();
    let read = tls.try_read(&mut into, 0).unwrap();
    assert_eq!((read.count, read.more), (1, true));
    let read = tls.try_read(&mut into, 100).unwrap();
    assert_eq!((&into[..], read.more), (&b"456789"[..], false));
}

#[test]
fn the_end_with_and_without_a_goodbye() {
    for versions in BOTH {
        let (mut tls, mut server, pipe) = settled(versions);
        server.say(b"last");
        server.tls.send_close_notify();
        server.send();
        let mut into = BytesMut::new();
        let kinds = drain(&mut tls, &mut into);
        assert_eq!(kinds, [ReadKind::Bytes, ReadKind::End]);
        assert_eq!(&into[..], b"last");
        assert_eq!(read(&mut tls), Some((ReadKind::End, 0, true)));
        // What we say still goes.
        assert_eq!(tls.try_write(b"bye", &[]).unwrap(), 3);
        server.pump().unwrap();
        assert_eq!(server.received, b"bye");
        assert!(!pipe.look().eof);

        let (mut tls, mut server, pipe) = settled(versions);
        server.say(b"last");
        pipe.wire().to_client.pop_back();
        pipe.wire().eof = true;
        let kinds = drain(&mut tls, &mut BytesMut::new());
        assert_eq!(kinds, [ReadKind::Unfinished, ReadKind::End]);
        assert_eq!(read(&mut tls), Some((ReadKind::End, 0, true)));
    }
}

#[test]
fn what_came_before_a_broken_record_is_given() {
    let (mut tls, mut server, pipe) = settled(TLS13);
    server.say(b"good");
    server.say(b"broken");
    if let Some(last) = pipe.wire().to_client.back_mut() {
        *last ^= 1;
    }
    assert_eq!(read(&mut tls), Some((ReadKind::Bytes, 4, true)));
    let before = pipe.look().written;
    for _ in 0..2 {
        let error = tls.try_read(&mut BytesMut::new(), 10).unwrap_err();
        let error = crate::error::TransportError::from(error);
        assert_eq!(error.kind, crate::error::TransportErrorKind::TlsProtocol);
    }
    assert_eq!(pipe.look().written, before);
}

/// As mosquitto 2.1 does with WebSocket.
#[test]
fn what_is_no_tls_after_our_goodbye_is_dropped() {
    for versions in BOTH {
        let (mut tls, mut server, pipe) = settled(versions);
        tls.finish(None);
        server.say(b"last");
        pipe.wire().to_client.extend([0x88, 2, 3, 0xe8]);
        let mut into = BytesMut::new();
        drain(&mut tls, &mut into);
        assert_eq!(&into[..], b"last");
        pipe.wire().to_client.extend([b'x'; 40]);
        assert_eq!(read(&mut tls), Some((ReadKind::Control, 0, false)));
        pipe.wire().eof = true;
        assert_eq!(read(&mut tls), Some((ReadKind::End, 0, true)));
    }
}

#[test]
fn the_answer_to_a_key_update_goes_with_the_next_record() {
    let (mut tls, mut server, pipe) = settled(TLS13);
    server.tls.refresh_traffic_keys().unwrap();
    server.send();
    assert_eq!(read(&mut tls), Some((ReadKind::Control, 0, false)));
    let before = pipe.look().written;
    assert_eq!(tls.try_write(b"x", &[]).unwrap(), 1);
    // A KeyUpdate, and the record.
    assert!(pipe.look().written > before + 2 * (5 + 16));
    server.pump().unwrap();
    assert_eq!(server.received, b"x");
}

#[derive(Clone, Debug)]
enum Act {
    Say(usize),
    Update,
    Read(usize),
    Limit(usize),
    Room(usize),
    Write(usize, usize),
    Flush,
}

fn act() -> impl Strategy<Value = Act> {
    let size = prop_oneof![1_usize..40, 1_usize..3000, 16_000_usize..40_000];
    prop_oneof![
        3 => size.clone().prop_map(Act::Say),
        1 => Just(Act::Update),
        6 => prop_oneof![1_usize..100, Just(64 * 1024)].prop_map(Act::Read),
        1 => prop_oneof![Just(0), 1_usize..20, 100_usize..5000].prop_map(Act::Limit),
        2 => prop_oneof![0_usize..30, 100_usize..20_000].prop_map(Act::Room),
        3 => (0_usize..3000, prop_oneof![0_usize..100, size]).prop_map(|(a, b)| Act::Write(a, b)),
        2 => Just(Act::Flush),
    ]
}

fn numbers(from: usize, count: usize) -> Vec<u8> {
    (from..from + count)
        .map(|index| (index * 7 % 251) as u8)
        .collect()
}

/// Whatever is said, read and written in which pieces, both sides get exactly that; evidence is
/// void only where a whole record had none, and `more` is said while anything waits.
fn play(tls13: bool, acts: &[Act]) -> Result<(), TestCaseError> {
    let (mut tls, mut server, pipe) = settled(if tls13 { TLS13 } else { TLS12 });
    let (mut said, mut heard, mut written) = (0, Vec::new(), 0);
    let mut into = BytesMut::new();
    let (mut updates, mut fresh) = (0, false);
    for act in acts {
        let there = pipe.look().to_client.len();
        match *act {
            Act::Say(count) => {
                server.say(&numbers(said, count));
                said += count;
            }
            Act::Update if tls13 => {
                server.tls.refresh_traffic_keys().unwrap();
                server.send();
                updates += 1;
            }
            Act::Update => {}
            Act::Read(max) => {
                let reads = pipe.look().reads;
                match tls.try_read(&mut into, max) {
                    Ok(read) => {
                        prop_assert_eq!(read.kind == ReadKind::Bytes, read.count > 0);
                        prop_assert_eq!(into.len(), read.count);
                        prop_assert!(read.count <= max);
                        if read.kind == ReadKind::Control {
                            prop_assert!(updates > 0);
                        }
                        // What arrived later makes a readiness of its own.
                        fresh &= pipe.look().reads == reads;
                        if !read.more {
                            prop_assert!(fresh || pipe.look().to_client.is_empty());
                        }
                    }
                    Err(error) => {
                        prop_assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                        prop_assert!(pipe.look().to_client.is_empty());
                    }
                }
                prop_assert!(pipe.look().reads <= reads + 1);
                heard.extend(into.split());
                // What was given is no longer shared, so that the next read has no old room.
                into = BytesMut::new();
            }
            Act::Limit(limit) => pipe.wire().read_limit = limit,
            Act::Room(room) => pipe.wire().room = Some(room),
            Act::Write(head, tail) => {
                let data = numbers(written, head + tail);
                match tls.try_write(&data[..head], &data[head..]) {
                    Ok(count) => written += count,
                    Err(error) => prop_assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
                }
            }
            Act::Flush => {
                let _ = tls.flush();
            }
        }
        server.pump().unwrap();
        fresh |= pipe.look().to_client.len() > there;
    }
    pipe.wire().read_limit = 0;
    pipe.wire().room = None;
    // What came since the stream was read empty is a readiness of its own.
    for _ in 0..2 {
        drain(&mut tls, &mut into);
    }
    heard.extend(into);
    prop_assert!(heard == numbers(0, said));
    tls.flush().unwrap();
    server.pump().unwrap();
    prop_assert!(server.received == numbers(0, written));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_pieces(tls13: bool, acts in proptest::collection::vec(act(), 1..60)) {
        play(tls13, &acts)?;
    }
}

//! What is sent, what of it is acknowledged (rules L4, L11), and how a connection ends.

use std::io;
use std::time::Duration;

use bytes::BytesMut;

use super::support::*;
use crate::transport::tls::record::{RECORD, SMALL};
use crate::transport::tls::{FAST_AFTER, Tls};
use crate::transport::{Handshake, ReadKind, Stream};

/// The records that are on their way to the server, without their headers.
fn records(pipe: &Pipe) -> Vec<usize> {
    let wire = pipe.look();
    let bytes: Vec<u8> = wire.to_server.iter().copied().collect();
    let mut lengths = Vec::new();
    let mut rest = &bytes[..];
    while rest.len() >= 5 {
        let length = usize::from(u16::from_be_bytes([rest[3], rest[4]]));
        lengths.push(length);
        rest = &rest[(5 + length).min(rest.len())..];
    }
    lengths
}

/// What TLS 1.3 adds to the plaintext: its type and the tag.
const ADDED: usize = 17;

#[test]
fn a_small_packet_is_one_record_and_one_write() {
    let (mut tls, mut server, pipe) = connected(&connector(), &good_config(TLS13));
    for (head, tail) in [(3, 0), (0, 3), (30, 256), (SMALL - 1, RECORD - SMALL)] {
        let before = pipe.look().writes;
        let count = tls.try_write(&vec![1; head], &vec![2; tail]).unwrap();
        assert_eq!(count, head + tail);
        assert_eq!(records(&pipe), [head + tail + ADDED]);
        assert_eq!(pipe.look().writes, before + 1);
        server.pump().unwrap();
    }
    // A payload of 16 KiB with its header: two records, one write.
    let before = pipe.look().writes;
    assert_eq!(tls.try_write(&[1; 20], &[2; RECORD]).unwrap(), RECORD + 20);
    assert_eq!(records(&pipe), [20 + ADDED, RECORD + ADDED]);
    assert_eq!(pipe.look().writes, before + 1);
    server.pump().unwrap();
    // No record holds more than 16 KiB.
    assert_eq!(tls.try_write(&[1; 70_000], &[2; 70_000]).unwrap(), 140_000);
    assert!(
        records(&pipe)
            .iter()
            .all(|length| *length <= RECORD + ADDED)
    );
    server.pump().unwrap();
    assert_eq!(tls.try_write(&[], &[]).unwrap(), 0);
}

#[test]
fn no_more_waits_than_a_record_and_its_header() {
    let (mut tls, mut server, pipe) = connected(&connector(), &good_config(TLS13));
    for room in [0, 1, 100, 16_000, 20_000] {
        pipe.wire().room = Some(room);
        let before = pipe.look().written;
        let taken = tls.try_write(&[3; 100_000], &[4; 100_000]).unwrap();
        let sent = pipe.look().written - before;
        assert_eq!(sent, room as u64);
        assert!(
            taken as u64 <= sent + 21 * 1024,
            "{taken} taken, {sent} sent"
        );
        // What waits goes first.
        let error = tls.try_write(b"PINGREQ", &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(tls.flush().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        pipe.wire().room = None;
        assert_eq!(tls.try_write(b"PINGREQ", &[]).unwrap(), 7);
        server.pump().unwrap();
        assert_eq!(server.received.len(), taken + 7);
        server.received.clear();
    }
}

#[test]
fn where_all_is_taken_turn_after_turn_writes_are_large() {
    let (mut tls, mut server, pipe) = connected(&connector(), &good_config(TLS13));
    let message = |tls: &mut Tls<Pipe>| tls.try_write(&[1; 20], &[2; RECORD]).unwrap();
    let make_fast = |tls: &mut Tls<Pipe>, server: &mut Server| {
        for _ in 0..FAST_AFTER {
            message(tls);
            tls.flush().unwrap();
            // A turn that writes nothing says nothing.
            tls.flush().unwrap();
            server.pump().unwrap();
        }
        server.received.clear();
    };
    make_fast(&mut tls, &mut server);
    let before = pipe.look().writes;
    for (written, writes) in [0, 0, 1, 1].into_iter().enumerate() {
        message(&mut tls);
        assert_eq!(pipe.look().writes, before + writes, "message {written}");
    }
    // The end of the turn is the end of waiting.
    tls.flush().unwrap();
    assert_eq!(pipe.look().writes, before + 2);
    server.pump().unwrap();
    assert_eq!(server.received.len(), 4 * (RECORD + 20));

    // Where it is not taken, all that waits is what was to be one write, and then one record again.
    pipe.wire().room = Some(0);
    let before = pipe.look().written;
    let taken = tls.try_write(&[1; 20], &[2; 20 * RECORD]).unwrap();
    assert!(taken <= 64 * 1024, "{taken}");
    for _ in 0..2 {
        let error = tls.try_write(b"PINGREQ", &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
    assert_eq!(pipe.look().written, before);
    pipe.wire().room = None;
    let before = pipe.look().writes;
    message(&mut tls);
    assert_eq!(pipe.look().writes, before + 2);
    tls.flush().unwrap();
    server.pump().unwrap();

    // Nor does it wait after a turn with less than a record.
    make_fast(&mut tls, &mut server);
    assert_eq!(tls.try_write(b"PINGREQ", &[]).unwrap(), 7);
    tls.flush().unwrap();
    let before = pipe.look().writes;
    message(&mut tls);
    assert_eq!(pipe.look().writes, before + 1);
}

#[test]
fn acknowledged_bytes_are_those_of_the_stream() {
    for (versions, before) in [(TLS13, 0_u64), (TLS13, 1000), (TLS12, 0), (TLS12, 77)] {
        let pipe = Pipe::default();
        // A proxy's handshake, say.
        pipe.wire().written = before;
        let mut server = Server::new(&good_config(versions), &pipe);
        let mut tls = Tls::new(pipe.clone(), before, &connector(), "localhost").unwrap();
        shake(&mut tls, &mut server).unwrap();
        assert!(tls.progress().is_none());
        let (mut tls, mut server) = {
            // The stream below knows what is acknowledged, from the first byte on.
            let pipe = pipe.clone();
            *pipe.wire() = Wire {
                acked: Some(0),
                written: before,
                ..Wire::default()
            };
            let mut server = Server::new(&good_config(versions), &pipe);
            let mut tls = Tls::new(pipe, before, &connector(), "localhost").unwrap();
            shake(&mut tls, &mut server).unwrap();
            drop(server.pump());
            (tls, server)
        };
        let at = |tls: &mut Tls<Pipe>, acked: u64| {
            pipe.wire().acked = Some(acked);
            let progress = tls.progress().unwrap();
            (progress.acked, progress.reached)
        };
        // The handshake is no byte of the stream.
        let start = pipe.look().written;
        assert_eq!(at(&mut tls, start), (0, 0));
        // What the truth is: after each whole record, what it holds.
        let mut truth = Vec::new();
        let mut stream = 0_u64;
        for (round, length) in [1, 10, 500, 3000, 40_000, 7, 16_384]
            .into_iter()
            .enumerate()
        {
            if versions == TLS13 && round % 3 == 2 {
                // A KeyUpdate goes ahead of the record.
                server.tls.refresh_traffic_keys().unwrap();
                server.send();
                drain(&mut tls, &mut BytesMut::new());
            }
            pipe.wire().room = Some(length / 2);
            let wire = pipe.look().written;
            write_all(&mut tls, &mut server, &vec![5; length], 300);
            let mut rest = length;
            let mut end = wire;
            for record in records(&pipe) {
                end += 5 + record as u64;
                let overhead = if versions == TLS13 { ADDED } else { 24 };
                let plain = record - overhead;
                if plain > rest || record < 25 && plain == 5 {
                    // The KeyUpdate: 5 bytes of plaintext, which are not of the stream.
                    continue;
                }
                rest -= plain;
                stream += plain as u64;
                truth.push((end, stream));
            }
            assert_eq!(rest, 0, "{length}");
            assert_eq!(end, pipe.look().written);
            server.pump().unwrap();
        }
        let mut last = (0, 0);
        let end = pipe.look().written;
        for wire in start..=end {
            let known = truth.iter().rev().find(|(end, _)| *end <= wire);
            let whole = known.map_or(0, |(_, stream)| *stream);
            let now = at(&mut tls, wire);
            assert_eq!(now.0, whole, "at {wire}");
            assert!(now.1 >= now.0 && now.1 >= last.1, "at {wire}");
            let next = truth.iter().find(|(end, _)| *end > wire);
            assert!(
                now.1 < next.map_or(u64::MAX, |(_, stream)| *stream),
                "at {wire}"
            );
            last = now;
        }
        assert_eq!(last, (stream, stream));
    }
}

#[test]
fn a_goodbye_is_said_then_sent_then_the_stream_below_ends() {
    for versions in BOTH {
        let (mut tls, mut server, pipe) = connected(&connector(), &good_config(versions));
        tls.try_write(b"DISCONNECT", &[]).unwrap();
        tls.finish(Some(Duration::from_secs(3)));
        assert_eq!(pipe.look().finished, Some(Some(Duration::from_secs(3))));
        let written = pipe.look().written;
        tls.finish(None);
        assert_eq!(pipe.look().written, written);
        server.pump().unwrap();
        assert_eq!(server.received, b"DISCONNECT");
        let state = server.tls.process_new_packets().unwrap();
        assert!(state.peer_has_closed());
        // Reading goes on until the server says goodbye, too.
        server.say(b"rest");
        server.tls.send_close_notify();
        server.send();
        let mut into = BytesMut::new();
        let kinds = drain(&mut tls, &mut into);
        assert!(into.ends_with(b"rest"));
        assert_eq!(kinds.last(), Some(&ReadKind::End));
    }
}

#[test]
fn a_goodbye_without_room_follows() {
    let (mut tls, mut server, pipe) = connected(&connector(), &good_config(TLS13));
    pipe.wire().room = Some(10);
    assert_eq!(tls.try_write(b"DISCONNECT", &[]).unwrap(), 10);
    tls.finish(None);
    assert_eq!(pipe.look().finished, None);
    for _ in 0..100 {
        match tls.flush() {
            Ok(()) => break,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        assert_eq!(pipe.look().finished, None);
        pipe.wire().room = Some(1);
    }
    assert_eq!(pipe.look().finished, Some(None));
    assert!(pipe.look().flushes > 0);
    server.pump().unwrap();
    assert_eq!(server.received, b"DISCONNECT");
    assert!(server.tls.process_new_packets().unwrap().peer_has_closed());
}

#[test]
fn an_abort_says_nothing() {
    for versions in BOTH {
        let (mut tls, _, pipe) = connected(&connector(), &good_config(versions));
        tls.try_write(b"x", &[]).unwrap();
        let written = pipe.look().written;
        tls.abort();
        assert!(pipe.look().aborted);
        assert_eq!(pipe.look().written, written);
        assert_eq!(pipe.look().finished, None);
    }
    // Dropping says nothing either, also in the middle of a handshake.
    let pipe = Pipe::default();
    let mut tls = Tls::new(pipe.clone(), 0, &connector(), "localhost").unwrap();
    assert!(matches!(tls.handshake(), Ok(Handshake::Waiting { .. })));
    let written = pipe.look().written;
    drop(tls);
    assert_eq!(pipe.look().written, written);
}

#[test]
fn an_idle_connection_keeps_no_buffer() {
    let (mut tls, mut server, pipe) = connected(&connector(), &good_config(TLS13));
    server.say(&[1; 50_000]);
    drain(&mut tls, &mut BytesMut::new());
    write_all(&mut tls, &mut server, &[2; 50_000], 1000);
    let held = |tls: &Tls<Pipe>| {
        let session = tls.session().unwrap();
        session.incoming.capacity() + session.outgoing.capacity() + session.plaintext.capacity()
    };
    assert_eq!(held(&tls), 0);
    // Of a part of a record, it keeps that part.
    server.say(&[1; 1000]);
    let rest = pipe.wire().to_client.split_off(300);
    assert_eq!(
        drain(&mut tls, &mut BytesMut::new()),
        [ReadKind::Unfinished]
    );
    assert!((300..1000).contains(&held(&tls)), "{}", held(&tls));
    pipe.wire().to_client.extend(rest);
    drain(&mut tls, &mut BytesMut::new());
    assert_eq!(held(&tls), 0);
}

use super::*;
use crate::transport::web_socket::cut::{ONE, SEVERAL};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7 % 253) as u8).collect()
}

#[test]
fn what_is_given_at_once_is_one_frame_that_a_server_understands() {
    let lengths = [
        0,
        1,
        3,
        5,
        63,
        64,
        65,
        125,
        126,
        127,
        129,
        1000,
        SEVERAL - 7,
    ];
    for head in lengths {
        for tail in [0, 1, 2, 3, 4, 7] {
            if head + tail == 0 {
                continue;
            }
            let (mut ws, below, _) = open();
            let all = bytes(head + tail);
            let count = ws.try_write(&all[..head], &all[head..]).expect("room");
            assert_eq!(count, head + tail);
            let output = below.take_output();
            assert!(frames(&output) == [(BINARY, all.clone())], "{head} {tail}");
            // The same by tungstenite's own server.
            let peer = Cursor::new(output);
            let role = tungstenite::protocol::Role::Server;
            let mut peer = tungstenite::WebSocket::from_raw_socket(peer, role, None);
            let message = peer.read().expect("a message");
            assert!(message == tungstenite::Message::binary(all));
        }
    }
}

#[test]
fn nothing_is_no_frame() {
    let (mut ws, below, _) = open();
    assert_eq!(ws.try_write(b"", b"").expect("nothing to do"), 0);
    ws.flush().expect("nothing to do");
    assert!(below.take_output().is_empty());
}

#[test]
fn frames_end_where_packets_end() {
    let small = [&[0x30, 0xe6, 0x07], &bytes(998)[..]].concat();
    let (head, tail) = (small.repeat(17), bytes(100_000));
    let large = [&[0x30, 0xa0, 0x8d, 0x06], &tail[..]].concat();
    let head = [&head, &large[..4]].concat();
    let (mut ws, below, _) = open();
    let mut taken = 0;
    while taken < head.len() + tail.len() {
        let from = taken.min(head.len());
        let in_tail = taken.saturating_sub(head.len());
        taken += ws.try_write(&head[from..], &tail[in_tail..]).expect("room");
    }
    let frames = frames(&below.take_output());
    let sizes: Vec<usize> = frames.iter().map(|it| it.1.len()).collect();
    assert_eq!(sizes, [16 * 1001, 1001, ONE, 100_004 - ONE]);
    let all: Vec<u8> = frames.into_iter().flat_map(|it| it.1).collect();
    assert!(all == [&head[..], &tail].concat());
}

/// The first part of a packet was not taken: that it had begun must not be believed.
#[test]
fn what_was_not_taken_does_not_count_for_the_end_of_a_frame() {
    let large = [&[0x30, 0xa0, 0x8d, 0x06], &bytes(100_000)[..]].concat();
    let (mut ws, below, _) = open();
    below.set_room(Some(0));
    let blocked = ws.try_write(&large, b"").expect_err("no room");
    assert_eq!(blocked.kind(), ErrorKind::WouldBlock);
    below.set_room(None);
    let first = [b"\xc0\x00", &large[..]].concat();
    assert_eq!(ws.try_write(&first, b"").expect("room"), 2);
    assert_eq!(ws.try_write(&large, b"").expect("room"), ONE);
}

#[test]
fn every_frame_has_another_mask() {
    let (mut ws, below, _) = open();
    let mut masks = Vec::new();
    for _ in 0..200 {
        assert_eq!(ws.try_write(b"abcd", b"").expect("room"), 4);
        let output = below.take_output();
        masks.push([output[2], output[3], output[4], output[5]]);
    }
    masks.sort_unstable();
    masks.dedup();
    // Two of 200 are equal once in 200,000 times.
    assert!(masks.len() >= 198, "{}", masks.len());
}

#[test]
fn what_there_was_no_room_for_follows_before_anything_else() {
    let (mut ws, below, _) = open();
    below.set_room(Some(5));
    assert_eq!(ws.try_write(b"first", b"").expect("room"), 5);
    let blocked = ws.try_write(b"second", b"").expect_err("no room");
    assert_eq!(blocked.kind(), ErrorKind::WouldBlock);
    assert_eq!(
        ws.flush().expect_err("no room").kind(),
        ErrorKind::WouldBlock
    );
    below.set_room(Some(3));
    let blocked = ws.try_write(b"second", b"").expect_err("no room");
    assert_eq!(blocked.kind(), ErrorKind::WouldBlock);
    below.set_room(None);
    assert_eq!(ws.try_write(b"second", b"").expect("room"), 6);
    let all = frames(&below.take_output());
    assert_eq!(
        all,
        [(BINARY, b"first".to_vec()), (BINARY, b"second".to_vec())]
    );
}

/// Rule L5: a PINGREQ that becomes due goes first.
#[test]
fn what_was_not_begun_is_not_taken() {
    let (mut ws, below, start) = open();
    below.feed(frame(PING, true, b"p"));
    let _ = read_all(&mut ws);
    below.set_room(Some(0));
    let blocked = ws.try_write(&bytes(9000), b"").expect_err("no room");
    assert_eq!(blocked.kind(), ErrorKind::WouldBlock);
    below.set_room(None);
    assert_eq!(ws.try_write(b"PINGREQ", b"").expect("room"), 7);
    let output = below.take_output();
    let all = [(PONG, b"p".to_vec()), (BINARY, b"PINGREQ".to_vec())];
    assert_eq!(frames(&output), all, "the answer to the ping went with it");
    ws.flush().expect("room");
    assert!(below.take_output().is_empty(), "and not again");
    below.0.borrow_mut().acked = start + output.len() as u64;
    assert_eq!(ws.progress().map(|it| it.acked), Some(7));
}

#[test]
fn an_error_below_is_an_error_here() {
    let (mut ws, below, _) = open();
    below.0.borrow_mut().write_error = Some(ErrorKind::ConnectionReset);
    let error = ws.try_write(b"x", b"").expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn acknowledged_bytes_are_those_of_the_stream() {
    let (mut ws, below, start) = open();
    let acked = |ws: &mut WebSocket<Below>, at: u64| {
        below.0.borrow_mut().acked = at;
        let progress = ws.progress().expect("it is known");
        (progress.acked, progress.reached)
    };
    assert_eq!(acked(&mut ws, start), (0, 0));
    assert_eq!(ws.try_write(&[1; 50], &[2; 50]).expect("room"), 100);
    below.feed(frame(PING, true, b""));
    let _ = read_all(&mut ws);
    ws.flush().expect("room");
    assert_eq!(ws.try_write(&[3; 10], &[]).expect("room"), 10);
    // Two bytes of header, four of mask each.
    let (first, pong, second) = (start + 106, start + 112, start + 128);
    assert_eq!(acked(&mut ws, start), (0, 0));
    assert_eq!(acked(&mut ws, start + 53), (0, 50));
    assert_eq!(acked(&mut ws, first - 1), (0, 99));
    assert_eq!(acked(&mut ws, first), (100, 100));
    assert_eq!(acked(&mut ws, pong), (100, 100));
    assert_eq!(acked(&mut ws, second - 1), (100, 109));
    assert_eq!(acked(&mut ws, second), (110, 110));
}

#[test]
fn an_idle_connection_keeps_little() {
    let (mut ws, below, _) = open();
    assert!(ws.kept() <= 1024, "{}", ws.kept());
    assert_eq!(ws.try_write(&bytes(10_000), b"").expect("room"), 10_000);
    ws.flush().expect("room");
    assert!(ws.kept() > 10_000, "a busy connection keeps its buffer");
    assert_eq!(ws.try_write(b"\xc0\x00", b"").expect("room"), 2);
    assert!(ws.kept() <= 1024, "{}", ws.kept());
    let (output, small) = (below.take_output(), ws.kept());
    assert_eq!(frames(&output).len(), 2);
    assert_eq!(ws.try_write(b"\xc0\x00", b"").expect("room"), 2);
    assert_eq!(ws.kept(), small, "a small buffer stays for the next");
    let own = size_of::<WebSocket<()>>();
    assert!(own <= 640, "{own}");
}

#[test]
fn what_is_the_stream_belows_passes_through() {
    let (mut ws, below, _) = open();
    ws.look_again();
    ws.acknowledge_now();
    ws.established();
    assert!(!ws.has_local_address());
    ws.flush().expect("room");
    let calls = [
        "look_again",
        "acknowledge_now",
        "established",
        "has_local_address",
        "flush",
    ];
    assert_eq!(below.calls(), calls);
    assert_eq!(ws.get_ref().calls(), calls);
}

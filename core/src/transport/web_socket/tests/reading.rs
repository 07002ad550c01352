use super::*;

const TEXT: OpCode = OpCode::Data(Data::Text);
const CONTINUE: OpCode = OpCode::Data(Data::Continue);

/// What a reader gets of these bytes, in one piece and byte by byte, which is the same.
fn received(bytes: &[u8]) -> (Vec<u8>, Option<TransportError>) {
    let (mut ws, below, _) = open();
    below.feed(bytes);
    let (whole, _, error) = read_all(&mut ws);
    let (mut ws, below, _) = open();
    bytes.iter().for_each(|byte| below.feed([*byte]));
    let (pieces, _, piecewise) = read_all(&mut ws);
    assert_eq!((&whole, &error), (&pieces, &piecewise));
    (whole, error)
}

fn violation(bytes: &[u8]) -> String {
    let (before, error) = received(&[&frame(BINARY, true, b"before"), bytes].concat());
    assert_eq!(before, b"before", "what came before is the reader's");
    let error = error.expect("a violation");
    assert_eq!(error.kind, TransportErrorKind::WebSocketProtocol);
    assert_eq!(error.status, None);
    error.message
}

#[test]
fn frames_of_all_lengths() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
        let payload: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let bytes = [frame(BINARY, true, &payload), frame(BINARY, true, b"end")].concat();
        let (got, error) = received(&bytes);
        assert_eq!(error, None);
        assert!(got == [&payload[..], b"end"].concat(), "{length}");
    }
}

#[test]
fn a_frame_is_not_held_back_and_what_is_not_payload_is_no_evidence() {
    let (mut ws, below, _) = open();
    let bytes = frame(BINARY, true, &[7; 300]);
    let mut buffer = BytesMut::with_capacity(1024);
    let mut read = |bytes: &[u8]| {
        below.feed(bytes);
        let read = ws.try_read(&mut buffer, 64 * 1024).expect("a read");
        (read.kind, read.count)
    };
    assert_eq!(read(&bytes[..2]), (ReadKind::Control, 0));
    assert_eq!(read(&bytes[2..4]), (ReadKind::Control, 0));
    assert_eq!(read(&bytes[4..5]), (ReadKind::Bytes, 1));
    assert_eq!(read(&bytes[5..300]), (ReadKind::Bytes, 295));
    assert_eq!(read(&frame(PING, true, b"")[..1]), (ReadKind::Bytes, 1));
    assert_eq!(read(&bytes[301..]), (ReadKind::Bytes, 3));
    for control in [PING, PONG] {
        assert_eq!(read(&frame(control, true, b"")), (ReadKind::Control, 0));
        assert_eq!(
            read(&frame(control, true, &[1; 125])),
            (ReadKind::Control, 0)
        );
        assert_eq!(
            read(&frame(control, true, b"abc")[..3]),
            (ReadKind::Control, 0)
        );
        assert_eq!(read(b"bc"), (ReadKind::Control, 0));
    }
    assert_eq!(read(&frame(BINARY, true, b"")), (ReadKind::Control, 0));
    let both = [frame(PING, true, b"x"), frame(BINARY, true, b"y")].concat();
    assert_eq!(read(&both), (ReadKind::Bytes, 1));
}

#[test]
fn what_the_stream_below_says_passes_through() {
    let (mut ws, below, _) = open();
    below.feed(&frame(BINARY, true, b"abc")[..4]);
    below.push(Item::Empty(ReadKind::Unfinished));
    below.push(Item::Empty(ReadKind::Control));
    below.feed("c");
    below.push(Item::Empty(ReadKind::End));
    let (bytes, kinds, error) = read_all(&mut ws);
    use ReadKind::{Bytes, Control, End, Unfinished};
    assert_eq!(kinds, [Bytes, Unfinished, Control, Bytes, End]);
    assert_eq!((&bytes[..], error), (&b"abc"[..], None));

    let (mut ws, below, _) = open();
    below.push(Item::Fail(ErrorKind::ConnectionReset));
    let (_, _, error) = read_all(&mut ws);
    assert_eq!(error.expect("an error").kind, TransportErrorKind::System);
}

#[test]
fn a_reader_gets_no_more_than_it_asks_for_and_one_read_costs_one_below() {
    let (mut ws, below, _) = open();
    let mut sent = Vec::new();
    for size in 1..60_u8 {
        sent.extend(vec![size; usize::from(size)]);
        below.feed(frame(BINARY, true, &vec![size; usize::from(size)]));
    }
    let mut buffer = BytesMut::with_capacity(64 * 1024);
    let mut reads = 0;
    while let Ok(read) = ws.try_read(&mut buffer, 5) {
        reads += 1;
        assert!(read.count <= 5);
        assert_eq!(below.0.borrow().reads, reads);
    }
    assert_eq!(&buffer[..], sent);
}

#[test]
fn whole_reads_go_to_the_reader_as_large_as_it_asks() {
    let (mut ws, below, _) = open();
    below.feed(frame(BINARY, true, &[1; 300_000]));
    let mut buffer = BytesMut::with_capacity(400_000);
    let first = ws.try_read(&mut buffer, 64 * 1024).expect("a read");
    let second = ws.try_read(&mut buffer, 64 * 1024).expect("a read");
    assert_eq!((first.count, second.count), (64 * 1024 - 10, 64 * 1024));
    assert!(first.more);
}

#[test]
fn fragments_with_control_frames_between_are_one_stream() {
    let bytes = [
        frame(BINARY, false, b"a"),
        frame(PING, true, b"1"),
        frame(CONTINUE, false, b""),
        frame(CONTINUE, false, b"b"),
        frame(PONG, true, b"2"),
        frame(CONTINUE, true, b"c"),
        frame(BINARY, false, b""),
        frame(CONTINUE, true, b"d"),
        frame(BINARY, true, b"e"),
    ];
    assert_eq!(received(&bytes.concat()), (b"abcde".to_vec(), None));
}

#[test]
fn what_breaks_the_protocol() {
    assert!(violation(&frame(TEXT, true, b"text")).contains("text frame"));
    let masked = [0x82, 0x81, 1, 2, 3, 4, 5];
    assert!(violation(&masked).contains("masked"));
    for bit in [0x40, 0x20, 0x10] {
        assert!(violation(&[0x82 | bit, 0x01, 0]).contains("extension"));
        assert!(violation(&[0x89 | bit, 0x00]).contains("extension"));
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        assert!(
            violation(&[0x80 | opcode, 0]).contains("reserved"),
            "{opcode}"
        );
    }
    assert!(violation(&frame(PING, false, b"")).contains("fragments"));
    assert!(violation(&frame(CLOSE, false, b"")).contains("fragments"));
    assert!(violation(&frame(PING, true, &[0; 126])[..4]).contains("125"));
    assert!(violation(&frame(CLOSE, true, &[3; 70_000])[..10]).contains("125"));
    assert!(violation(&frame(CONTINUE, true, b"")).contains("no message"));
    let again = [frame(BINARY, false, b""), frame(BINARY, true, b"")].concat();
    assert!(violation(&again).contains("within"));
    let again = [frame(BINARY, false, b""), frame(TEXT, true, b"")].concat();
    assert!(violation(&again).contains("text frame"));
    let after = [
        frame(BINARY, false, b""),
        frame(CONTINUE, true, b""),
        frame(CONTINUE, true, b""),
    ];
    assert!(violation(&after.concat()).contains("no message"));
}

#[test]
fn the_length_of_a_frame_is_bounded_by_the_largest_packet() {
    let header = |length: u64| [&[0x82, 127][..], &length.to_be_bytes()].concat();
    for length in [268_435_461, u64::from(u32::MAX), 1 << 62, 1 << 63, u64::MAX] {
        assert!(violation(&header(length)).contains("larger"), "{length}");
    }
    assert_eq!(received(&header(268_435_460)), (Vec::new(), None));
}

#[test]
fn a_violation_is_told_to_the_server_once() {
    let told = |bytes: &[u8]| {
        let (mut ws, below, _) = open();
        below.feed(bytes);
        let (_, _, error) = read_all(&mut ws);
        let (_, _, again) = read_all(&mut ws);
        assert!(error.is_some() && error == again);
        let error = ws.try_write(b"x", b"").expect_err("it is over");
        assert_eq!(Some(TransportError::from(error)), again);
        ws.flush().expect("nothing is left");
        ws.finish(None);
        let frames = frames(&below.take_output());
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].0, CLOSE);
        u16::from_be_bytes([frames[0].1[0], frames[0].1[1]])
    };
    assert_eq!(told(&frame(TEXT, true, b"")), 1003);
    assert_eq!(told(&frame(CONTINUE, true, b"")), 1002);
    assert_eq!(told(&[0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0]), 1009);
    assert_eq!(told(&frame(CLOSE, true, &[0x03, 0xe8, 0xff])), 1007);
}

#[test]
fn the_newest_ping_is_answered_and_no_flood_of_them_takes_memory() {
    let (mut ws, below, _) = open();
    below.set_room(Some(0));
    for number in 0..100_000_u32 {
        let payload = [&number.to_be_bytes()[..], &[1; 121]].concat();
        below.feed(frame(PING, true, &payload));
    }
    let (bytes, _, error) = read_all(&mut ws);
    assert_eq!((bytes.len(), error), (0, None));
    for _ in 0..3 {
        let blocked = ws.flush().expect_err("no room");
        assert_eq!(blocked.kind(), ErrorKind::WouldBlock);
    }
    below.feed(frame(PING, true, b"newest"));
    let _ = read_all(&mut ws);
    below.set_room(None);
    ws.flush().expect("room");
    ws.flush().expect("room");
    let frames = frames(&below.take_output());
    // The one that was in the buffer already, and the newest.
    assert_eq!(frames.len(), 2);
    assert!(frames[0].0 == PONG && frames[0].1.starts_with(&99_999_u32.to_be_bytes()));
    assert_eq!(frames[1], (PONG, b"newest".to_vec()));
    assert!(ws.kept() <= 2 * 125 + 1024, "{}", ws.kept());
}

#[test]
fn reads_are_small_after_one_that_brought_little() {
    let (mut ws, below, _) = open();
    let flood = frame(PING, true, b"").repeat(200_000);
    below.feed([&flood[..], &frame(BINARY, true, &[1; 200_000])].concat());
    let mut buffer = BytesMut::with_capacity(1 << 20);
    let first = ws.try_read(&mut buffer, 64 * 1024).expect("a read");
    assert_eq!((first.kind, first.more), (ReadKind::Control, true));
    below.0.borrow_mut().largest_read = 0;
    while buffer.is_empty() {
        let _ = ws.try_read(&mut buffer, 64 * 1024).expect("a read");
    }
    assert_eq!(below.0.borrow().largest_read, 4096);
    for _ in 0..3 {
        let _ = ws.try_read(&mut buffer, 64 * 1024).expect("a read");
    }
    assert_eq!(below.0.borrow().largest_read, 64 * 1024);
}

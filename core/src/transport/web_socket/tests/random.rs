use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const CONTINUE: OpCode = OpCode::Data(Data::Continue);

/// A server's message in fragments, each with the control frames before it.
type Fragments = Vec<(Vec<(bool, Vec<u8>)>, Vec<u8>)>;

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..20),
        2 => vec(any::<u8>(), 120..135),
        1 => (65_530_usize..65_545, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
    ]
}

fn message() -> impl Strategy<Value = Fragments> {
    let controls = vec((any::<bool>(), vec(any::<u8>(), 0..126)), 0..3);
    vec((controls, payload()), 1..4)
}

/// Bytes cut at these places, with what else a stream below may say between.
fn pieces(bytes: &[u8], cuts: &[(usize, u8)]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = bytes;
    for (length, between) in cuts.iter().cycle().take(bytes.len()) {
        let (piece, behind) = rest.split_at((*length).min(rest.len()));
        items.push(Item::Bytes(piece.to_vec()));
        match between {
            0 => items.push(Item::Block),
            1 => items.push(Item::Empty(ReadKind::Unfinished)),
            2 => items.push(Item::Empty(ReadKind::Control)),
            _ => {}
        }
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    items.push(Item::Bytes(rest.to_vec()));
    items.retain(|item| !matches!(item, Item::Bytes(bytes) if bytes.is_empty()));
    items
}

fn cuts() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let length = prop_oneof![3 => 1_usize..10, 1 => 1_usize..300, 1 => 1_usize..100_000];
    vec((length, 0_u8..8), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_the_boundaries_the_payload_arrives(
        messages in vec(message(), 1..5),
        cuts in cuts(),
        sizes in vec((1_usize..70_000, 0_usize..300), 1..10),
    ) {
        let (mut wire, mut truth, mut last_ping) = (Vec::new(), Vec::new(), None);
        for fragments in &messages {
            for (index, (controls, payload)) in fragments.iter().enumerate() {
                for (is_ping, payload) in controls {
                    wire.extend(frame(if *is_ping { PING } else { PONG }, true, payload));
                    if *is_ping {
                        last_ping = Some(payload.clone());
                    }
                }
                let opcode = if index == 0 { BINARY } else { CONTINUE };
                wire.extend(frame(opcode, index + 1 == fragments.len(), payload));
                truth.extend_from_slice(payload);
            }
        }
        let (mut ws, below, _) = open();
        below.0.borrow_mut().input.extend(pieces(&wire, &cuts));
        let mut got = Vec::new();
        for (max, room) in sizes.iter().cycle() {
            let mut buffer = BytesMut::with_capacity(*room);
            let room = buffer.capacity();
            match ws.try_read(&mut buffer, *max) {
                Ok(read) => {
                    prop_assert_eq!(read.count, buffer.len());
                    prop_assert_eq!(read.kind == ReadKind::Bytes, read.count > 0);
                    prop_assert!(read.count <= *max && (room == 0 || read.count <= room));
                    // What is not asked for again must not be lost.
                    let left = !below.0.borrow().input.is_empty();
                    prop_assert_eq!(read.more, left);
                }
                Err(error) => {
                    prop_assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    if below.0.borrow().input.is_empty() {
                        break;
                    }
                }
            }
            got.extend_from_slice(&buffer);
        }
        prop_assert!(got == truth);
        ws.flush().expect("room");
        let pongs = frames(&below.take_output());
        prop_assert_eq!(pongs, last_ping.map(|it| (PONG, it)).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn whatever_the_room_what_was_taken_arrives_and_offsets_are_true(
        writes in vec((0_usize..40_000, 0_usize..40_000, any::<bool>()), 1..12),
        rooms in vec((0_usize..30_000, 1_usize..20_000), 1..12),
    ) {
        let (mut ws, below, start) = open();
        let mut next = 0_u8;
        let mut fresh = |length: usize| -> Vec<u8> {
            (0..length).map(|_| { next = next.wrapping_add(29); next }).collect()
        };
        let mut taken = Vec::new();
        let mut rooms = rooms.iter().cycle();
        for (head, tail, ping) in writes {
            let all = fresh(head + tail);
            if ping {
                below.feed(frame(PING, true, b"ping"));
                let _ = read_all(&mut ws);
            }
            let mut done = 0;
            let mut idle = 0;
            while done < all.len() {
                let (room, most) = rooms.next().expect("a cycle");
                // A cycle of no room would never end.
                let room = room + if idle > 20 { 1000 } else { 0 };
                { let mut wire = below.0.borrow_mut(); wire.room = Some(room); wire.most = Some(*most); }
                let split = head.max(done);
                let (head, tail) = (&all[done..split], &all[split..]);
                let before = below.0.borrow().output.len();
                match ws.try_write(head, tail) {
                    Ok(count) => { prop_assert!(count > 0); done += count; idle = 0; }
                    Err(error) => {
                        prop_assert_eq!(error.kind(), ErrorKind::WouldBlock);
                        idle += 1;
                    }
                }
                let pending = ws.outgoing.end() - start - below.0.borrow().output.len() as u64;
                prop_assert!(pending <= 64 * 1024 + 20, "{pending}");
                prop_assert!(below.0.borrow().output.len() >= before);
                if room % 3 == 0 { let _ = ws.flush(); }
            }
            taken.extend(all);
        }
        { let mut wire = below.0.borrow_mut(); wire.room = None; wire.most = None; }
        ws.flush().expect("room");
        let output = below.take_output();
        let frames = frames(&output);
        let data = frames.iter().filter(|it| it.0 == BINARY);
        prop_assert!(data.clone().flat_map(|it| it.1.clone()).eq(taken.iter().copied()));
        // Where each frame ends, in the stream and on the wire.
        let (mut stream, mut wire, mut last) = (0_u64, start, (0, 0));
        for (opcode, payload) in &frames {
            let header = if payload.len() > 125 { 8 } else { 6 };
            let size = header + payload.len() as u64;
            let carried = if *opcode == BINARY { payload.len() as u64 } else { 0 };
            for part in [0, size / 3, size - 1, size] {
                below.0.borrow_mut().acked = wire + part;
                let progress = ws.progress().expect("it is known");
                let now = (progress.acked, progress.reached);
                let whole = if part == size { stream + carried } else { stream };
                prop_assert_eq!(now.0, whole);
                // The payload is at the end of the frame: never more than its acknowledged part
                // and the header's share.
                prop_assert!(now.1 <= stream + carried.min(part) && now.1 >= whole);
                prop_assert!(now.1 >= last.1 && now.0 >= last.0);
                last = now;
            }
            (stream, wire) = (stream + carried, wire + size);
        }
        prop_assert_eq!(wire, start + output.len() as u64);
    }

    #[test]
    fn an_answer_in_any_pieces(cuts in cuts(), behind in vec(any::<u8>(), 0..300)) {
        let below = Below::default();
        let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
        let _ = ws.handshake();
        let answer = answer_to(&below.take_output()) + "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
        let wire = [answer.as_bytes(), &frame(BINARY, true, &behind)].concat();
        below.0.borrow_mut().input.extend(pieces(&wire, &cuts));
        while !matches!(ws.handshake(), Ok(Handshake::Complete)) {
            prop_assert!(!below.0.borrow().input.is_empty());
        }
        let mut got = Vec::new();
        loop {
            let (bytes, _, error) = read_all(&mut ws);
            prop_assert_eq!(error, None);
            got.extend(bytes);
            if below.0.borrow().input.is_empty() {
                break;
            }
        }
        prop_assert_eq!(got, behind);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn garbage_is_an_error_or_payload(bytes in vec(any::<u8>(), 0..400), cuts in cuts()) {
        let (mut ws, below, _) = open();
        let length = bytes.len();
        below.0.borrow_mut().input.extend(pieces(&bytes, &cuts));
        let mut got = 0;
        while !below.0.borrow().input.is_empty() {
            let (bytes, _, error) = read_all(&mut ws);
            got += bytes.len();
            if error.is_some() {
                break;
            }
        }
        prop_assert!(got <= length);
        let _ = ws.flush();
        prop_assert!(frames(&below.take_output()).len() <= 2);
    }

    #[test]
    fn a_damaged_answer_never_opens_wrongly(
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cuts in cuts(),
    ) {
        let below = Below::default();
        let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
        let _ = ws.handshake();
        let answer = answer_to(&below.take_output()) + "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
        let mut bytes = answer.clone().into_bytes();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        below.0.borrow_mut().input.extend(pieces(&bytes, &cuts));
        while !below.0.borrow().input.is_empty() {
            match ws.handshake() {
                Ok(Handshake::Complete) => {
                    // Its key has to be right.
                    let line = answer.lines().find(|it| it.starts_with("sec-websocket-accept"));
                    let key = line.and_then(|it| it.split(": ").nth(1)).expect("a key");
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    prop_assert!(text.contains(key));
                    break;
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
}

use super::*;

/// A WebSocket whose request was sent, and what a server would answer but for the subprotocol and
/// the empty line.
fn asked() -> (WebSocket<Below>, Below, String) {
    let below = Below::default();
    let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
    assert!(matches!(
        ws.handshake(),
        Ok(Handshake::Waiting { blocked: false })
    ));
    let answer = answer_to(&below.take_output());
    (ws, below, answer)
}

/// The outcome where the server answers this.
fn outcome(answer: impl Into<Vec<u8>>) -> Result<(), TransportError> {
    let (mut ws, below, _) = asked();
    below.feed(answer);
    complete(&mut ws)
}

/// The outcome where the server's answer is what this makes of the right one.
fn changed(change: impl FnOnce(String) -> String) -> Result<(), TransportError> {
    let (mut ws, below, answer) = asked();
    below.feed(change(answer) + "\r\n");
    complete(&mut ws)
}

fn complete(ws: &mut WebSocket<Below>) -> Result<(), TransportError> {
    match ws.handshake()? {
        Handshake::Complete => Ok(()),
        other => panic!("{other:?}"),
    }
}

fn kind(outcome: Result<(), TransportError>) -> TransportErrorKind {
    outcome.expect_err("a failure").kind
}

const PROTOCOL: &str = "sec-websocket-protocol: mqtt\r\n";

#[test]
fn each_connection_has_a_key_of_its_own() {
    let key = || {
        let below = Below::default();
        let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
        let _ = ws.handshake();
        let text = String::from_utf8(below.take_output()).expect("text");
        let from = text.find("Key: ").expect("a key") + 5;
        text[from..].trim_end().to_owned()
    };
    let (one, other) = (key(), key());
    assert_ne!(one, other);
    assert_eq!(one.len(), 24);
}

#[test]
fn a_right_answer_opens() {
    assert_eq!(changed(|answer| answer + PROTOCOL), Ok(()));
}

#[test]
fn a_server_may_leave_the_subprotocol_out_but_not_choose_another() {
    assert_eq!(changed(|answer| answer), Ok(()));
    for other in ["mqttv3.1", "MQTT", "mqtt, other", ""] {
        let answer = changed(|answer| format!("{answer}sec-websocket-protocol: {other}\r\n"));
        let error = answer.expect_err(other);
        assert_eq!(error.kind, TransportErrorKind::WebSocketProtocol);
        assert!(error.message.contains(&format!("{other:?}")), "{error}");
    }
    let twice = |answer| answer + PROTOCOL + "Sec-WebSocket-Protocol: other\r\n";
    assert_eq!(kind(changed(twice)), TransportErrorKind::WebSocketProtocol);
}

#[test]
fn names_and_tokens_in_any_case_and_in_lists() {
    let answer = |answer: String| {
        let answer = answer.replace("upgrade: websocket", "UPGRADE:   WebSocket");
        let answer = answer.replace("connection: Upgrade", "Connection: keep-alive, upgrade");
        answer + PROTOCOL + "Sec-WebSocket-Extensions:\r\nServer: x\r\n"
    };
    assert_eq!(changed(answer), Ok(()));
}

#[test]
fn an_answer_that_is_no_upgrade_is_a_violation() {
    let without = |line: &'static str, message: &str| {
        let answer = changed(move |answer| {
            assert!(answer.contains(line), "{answer}");
            answer.replace(line, "x: y")
        });
        let error = answer.expect_err(line);
        assert_eq!(error.kind, TransportErrorKind::WebSocketProtocol);
        assert!(error.message.contains(message), "{error}");
    };
    without("upgrade: websocket", "something else");
    without("connection: Upgrade", "Connection: Upgrade");
    without("sec-websocket-accept: ", "key");
    without("HTTP/1.1 101 Switching Protocols", "not HTTP");
    let violation = TransportErrorKind::WebSocketProtocol;
    let old = changed(|answer| answer.replace("HTTP/1.1", "HTTP/1.0"));
    assert_eq!(kind(old), violation);
    let wrong_key = |answer: String| {
        let from = answer.find("sec-websocket-accept: ").expect("it is there");
        let mut bytes = answer.into_bytes();
        bytes[from + 22] ^= 1;
        String::from_utf8(bytes).expect("ASCII")
    };
    assert_eq!(kind(changed(wrong_key)), violation);
    let twice = |answer: String| answer + "sec-websocket-accept: x\r\n";
    assert_eq!(kind(changed(twice)), violation);
    let extension = |answer| answer + "sec-websocket-extensions: permessage-deflate\r\n";
    assert_eq!(kind(changed(extension)), violation);
}

#[test]
fn a_refusal_has_its_status_and_its_words() {
    let refused = |answer: &str| {
        let error = outcome(answer).expect_err("a refusal");
        assert_eq!(error.kind, TransportErrorKind::UpgradeRefused);
        (error.status.expect("a status"), error.message)
    };
    let (status, message) = refused("HTTP/1.1 404 No Such Thing\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(status, 404);
    assert_eq!(
        message,
        "the server answered 404 No Such Thing instead of upgrading to WebSocket"
    );
    let (status, message) = refused("HTTP/1.0 503 \r\n\r\n");
    assert_eq!(status, 503);
    assert_eq!(
        message,
        "the server answered 503 instead of upgrading to WebSocket"
    );
    let (status, message) = refused("HTTP/1.1 301 Moved\nLocation: wss://else.test/x\ty\n\n");
    assert_eq!((status, message.contains('\t')), (301, false), "{message}");
    let (status, message) = refused("HTTP/1.1 308 Moved\r\nLocation:  wss://else.test/x \r\n\r\n");
    assert_eq!(status, 308);
    assert!(
        message.ends_with("; it redirects to wss://else.test/x"),
        "{message}"
    );
    assert_eq!(refused("HTTP/1.1 200 OK\r\n\r\n").0, 200);
}

#[test]
fn interim_answers_are_passed_over() {
    let (mut ws, below, answer) = asked();
    let first = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    for byte in format!("{first}HTTP/1.1 100 Continue\r\n\r\n{answer}{PROTOCOL}\r\n").bytes() {
        below.feed([byte]);
    }
    assert_eq!(complete(&mut ws), Ok(()));
}

#[test]
fn what_is_not_http_is_said_with_the_first_byte() {
    let (mut ws, below, _) = asked();
    for garbage in ["\x16\x03\x01", " ", "HTTP/2", "\r\nHTTP/1.1 101"] {
        assert_eq!(
            kind(outcome(garbage)),
            TransportErrorKind::WebSocketProtocol
        );
    }
    below.feed("HTTP/1.1 101 x\r\n");
    below.feed("no colon\r\n\r\n");
    assert_eq!(
        kind(complete(&mut ws)),
        TransportErrorKind::WebSocketProtocol
    );
}

#[test]
fn an_answer_without_end_is_bounded() {
    let (mut ws, below, answer) = asked();
    below.feed(answer);
    for _ in 0..100 {
        below.feed(format!("x: {}\r\n", "x".repeat(1000)));
    }
    let error = complete(&mut ws).expect_err("a failure");
    assert_eq!(error.kind, TransportErrorKind::WebSocketProtocol);
    assert!(error.message.contains("16 KiB"), "{error}");
    let read: usize = 100 - below.0.borrow().input.len();
    assert!(read <= 17, "{read}");
    // The same where it has an end, and comes at once.
    let long = changed(|answer| answer + &format!("x: {}\r\n", "x".repeat(17_000)));
    assert_eq!(kind(long), TransportErrorKind::WebSocketProtocol);
    let many = |answer: String| answer + &"a: b\r\n".repeat(200);
    assert_eq!(kind(changed(many)), TransportErrorKind::WebSocketProtocol);
}

#[test]
fn records_without_an_answer_are_bounded() {
    let (mut ws, below, _) = asked();
    for _ in 0..10_000 {
        below.push(Item::Empty(ReadKind::Control));
    }
    assert_eq!(
        kind(complete(&mut ws)),
        TransportErrorKind::WebSocketProtocol
    );
    assert!(below.0.borrow().reads < 2000);
}

#[test]
fn an_end_instead_of_an_answer_is_said() {
    let (mut ws, below, answer) = asked();
    below.feed(answer);
    below.push(Item::Empty(ReadKind::End));
    assert_eq!(kind(complete(&mut ws)), TransportErrorKind::Closed);
    let (mut ws, below, _) = asked();
    below.push(Item::Fail(ErrorKind::ConnectionReset));
    assert_eq!(kind(complete(&mut ws)), TransportErrorKind::System);
}

#[test]
fn a_request_is_sent_as_there_is_room() {
    let below = Below::default();
    let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
    below.set_room(Some(0));
    assert!(matches!(
        ws.handshake(),
        Ok(Handshake::Waiting { blocked: true })
    ));
    let mut steps = 0;
    let answer = loop {
        below.set_room(Some(7));
        steps += 1;
        match ws.handshake() {
            Ok(Handshake::Waiting { blocked: true }) => {}
            Ok(Handshake::Waiting { blocked: false }) => break answer_to(&below.take_output()),
            other => panic!("{other:?}"),
        }
    };
    assert!(steps > 20);
    below.feed(answer + PROTOCOL + "\r\n");
    assert_eq!(complete(&mut ws), Ok(()));
    assert_eq!(complete(&mut ws), Ok(()), "asked again");
}

#[test]
fn a_refusal_is_heard_though_the_request_could_not_be_sent() {
    let below = Below::default();
    let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
    below.set_room(Some(10));
    below.feed("HTTP/1.1 431 Too Large\r\n\r\n");
    assert_eq!(kind(complete(&mut ws)), TransportErrorKind::UpgradeRefused);
    // The same where the server has closed after it.
    let below = Below::default();
    let mut ws = WebSocket::new(below.clone(), 0, request()).expect("random bytes");
    below.0.borrow_mut().write_error = Some(ErrorKind::BrokenPipe);
    below.feed("HTTP/1.1 429 Slow Down\r\n\r\n");
    assert_eq!(kind(complete(&mut ws)), TransportErrorKind::UpgradeRefused);
    let mut ws = WebSocket::new(below, 0, request()).expect("random bytes");
    assert_eq!(kind(complete(&mut ws)), TransportErrorKind::System);
}

#[test]
fn an_upgrade_before_the_request_is_whole_loses_nothing_of_it() {
    let mut options = WebSocketOptions::default();
    options.headers.push(("x".to_owned(), "x".repeat(4000)));
    let request = UpgradeRequest::new(&server(), &options).expect("a request");
    let below = Below::default();
    let mut ws = WebSocket::new(below.clone(), 0, request).expect("random bytes");
    below.set_room(Some(100));
    let waiting = ws.handshake();
    assert!(matches!(waiting, Ok(Handshake::Waiting { blocked: true })));
    // It cannot know the key yet, unless somebody told it.
    let whole = ws.outgoing.bytes().to_vec();
    below.feed(answer_to(&whole) + PROTOCOL + "\r\n");
    assert_eq!(complete(&mut ws), Ok(()));
    below.set_room(None);
    assert_eq!(ws.try_write(b"\xc0\x00", b"").expect("room"), 2);
    let output = below.take_output();
    assert!(output.starts_with(&whole));
    let sent = frames(&output[whole.len()..]);
    assert_eq!(sent, [(BINARY, b"\xc0\x00".to_vec())]);
}

#[test]
fn frames_behind_the_answer_are_not_lost() {
    let (mut ws, below, answer) = asked();
    let first = frame(BINARY, true, b"CONNACK");
    let ping = frame(PING, true, b"there?");
    let answer = [
        answer.as_bytes(),
        PROTOCOL.as_bytes(),
        b"\r\n",
        &first,
        &ping,
        b"\x82",
    ];
    below.feed(answer.concat());
    below.feed(b"\x03abc");
    assert_eq!(complete(&mut ws), Ok(()));
    // In bites, as a reader may ask.
    let mut buffer = BytesMut::with_capacity(1);
    let read = ws.try_read(&mut buffer, 3).expect("a read");
    assert_eq!(
        (read.kind, read.more, buffer.len()),
        (ReadKind::Control, true, 0)
    );
    let mut buffer = BytesMut::with_capacity(100);
    let read = ws.try_read(&mut buffer, 3).expect("a read");
    assert_eq!((&buffer[..], read.more), (&b"CO"[..], true));
    let (bytes, _, error) = read_all(&mut ws);
    assert_eq!((&bytes[..], error), (&b"NNACKabc"[..], None));
    ws.flush().expect("room");
    assert_eq!(frames(&below.take_output()), [(PONG, b"there?".to_vec())]);
}

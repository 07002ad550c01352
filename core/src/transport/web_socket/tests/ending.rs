use super::*;

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(CLOSE, true, &[&code.to_be_bytes(), reason].concat())
}

/// What a reader is told of this frame, behind one with data.
fn told(close: &[u8]) -> TransportError {
    let (mut ws, below, _) = open();
    below.feed([&frame(BINARY, true, b"last words")[..], close].concat());
    let (bytes, _, error) = read_all(&mut ws);
    assert_eq!(bytes, b"last words");
    error.expect("the end")
}

#[test]
fn a_close_frame_has_a_code_and_a_reason() {
    let error = told(&close(1001, b"restarting at 5"));
    assert_eq!(error.kind, TransportErrorKind::WebSocketClosed);
    assert_eq!(
        (error.status, &*error.message),
        (Some(1001), "restarting at 5")
    );
    let error = told(&close(1008, b""));
    assert_eq!(
        (error.status, &*error.message),
        (Some(1008), "policy violation")
    );
    let error = told(&close(4711, b""));
    assert_eq!(error.status, Some(4711));
    assert!(error.message.contains("4711"));
    let error = told(&frame(CLOSE, true, b""));
    assert_eq!(
        (error.kind, error.status),
        (TransportErrorKind::WebSocketClosed, None)
    );
    let error = told(&close(1000, "a\nb\u{1b}[1mü".as_bytes()));
    assert_eq!(error.message, "a\u{fffd}b\u{fffd}[1mü");
}

#[test]
fn codes_with_and_without_a_meaning() {
    for code in [
        1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ] {
        let error = told(&close(code, b""));
        assert_eq!(
            (error.kind, error.status),
            (TransportErrorKind::WebSocketClosed, Some(code))
        );
        assert!(!error.message.is_empty());
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        let error = told(&close(code, b""));
        assert_eq!(error.kind, TransportErrorKind::WebSocketProtocol, "{code}");
        assert!(error.message.contains(&code.to_string()));
    }
    assert_eq!(
        told(&frame(CLOSE, true, b"x")).kind,
        TransportErrorKind::WebSocketProtocol
    );
    assert_eq!(
        told(&close(1000, &[0xc3])).kind,
        TransportErrorKind::WebSocketProtocol
    );
}

#[test]
fn a_close_frame_is_answered_once_behind_what_was_begun() {
    let (mut ws, below, _) = open();
    below.set_room(Some(3));
    assert_eq!(ws.try_write(b"begun", b"").expect("room"), 5);
    below.set_room(None);
    below.feed(frame(PING, true, b"too late"));
    below.feed(close(1001, b"bye"));
    below.feed(frame(BINARY, true, b"nothing follows a Close frame"));
    let (bytes, _, error) = read_all(&mut ws);
    assert_eq!(
        (bytes.len(), error.map(|it| it.status)),
        (0, Some(Some(1001)))
    );
    ws.flush().expect("room");
    ws.finish(None);
    let all = [
        (BINARY, b"begun".to_vec()),
        (CLOSE, 1001_u16.to_be_bytes().to_vec()),
    ];
    assert_eq!(frames(&below.take_output()), all);
}

#[test]
fn an_answer_that_there_is_no_room_for_is_not_waited_for() {
    let (mut ws, below, _) = open();
    below.set_room(Some(0));
    below.feed(frame(CLOSE, true, b""));
    let (_, _, error) = read_all(&mut ws);
    assert_eq!(
        error.expect("the end").kind,
        TransportErrorKind::WebSocketClosed
    );
    ws.abort();
    assert!(below.take_output().is_empty());
    // An error of the write is not the cause.
    let (mut ws, below, _) = open();
    below.0.borrow_mut().write_error = Some(ErrorKind::BrokenPipe);
    below.feed(close(1012, b""));
    let (_, _, error) = read_all(&mut ws);
    assert_eq!(error.expect("the end").status, Some(1012));
}

#[test]
fn a_goodbye_is_a_close_frame_and_then_the_stream_below_ends() {
    let (mut ws, below, _) = open();
    assert_eq!(ws.try_write(b"DISCONNECT", b"").expect("room"), 10);
    ws.finish(Some(Duration::from_secs(9)));
    let calls = below.0.borrow().calls.clone();
    let output = below.take_output();
    let all = [
        (BINARY, b"DISCONNECT".to_vec()),
        (CLOSE, 1000_u16.to_be_bytes().to_vec()),
    ];
    assert_eq!(frames(&output), all);
    assert!(calls.contains(&("finish", output.len())), "{calls:?}");
    assert_eq!(below.0.borrow().backstop, Some(Duration::from_secs(9)));
    let error = ws.try_write(b"x", b"").expect_err("it is over");
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    // Reading goes on, until the server's answer.
    below.feed([frame(BINARY, true, b"still"), frame(PING, true, b"?")].concat());
    below.feed(close(1000, b""));
    let (bytes, kinds, error) = read_all(&mut ws);
    assert_eq!(
        (&bytes[..], kinds.last(), error),
        (&b"still"[..], Some(&ReadKind::End), None)
    );
    ws.finish(None);
    ws.flush().expect("nothing is left");
    assert!(below.take_output().is_empty());
    assert_eq!(
        below.calls().iter().filter(|it| **it == "finish").count(),
        1
    );
}

#[test]
fn a_violation_during_a_goodbye_is_still_one() {
    let (mut ws, below, _) = open();
    ws.finish(None);
    below.feed(frame(CLOSE, true, b"x"));
    let (_, _, error) = read_all(&mut ws);
    let error = error.expect("an error");
    assert_eq!(error.kind, TransportErrorKind::WebSocketProtocol);
    assert_eq!(frames(&below.take_output()).len(), 1);
}

#[test]
fn an_answer_to_a_close_frame_leaves_the_stream_below_too() {
    let (mut ws, below, _) = open();
    below.feed(close(1000, b""));
    let _ = read_all(&mut ws);
    assert_eq!(below.calls(), ["flush"]);
}

#[test]
fn a_goodbye_waits_for_room() {
    let (mut ws, below, _) = open();
    below.set_room(Some(4));
    assert_eq!(ws.try_write(b"DISCONNECT", b"").expect("room"), 10);
    ws.finish(Some(Duration::from_secs(9)));
    assert!(!below.calls().contains(&"finish"));
    let mut flushes = 0;
    loop {
        below.set_room(Some(5));
        flushes += 1;
        match ws.flush() {
            Ok(()) => break,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        assert!(!below.calls().contains(&"finish"));
    }
    assert_eq!(flushes, 4);
    let output = below.take_output();
    let all = [
        (BINARY, b"DISCONNECT".to_vec()),
        (CLOSE, 1000_u16.to_be_bytes().to_vec()),
    ];
    assert_eq!(frames(&output), all);
    assert!(below.0.borrow().calls.contains(&("finish", output.len())));
}

#[test]
fn a_goodbye_that_cannot_be_said_still_ends_the_stream_below() {
    let (mut ws, below, _) = open();
    below.0.borrow_mut().write_error = Some(ErrorKind::BrokenPipe);
    ws.finish(None);
    assert!(below.calls().contains(&"finish"));
}

#[test]
fn an_abort_says_nothing() {
    let (mut ws, below, _) = open();
    below.feed(frame(PING, true, b"?"));
    let _ = read_all(&mut ws);
    ws.abort();
    assert!(below.take_output().is_empty());
    assert_eq!(below.calls(), ["abort"]);
}

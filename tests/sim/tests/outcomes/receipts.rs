//! Receipts of QoS 0 and flushes: a PINGRESP is the barrier (rule L6).

use super::*;

#[test]
fn each_qos_says_how_far_it_came() {
    let mut script = connected(Config::default());
    for (n, qos) in [(1, QoS::AtMostOnce), (2, QoS::AtLeastOnce)] {
        script.publish(n, qos);
    }
    script.ask(with_receipt(3, QoS::ExactlyOnce, None));
    let sent = script.sent();
    assert_eq!(told(&mut script), [(1, Ok(Some(Receipt::Written)))]);
    // What the broker acknowledges needs no PINGREQ.
    assert_eq!(pings(&sent), 0);
    script.receive([Packet::PubAck(ack(1)), Packet::PubRec(ack(2))]);
    script.receive([Packet::PubComp(ack(2))]);
    let acknowledged = Ok(Some(Receipt::Acknowledged));
    assert_eq!(
        told(&mut script),
        [(2, acknowledged.clone()), (3, acknowledged)]
    );
}

#[test]
fn one_pingreq_follows_all_that_one_write_takes() {
    for keep_alive in [60, 0] {
        let mut script = connected(Config {
            keep_alive,
            ..Config::default()
        });
        for n in 0..100 {
            script.ask(with_receipt(n, QoS::AtMostOnce, None));
        }
        script.ask(flush(100));
        let sent = script.sent();
        assert_eq!(pings(&sent), 1);
        assert_eq!(sent.last(), Some(&Packet::PingReq));
        assert_eq!(told(&mut script), []);
        // More waits, and asks with the next write.
        script.ask(with_receipt(101, QoS::AtMostOnce, None));
        assert_eq!(pings(&script.sent()), 1);
        script.receive([Packet::PingResp]);
        let first = told(&mut script);
        assert_eq!(first.len(), 101);
        assert_eq!(first[99], (99, Ok(Some(Receipt::Read))));
        // A flush is no publish.
        assert_eq!(first[100], (100, Ok(None)));
        assert_eq!(pings(&script.receive([Packet::PingResp])), 0);
        assert_eq!(told(&mut script), [(101, Ok(Some(Receipt::Read)))]);
    }
}

#[test]
fn a_flush_follows_what_waits_for_the_window() {
    let mut script = Script::coming_back(Config {
        max_inflight: Some(1),
        ..Config::default()
    });
    script.connect();
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::AtLeastOnce);
    script.ask(flush(3));
    let sent = script.accept(false, []);
    assert_eq!((sent.len(), pings(&sent)), (1, 0));
    let sent = script.receive([Packet::PubAck(ack(1))]);
    assert_eq!((sent.len(), pings(&sent)), (2, 1));
    script.receive([Packet::PingResp]);
    let done = told(&mut script);
    assert_eq!(done.last(), Some(&(3, Ok(None))));
    // Nothing new was sent: the answer to another PINGREQ is wanted all the same.
    script.ask(flush(4));
    assert_eq!(script.sent(), [Packet::PingReq]);
}

#[test]
fn a_slow_broker_is_not_asked_for_ever_more() {
    let mut script = connected(Config::default());
    let mut asked = 0;
    for n in 0..1000 {
        script.ask(with_receipt(n, QoS::AtMostOnce, None));
        asked += pings(&script.sent());
    }
    assert_eq!(asked, 8);
    // One answer: the next PINGREQ covers all that wait.
    assert_eq!(pings(&script.receive([Packet::PingResp])), 1);
    script.receive(vec![Packet::PingResp; 8]);
    assert_eq!(told(&mut script).len(), 1000);
}

#[test]
fn receipts_count_in_the_queue_until_they_come() {
    let mut script = connected(Config {
        outbound_queue_max_messages: 3,
        queue_policy: mqttka_core::proto::QueuePolicy::DropOldest,
        ..Config::default()
    });
    for n in 0..3 {
        script.ask(with_receipt(n, QoS::AtMostOnce, None));
        script.sent();
    }
    script.publish(3, QoS::AtMostOnce);
    assert_eq!(told(&mut script), [(3, Err(OperationError::Dropped))]);
    script.receive(vec![Packet::PingResp; 3]);
    assert_eq!(told(&mut script).len(), 3);
    script.publish(4, QoS::AtMostOnce);
    script.sent();
    assert_eq!(told(&mut script), [(4, Ok(Some(Receipt::Written)))]);
}

#[test]
fn where_the_connection_ends_first_nobody_knows() {
    let mut script = connected(Config::default());
    script.ask(with_receipt(1, QoS::AtMostOnce, None));
    script.ask(flush(2));
    script.sent();
    script.lose();
    let lost = || Err(OperationError::Disconnected);
    assert_eq!(told(&mut script), [(1, lost()), (2, lost())]);
    // What waits for a connection is waited for.
    script.publish(3, QoS::AtMostOnce);
    script.ask(flush(4));
    script.attempt();
    script.lose();
    let sent = script.come_back(false, []);
    assert_eq!((sent.len(), pings(&sent)), (2, 1));
    script.receive([Packet::PingResp]);
    let done = told(&mut script);
    assert_eq!(done, [(3, Ok(Some(Receipt::Written))), (4, Ok(None))]);
}

#[test]
fn a_flush_waits_for_what_is_sent_again() {
    let mut script = Script::coming_back(Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 1000,
        ..Config::default()
    });
    script.connect();
    script.accept(false, []);
    for n in 1..=3 {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.sent();
    script.lose();
    script.ask(flush(4));
    script.attempt();
    let window = mqttka_core::types::Property::ReceiveMaximum(1);
    let sent = script.accept(true, [window]);
    assert_eq!((sent.len(), pings(&sent)), (1, 0));
    script.receive([Packet::PubAck(ack(1))]);
    assert_eq!(pings(&script.receive([Packet::PubAck(ack(2))])), 1);
}

#[test]
fn without_coming_back_a_flush_needs_a_connection() {
    let mut script = Script::connected(Config::default(), []);
    script.ask(flush(1));
    script.lose();
    script.ask(flush(2));
    let lost = || Err(OperationError::Disconnected);
    assert_eq!(told(&mut script), [(1, lost()), (2, lost())]);
}

#[test]
fn both_have_their_time() {
    let mut script = connected(Config::default());
    script.ask(with_receipt(1, QoS::AtMostOnce, Some(millis(300))));
    script.ask(Command::Flush {
        timeout: Some(millis(100)),
        token: Some(2),
    });
    script.sent();
    script.wait(millis(200));
    let late = || Err(OperationError::TimedOut);
    assert_eq!(told(&mut script), [(2, late())]);
    script.wait(millis(200));
    assert_eq!(told(&mut script), [(1, late())]);
    // The answer comes, and nobody waits for it any more.
    script.receive([Packet::PingResp]);
    assert_eq!(told(&mut script), []);
    script.lose();
    script.ask(Command::Flush {
        timeout: Some(millis(100)),
        token: Some(3),
    });
    script.wait(millis(200));
    assert_eq!(told(&mut script), [(3, late())]);
}

#[test]
fn a_goodbye_asks_before_it_and_a_drain_waits_for_the_answer() {
    for drain_timeout in [None, Some(seconds(10))] {
        let mut script = connected(Config::default());
        script.ask(with_receipt(1, QoS::AtMostOnce, None));
        script.ask(Command::Disconnect {
            reason_code: ReasonCode::Success,
            drain_timeout,
        });
        let sent = script.sent();
        assert_eq!(sent.get(1), Some(&Packet::PingReq));
        let left = matches!(sent.last(), Some(Packet::Disconnect(_)));
        assert_eq!(left, drain_timeout.is_none());
        let sent = script.receive([Packet::PingResp]);
        assert_eq!(told(&mut script), [(1, Ok(Some(Receipt::Read)))]);
        let left = matches!(sent.last(), Some(Packet::Disconnect(_)));
        assert_eq!(left, drain_timeout.is_some());
    }
}

/// Rule L5: what waits behind a backlog is no PINGREQ of the keep-alive, which goes ahead of it;
/// answers belong to the PINGREQs in the order of the stream.
#[test]
fn a_ping_that_is_due_goes_ahead_of_one_that_waits_behind_a_backlog() {
    let mut script = connected(Config::default());
    script.room = Some(10);
    script.ask(with_receipt(1, QoS::AtMostOnce, None));
    let mut large = message(2, QoS::AtMostOnce);
    large.payload = vec![0; 40_000].into();
    script.publish_message(2, large);
    script.ask(with_receipt(3, QoS::AtMostOnce, None));
    script.sent();
    script.room = Some(0);
    script.wait(seconds(59));
    // The socket takes all again: the first packet's rest, the ping that was due, then the others.
    script.room = None;
    let sent = script.sent();
    let kinds: Vec<_> = sent.iter().map(|it| it.packet_type()).collect();
    use mqttka_core::codec::PacketType as P;
    assert_eq!(kinds[..2], [P::Publish, P::PingReq], "{kinds:?}");
    assert_eq!(kinds.last(), Some(&P::PingReq));
    told(&mut script);
    let asked = pings(&sent);
    script.receive([Packet::PingResp]);
    assert_eq!(told(&mut script), [(1, Ok(Some(Receipt::Read)))]);
    script.receive(vec![Packet::PingResp; asked - 1]);
    assert_eq!(told(&mut script), [(3, Ok(Some(Receipt::Read)))]);
}

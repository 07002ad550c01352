//! Operations leave no faster than the limit allows, and nothing else waits for it.

use mqttka_core::proto::RateLimit;

use super::*;

fn limited(messages: u32, burst: u64) -> Config {
    Config {
        rate_limit: Some(RateLimit {
            burst: millis(burst),
            ..RateLimit::messages(messages)
        }),
        ..Config::default()
    }
}

fn publishes(packets: &[Packet]) -> usize {
    let is_publish = |packet: &&Packet| matches!(packet, Packet::Publish(_));
    packets.iter().filter(is_publish).count()
}

#[test]
fn messages_are_spread_in_order_and_nothing_is_awake_without_them() {
    let mut script = connected(limited(10, 0));
    for n in 0..25 {
        script.publish(n, QoS::AtMostOnce);
    }
    assert_eq!(publishes(&script.sent()), 1);
    for _ in 0..2 {
        assert_eq!(publishes(&script.wait(seconds(1))), 10);
    }
    assert_eq!(publishes(&script.wait(seconds(1))), 4);
    let order: Vec<u64> = told(&mut script).into_iter().map(|(n, _)| n).collect();
    assert_eq!(order, (0..25).collect::<Vec<_>>());
    // No timer is left but that of the keep-alive.
    let next = script.machine.poll_deadline();
    assert!(
        next.is_some_and(|at| at > script.now + seconds(10)),
        "{next:?}"
    );
}

#[test]
fn requests_and_what_is_sent_again_count_and_bytes_do() {
    let mut script = connected(limited(2, 0));
    script.ask(mqttka_sim::script::subscribe(1));
    script.publish(2, QoS::AtLeastOnce);
    assert_eq!(script.sent().len(), 1);
    assert_eq!(publishes(&script.wait(millis(499))), 0);
    assert_eq!(publishes(&script.wait(millis(1))), 1);

    let mut script = connected(Config {
        rate_limit: Some(RateLimit {
            burst: Duration::ZERO,
            ..RateLimit::bytes(1000)
        }),
        ..Config::default()
    });
    for n in 0..3 {
        let mut large = message(n, QoS::AtMostOnce);
        large.payload = vec![0; 2000].into();
        script.publish_message(n, large);
    }
    assert_eq!(publishes(&script.sent()), 1);
    assert_eq!(publishes(&script.wait(seconds(2))), 0);
    assert_eq!(publishes(&script.wait(millis(100))), 1);
    assert_eq!(publishes(&script.wait(seconds(2))), 1);
}

/// The broker's clock and ours know nothing of the limit.
#[test]
fn pings_and_acknowledgements_never_wait_for_it() {
    let mut script = connected(Config {
        rate_limit: Some(RateLimit::bytes(1)),
        ..Config::default()
    });
    for n in 0..10 {
        script.publish(n, QoS::AtMostOnce);
    }
    script.sent();
    let sent = script.wait(seconds(59));
    assert!(pings(&sent) >= 1, "{sent:?}");
    // Without an answer the path is dead in time.
    let sent = script.wait(seconds(31));
    drop(sent);
    let cause = mqttka_core::error::DisconnectCause::ServerUnresponsive;
    assert_eq!(script.causes().first(), Some(&cause));

    let mut script = connected(limited(1, 0));
    script.publish(1, QoS::AtMostOnce);
    script.sent();
    script.receive([mqttka_sim::script::from_broker(QoS::AtLeastOnce, 1, false)]);
    script.release(1, 0);
    assert!(matches!(script.sent()[..], [Packet::PubAck(_)]));
}

#[test]
fn the_limit_goes_on_over_connections() {
    let mut script = connected(limited(1, 0));
    for n in 0..3 {
        script.publish(n, QoS::AtMostOnce);
    }
    assert_eq!(publishes(&script.sent()), 1);
    script.lose();
    // The first attempt comes at once.
    let before = script.now;
    let sent = script.come_back(false, []);
    assert!(script.now < before + seconds(1));
    assert_eq!(publishes(&sent), 0);
    assert_eq!(publishes(&script.wait(seconds(2))), 2);
}

#[test]
fn a_goodbye_is_as_long_as_without_and_a_drain_waits() {
    let mut script = connected(limited(1, 0));
    for n in 0..10 {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
    });
    let mut sent = script.sent();
    sent.extend(script.wait(seconds(1)));
    assert!(
        matches!(sent.last(), Some(Packet::Disconnect(_))),
        "{sent:?}"
    );

    let mut script = connected(limited(1, 0));
    for n in 0..4 {
        script.publish(n, QoS::AtMostOnce);
    }
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: Some(seconds(60)),
    });
    let mut sent = script.sent();
    sent.extend(script.wait(seconds(4)));
    assert_eq!(publishes(&sent), 4);
    assert!(
        matches!(sent.last(), Some(Packet::Disconnect(_))),
        "{sent:?}"
    );
}

#[test]
fn what_expires_or_is_cancelled_meanwhile_costs_nothing() {
    let mut script = connected(limited(1, 0));
    script.publish(0, QoS::AtMostOnce);
    script.ask(with_receipt(1, QoS::AtMostOnce, Some(millis(500))));
    script.publish(1000, QoS::AtMostOnce);
    script.publish(2, QoS::AtMostOnce);
    assert_eq!(publishes(&script.sent()), 1);
    script.ask(Command::Cancel {
        is_cancelled: |number| *number >= 1000,
    });
    assert_eq!(publishes(&script.wait(seconds(1))), 1);
    let last = told(&mut script).into_iter().map(|(n, _)| n).next_back();
    assert_eq!(last, Some(2));
}

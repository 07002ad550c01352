//! What is queued can be cancelled, and what was sent cannot.

use super::*;

/// Numbers from 1,000 on are cancelled.
fn cancel(script: &mut Script) {
    script.ask(Command::Cancel {
        is_cancelled: |number| *number >= 1000,
    });
}

fn cancelled(number: u64) -> Told {
    (number, Err(OperationError::Cancelled))
}

#[test]
fn what_waits_for_a_connection_is_cancelled_at_once() {
    let mut script = Script::coming_back(Config::default());
    for n in [1, 1000, 2, 1001] {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.ask(mqttka_sim::script::subscribe(1002));
    script.ask(flush(1003));
    cancel(&mut script);
    let ended: Vec<_> = (1000..=1003).map(cancelled).collect();
    assert_eq!(told(&mut script), ended);
    // One that is cancelled before it is asked for.
    script.publish(1004, QoS::AtMostOnce);
    assert_eq!(told(&mut script), [cancelled(1004)]);
    script.connect();
    assert_eq!(script.accept(false, []).len(), 2);
}

#[test]
fn what_was_sent_keeps_its_outcome() {
    let mut script = connected(Config {
        max_inflight: Some(1),
        ..Config::default()
    });
    script.publish(1000, QoS::AtLeastOnce);
    script.sent();
    script.publish(1001, QoS::AtLeastOnce);
    script.ask(mqttka_sim::script::subscribe(1002));
    cancel(&mut script);
    assert_eq!(told(&mut script), [cancelled(1001), cancelled(1002)]);
    // Nor is it cancelled while it waits to be sent again, in another session.
    script.lose();
    cancel(&mut script);
    script.wait(seconds(1));
    let sent = script.come_back(false, []);
    assert_eq!(sent.len(), 1);
    // Under the next identifier.
    script.receive([Packet::PubAck(ack(2))]);
    assert_eq!(told(&mut script), [(1000, Ok(Some(Receipt::Acknowledged)))]);
}

/// Looking at all that is queued once for each that is cancelled would be quadratic.
#[test]
fn many_share_one_look_and_none_is_sent_before_it() {
    let mut script = connected(Config {
        max_inflight: Some(1),
        ..Config::default()
    });
    script.publish(1, QoS::AtLeastOnce);
    cancel(&mut script);
    script.publish(1000, QoS::AtLeastOnce);
    assert_eq!(told(&mut script), [cancelled(1000)]);
    // As if cancelled just now: marks that were none when they came.
    for n in 500..510 {
        script.publish(n, QoS::AtLeastOnce);
    }
    let before = script.now;
    for _ in 0..10 {
        script.ask(Command::Cancel {
            is_cancelled: |number| *number >= 500,
        });
    }
    assert_eq!(told(&mut script), []);
    // The window has room for the next one: it is cancelled, and so are those behind it.
    script.sent();
    script.receive([Packet::PubAck(ack(1))]);
    assert_eq!(script.sent(), []);
    script.acknowledge();
    assert_eq!(told(&mut script).len(), 11);
    assert_eq!(script.now, before);
}

#[test]
fn the_look_comes_after_a_pause() {
    let mut script = Script::coming_back(Config::default());
    cancel(&mut script);
    script.publish(500, QoS::AtMostOnce);
    script.ask(Command::Cancel {
        is_cancelled: |number| *number >= 500,
    });
    assert_eq!(told(&mut script), []);
    script.wait(millis(49));
    assert_eq!(told(&mut script), []);
    script.wait(millis(1));
    assert_eq!(told(&mut script), [cancelled(500)]);
}

#[test]
fn what_waits_for_the_next_connection_in_a_goodbye_is_cancelled_too() {
    let mut script = connected(Config::default());
    script.publish(1, QoS::AtLeastOnce);
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: Some(seconds(10)),
    });
    script.sent();
    script.publish(1000, QoS::AtLeastOnce);
    cancel(&mut script);
    assert_eq!(told(&mut script), [cancelled(1000)]);
}

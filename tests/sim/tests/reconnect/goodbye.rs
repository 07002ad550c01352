//! The application ends it, wherever the client stands.

use mqttka_core::codec::Packet;
use mqttka_core::error::ConnectError;
use mqttka_sim::{ms, secs};

use super::*;

fn disconnect() -> Command<u64> {
    Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
    }
}

/// Waits for its next attempt.
fn waits() -> Script {
    let mut script = connected(Config::default());
    script.lose();
    waiting(&script);
    script
}

#[test]
fn while_it_waits() {
    for (ask, reason) in [
        (disconnect as fn() -> _, StopReason::DisconnectRequested),
        (|| Command::Close, StopReason::ClientClosed),
        (|| Command::Abort, StopReason::ClientClosed),
    ] {
        let mut script = waits();
        script.publish(1, QoS::AtLeastOnce);
        let events = script.events.len();
        script.ask(ask());
        assert_eq!(stopped(&script), reason);
        assert_eq!(script.events.len(), events + 1);
        script.wait(mins(60));
        assert_eq!(script.opens, 1);
        if reason == StopReason::DisconnectRequested {
            // What is queued waits for the next connection.
            assert_eq!(outcomes(&script), []);
            script.connect();
            assert_eq!(publishes(&script.accept(false, [])), [(1, false)]);
        } else {
            assert_eq!(outcomes(&script), [(1, Err(OperationError::Closed))]);
            assert_eq!(script.machine.state(), State::Closed);
        }
    }
}

#[test]
fn the_end_of_a_wait_says_what_ended_last() {
    for failed in [false, true] {
        let mut script = waits();
        if failed {
            script.attempt();
            script.lose();
        }
        let cause = waiting(&script).cause;
        script.ask(disconnect());
        match script.events.last() {
            Some(EventKind::ReconnectStopped(told)) => assert_eq!(told.cause, cause),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn while_it_connects() {
    for opened in [false, true] {
        for (ask, error) in [
            (disconnect as fn() -> _, ConnectError::DisconnectRequested),
            (|| Command::Close, ConnectError::ClientClosed),
            (|| Command::Abort, ConnectError::ClientClosed),
        ] {
            let mut script = waits();
            script.ask(Command::ReconnectNow);
            // No closer to the attempt before than this.
            script.wait(ms(250));
            if opened {
                script.open();
            }
            script.ask(ask());
            assert_eq!(script.failures(), [error]);
            // Nothing is told of what nobody expects.
            assert!(
                matches!(script.events.last(), Some(EventKind::ConnectFailed(_))),
                "{:?}",
                script.events.last()
            );
            script.wait(mins(60));
            assert_eq!(script.opens, 2);
        }
    }
}

#[test]
fn while_it_is_connected() {
    let mut script = connected(Config::default());
    script.ask(disconnect());
    let sent = script.sent();
    assert!(matches!(sent[..], [Packet::Disconnect(_)]), "{sent:?}");
    script.lose();
    assert_eq!(last_cause(&script), DisconnectCause::DisconnectRequested);
    assert!(matches!(
        script.events.last(),
        Some(EventKind::Disconnected(_))
    ));
    script.wait(mins(60));
    assert_eq!((script.opens, script.machine.state()), (1, State::Idle));
}

#[test]
fn what_is_asked_for_during_a_goodbye_is_for_the_next_connection() {
    for config in [Config::default(), persistent()] {
        let mut script = connected(config);
        script.publish(1, QoS::AtLeastOnce);
        script.sent();
        script.ask(Command::Disconnect {
            reason_code: ReasonCode::Success,
            drain_timeout: Some(secs(5)),
        });
        for (n, qos) in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
            .into_iter()
            .enumerate()
        {
            script.publish(10 + n as u64, qos);
        }
        script.ask(subscribe_to(20, &["f"]));
        assert_eq!(script.sent(), []);
        script.receive([Packet::PubAck(ack(1))]);
        script.lose();
        assert_eq!(outcomes(&script), [(1, Ok(()))]);
        script.connect();
        let sent = script.accept(false, []);
        assert_eq!(publishes(&sent), [(10, false), (11, false), (12, false)]);
        assert_eq!(subscribes(&sent), [["f"]]);
    }
}

#[test]
fn subscriptions_outlive_a_goodbye() {
    let mut script = connected(Config::default());
    script.ask(subscribe_to(1, &["a"]));
    let sent = script.sent();
    grant(&mut script, &sent, granted);
    script.ask(disconnect());
    script.sent();
    script.lose();
    script.connect();
    assert_eq!(subscribes(&script.accept(false, [])), [["a"]]);
}

#[test]
fn a_goodbye_that_something_else_cuts_short_is_one_all_the_same() {
    let mut script = connected(Config::default());
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: Some(mins(10)),
    });
    script.fail();
    assert_eq!(script.causes().len(), 1);
    assert_eq!(script.machine.state(), State::Idle);
    script.wait(mins(60));
    assert_eq!(script.opens, 1);
}

#[test]
fn disconnect_where_there_is_nothing_does_nothing() {
    let mut script = Script::coming_back(Config::default());
    script.ask(disconnect());
    script.wait(secs(10));
    assert_eq!(script.events, []);
    script.connect();
    script.accept(false, []);
    assert_eq!(script.machine.state(), State::Connected);
}

#[test]
fn connect_where_it_is_connected_or_connecting_does_nothing() {
    let mut script = Script::coming_back(Config::default());
    script.connect();
    script.ask(Command::Connect);
    script.accept(false, []);
    script.ask(Command::Connect);
    script.ask(Command::ReconnectNow);
    script.wait(secs(1));
    assert_eq!((script.opens, script.events.len()), (1, 1));
}

#[test]
fn after_a_goodbye_that_was_cut_short_attempts_count_anew() {
    let mut script = connected(with(|it| it.max_attempts = Some(2)));
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: Some(mins(10)),
    });
    script.fail();
    assert_eq!(script.machine.state(), State::Idle);
    script.connect();
    script.lose();
    waiting(&script);
}

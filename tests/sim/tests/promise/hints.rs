//! Rule L17: hints send a ping early, with a deadline that the caller names, and end a connection
//! at once only where its local address is gone.

use std::time::Duration;

use bytes::Bytes;
use mqttka_core::codec::{Packet, Publish};
use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::{Command, Config};
use mqttka_core::types::{Properties, QoS, ReasonCode, TopicName};
use mqttka_sim::script::Script;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Connected with a keep-alive that would do nothing for minutes.
fn quiet(keep_alive: u16) -> Script {
    let config = Config {
        keep_alive,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.sent();
    script.wait(secs(1));
    script
}

fn probe(script: &mut Script, timeout: Duration) -> Vec<Packet> {
    script.ask(Command::Probe { timeout });
    script.wait(Duration::ZERO)
}

#[test]
fn a_probe_pings_at_once_and_its_deadline_is_the_callers() {
    for keep_alive in [600, 0] {
        let mut script = quiet(keep_alive);
        script.acknowledges = false;
        assert_eq!(probe(&mut script, secs(3)), [Packet::PingReq]);
        script.wait(Duration::from_millis(2999));
        assert_eq!(script.causes(), [], "keep-alive {keep_alive}");
        script.wait(Duration::from_millis(1));
        assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
    }
}

#[test]
fn any_sign_of_life_answers_a_probe() {
    // A byte of the broker's.
    let mut script = quiet(600);
    script.acknowledges = false;
    probe(&mut script, secs(3));
    script.receive([Packet::PingResp]);
    script.wait(secs(60));
    assert_eq!(script.causes(), []);

    // An acknowledged byte of ours: the path lives, and how long the broker may take is another
    // rule's matter (L8).
    let mut script = quiet(600);
    probe(&mut script, secs(3));
    script.wait(secs(60));
    assert_eq!(script.causes(), []);
}

#[test]
fn of_several_probes_the_earliest_deadline_counts() {
    let mut script = quiet(600);
    script.acknowledges = false;
    probe(&mut script, secs(5));
    script.wait(secs(1));
    probe(&mut script, secs(50));
    script.wait(secs(4));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn a_changed_network_ends_a_connection_only_where_the_address_is_gone() {
    let mut script = quiet(600);
    script.ask(Command::NetworkChanged(
        mqttka_core::proto::NetworkChange::Changed.into(),
    ));
    script.machine.handle_local_address(script.now, false);
    script.wait(Duration::ZERO);
    script.ask(Command::NetworkChanged(
        mqttka_core::proto::NetworkChange::Changed.into(),
    ));
    assert_eq!(script.causes(), [DisconnectCause::NetworkLost]);

    let mut script = quiet(600);
    script.acknowledges = false;
    script.ask(Command::NetworkChanged(
        mqttka_core::proto::NetworkChange::Changed.into(),
    ));
    script.machine.handle_local_address(script.now, true);
    assert_eq!(script.wait(Duration::ZERO), [Packet::PingReq]);
    assert_eq!(script.causes(), []);
    // min(K/2, 10 s).
    script.wait(secs(10));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn without_a_connection_hints_do_nothing() {
    let mut script = Script::new(Config::default());
    script.ask(Command::Probe { timeout: secs(1) });
    script.ask(Command::NetworkChanged(
        mqttka_core::proto::NetworkChange::Changed.into(),
    ));
    script.machine.handle_local_address(script.now, false);
    script.wait(secs(100));
    assert_eq!(script.events, []);
}

/// The peer's TCP acknowledges what it got; its process says nothing.
fn acknowledged(script: &mut Script) {
    script.acknowledges = true;
    script.acknowledge();
    script.acknowledges = false;
}

#[test]
fn each_later_probe_counts_anew() {
    for keep_alive in [600, 0] {
        let mut script = quiet(keep_alive);
        script.acknowledges = false;
        probe(&mut script, secs(3));
        script.wait(secs(1));
        // Satisfied, by an acknowledgement only.
        acknowledged(&mut script);
        script.wait(secs(10));
        assert_eq!(script.causes(), [], "K = {keep_alive}");
        // The second has a ping of its own, and its own deadline, longer or shorter.
        assert_eq!(probe(&mut script, secs(5)), [Packet::PingReq]);
        script.wait(secs(4));
        assert_eq!(script.causes(), [], "K = {keep_alive}");
        script.wait(secs(1));
        assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
    }
}

#[test]
fn evidence_answers_the_probes_that_are_older_and_no_others() {
    let mut script = quiet(600);
    script.acknowledges = false;
    probe(&mut script, secs(3));
    script.wait(Duration::from_millis(1050));
    // An acknowledgement came just before the second; it is seen in the same wake-up.
    script.ack_age = Some(Duration::from_millis(20));
    script.ask(Command::Probe { timeout: secs(20) });
    acknowledged(&mut script);
    assert_eq!(script.sent(), [Packet::PingReq]);
    script.wait(Duration::from_millis(19_999));
    assert_eq!(script.causes(), []);
    script.wait(Duration::from_millis(1));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn many_probes_are_as_good_as_the_strictest() {
    let mut script = quiet(600);
    script.acknowledges = false;
    for n in 0..1000 {
        probe(&mut script, secs(5) + Duration::from_millis(n));
    }
    script.wait(secs(5));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn bytes_that_were_waiting_do_not_answer_a_probe() {
    let mut script = quiet(600);
    script.acknowledges = false;
    // One wake-up finds both: commands first, then the bytes of before.
    script.ask(Command::Probe { timeout: secs(3) });
    let sent = script.receive([from_broker()]);
    assert_eq!(sent, [Packet::PingReq]);
    script.wait(secs(3));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
    // Those of a later wake-up do.
    let mut script = quiet(600);
    script.acknowledges = false;
    probe(&mut script, secs(3));
    script.receive([from_broker()]);
    script.wait(secs(60));
    assert_eq!(script.causes(), []);
}

fn from_broker() -> Packet {
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: TopicName::try_from("d").ok(),
        packet_id: None,
        payload: Bytes::from_static(b"payload"),
        properties: Properties::new(),
    })
}

#[test]
fn a_probe_at_the_very_moment_of_resumption_keeps_its_deadline() {
    for keep_alive in [60, 600, 0] {
        for asleep in [secs(1), secs(100), secs(5000)] {
            // A ping has just been sent, or none for long; something was read, or nothing.
            for (pinged, finds) in [(false, false), (true, false), (false, true), (true, true)] {
                let case = format!("K = {keep_alive}, {asleep:?}, {pinged}, {finds}");
                let mut script = quiet(keep_alive);
                script.acknowledges = false;
                if pinged {
                    probe(&mut script, secs(50));
                }
                script.now += asleep;
                script.ask(Command::Probe { timeout: secs(2) });
                if finds {
                    script.input([from_broker()]);
                }
                script.resume();
                assert_eq!(script.sent(), [Packet::PingReq], "{case}");
                script.wait(Duration::from_millis(1999));
                assert_eq!(script.causes(), [], "{case}");
                script.wait(Duration::from_millis(1));
                assert_eq!(script.causes().len(), 1, "{case}");
            }
        }
    }
}

#[test]
fn a_probe_of_before_a_gap_has_its_time_again_behind_it() {
    for keep_alive in [60, 0] {
        let mut script = quiet(keep_alive);
        script.acknowledges = false;
        probe(&mut script, secs(2));
        // Asleep beyond its deadline: nobody could have answered.
        script.now += secs(100);
        script.resume();
        assert_eq!(script.sent(), [Packet::PingReq], "K = {keep_alive}");
        script.wait(Duration::from_millis(1999));
        assert_eq!(script.causes(), [], "K = {keep_alive}");
        script.wait(Duration::from_millis(1));
        assert_eq!(script.causes().len(), 1, "K = {keep_alive}");
    }
}

#[test]
fn a_probe_within_a_gap_is_not_put_off_by_a_nap() {
    let mut script = quiet(60);
    script.acknowledges = false;
    script.now += secs(100);
    script.resume();
    script.sent();
    // In the gap, with a deadline of its own; then a short nap.
    probe(&mut script, secs(3));
    script.wait(secs(1));
    script.now += secs(1);
    script.resume();
    script.wait(secs(1));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn naps_do_not_put_a_probe_off_for_ever() {
    // Without a keep-alive, so that nothing else judges.
    let mut script = quiet(0);
    script.acknowledges = false;
    probe(&mut script, secs(3));
    for _ in 0..10 {
        script.wait(secs(1));
        script.now += secs(1);
        script.resume();
    }
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn a_second_sleep_gives_a_probe_what_was_left_of_its_time() {
    // A phone wakes, its app comes to the foreground, and it sleeps again before two seconds are
    // over; the path is dead when it wakes for good.
    let mut script = quiet(300);
    script.acknowledges = false;
    script.now += secs(1000);
    script.resume();
    script.sent();
    probe(&mut script, secs(2));
    script.wait(Duration::from_millis(1500));
    script.now += secs(1000);
    script.resume();
    // Neither a verdict without a chance, nor an engine that spins until bytes come.
    script.wait(Duration::from_millis(499));
    assert_eq!(script.causes(), []);
    script.wait(Duration::from_millis(2));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn no_duration_is_too_long() {
    let config = Config {
        keep_alive: 60,
        dead_peer_timeout: Some(Duration::MAX),
        connect_timeout: Some(Duration::MAX),
        ..Config::default()
    };
    for keep_alive in [60, 0] {
        let mut script = Script::connected(
            Config {
                keep_alive,
                ..config.clone()
            },
            [],
        );
        probe(&mut script, Duration::MAX);
        script.receive([Packet::PingResp]);
        let life = script.machine.liveness(script.now);
        assert!(life.is_some(), "K = {keep_alive}");
        assert!(script.machine.backstop().is_some());
        // A keep-alive that is as long as it can be at the same time.
        script.wait(secs(70_000));
        script.ask(Command::Disconnect {
            reason_code: ReasonCode::Success,
            drain_timeout: Some(Duration::MAX),
        });
        script.sent();
        script.wait(secs(10));
        assert!(script.causes().len() == 1, "K = {keep_alive}");
    }
}

//! Rule L17: hints send a ping early, with a deadline that the caller names, and end a connection
//! at once only where its local address is gone.

use std::time::Duration;

use mqttka_core::codec::Packet;
use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::{Command, Config};
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
    script.ask(Command::NetworkChanged);
    script.machine.handle_local_address(script.now, false);
    script.wait(Duration::ZERO);
    script.ask(Command::NetworkChanged);
    assert_eq!(script.causes(), [DisconnectCause::NetworkLost]);

    let mut script = quiet(600);
    script.acknowledges = false;
    script.ask(Command::NetworkChanged);
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
    script.ask(Command::NetworkChanged);
    script.machine.handle_local_address(script.now, false);
    script.wait(secs(100));
    assert_eq!(script.events, []);
}

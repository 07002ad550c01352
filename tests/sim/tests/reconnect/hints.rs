//! What the application and the system say meanwhile (rule L17).

use mqttka_core::codec::Packet;
use mqttka_core::proto::NetworkChange;
use mqttka_sim::{ms, secs};

use super::*;

fn network(script: &mut Script, change: NetworkChange) {
    script.ask(Command::NetworkChanged(change.into()));
}

/// A client that waits, as long as it can be made to.
fn patient() -> Script {
    let config = with(|it| {
        it.first_delay = secs(3600);
        it.max_delay = secs(3600);
    });
    let mut script = connected(config);
    script.wait(secs(1));
    script.lose();
    assert!(waiting(&script).delay > secs(10));
    script
}

#[test]
fn it_tries_now_where_it_is_asked_to() {
    for ask in [
        || Command::Connect,
        || Command::ReconnectNow,
        || Command::EnteredForeground,
        || Command::NetworkChanged(NetworkChange::Available.into()),
        || Command::NetworkChanged(NetworkChange::Changed.into()),
    ] {
        let mut script = patient();
        script.ask(ask());
        let (waited, sent) = script.attempt();
        assert_eq!(waited, Duration::ZERO);
        connect(&sent);
        // No event of its own: the next is how the attempt ends.
        script.accept(false, []);
        let told = script.events.iter().rev().take(2).collect::<Vec<_>>();
        assert!(
            matches!(
                told[..],
                [EventKind::Connected(_), EventKind::Reconnecting(_)]
            ),
            "{told:?}"
        );
    }
}

#[test]
fn it_does_not_wait_less_for_the_background() {
    let mut script = patient();
    let at = script.machine.next_attempt_at();
    script.ask(Command::EnteredBackground);
    assert_eq!(script.machine.next_attempt_at(), at);
}

#[test]
fn hints_bring_four_attempts_a_second_at_most() {
    for hint in [
        || Command::ReconnectNow,
        || Command::EnteredForeground,
        || Command::NetworkChanged(NetworkChange::Available.into()),
        || Command::NetworkChanged(NetworkChange::Changed.into()),
    ] {
        let mut script = patient();
        let mut starts = Vec::new();
        let end = script.now + secs(10);
        while script.now < end {
            script.ask(hint());
            let opens = script.opens;
            script.wait(ms(1));
            if script.opens > opens {
                starts.push(script.now);
                script.open();
                script.lose();
            }
        }
        assert!(starts.len() > 30, "{}", starts.len());
        for window in starts.windows(5) {
            let apart = window[4].saturating_since(window[0]);
            // They are seen a millisecond late at most.
            assert!(apart >= ms(999), "{apart:?}");
        }
    }
}

#[test]
fn without_a_network_it_waits_five_minutes_at_most() {
    let mut script = connected(Config::default());
    script.lose();
    network(&mut script, NetworkChange::Lost);
    assert_eq!(script.attempt().0, mins(5));
    // It may be wrong about that; but the next one takes as long.
    script.lose();
    assert_eq!(waiting(&script).delay, mins(5));
    script.wait(mins(1));
    network(&mut script, NetworkChange::Available);
    assert_eq!(script.attempt().0, Duration::ZERO);
    // From now on the usual delays.
    script.lose();
    assert!(waiting(&script).delay <= mins(1));
}

#[test]
fn a_network_that_is_lost_again_and_again_does_not_put_it_off_for_ever() {
    let mut script = connected(Config::default());
    script.lose();
    let lost = script.now;
    for _ in 0..20 {
        network(&mut script, NetworkChange::Lost);
        script.wait(mins(2));
    }
    assert!(
        script.opens > 1,
        "no attempt for {:?}",
        script.now.saturating_since(lost)
    );
}

#[test]
fn a_connection_that_came_about_shows_that_there_is_a_network() {
    let mut script = connected(Config::default());
    script.lose();
    // To a broker on this machine, say.
    network(&mut script, NetworkChange::Lost);
    script.attempt();
    script.accept(false, []);
    script.lose();
    assert!(waiting(&script).delay <= mins(1));
}

#[test]
fn lost_while_connected_ends_nothing_by_itself() {
    let mut script = connected(Config::default());
    network(&mut script, NetworkChange::Lost);
    assert_eq!(script.machine.state(), State::Connected);
    // The address is there: a probe.
    script.local_address(true);
    assert!(script.wait(ms(1)).contains(&Packet::PingReq));
    script.receive([Packet::PingResp]);
    script.wait(secs(20));
    assert_eq!(script.machine.state(), State::Connected);
}

#[test]
fn a_change_probes_a_connection_and_an_address_that_is_gone_ends_it() {
    let mut script = connected(Config::default());
    // Nobody answers.
    script.acknowledges = false;
    network(&mut script, NetworkChange::Changed);
    script.local_address(true);
    assert!(script.wait(ms(1)).contains(&Packet::PingReq));
    script.wait(ms(9_999));
    assert_eq!(script.causes().len(), 1);
    waiting(&script);
    let mut script = connected(Config::default());
    network(&mut script, NetworkChange::Changed);
    script.local_address(false);
    assert_eq!(last_cause(&script), DisconnectCause::NetworkLost);
    waiting(&script);
}

#[test]
fn in_the_foreground_the_broker_has_two_seconds() {
    let mut script = connected(Config::default());
    script.wait(secs(1));
    script.acknowledges = false;
    let asked = script.now;
    script.ask(Command::EnteredForeground);
    assert!(script.wait(ms(1999)).contains(&Packet::PingReq));
    assert_eq!(script.machine.state(), State::Connected);
    script.wait(ms(1));
    assert_eq!(script.causes().len(), 1);
    assert_eq!(script.now, asked + secs(2));
    waiting(&script);
    // One that answers stays.
    let mut script = connected(Config::default());
    script.wait(secs(1));
    script.ask(Command::EnteredForeground);
    assert!(script.wait(ms(100)).contains(&Packet::PingReq));
    script.receive([Packet::PingResp]);
    script.wait(secs(10));
    assert_eq!(script.machine.state(), State::Connected);
}

#[test]
fn a_new_network_opens_anew_what_is_being_opened() {
    let mut script = patient();
    script.ask(Command::ReconnectNow);
    script.wait(ms(300));
    let (opens, number) = (script.opens, script.machine.connection_number());
    network(&mut script, NetworkChange::Available);
    assert_eq!(script.opens, opens + 1);
    // The same attempt, with what is left of its time.
    assert_eq!(script.machine.connection_number(), number);
    for _ in 0..100 {
        network(&mut script, NetworkChange::Changed);
    }
    assert_eq!(script.opens, opens + 1);
    script.wait(secs(30));
    assert_eq!(script.failures().len(), 1);
}

#[test]
fn hints_do_nothing_where_nobody_wants_a_connection() {
    let mut script = Script::coming_back(Config::default());
    for ask in [
        Command::ReconnectNow,
        Command::EnteredForeground,
        Command::NetworkChanged(NetworkChange::Available.into()),
    ] {
        script.ask(ask);
    }
    script.wait(mins(60));
    assert_eq!((script.opens, script.events.len()), (0, 0));
}

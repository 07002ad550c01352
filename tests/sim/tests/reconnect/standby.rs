//! Make before break (rule L24), machine by machine call.

use bytes::BytesMut;
use mqttka_core::proto::NetworkChange;
use mqttka_sim::secs;

use super::*;

/// A connection over which the client may go on elsewhere.
fn moving() -> Script {
    connected(Config {
        make_before_break: true,
        keep_alive: 60,
        ..persistent()
    })
}

/// The network changes, and the broker takes the new connection over.
fn moves(script: &mut Script) {
    script.ask(Command::NetworkChanged(NetworkChange::Changed.into()));
    assert!(script.machine.opens_standby());
    let now = script.now;
    script.machine.handle_standby_open(now, false);
    let written = script.machine.standby_transmit().len();
    script.machine.handle_standby_written(now, written);
    let mut connack = BytesMut::from(&[0x20, 3, 1, 0, 0][..]);
    assert!(script.machine.handle_standby_input(now, &mut connack));
    assert!(script.machine.switch(now));
    script.acknowledge();
    assert!(matches!(script.events.last(), Some(EventKind::Moved(_))));
}

#[test]
fn a_suspicion_of_the_old_path_ends_with_it() {
    for alive in [false, true] {
        let mut script = moving();
        script.wait(secs(65));
        assert!(
            matches!(script.suspicions[..], [EventKind::Suspect(_)]),
            "{:?}",
            script.suspicions
        );
        if alive {
            script.receive([Packet::PingResp]);
        }
        moves(&mut script);
        assert!(
            matches!(
                script.suspicions[..],
                [EventKind::Suspect(_), EventKind::Alive(_)]
            ),
            "{:?}",
            script.suspicions
        );
    }
}

#[test]
fn without_a_suspicion_nothing_is_told_of_one() {
    let mut script = moving();
    moves(&mut script);
    assert_eq!(script.suspicions, []);
}

/// What the broker cannot have read it cannot accept [MQTT-3.1.0-1].
#[test]
fn the_new_path_is_not_taken_before_its_connect_has_been_written() {
    for whole in [false, true] {
        let mut script = moving();
        script.ask(Command::NetworkChanged(NetworkChange::Changed.into()));
        let now = script.now;
        script.machine.handle_standby_open(now, false);
        let written = script.machine.standby_transmit().len() - usize::from(!whole);
        script.machine.handle_standby_written(now, written);
        let mut connack = BytesMut::from(&[0x20, 3, 1, 0, 0][..]);
        let taken = script.machine.handle_standby_input(now, &mut connack);
        assert_eq!(taken, whole);
        assert_eq!(script.machine.has_standby(), whole);
    }
}

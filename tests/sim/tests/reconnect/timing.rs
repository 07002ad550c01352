//! When the next attempt comes.

use mqttka_core::codec::{Disconnect, Packet};
use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::{Config, NetworkChange, StopReason};
use mqttka_core::types::{ReasonCode, Version};
use mqttka_sim::rng::Rng;
use mqttka_sim::script::Script;
use mqttka_sim::{ms, secs};

use super::*;

/// The delays of a client whose attempts all fail, beginning with the lost connection.
fn delays(config: Config, seed: u64, count: usize) -> Vec<Duration> {
    let mut script = Script::coming_back(config.clone());
    script.machine = mqttka_core::proto::Machine::new(config, seed);
    script.connect();
    script.accept(false, []);
    script.lose();
    let mut delays = vec![waiting(&script).delay];
    while delays.len() < count {
        script.attempt();
        script.lose();
        delays.push(waiting(&script).delay);
    }
    delays
}

#[test]
fn delays_lie_between_zero_and_a_bound_that_doubles() {
    let mut largest = [0.0_f64; 10];
    let mut smallest = [1.0_f64; 10];
    for seed in 0..400 {
        for (n, delay) in delays(Config::default(), seed, 10).into_iter().enumerate() {
            let bound = secs(1 << n).min(secs(60));
            let part = delay.as_secs_f64() / bound.as_secs_f64();
            assert!((0.0..=1.0).contains(&part), "{n}: {delay:?}");
            largest[n] = largest[n].max(part);
            smallest[n] = smallest[n].min(part);
        }
    }
    // The whole of it is used.
    assert!(largest.iter().all(|part| *part > 0.95), "{largest:?}");
    assert!(smallest.iter().all(|part| *part < 0.05), "{smallest:?}");
}

#[test]
fn the_seed_decides_the_delays() {
    let of = |seed| delays(Config::default(), seed, 5);
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
}

#[test]
fn options_shape_the_bounds() {
    let config = with(|it| {
        it.first_delay = ms(100);
        it.factor = 3.0;
        it.max_delay = ms(500);
    });
    let bounds = [100, 300, 500, 500];
    for seed in 0..100 {
        for (delay, bound) in delays(config.clone(), seed, 4).into_iter().zip(bounds) {
            assert!(delay <= ms(bound), "{delay:?} {bound}");
        }
    }
}

#[test]
fn attempts_begin_when_they_were_told_to() {
    let mut script = connected(Config::default());
    script.lose();
    for n in 1..20 {
        let told = waiting(&script);
        assert_eq!(told.attempt_number, n);
        let (waited, sent) = script.attempt();
        assert_eq!(waited, told.delay);
        connect(&sent);
        script.refuse(ReasonCode::ServerBusy);
    }
    assert_eq!(script.failures().len(), 19);
}

/// Each attempt that it has to refuse keeps it from taking others in.
#[test]
fn a_broker_that_says_that_it_is_busy_is_given_a_bound_more() {
    use ReasonCode as R;
    for code in [
        R::ServerUnavailable,
        R::ServerBusy,
        R::ConnectionRateExceeded,
    ] {
        let mut script = connected(Config::default());
        script.lose();
        for n in 1..10 {
            let (_, sent) = script.attempt();
            connect(&sent);
            script.refuse(code);
            let delay = waiting(&script).delay;
            let bound = secs(1 << n).min(secs(60));
            assert!(
                (bound..bound * 2).contains(&delay),
                "{code}, {n}: {delay:?}"
            );
        }
    }
}

#[test]
fn only_a_connection_that_lasted_begins_anew() {
    // The bound after a connection of this length.
    let bound_after = |config: &Config, lasted: Duration| {
        let mut largest = Duration::ZERO;
        for seed in 0..60 {
            let mut script = Script::coming_back(config.clone());
            script.machine = mqttka_core::proto::Machine::new(config.clone(), seed);
            script.connect();
            for _ in 0..8 {
                script.lose();
                script.attempt();
            }
            script.accept(false, []);
            // The broker answers pings, or nothing would last.
            let end = script.now + lasted;
            while script.now < end {
                let sent = script.wait(secs(1).min(end.saturating_since(script.now)));
                if sent.contains(&Packet::PingReq) {
                    script.receive([Packet::PingResp]);
                }
            }
            script.lose();
            largest = largest.max(waiting(&script).delay);
        }
        largest
    };
    let config = Config::default();
    assert!(bound_after(&config, secs(0)) > secs(30));
    assert!(bound_after(&config, ms(29_900)) > secs(30));
    assert!(bound_after(&config, secs(30)) <= secs(1));
    // A keep-alive is enough where it is shorter.
    let short = Config {
        keep_alive: 5,
        ..Config::default()
    };
    assert!(bound_after(&short, ms(4_900)) > secs(30));
    assert!(bound_after(&short, secs(5)) <= secs(1));
    let own = with(|it| it.reset_after = Some(mins(10)));
    assert!(bound_after(&own, mins(9)) > secs(30));
    assert!(bound_after(&own, mins(10)) <= secs(1));
}

/// Two clients with one identifier, whose connections the broker ends one for the other.
#[test]
fn two_clients_with_one_identifier_do_not_hammer() {
    for version in versions() {
        let config = Config {
            protocol_version: version,
            // In 5.0 they would stop.
            ..with(|it| it.retry_on = vec![StopReason::SessionTakenOver])
        };
        let mut rng = Rng::new(3);
        let mut clients = [1, 2].map(|seed| {
            let mut script = Script::coming_back(config.clone());
            script.machine = mqttka_core::proto::Machine::new(config.clone(), seed);
            script.connect();
            script
        });
        let mut attempts = 0;
        clients[0].accept(false, []);
        let mut owner = 0;
        let mut next = 1;
        let end = clients[0].now + secs(24 * 3600);
        while clients[next].now < end {
            // The newcomer is accepted, and the other is told.
            clients[next].accept(false, []);
            attempts += 1;
            let now = clients[next].now + ms(rng.below(20));
            let other = &mut clients[owner];
            other.now = other.now.max(now);
            if version == Version::V5 {
                let code = ReasonCode::SessionTakenOver;
                other.receive([Packet::Disconnect(Disconnect::new(code))]);
            } else {
                other.lose();
            }
            (owner, next) = (next, owner);
            // It comes back when it is time; the owner lives until then.
            let back = clients[next].attempt().0;
            let until = clients[next].now;
            while clients[owner].now < until {
                let left = until.saturating_since(clients[owner].now);
                let sent = clients[owner].wait(left.min(secs(1)));
                if sent.contains(&Packet::PingReq) {
                    clients[owner].receive([Packet::PingResp]);
                }
            }
            assert!(back <= secs(60));
        }
        let per_hour = f64::from(attempts) / 24.0;
        assert!(per_hour < 240.0, "{version:?}: {per_hour}");
        println!("{version:?}: {per_hour} connections an hour");
    }
}

#[test]
fn max_attempts_in_a_row() {
    let mut script = Script::coming_back(with(|it| it.max_attempts = Some(3)));
    for _ in 0..2 {
        script.connect();
        for _ in 0..2 {
            script.lose();
            waiting(&script);
            script.attempt();
        }
        script.lose();
        assert_eq!(stopped(&script), StopReason::MaxAttempts);
        script.wait(mins(60));
        // It may be asked to begin anew.
    }
    assert_eq!(script.opens, 6);
}

#[test]
fn max_time_since_the_connection_was_lost() {
    for seed in 0..50 {
        let config = with(|it| it.max_time = Some(mins(10)));
        let mut script = Script::coming_back(config.clone());
        script.machine = mqttka_core::proto::Machine::new(config, seed);
        script.connect();
        script.accept(false, []);
        script.lose();
        let lost = script.now;
        while script.machine.state() == State::Reconnecting {
            script.attempt();
            script.lose();
        }
        assert_eq!(stopped(&script), StopReason::MaxTime);
        // The last attempt is made when the time is up, and not before.
        assert_eq!(script.now, lost + mins(10));
    }
}

#[test]
fn no_time_to_try_passes_while_it_is_connected() {
    let mut script = connected(with(|it| it.max_time = Some(secs(10))));
    // Not long enough to begin anew.
    script.wait(secs(20));
    script.lose();
    waiting(&script);
}

#[test]
fn max_time_passes_without_a_network_too() {
    for before in [false, true] {
        let mut script = connected(with(|it| it.max_time = Some(mins(2))));
        let gone = Command::NetworkChanged(NetworkChange::Lost.into());
        if before {
            script.ask(gone);
            script.lose();
        } else {
            script.lose();
            script.ask(gone);
        }
        let lost = script.now;
        script.attempt();
        script.lose();
        assert_eq!(stopped(&script), StopReason::MaxTime);
        assert_eq!(script.now, lost + mins(2));
    }
}

#[test]
fn connect_is_an_attempt_also_where_events_are_not_taken() {
    let mut script = connected(Config::default());
    script.lose();
    script.machine.set_events_taken(false);
    script.ask(Command::Connect);
    assert_eq!((script.opens, script.machine.connection_number()), (2, 2));
}

#[test]
fn what_the_system_took_away_is_back_at_once() {
    let mut script = connected(Config::default());
    // ECONNABORTED, of whichever system this is.
    let error = std::io::Error::from_raw_os_error(103);
    script.fail_with(error.into());
    let DisconnectCause::ReclaimedBySystem(_) = last_cause(&script) else {
        panic!("{:?}", last_cause(&script));
    };
    assert_eq!(waiting(&script).delay, Duration::ZERO);
    assert_eq!(script.attempt().0, Duration::ZERO);
    script.accept(false, []);
    // Where it does so again and again, delays grow all the same.
    let mut total = Duration::ZERO;
    for _ in 0..20 {
        script.fail_with(std::io::Error::from_raw_os_error(103).into());
        total += script.attempt().0;
        script.accept(false, []);
    }
    assert!(total > secs(60), "{total:?}");
}

#[test]
fn without_it_an_end_is_the_end() {
    let mut script = connected(Config {
        reconnect: None,
        ..Config::default()
    });
    script.lose();
    assert_eq!(script.machine.state(), State::Idle);
    assert!(matches!(
        script.events.last(),
        Some(EventKind::Disconnected(_))
    ));
    script.wait(mins(60));
    assert_eq!(script.opens, 1);
}

#[test]
fn how_long_there_was_no_connection_is_told() {
    let mut script = connected(Config::default());
    assert_eq!(told(&script).offline, None);
    script.wait(secs(10));
    script.lose();
    let lost = script.now;
    script.attempt();
    script.lose();
    script.attempt();
    script.wait(secs(3));
    script.accept(false, []);
    let offline = script.now.saturating_since(lost);
    assert_eq!(told(&script).offline, Some(offline));
}

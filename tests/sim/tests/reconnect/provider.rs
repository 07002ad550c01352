//! What each attempt connects with is asked for anew.

use mqttka_core::error::{ConnectError, Stage};
use mqttka_core::proto::{NetworkChange, Provided, ProviderError};
use mqttka_sim::secs;

use super::*;

/// The provider gives this password to the present attempt.
pub(super) fn provide(script: &mut Script, password: &str) {
    script.ask(Command::Provided {
        connection_number: script.machine.connection_number(),
        result: Ok(Provided {
            user_name: "me".try_into().ok(),
            password: Some(password.to_owned().into()),
        }),
    });
}

fn refuse(script: &mut Script, fatal: bool) {
    script.ask(Command::Provided {
        connection_number: script.machine.connection_number(),
        result: Err(ProviderError {
            message: "no token".to_owned(),
            fatal,
        }),
    });
}

fn asked() -> Script {
    let mut script = Script::coming_back(Config {
        provider: true,
        ..Config::default()
    });
    script.ask(Command::Connect);
    assert_eq!((script.provides, script.opens), (1, 0));
    script
}

/// Waits until it is asked again.
fn asked_again(script: &mut Script) {
    let provides = script.provides;
    while script.provides == provides {
        let Some(at) = script.machine.poll_deadline() else {
            panic!("{:?}", script.events);
        };
        script.wait(at.saturating_since(script.now));
    }
}

#[test]
fn each_attempt_asks_and_connects_with_the_answer() {
    let mut script = asked();
    for n in 1..4 {
        let token = format!("token {n}");
        provide(&mut script, &token);
        assert_eq!((script.provides, script.opens), (n, n));
        let connect = connect(&script.open());
        assert_eq!(connect.password.as_deref(), Some(token.as_bytes()));
        script.accept(false, []);
        script.lose();
        asked_again(&mut script);
    }
}

#[test]
fn one_that_hangs_takes_the_attempts_time() {
    let mut script = asked();
    let since = script.now;
    script.wait(secs(31));
    let [ConnectError::Timeout { stage, after, .. }] = &script.failures()[..] else {
        panic!("{:?}", script.failures());
    };
    assert_eq!((*stage, *after), (Stage::Provider, secs(30)));
    assert_eq!(script.opens, 0);
    // Its answer comes too late, for another attempt.
    asked_again(&mut script);
    assert!(script.now > since + secs(30));
    script.ask(Command::Provided {
        connection_number: script.machine.connection_number() - 1,
        result: Ok(Provided::default()),
    });
    assert_eq!(script.opens, 0);
    provide(&mut script, "new");
    assert_eq!(script.opens, 1);
    // A second answer is none.
    provide(&mut script, "newer");
    assert_eq!(script.opens, 1);
    assert_eq!(
        connect(&script.open()).password.as_deref(),
        Some(&b"new"[..])
    );
}

#[test]
fn one_that_has_nothing_now_is_asked_again() {
    let mut script = asked();
    for n in 1..6 {
        refuse(&mut script, false);
        assert_eq!(script.failures().len(), n);
        let error = ConnectError::Provider("no token".to_owned());
        assert_eq!(script.failures()[n - 1], error);
        waiting(&script);
        asked_again(&mut script);
    }
}

#[test]
fn one_that_never_will_stops_it() {
    let mut script = asked();
    refuse(&mut script, true);
    assert_eq!(stopped(&script), StopReason::Provider);
    // The application may begin anew.
    script.ask(Command::Connect);
    assert_eq!(script.provides, 2);
    refuse(&mut script, false);
    waiting(&script);
}

#[test]
fn the_end_comes_before_the_answer() {
    let mut script = asked();
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
    });
    assert_eq!(script.failures(), [ConnectError::DisconnectRequested]);
    provide(&mut script, "late");
    script.wait(mins(60));
    assert_eq!((script.opens, script.machine.state()), (0, State::Idle));
}

#[test]
fn a_new_network_does_not_open_what_was_not_provided_yet() {
    let mut script = asked();
    script.wait(secs(1));
    let hint = Command::NetworkChanged(NetworkChange::Available.into());
    script.ask(hint);
    assert_eq!((script.provides, script.opens), (1, 0));
    provide(&mut script, "a");
    assert_eq!(script.opens, 1);
}

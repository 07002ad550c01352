//! Silence that is learned: behind NATs that forget after 30 s to 1 h, in virtual time.

use std::time::Duration;

use mqttka_core::codec::Packet;
use mqttka_core::proto::{Command, Config, NetworkChange, NetworkUpdate};
use mqttka_core::types::Instant;
use mqttka_sim::script::Script;
use mqttka_sim::{ms, secs};

/// A client behind a NAT that forgets a connection after so much silence.
struct Nat {
    script: Script,
    forgets: Duration,
    /// The last packet that passed.
    last: Instant,
    pings: u32,
    lost: u32,
}

impl Nat {
    fn new(forgets: Duration, keep_alive: u16, own: Option<Duration>) -> Self {
        let script = Script::connected(
            Config {
                keep_alive,
                dead_peer_timeout: own,
                adaptive_ping: true,
                ..Config::default()
            },
            [],
        );
        Nat {
            last: script.now,
            script,
            forgets,
            pings: 0,
            lost: 0,
        }
    }

    /// Until what comes next, and what the path makes of it.
    fn step(&mut self) {
        let next = self.script.machine.poll_deadline().expect("a deadline");
        let wait = next.saturating_since(self.script.now);
        let open = next.saturating_since(self.last) < self.forgets;
        self.script.acknowledges = open;
        let sent = self.script.wait(wait);
        if sent.contains(&Packet::PingReq) {
            self.pings += 1;
            if open {
                self.script.wait(ms(50));
                self.script.receive([Packet::PingResp]);
                self.last = self.script.now;
            }
        }
        if !self.script.causes().is_empty() {
            self.lost += 1;
            self.script.events.clear();
            self.script.acknowledges = true;
            self.script.connect();
            self.script.accept(false, []);
            self.last = self.script.now;
        }
    }

    fn run(&mut self, duration: Duration) {
        let end = self.script.now + duration;
        while self.script.now < end {
            self.step();
        }
    }

    /// What the next ping waits for.
    fn silence(&mut self) -> Duration {
        while self.script.machine.poll_earliest().is_none() {
            self.step();
        }
        let next = self.script.machine.poll_deadline().expect("a deadline");
        next.saturating_since(self.last)
    }

    fn tell(&mut self, id: &str) {
        let mut update = NetworkUpdate::new(NetworkChange::Changed);
        update.id = id.try_into().expect("a text");
        self.script.ask(Command::NetworkChanged(update));
    }
}

#[test]
fn it_converges_from_30_seconds_to_an_hour() {
    for forgets in [30, 60, 120, 300, 600, 1800, 3600] {
        let mut nat = Nat::new(secs(forgets), 3600, None);
        let mut found = None;
        for hour in 0..40 {
            let before = nat.silence();
            if found.is_none() && before >= secs(forgets).mul_f64(0.78) && before < secs(forgets) {
                found = Some(hour);
            }
            nat.run(secs(3600));
        }
        let lost = nat.lost;
        let (silence, pings) = (nat.silence(), nat.pings);
        nat.run(secs(10 * 3600));
        let per_hour = f64::from(nat.pings - pings) / 10.0;
        println!(
            "| {forgets} s | {} s | {per_hour:.1} | {} h | {lost} |",
            silence.as_secs(),
            found.unwrap_or(99)
        );
        assert!(silence < secs(forgets), "{forgets}: {silence:?}");
        assert!(
            silence >= secs(forgets).mul_f64(0.75),
            "{forgets}: {silence:?}"
        );
        assert!(lost <= 12, "{forgets}: {lost} lost");
        assert!(nat.lost <= lost + 1, "{forgets}: it goes on losing");
    }
}

/// It asks for no silence that Keep Alive or the application's own bound forbid.
#[test]
fn never_later_than_the_rules_ask() {
    for (k, own, p) in [(60, None, 59), (20, None, 10), (3600, Some(secs(90)), 59)] {
        let mut nat = Nat::new(secs(100_000), k, own);
        nat.run(secs(24 * 3600));
        assert!(nat.silence() <= secs(p), "K = {k}: {:?}", nat.silence());
        assert_eq!(nat.lost, 0);
    }
}

/// A ping that stays unanswered is judged after half a minute, not after half of a long Keep Alive.
#[test]
fn the_verdict_does_not_wait_for_a_long_keep_alive() {
    let mut nat = Nat::new(secs(100_000), 3600, None);
    nat.run(secs(12 * 3600));
    let silence = nat.silence();
    assert!(silence > secs(600));
    let last = nat.last;
    nat.forgets = Duration::ZERO;
    while nat.lost == 0 {
        nat.step();
    }
    let after = nat.last.saturating_since(last);
    assert!(
        after >= silence + secs(30) && after < silence + secs(32),
        "{after:?}"
    );
}

#[test]
fn each_network_has_its_own_and_sixteen_are_remembered() {
    let mut nat = Nat::new(secs(100_000), 3600, None);
    nat.tell("home");
    nat.run(secs(12 * 3600));
    let home = nat.silence();
    assert!(home > secs(600));
    nat.tell("train");
    nat.run(secs(1));
    assert_eq!(nat.silence().as_secs(), 60);
    nat.tell("home");
    nat.run(secs(1));
    assert!(nat.silence() >= home);
    // While the application is used, it is quick; then it goes on.
    nat.script.ask(Command::EnteredForeground);
    nat.run(secs(1));
    assert_eq!(nat.silence().as_secs(), 60);
    nat.script.ask(Command::EnteredBackground);
    nat.run(secs(1));
    assert!(nat.silence() >= home);
    for number in 0..16 {
        nat.tell(&format!("hotel {number}"));
    }
    nat.tell("home");
    nat.run(secs(1));
    assert_eq!(nat.silence().as_secs(), 60);
}

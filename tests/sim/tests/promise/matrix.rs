//! Fault x instant x load on a good network: one event, in time, with the right cause.

use std::time::Duration;

use mqttka_core::error::DisconnectCause;
use mqttka_sim::broker::Process;
use mqttka_sim::load::Load;
use mqttka_sim::oracle::Times;
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{ms, secs};

#[derive(Clone, Copy, Debug)]
enum When {
    /// Just after a PINGRESP (or after some traffic, where there are no pings).
    AfterPingresp,
    /// Just before the next thing that the client's clock does.
    BeforePing,
    /// A PINGREQ is on its way.
    PingInFlight,
    /// The client is in the middle of sending a packet, or of receiving one.
    MidPacket,
}

const INSTANTS: [When; 4] = [
    When::AfterPingresp,
    When::BeforePing,
    When::PingInFlight,
    When::MidPacket,
];

const FAULTS: [Fault; 8] = [
    Fault::BlackHole,
    Fault::BlackHoleIn,
    Fault::BlackHoleOut,
    Fault::Reset,
    Fault::Fin,
    Fault::Broker(Process::Stopped),
    Fault::Broker(Process::Silent),
    Fault::ZeroWindow,
];

fn config(k: u16, load: Load) -> WorldConfig {
    let mut config = WorldConfig::new(k);
    // Slow enough that 10 MB last for the whole case.
    for link in [&mut config.up, &mut config.down] {
        link.bandwidth = 200_000;
        link.buffer = 32 * 1024;
    }
    load.apply(&mut config, 50_000);
    config
}

/// Goes to the instant. Some combinations do not exist: an idle client never is mid-packet.
fn go_to(world: &mut World, when: When, k: Duration) -> bool {
    let limit = k * 4;
    let first = world.broker.pings_answered;
    match when {
        When::AfterPingresp => {
            if world.run_until(limit, |w| w.broker.pings_answered > first) {
                // One way at least; under load the PINGRESP waits behind other packets.
                world.run_for(ms(20));
            }
            true
        }
        When::BeforePing => {
            world.run_for(k.mul_f64(0.45));
            let end = world.now + k;
            while let Some(next) = world.machine().poll_deadline().filter(|_| world.now < end) {
                let wait = next.saturating_since(world.now);
                if wait > ms(400) {
                    world.run_for(wait - ms(1));
                    break;
                }
                if !world.step(end) {
                    break;
                }
            }
            true
        }
        When::PingInFlight => world.run_until(limit, |w| {
            w.machine()
                .liveness(w.now)
                .is_some_and(|l| l.unanswered_pings > 0)
        }),
        When::MidPacket => world.run_until(limit, |w| w.is_mid_packet()),
    }
}

/// What is wrong in this case; `None` where it does not exist.
fn check(k: u16, load: Load, when: When, fault: Fault) -> Option<Vec<String>> {
    let times = Times::new(secs(u64::from(k)));
    let mut config = config(k, load);
    config.benign = true;
    let mut world = World::connected(config);
    if !go_to(&mut world, when, times.k) {
        return None;
    }
    let mut wrong = Vec::new();
    if !world.oracle.is_connected() {
        wrong.push(format!(
            "it ended before the fault: {:?}",
            world.oracle.events
        ));
    }
    world.oracle.set_benign(false);
    let from = world.now;
    world.inject(fault);
    match world.until_disconnected(times.k * 4 + secs(8)) {
        None => wrong.push(format!("no disconnect in time: {:?}", world.truth())),
        Some((at, cause)) => {
            if !is_expected(fault, load, &cause) {
                wrong.push(format!("cause {cause:?}"));
            }
            // Whatever the broker sent before it comes first.
            let told = matches!(fault, Fault::Reset | Fault::Fin);
            if told && at.saturating_since(from) > secs(5) {
                wrong.push(format!("told at {from:?}, reported at {at:?}"));
            }
        }
    }
    world.run_for(times.k * 2);
    if world.oracle.events.len() != 2 {
        wrong.push(format!("not two events: {:?}", world.oracle.events));
    }
    wrong.extend(world.finish());
    Some(wrong)
}

fn is_expected(fault: Fault, load: Load, cause: &DisconnectCause) -> bool {
    use DisconnectCause as Cause;
    match fault {
        Fault::Reset => matches!(cause, Cause::Transport(_)),
        Fault::Fin => *cause == Cause::ClosedByServer,
        // The broker hears nothing, and what it says still arrives: its own clock, which only
        // whole packets wind up, may be first.
        Fault::BlackHoleOut if *cause == Cause::ClosedByServer => {
            !matches!(load, Load::Idle | Load::Qos0)
        }
        Fault::Broker(Process::Silent) => *cause == Cause::ServerUnresponsive,
        _ => matches!(cause, Cause::KeepAliveTimeout | Cause::ServerUnresponsive),
    }
}

fn all(k: u16, faults: &[Fault], loads: &[Load], instants: &[When]) -> usize {
    let mut cases = 0;
    let mut failed = Vec::new();
    for fault in faults {
        for load in loads {
            for when in instants {
                if let Some(wrong) = check(k, *load, *when, *fault) {
                    cases += 1;
                    if !wrong.is_empty() {
                        failed.push(format!(
                            "K = {k}, {load:?}, {when:?}, {fault:?}: {}",
                            wrong.join("; ")
                        ));
                    }
                }
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {cases} cases:\n{}",
        failed.len(),
        failed.join("\n")
    );
    cases
}

#[test]
fn every_fault_at_every_instant_under_every_load() {
    // 64 combinations do not exist: no packet is ever halfway where packets are small, and no
    // PINGREQ is sent where there is traffic both ways.
    assert_eq!(all(5, &FAULTS, &Load::ALL, &INSTANTS), 192);
}

#[test]
fn the_shortest_keep_alive() {
    assert!(all(1, &FAULTS, &Load::ALL, &INSTANTS) > 150);
}

#[test]
fn a_usual_keep_alive() {
    let loads = [Load::Idle, Load::Qos0, Load::Inbound, Load::Qos1Window];
    let instants = [When::AfterPingresp, When::BeforePing, When::PingInFlight];
    assert!(all(60, &FAULTS, &loads, &instants) > 60);
}

#[test]
fn the_longest_keep_alive() {
    let instants = [When::AfterPingresp, When::PingInFlight];
    let faults = [
        Fault::BlackHole,
        Fault::Broker(Process::Stopped),
        Fault::Reset,
    ];
    assert_eq!(all(65_535, &faults, &[Load::Idle], &instants), 6);
}

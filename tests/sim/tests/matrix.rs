//! Fault x instant x load on a good network: one event, in time, with the right cause.

use std::time::Duration;

use mqttka_core::error::DisconnectCause;
use mqttka_core::types::QoS;
use mqttka_sim::app::Publishing;
use mqttka_sim::broker::{Process, Push};
use mqttka_sim::oracle::Times;
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{ms, secs};

#[derive(Clone, Copy, Debug)]
enum Load {
    Idle,
    Qos0,
    Flood,
    Upload,
    Qos1Window,
    Inbound,
    Download,
    BothWays,
}

const LOADS: [Load; 8] = [
    Load::Idle,
    Load::Qos0,
    Load::Flood,
    Load::Upload,
    Load::Qos1Window,
    Load::Inbound,
    Load::Download,
    Load::BothWays,
];

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
    // 10 MB would take 10 s at the usual 1 MB/s; slow enough that it lasts for all tests.
    let bulk = 10_000_000;
    let publish = |qos, size, every, count| {
        Some(Publishing {
            qos,
            size,
            every,
            count,
        })
    };
    let push = |qos, size, every, count| {
        Some(Push {
            qos,
            size,
            every,
            count,
        })
    };
    let often = secs(u64::from(k)) / 10;
    config.up.bandwidth = 200_000;
    config.down.bandwidth = 200_000;
    match load {
        Load::Idle => {}
        Load::Qos0 => config.publishing = publish(QoS::AtMostOnce, 64, Some(often), u64::MAX),
        Load::Flood => config.publishing = publish(QoS::AtMostOnce, 1000, None, u64::MAX),
        Load::Upload => {
            config.publishing = publish(QoS::AtLeastOnce, 50_000, None, bulk / 50_000);
        }
        Load::Qos1Window => {
            config.publishing = publish(QoS::AtLeastOnce, 256, None, u64::MAX);
            config.broker.receive_maximum = Some(20);
        }
        Load::Inbound => config.broker.push = push(QoS::AtMostOnce, 64, Some(often), u64::MAX),
        Load::Download => {
            config.broker.push = push(QoS::AtLeastOnce, 50_000, None, bulk / 50_000);
        }
        Load::BothWays => {
            config.publishing = publish(QoS::AtMostOnce, 5_000, None, u64::MAX);
            config.broker.push = push(QoS::AtMostOnce, 5_000, None, u64::MAX);
        }
    }
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
            while let Some(next) = world.machine.poll_deadline().filter(|_| world.now < end) {
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
            w.machine
                .liveness(w.now)
                .is_some_and(|l| l.unanswered_pings > 0)
        }),
        When::MidPacket => world.run_until(limit, |w| w.is_mid_packet()),
    }
}

fn check(k: u16, load: Load, when: When, fault: Fault) -> bool {
    let case = format!("K = {k}, {load:?}, {when:?}, {fault:?}");
    eprintln!("{case}");
    let times = Times::new(secs(u64::from(k)));
    let mut config = config(k, load);
    config.seed = 1;
    config.benign = true;
    let mut world = World::connected(config);
    if !go_to(&mut world, when, times.k) {
        return false;
    }
    assert!(world.oracle.is_connected(), "{case}: {:?}", world.oracle);
    world.oracle.set_benign(false);
    let from = world.now;
    world.inject(fault);
    // A silent broker behind a proxy that acknowledges is found by L8, others by E + 1.5 K.
    let limit = times.k * 4;
    let Some((at, cause)) = world.until_disconnected(limit) else {
        panic!(
            "{case}: no disconnect {limit:?} after {from:?}; {:?}, {:?}",
            world.machine.liveness(world.now),
            world.oracle.violations
        );
    };
    use DisconnectCause as Cause;
    let as_expected = match fault {
        Fault::Reset => matches!(cause, Cause::Transport(_)),
        Fault::Fin => cause == Cause::ClosedByServer,
        Fault::BlackHole | Fault::BlackHoleIn | Fault::BlackHoleOut | Fault::ZeroWindow => {
            matches!(cause, Cause::KeepAliveTimeout | Cause::ServerUnresponsive)
        }
        _ => matches!(cause, Cause::ServerUnresponsive | Cause::KeepAliveTimeout),
    };
    assert!(as_expected, "{case}: {cause:?}");
    if matches!(fault, Fault::Reset | Fault::Fin) {
        // Whatever is queued before it comes first.
        assert!(at.saturating_since(from) < secs(3), "{case}: {at:?}");
    }
    world.run_for(times.k * 2);
    let events = world.oracle.events.len();
    assert_eq!(events, 2, "{case}: {:?}", world.oracle.events);
    let violations = world.finish();
    assert!(violations.is_empty(), "{case}: {violations:#?}");
    true
}

fn all(k: u16, faults: &[Fault], loads: &[Load], instants: &[When]) -> usize {
    let mut cases = 0;
    for fault in faults {
        for load in loads {
            for when in instants {
                cases += usize::from(check(k, *load, *when, *fault));
            }
        }
    }
    cases
}

#[test]
fn every_fault_at_every_instant_under_every_load() {
    let cases = all(5, &FAULTS, &LOADS, &INSTANTS);
    println!("{cases} cases");
    assert!(cases > 200, "{cases}");
}

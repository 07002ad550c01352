//! Deadlines, cancellations, goodbyes and ends of connections in any order, over the driver: each
//! operation has one outcome, whatever comes first. MQTTKA_SEED runs one schedule again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqttka_core::proto::{LostPublish, NetworkChange, QueuePolicy, Reconnect};
use mqttka_sim::app::Burst;
use mqttka_sim::rng::Rng;
use mqttka_sim::schedule::Schedule;
use mqttka_sim::world::{Fault, World};

use super::*;

/// What an application and its network do in a moment.
fn something(rng: &mut Rng) -> Fault {
    let within = |rng: &mut Rng| rng.duration(millis(1), seconds(3));
    match rng.below(24) {
        0..=7 => Fault::Burst(Burst {
            size: rng.range(8, 200) as usize,
            expiry: rng.chance(0.2).then(|| rng.range(1, 3) as u32),
            timeout: rng.chance(0.4).then(|| within(rng)),
            poison: rng.chance(0.1),
            receipt: rng.chance(0.5),
            ..Burst::new(
                rng.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]),
                rng.range(1, 12),
            )
        }),
        8 | 9 => Fault::Flush(rng.chance(0.5).then(|| within(rng))),
        10..=12 => Fault::Subscribe(rng.pick(&["a", "b", "c"]), rng.chance(0.6)),
        13 => Fault::Cancel,
        14 | 15 => Fault::Disconnect(rng.chance(0.5).then(|| within(rng))),
        16 | 17 => Fault::Connect,
        18 => Fault::ReconnectNow,
        19 => Fault::Network(rng.pick(&[NetworkChange::Lost, NetworkChange::Changed])),
        20 => Fault::Foreground(rng.chance(0.5)),
        21 => Fault::Reset,
        22 => Fault::Fin,
        _ => Fault::BrokerDown(rng.chance(0.5)),
    }
}

/// What is wrong with the outcomes of this seed. What else the judge finds is the matter of other
/// tests, whose schedules it knows.
fn run(seed: u64) -> Vec<String> {
    let mut schedule = Schedule::random(seed);
    let mut rng = Rng::new(seed ^ 0x5eed);
    let client = &mut schedule.config.client;
    if rng.chance(0.6) {
        client.reconnect = Some(Reconnect::default());
        schedule.config.reconnect = None;
    }
    client.poison_after = rng.below(3) as u32;
    client.max_inflight = rng.chance(0.3).then(|| rng.range(1, 3) as u16);
    let lost = |rng: &mut Rng| rng.pick(&[LostPublish::Fail, LostPublish::PublishAgain]);
    client.lost_qos1 = lost(&mut rng);
    client.lost_qos2 = lost(&mut rng);
    if rng.chance(0.3) {
        client.outbound_queue_max_messages = rng.range(1, 20) as usize;
        client.queue_policy = rng.pick(&[QueuePolicy::DropOldest, QueuePolicy::DropOldestQos0]);
    }
    // So that things meet.
    schedule.horizon = schedule.horizon.min(seconds(20));
    for _ in 0..rng.range(5, 60) {
        let at = mqttka_sim::at(rng.duration(Duration::ZERO, schedule.horizon));
        schedule.faults.push((at, something(&mut rng)));
    }
    if rng.chance(0.3) {
        let at = mqttka_sim::at(schedule.horizon.mul_f64(rng.unit()));
        schedule.faults.push((at, Fault::Close(rng.chance(0.5))));
    }
    let mut world = World::new(schedule.config);
    for (at, fault) in schedule.faults {
        world.schedule(at, fault);
    }
    world.run_for(schedule.horizon);
    let of_outcomes = [
        "completed twice",
        "never ended",
        "never left the queue",
        "released of",
        "is cancelled, and nobody",
        "was cancelled, and the broker",
    ];
    let found = world.finish();
    let its = |text: &String| of_outcomes.iter().any(|it| text.contains(it));
    found.into_iter().filter(its).collect()
}

#[test]
fn whatever_comes_first_each_operation_has_one_outcome() {
    let seed = std::env::var("MQTTKA_SEED").ok();
    if let Some(seed) = seed.and_then(|seed| seed.parse().ok()) {
        assert_eq!(run(seed), [""; 0]);
        return;
    }
    let mut failed = Vec::new();
    for seed in 0..3_000 {
        let found = catch_unwind(AssertUnwindSafe(|| run(seed)));
        let found = found.unwrap_or_else(|_| vec!["panic".to_owned()]);
        if let Some(first) = found.first() {
            failed.push(format!(
                "MQTTKA_SEED={seed}: {} found: {first}",
                found.len()
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} schedules:\n{}",
        failed.len(),
        failed[..failed.len().min(30)].join("\n")
    );
}

//! Thousands of random schedules. MQTTKA_SEED runs one again; MQTTKA_SCHEDULES says how many.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqttka_sim::schedule::{Outcome, Schedule};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn run(seed: u64) -> (Vec<String>, Outcome) {
    let run = AssertUnwindSafe(|| Schedule::random(seed).run());
    catch_unwind(run).unwrap_or_else(|_| (vec!["panic".to_owned()], Outcome::default()))
}

#[test]
fn no_schedule_breaks_the_promise() {
    if let Some(seed) = number("MQTTKA_SEED") {
        println!("{:#?}", Schedule::random(seed));
        let (found, outcome) = Schedule::random(seed).run();
        println!("{outcome:#?}");
        assert!(found.is_empty(), "{found:#?}");
        return;
    }
    let count = number("MQTTKA_SCHEDULES").unwrap_or(20_000);
    let mut failed = Vec::new();
    let mut total = Outcome::default();
    for seed in 0..count {
        let (found, outcome) = run(seed);
        total.events += outcome.events;
        total.verdicts += outcome.verdicts;
        total.stalled += outcome.stalled;
        total.slowest = total.slowest.max(outcome.slowest);
        if let Some(first) = found.first() {
            failed.push(format!(
                "MQTTKA_SEED={seed}: {} found: {first}",
                found.len()
            ));
        }
    }
    println!("{count} schedules: {total:?}");
    assert!(
        failed.is_empty(),
        "{} of {count} schedules:\n{}",
        failed.len(),
        failed[..failed.len().min(50)].join("\n")
    );
    assert!(total.verdicts as u64 > count / 10, "{total:?}");
}

//! Random days of a client that comes back by itself. MQTTKA_SEED runs one again; MQTTKA_DAYS says
//! how many are run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqttka_sim::days::{Days, Figures};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn run(seed: u64) -> (Vec<String>, Figures) {
    let run = AssertUnwindSafe(|| Days::random(seed).run());
    catch_unwind(run).unwrap_or_else(|_| (vec!["panic".to_owned()], Figures::default()))
}

#[test]
fn a_day_with_a_fault_each_quarter_of_an_hour() {
    for seed in 0..20 {
        let (found, figures) = Days::one_day(seed).run();
        assert!(found.is_empty(), "{seed}: {found:#?}");
        assert!(figures.hours >= 24.0);
    }
}

#[test]
fn whatever_happens_it_comes_back() {
    if let Some(seed) = number("MQTTKA_SEED") {
        println!("{:#?}", Days::random(seed));
        let (found, figures) = Days::random(seed).run();
        println!("{figures:#?}");
        assert!(found.is_empty(), "{found:#?}");
        return;
    }
    let count = number("MQTTKA_DAYS").unwrap_or(300);
    let mut failed = Vec::new();
    let mut total = Figures::default();
    for seed in 0..count {
        let (found, figures) = run(seed);
        total = total.and(figures);
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
    // What is proved of nothing is not proved.
    assert!(total.connections > 20 * count, "{total:?}");
    assert!(total.refused > 0 && total.poisoned > 0, "{total:?}");
    assert!(total.lost > 0, "{total:?}");
}

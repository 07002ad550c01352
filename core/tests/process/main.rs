//! What can only be seen from outside a process: how it ends, forks, and does without threads.
//!
//! Each scenario runs this program again as its child, which does its part and tells on its
//! standard output; the parent plays the broker. `cargo test --test process NAME` runs those whose
//! name contains NAME.

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod end;
#[cfg(unix)]
mod entries;
#[cfg(target_os = "linux")]
mod exhaustion;
#[cfg(unix)]
mod fork;
#[cfg(unix)]
mod held;
#[cfg(target_os = "linux")]
mod reclaimed;
#[cfg(unix)]
mod siblings;

#[cfg(unix)]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("--child") {
        let name = arguments.next().expect("a scenario's name");
        let port = arguments.next().and_then(|port| port.parse().ok());
        let scenario = scenarios().find(|(known, _, _)| *known == name);
        let (_, _, child) = scenario.expect("a scenario");
        return child(port.expect("a port"));
    }
    let wanted = first.filter(|first| !first.starts_with('-'));
    let mut failed = Vec::new();
    for (name, parent, _) in scenarios() {
        if wanted.as_ref().is_some_and(|wanted| !name.contains(wanted)) {
            continue;
        }
        let result = std::panic::catch_unwind(|| parent(name));
        println!(
            "test {name} ... {}",
            if result.is_ok() { "ok" } else { "FAILED" }
        );
        if result.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// A name, the parent's part, and the child's, which is told the broker's port.
#[cfg(unix)]
type Scenario = (&'static str, fn(&str), fn(u16));

#[cfg(unix)]
fn scenarios() -> impl Iterator<Item = Scenario> {
    #[cfg(target_os = "linux")]
    let of_linux = [exhaustion::SCENARIOS, reclaimed::SCENARIOS];
    // Elsewhere limits and tools are other ones.
    #[cfg(not(target_os = "linux"))]
    let of_linux: [&[Scenario]; 0] = [];
    let all = [end::SCENARIOS, fork::SCENARIOS, siblings::SCENARIOS]
        .into_iter()
        .chain(of_linux);
    all.flatten().copied()
}

#[cfg(not(unix))]
fn main() {}

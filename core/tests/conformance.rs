//! `docs/conformance-*.md` have each normative statement of their specification once, and the tests
//! that they name exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Appendix B of MQTT 5.0 (OASIS Standard, 2019-03-07): section, first and last number.
const V5: &[(&str, u32, u32)] = &[
    ("1.5.4", 1, 3),
    ("1.5.5", 1, 1),
    ("1.5.7", 1, 1),
    ("2.1.3", 1, 1),
    ("2.2.1", 2, 6), // there is no 1
    ("2.2.2", 1, 1),
    ("3.1.0", 1, 2),
    ("3.1.2", 1, 30),
    ("3.1.3", 1, 12),
    ("3.1.4", 1, 6),
    ("3.2.0", 1, 2),
    ("3.2.2", 1, 22),
    ("3.3.1", 1, 13),
    ("3.3.2", 1, 20),
    ("3.3.4", 1, 10),
    ("3.4.2", 1, 3),
    ("3.5.2", 1, 3),
    ("3.6.1", 1, 1),
    ("3.6.2", 1, 3),
    ("3.7.2", 1, 3),
    ("3.8.1", 1, 1),
    ("3.8.3", 1, 5),
    ("3.8.4", 1, 8),
    ("3.9.2", 1, 2),
    ("3.9.3", 1, 2),
    ("3.10.1", 1, 1),
    ("3.10.3", 1, 2),
    ("3.10.4", 1, 6),
    ("3.11.2", 1, 2),
    ("3.11.3", 1, 2),
    ("3.12.4", 1, 1),
    ("3.14.0", 1, 1),
    ("3.14.1", 1, 1),
    ("3.14.2", 1, 4),
    ("3.14.4", 1, 3),
    ("3.15.1", 1, 1),
    ("3.15.2", 1, 3),
    ("4.1.0", 1, 2),
    ("4.2.0", 1, 1), // 4.2-1 in the text
    ("4.3.1", 1, 1),
    ("4.3.2", 1, 5),
    ("4.3.3", 1, 13),
    ("4.4.0", 1, 2),
    ("4.5.0", 1, 2),
    ("4.6.0", 1, 6),
    ("4.7.0", 1, 1),
    ("4.7.1", 1, 2),
    ("4.7.2", 1, 1),
    ("4.7.3", 1, 4),
    ("4.8.2", 1, 6),
    ("4.9.0", 1, 3),
    ("4.12.0", 1, 7),
    ("4.12.1", 1, 2),
    ("4.13.1", 1, 1),
    ("4.13.2", 1, 1),
    ("6.0.0", 1, 4),
];

/// The statements of MQTT 3.1.1 (OASIS Standard with Errata 01, 2015-12-10).
const V311: &[(&str, u32, u32)] = &[
    ("1.5.3", 1, 3),
    ("2.2.2", 1, 2),
    ("2.3.1", 1, 7),
    ("3.1.0", 1, 2),
    ("3.1.2", 1, 24), // 7 is 3.1.2.7 in the text
    ("3.1.3", 1, 11),
    ("3.1.4", 1, 5),
    ("3.2.0", 1, 1),
    ("3.2.2", 1, 6),
    ("3.3.1", 1, 12),
    ("3.3.2", 1, 3),
    ("3.3.4", 1, 1),
    ("3.3.5", 1, 2),
    ("3.6.1", 1, 1),
    ("3.8.1", 1, 1),
    ("3.8.3", 1, 4), // 4 is 3-8.3-4 in the text
    ("3.8.4", 1, 6),
    ("3.9.3", 1, 2),
    ("3.10.1", 1, 1),
    ("3.10.3", 1, 2),
    ("3.10.4", 1, 6),
    ("3.12.4", 1, 1),
    ("3.14.1", 1, 1),
    ("3.14.4", 1, 3),
    ("4.1.0", 1, 2),
    ("4.3.1", 1, 1),
    ("4.3.2", 1, 2),
    ("4.3.3", 1, 2),
    ("4.4.0", 1, 1),
    ("4.5.0", 1, 2),
    ("4.6.0", 1, 6),
    ("4.7.1", 1, 3),
    ("4.7.2", 1, 1),
    ("4.7.3", 1, 4),
    ("4.8.0", 1, 2),
    ("6.0.0", 1, 4),
    ("7.0.0", 1, 2),
    ("7.1.1", 1, 1),
    ("7.1.2", 1, 1),
];

fn statements(ranges: &[(&str, u32, u32)]) -> Vec<String> {
    let each = |(section, first, last): &(&str, u32, u32)| {
        let section = (*section).to_owned();
        (*first..=*last).map(move |n| format!("MQTT-{section}-{n}"))
    };
    ranges.iter().flat_map(each).collect()
}

/// What binds whom, and what shows it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    client: usize,
    server: usize,
    shown: usize,
    not_shown: usize,
}

/// The page's link definitions: name, path in the repository.
fn definitions(page: &str) -> BTreeMap<&str, &str> {
    const HOME: &str = "https://github.com/mqttka/mqttka/blob/main/";
    let definition = |line| {
        let (name, target) = str::split_once(line, "]: ")?;
        Some((name.strip_prefix('[')?, target.strip_prefix(HOME)?))
    };
    page.lines().filter_map(definition).collect()
}

/// `[name][link]` each.
fn links(cell: &str) -> Option<Vec<(&str, &str)>> {
    let link = |text| {
        let inner = str::strip_prefix(text, '[')?.strip_suffix(']')?;
        inner.split_once("][")
    };
    cell.split(", ").map(link).collect()
}

/// Whether this file has that test. In C it is a check's function.
fn has_test(source: &str, name: &str, path: &str) -> bool {
    if path.ends_with(".c") {
        return source.contains(&format!("\nstatic void {name}("));
    }
    // A property has arguments.
    let head = format!("fn {name}(");
    source.match_indices(&head).any(|(at, _)| {
        // Between it and the blank line in front of it are its attributes and comments.
        let before = &source[..at];
        let start = before.rfind("\n\n").unwrap_or(0);
        before[start..].contains("#[test]")
    })
}

/// What is wrong with a page. `read` gives the text of a file of the repository.
fn judge(
    page: &str,
    expected: &[String],
    read: impl Fn(&str) -> Option<String>,
) -> (Counts, Vec<String>) {
    let (mut counts, mut faults) = (Counts::default(), Vec::new());
    let definitions = definitions(page);
    let mut used = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| MQTT-")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, asks, of, does, shown] = cells[..] else {
            faults.push(format!("not five cells: {line}"));
            continue;
        };
        if !expected.iter().any(|it| it == id) {
            faults.push(format!("{id}: there is no such statement"));
        }
        if !seen.insert(id) {
            faults.push(format!("{id} is there twice"));
        }
        if asks.is_empty() || does.is_empty() {
            faults.push(format!("{id} has no words"));
        }
        match of {
            "client" | "both" => counts.client += 1,
            "server" => counts.server += 1,
            _ => faults.push(format!("{id} binds {of}")),
        }
        if shown == "-" {
            counts.not_shown += 1;
            let reason = if of == "server" {
                does.starts_with("Cannot be seen") || does.starts_with("Cannot apply")
            } else {
                does.starts_with("Cannot apply")
            };
            if !reason {
                faults.push(format!("{id} has neither a test nor a reason"));
            }
            continue;
        }
        counts.shown += 1;
        let Some(links) = links(shown) else {
            faults.push(format!("{id}: no list of links: {shown}"));
            continue;
        };
        for (name, link) in links {
            used.insert(link);
            let Some(path) = definitions.get(link) else {
                faults.push(format!("{id}: [{link}] leads nowhere"));
                continue;
            };
            if !read(path).is_some_and(|source| has_test(&source, name, path)) {
                faults.push(format!("{id}: {path} has no test {name}"));
            }
        }
    }
    let missing = expected.iter().filter(|id| !seen.contains(id.as_str()));
    faults.extend(missing.map(|id| format!("{id} is missing")));
    let unused = definitions.keys().filter(|link| !used.contains(*link));
    faults.extend(unused.map(|link| format!("[{link}] is not used")));
    (counts, faults)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

#[test]
fn each_statement_has_its_row_and_each_test_exists() {
    let overview = read("docs/conformance.md").expect("the overview");
    for (version, page, ranges) in [
        ("3.1.1", "docs/conformance-3.1.1.md", V311),
        ("5.0", "docs/conformance-5.0.md", V5),
    ] {
        let text = read(page).expect("the page");
        let (counts, faults) = judge(&text, &statements(ranges), read);
        assert!(faults.is_empty(), "{page}:\n{}", faults.join("\n"));
        let Counts {
            client,
            server,
            shown,
            not_shown,
        } = counts;
        let total = client + server;
        let row = format!(
            "| [{total}]({}) | {client} | {server} | {shown} | {not_shown} |",
            &page[5..]
        );
        let row = format!("| {version} {row}");
        assert!(overview.contains(&row), "docs/conformance.md wants\n{row}");
    }
}

#[test]
fn as_many_as_the_specifications_have() {
    assert_eq!(statements(V5).len(), 251);
    assert_eq!(statements(V311).len(), 141);
}

#[test]
fn a_hole_is_found() {
    let expected = statements(&[("1.2.3", 1, 2)]);
    let source = "#[test]\n// because;\nfn works() {}\n\nfn helper() {}\n";
    let read = |path: &str| (path == "core/a.rs").then(|| source.to_owned());
    let judge = |rows: &str| {
        let link = "[a]: https://github.com/mqttka/mqttka/blob/main/core/a.rs\n";
        judge(&format!("{rows}\n{link}"), &expected, read)
            .1
            .join("; ")
    };
    let good = "| MQTT-1.2.3-1 | a | client | b | [works][a] |\n";
    let server = "| MQTT-1.2.3-2 | a | server | Cannot be seen | - |\n";
    assert_eq!(judge(&format!("{good}{server}")), "");
    for (second, fault) in [
        ("", "MQTT-1.2.3-2 is missing"),
        (good, "MQTT-1.2.3-1 is there twice"),
        (
            "| MQTT-1.2.3-3 | a | both | b | [works][a] |",
            "no such statement",
        ),
        (
            "| MQTT-1.2.3-2 | a | both | b | - |",
            "neither a test nor a reason",
        ),
        (
            "| MQTT-1.2.3-2 | a | both | Cannot be seen | - |",
            "neither a test nor a reason",
        ),
        (
            "| MQTT-1.2.3-2 | a | server | b | - |",
            "neither a test nor a reason",
        ),
        ("| MQTT-1.2.3-2 | a | all | b | [works][a] |", "binds all"),
        ("| MQTT-1.2.3-2 | | both | b | [works][a] |", "cells"),
        (
            "| MQTT-1.2.3-2 | a | both | b | [gone][a] |",
            "has no test gone",
        ),
        (
            "| MQTT-1.2.3-2 | a | both | b | [helper][a] |",
            "has no test helper",
        ),
        (
            "| MQTT-1.2.3-2 | a | both | b | [works][b] |",
            "[b] leads nowhere",
        ),
        (
            "| MQTT-1.2.3-2 | a | both | b | works |",
            "no list of links",
        ),
    ] {
        let found = judge(&format!("{good}{second}"));
        assert!(found.contains(fault), "{second}: {found}");
    }
    assert!(judge(server).contains("[a] is not used"));
}

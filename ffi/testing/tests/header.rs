//! include/mqttka_testing.h is what ffi/testing/src says.
//! `UPDATE_HEADER=1 cargo test -p mqttka-testing-ffi --test header` writes it anew.
use std::path::PathBuf;

use cbindgen::{Builder, Config, ItemType};

const CHAPTERS: [&str; 7] = [
    "broker",
    "telling",
    "authenticating",
    "properties",
    "seen",
    "bearing",
    "clients",
];

fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    let path = here(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What cbindgen makes of one file's items of this kind.
fn generate(chapter: &str, items: Vec<ItemType>) -> String {
    let mut config = Config::from_file(here("../cbindgen.toml")).expect("cbindgen.toml");
    config.export.item_types = items;
    let bindings = Builder::new()
        .with_config(config)
        .with_src(here(&format!("src/{chapter}.rs")))
        .generate()
        .unwrap_or_else(|error| panic!("{chapter}: {error}"));
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).expect("UTF-8").trim().to_owned()
}

/// The constants, whose values cbindgen does not know: they are the crate's.
fn constants(chapter: &str) -> String {
    let source = read(&format!("src/{chapter}.rs"));
    let mut text = String::new();
    let mut said = Vec::new();
    for line in source.lines() {
        if let Some(words) = line.strip_prefix("/// ") {
            said.push(words);
        } else {
            if let Some((name, value)) = line
                .strip_prefix("pub const ")
                .and_then(|rest| rest.split_once(": i32 = "))
            {
                let number = number(value.trim_end_matches(';'));
                text += &format!("/** {} */\n#define {name} {number}\n", said.join("\n * "));
            }
            said.clear();
        }
    }
    text.trim().to_owned()
}

/// Of `Enum::Variant as i32`.
fn number(value: &str) -> u8 {
    use mqttka_testing::{Acknowledging, SeenKind, Transport};
    let variant = value
        .split_once("::")
        .and_then(|(_, rest)| rest.strip_suffix(" as i32"))
        .unwrap_or_else(|| panic!("{value} is no variant"));
    let seen = SeenKind::ALL.iter();
    let seen = seen.map(|kind| (format!("{kind:?}"), *kind as u8));
    let acknowledging = Acknowledging::ALL.iter();
    let acknowledging = acknowledging.map(|it| (format!("{it:?}"), *it as u8));
    let transports = Transport::ALL.iter();
    let transports = transports.map(|it| (format!("{it:?}"), *it as u8));
    let found = seen
        .chain(acknowledging)
        .chain(transports)
        .find(|(name, _)| name == variant);
    found.unwrap_or_else(|| panic!("{value} is unknown")).1
}

fn header() -> String {
    let mut parts = vec![
        read("header/preamble.h").trim().to_owned(),
        "#ifndef MQTTKA_TESTING_H\n#define MQTTKA_TESTING_H".to_owned(),
        "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>".to_owned(),
        "#ifdef __cplusplus\nextern \"C\" {\n#endif".to_owned(),
    ];
    for chapter in ["broker", "seen", "properties", "clients"] {
        parts.push(generate(chapter, vec![ItemType::OpaqueItems]));
    }
    for chapter in CHAPTERS {
        let source = read(&format!("src/{chapter}.rs"));
        let title = source.lines().next().and_then(|it| it.strip_prefix("//! "));
        let title = title.expect("a module comment").trim_end_matches('.');
        parts.push(format!("/*\n * {}\n */", title.to_uppercase()));
        parts.push(constants(chapter));
        parts.push(generate(chapter, vec![ItemType::Functions]));
    }
    parts.push("#ifdef __cplusplus\n}\n#endif".to_owned());
    parts.push("#endif /* MQTTKA_TESTING_H */".to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

#[test]
fn the_committed_header_is_fresh() {
    let path = here("../../include/mqttka_testing.h");
    let fresh = header();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &fresh).expect("include/mqttka_testing.h can be written");
    }
    assert!(
        read("../../include/mqttka_testing.h") == fresh,
        "include/mqttka_testing.h is stale; run UPDATE_HEADER=1 cargo test -p mqttka-testing-ffi --test header"
    );
}

#[test]
fn every_exported_function_is_declared_guarded_and_described() {
    let header = header();
    for chapter in CHAPTERS {
        let source = read(&format!("src/{chapter}.rs"));
        for (before, after) in source
            .match_indices("#[unsafe(no_mangle)]\n")
            .map(|(at, mark)| (&source[..at], &source[at + mark.len()..]))
        {
            let name = after
                .split_once("fn ")
                .and_then(|(_, rest)| rest.split_once('('));
            let name = name.expect("a function follows").0;
            assert!(
                header.contains(&format!("{name}(")),
                "{name} is not declared"
            );
            assert!(
                after.contains(&format!("\"{name}\"")),
                "{name} has no guard that knows it"
            );
            let comment = before.lines().next_back().unwrap_or_default();
            assert!(comment.starts_with("///"), "{name} is not described");
        }
    }
}

#[test]
fn the_errors_are_those_of_the_library() {
    let library = read("../../include/mqttka.h");
    let guard = read("src/guard.rs");
    for (name, number) in [
        ("NULL", 40),
        ("TIMED_OUT", 44),
        ("NOT_PRESENT", 45),
        ("PANIC", 46),
    ] {
        assert!(
            library.contains(&format!("#define MQTTKA_ERROR_{name} {number}\n")),
            "{name}"
        );
        assert!(
            guard.contains(&format!("const {name}: i32 = {number};")),
            "{name}"
        );
    }
}

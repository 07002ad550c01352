//! include/mqttka.h is what ffi/src says. `UPDATE_HEADER=1 cargo test -p mqttka-ffi --test header`
//! writes it anew.
use std::fmt::Write;
use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config, ItemType};

/// The chapters, in the order in which one reads them.
const CHAPTERS: [&str; 42] = [
    "version",
    "error",
    "error_text",
    "callbacks",
    "options",
    "callback_options",
    "network_options",
    "network",
    "reconnect_options",
    "limit_options",
    "option_getters",
    "provider",
    "authentication",
    "client",
    "connect",
    "goodbye",
    "disconnect_request",
    "canceller",
    "operation",
    "hint",
    "host_loop",
    "subscribe_request",
    "unsubscribe_request",
    "subscription",
    "stream",
    "asking",
    "requests",
    "result",
    "event",
    "cause",
    "stop_reason",
    "transport",
    "message",
    "property",
    "trace_context",
    "refusal",
    "acknowledgement",
    "counters",
    "packet_tap",
    "topic",
    "log",
    "negotiated",
];
/// Files that go on with the chapter before them, without a heading: functions that need more than
/// what their chapter's first file may know.
const CONTINUED: [&str; 8] = [
    "requests",
    "trace_context",
    "acknowledgement",
    "error_text",
    "callback_options",
    "connect",
    "network",
    "option_getters",
];
/// Goes with the client; apart from it because of its many numbers.
const LAST_CHAPTER: &str = "status";

fn crate_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn source(chapter: &str) -> PathBuf {
    crate_dir().join("src").join(chapter).with_extension("rs")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What cbindgen makes of one file.
fn generate(chapter: &str, items: Vec<ItemType>) -> String {
    let mut config = Config::from_file(crate_dir().join("cbindgen.toml")).expect("cbindgen.toml");
    config.export.item_types = items;
    // cbindgen leaves types out that no function of the same file mentions.
    config.export.include = read(&source(chapter))
        .lines()
        .filter_map(|line| {
            line.strip_prefix("pub type ")
                .or_else(|| line.strip_prefix("pub struct "))
        })
        .filter_map(|rest| rest.split_once(' '))
        .map(|(name, _)| name.to_owned())
        .collect();
    let bindings = Builder::new()
        .with_config(config)
        .with_src(source(chapter))
        .generate()
        .unwrap_or_else(|error| panic!("{chapter}: {error}"));
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).expect("UTF-8");
    compact(text.trim())
}

const WIDTH: usize = 100;

/// Comments of one line on one line, and no blank lines between constants.
fn compact(text: &str) -> String {
    let mut compact = String::new();
    let mut lines = text.lines().peekable();
    let mut after_define = false;
    while let Some(line) = lines.next() {
        if line == "/**" {
            let first = lines.next().unwrap_or_default();
            let on_one_line = format!("/** {} */", first.trim_start_matches(" * "));
            if on_one_line.len() <= WIDTH && lines.next_if_eq(&" */").is_some() {
                writeln!(compact, "{on_one_line}")
            } else {
                writeln!(compact, "/**\n{first}")
            }
        } else if line.is_empty() && after_define {
            Ok(())
        } else {
            writeln!(compact, "{line}")
        }
        .expect("a String takes it");
        after_define = line.starts_with("#define");
    }
    compact.trim().to_owned()
}

/// A chapter's heading: the file's module comment.
fn heading(chapter: &str) -> String {
    let source = read(&source(chapter));
    let lines: Vec<&str> = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .collect();
    let (title, text) = lines.split_first().expect("a module comment");
    let mut heading = format!("/*\n * {}\n", title.trim().to_uppercase());
    for line in text {
        writeln!(heading, " *{line}").expect("a String takes it");
    }
    heading.push_str(" */");
    heading
}

fn header() -> String {
    let chapters = || CHAPTERS.iter().copied().chain([LAST_CHAPTER]);
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = vec![
        read(&crate_dir().join("header/preamble.h"))
            .trim()
            .to_owned(),
        "#ifndef MQTTKA_H\n#define MQTTKA_H".to_owned(),
        // MSVC has C99's types without saying so.
        "#if !defined(__cplusplus) && !defined(_MSC_VER) \\\n    \
         && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)\n\
         #error \"mqttka.h needs C99 (-std=c99) or later\"\n#endif"
            .to_owned(),
        "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>".to_owned(),
        "#ifdef __cplusplus\nextern \"C\" {\n#endif".to_owned(),
        format!("/* The version of this header. */\n#define MQTTKA_VERSION \"{version}\""),
        "/* As a string's length: the string ends at its NUL. */\n\
         #define MQTTKA_NUL_TERMINATED SIZE_MAX"
            .to_owned(),
        "/*\n * TYPES\n */".to_owned(),
    ];
    for chapter in chapters() {
        parts.push(generate(chapter, vec![ItemType::OpaqueItems]));
    }
    for chapter in chapters() {
        if !CONTINUED.contains(&chapter) {
            parts.push(heading(chapter));
        }
        parts.push(generate(chapter, vec![ItemType::Typedefs]));
        parts.push(generate(chapter, vec![ItemType::Structs]));
        parts.push(generate(chapter, vec![ItemType::Constants]));
        parts.push(generate(chapter, vec![ItemType::Functions]));
    }
    parts.push("#ifdef __cplusplus\n}\n#endif".to_owned());
    parts.push("#endif /* MQTTKA_H */".to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

#[test]
fn the_committed_header_is_fresh() {
    let path = crate_dir().join("../include/mqttka.h");
    let fresh = header();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &fresh).expect("include/mqttka.h can be written");
    }
    let committed = read(&path);
    let differs = fresh
        .lines()
        .zip(committed.lines())
        .position(|(fresh, committed)| fresh != committed);
    assert!(
        fresh == committed,
        "include/mqttka.h is stale from line {} on; run \
         UPDATE_HEADER=1 cargo test -p mqttka-ffi --test header",
        differs.map_or(0, |line| line + 1)
    );
}

#[test]
fn the_header_fits_a_screen() {
    for (number, line) in header().lines().enumerate() {
        assert!(line.len() <= WIDTH, "line {}: {line}", number + 1);
    }
}

#[test]
fn every_source_file_that_exports_is_a_chapter() {
    let mut exporting = 0;
    for entry in std::fs::read_dir(crate_dir().join("src")).expect("src") {
        let path = entry.expect("an entry of src").path();
        let source = read(&path);
        let exported = source.matches("#[unsafe(no_mangle)]").count();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let listed = CHAPTERS.contains(&name.as_str()) || name == LAST_CHAPTER;
        assert!(
            listed || exported == 0,
            "{name}.rs exports and is no chapter"
        );
        exporting += exported;
    }
    let header = header();
    let declared = header
        .lines()
        .filter(|line| line.contains(" mqttka_") || line.contains("*mqttka_"))
        .filter(|line| !line.starts_with([' ', '/', '#', '*', '}']) && !line.starts_with("typedef"))
        .count();
    assert_eq!(
        declared, exporting,
        "functions declared, functions exported"
    );
}

#[test]
fn every_exported_function_is_guarded_and_described() {
    for chapter in CHAPTERS.iter().copied().chain([LAST_CHAPTER]) {
        let source = read(&source(chapter));
        for part in source.split("#[unsafe(no_mangle)]\n").skip(1) {
            let name = part
                .split_once("fn ")
                .and_then(|(_, rest)| rest.split_once('('))
                .expect("a function follows")
                .0;
            assert!(
                part.starts_with("pub unsafe extern \"C\" fn "),
                "{name}: not a C function"
            );
            let (_, body) = part.split_once("{\n").expect("a body");
            let body = body.split("\n}\n").next().unwrap_or_default();
            // Nothing but constants may stand before the guard: what is outside can panic into C.
            let first = body
                .lines()
                .map(str::trim)
                .find(|line| {
                    !line.starts_with("const ")
                        && !line.starts_with("static ")
                        && !line.starts_with("let mut error = ")
                })
                .unwrap_or_default();
            assert!(
                ["status", "client_status", "value", "value_or"]
                    .iter()
                    .any(
                        |guard| first.contains(&format!("guard::{guard}({name:?}, "))
                            || first.contains(&format!("guard::{guard}("))
                                && body.contains(&format!("(\n        {name:?},\n"))
                    ),
                "{name}: its body starts with {first:?}, not with a guard that knows its name"
            );
            // Whatever needs the library's threads asks first whether they are there.
            let (signature, _) = part.split_once("{\n").expect("a body");
            let asks = first.contains("guard::client_status(")
                || body.contains("guard::not_in_child()?;\n")
                || body.contains("if !forked() {\n");
            let of_a_client = [
                "*mut mqttka_client",
                "*mut mqttka_stream",
                "*mut mqttka_requests",
                "*mut mqttka_received_request",
                "*mut mqttka_connection_request",
                "*mut mqttka_authentication_request",
                "*mut mqttka_name_request",
                "mqttka_log_fn",
            ]
            .iter()
            .any(|argument| signature.contains(argument));
            assert_eq!(
                asks, of_a_client,
                "{name}: functions of clients, and no others, refuse a forked child"
            );
        }
        for (before, _) in source
            .match_indices("#[unsafe(no_mangle)]")
            .map(|(at, _)| source.split_at(at))
        {
            let comment = before.lines().next_back().unwrap_or_default();
            assert!(
                comment.starts_with("///"),
                "{chapter}: an exported function without a description"
            );
        }
    }
}

//! The entries that the client's source has, so that none is without its test.

use std::collections::BTreeSet;
use std::path::Path;

/// Public functions of what an application holds, as `Type::function`.
pub(crate) fn entries_of_the_source() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let types = [
        "Client",
        "ConnectionRequest",
        "Messages",
        "Requests",
        "ReceivedRequest",
        "Events",
        "Connecting",
        "Disconnecting",
        "Delivery",
        "Completion",
        "Canceller",
        "Requesting",
        "Acknowledgement",
        "AuthenticationRequest",
    ];
    let mut found = BTreeSet::new();
    let files = std::fs::read_dir(source.join("client")).expect("the client's files");
    let files = files.map(|file| file.expect("a file").path());
    let files = files.filter(|file| file.extension().is_some_and(|it| it == "rs"));
    for file in files.chain([source.join("client.rs")]) {
        let text = std::fs::read_to_string(&file).expect("a source");
        let mut inside = None;
        for line in text.lines() {
            if let Some(name) = line
                .strip_prefix("impl ")
                .and_then(|it| it.strip_suffix(" {"))
            {
                inside = types.contains(&name).then(|| name.to_owned());
            } else if line == "}" {
                inside = None;
            }
            let Some(inside) = &inside else { continue };
            let function = ["pub fn ", "pub async fn ", "pub const fn "]
                .into_iter()
                .find_map(|prefix| line.trim_start().strip_prefix(prefix));
            if let Some(function) = function {
                let end = function.find(['(', '<']).expect("its parameters");
                found.insert(format!("{inside}::{}", &function[..end]));
            }
        }
    }
    found
}

//! The C header has every name of the core's tables, with the same number.
use std::collections::BTreeMap;
use std::ffi::CStr;

use mqttka_core::client::vocabulary::{self, Entry};

/// The header's constants that are decimal numbers.
fn constants() -> BTreeMap<String, i32> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../include/mqttka.h");
    let header = std::fs::read_to_string(path).expect("include/mqttka.h");
    header
        .lines()
        .filter_map(|line| line.strip_prefix("#define MQTTKA_")?.split_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
        .collect()
}

/// A longer prefix that begins with another one.
const TRANSPORT_ERROR: &str = "TRANSPORT_ERROR";

/// Every entry of the core is in C, and C has no other with this prefix.
fn compare(prefix: &str, entries: Vec<Entry>, only_in_c: &[(&str, i32)]) {
    let core: BTreeMap<String, i32> = entries
        .into_iter()
        .map(|(name, number)| {
            let name = name
                .to_uppercase()
                // C's older words.
                .replace("INVALID_TEXT", "INVALID_STRING")
                .replace("TIMED_OUT", "OPERATION_TIMED_OUT");
            let name = match prefix {
                "STAGE" => name.replace("WEB_SOCKET", "WEBSOCKET"),
                _ => name,
            };
            (format!("{prefix}_{name}"), number)
        })
        .chain(
            only_in_c
                .iter()
                .map(|(name, number)| (format!("{prefix}_{name}"), *number)),
        )
        .collect();
    let c: BTreeMap<String, i32> = constants()
        .into_iter()
        .filter(|(name, _)| name.starts_with(&format!("{prefix}_")))
        .filter(|(name, _)| prefix == TRANSPORT_ERROR || !name.starts_with(TRANSPORT_ERROR))
        .collect();
    assert_eq!(c, core);
}

#[test]
fn states_stages_and_network_changes() {
    compare("STATE", vocabulary::states(), &[]);
    compare("STAGE", vocabulary::stages(), &[]);
    compare("NETWORK", vocabulary::network_changes(), &[]);
}

#[test]
fn transports_and_their_errors() {
    compare("TRANSPORT", vocabulary::transports(), &[]);
    compare(TRANSPORT_ERROR, vocabulary::transport_errors(), &[]);
    for (name, number) in vocabulary::transports() {
        assert_eq!(text(number, crate::mqttka_transport_string), name);
    }
    for (name, number) in vocabulary::transport_errors() {
        assert_eq!(text(number, crate::mqttka_transport_error_string), name);
    }
    for number in [i32::MIN, -1, 0, 6, 7, 99, i32::MAX] {
        assert_eq!(text(number, crate::mqttka_transport_string), "unknown");
        assert_eq!(
            text(number, crate::mqttka_transport_error_string),
            "unknown"
        );
    }
}

#[test]
fn errors() {
    let of_the_border = [
        ("NULL", 40),
        ("UNKNOWN_OPTION", 41),
        ("ABI_MISMATCH", 42),
        ("WOULD_DEADLOCK", 43),
        ("TIMED_OUT", 44),
        ("NOT_PRESENT", 45),
        ("PANIC", 46),
        ("UNSUBSCRIBED", 47),
        ("ALREADY_ANSWERED", 48),
    ];
    compare("ERROR", vocabulary::errors(), &of_the_border);
    for (name, number) in vocabulary::errors() {
        assert_ne!(
            text(number, crate::mqttka_strerror),
            "unknown error",
            "{name}"
        );
    }
    for (name, number) in of_the_border {
        assert_ne!(
            text(number, crate::mqttka_strerror),
            "unknown error",
            "{name}"
        );
    }
}

#[test]
fn causes_and_connect_errors() {
    compare("CONNECT_ERROR", vocabulary::connect_errors(), &[]);
    compare("CAUSE", vocabulary::disconnect_causes(), &[]);
    let causes = vocabulary::disconnect_causes().into_iter();
    for (name, number) in causes.chain(vocabulary::connect_errors()) {
        assert_eq!(text(number, crate::mqttka_cause_string), name);
    }
    for (name, number) in vocabulary::stages() {
        assert_eq!(text(number, crate::mqttka_stage_string), name);
    }
    for number in [i32::MIN, -1, 0, 14, 99, 100, 111, i32::MAX] {
        assert_eq!(text(number, crate::mqttka_cause_string), "unknown");
        assert_eq!(text(number, crate::mqttka_stage_string), "unknown");
    }
}

#[test]
fn reasons_to_stop_and_what_happens_to_operations() {
    compare("STOP", vocabulary::stop_reasons(), &[]);
    compare("QUEUE", vocabulary::queue_policies(), &[]);
    compare("LOST", vocabulary::lost_publishes(), &[]);
    compare("FAULT", vocabulary::faults(), &[]);
    compare("RECEIPT", vocabulary::receipts(), &[]);
    for (name, number) in vocabulary::stop_reasons() {
        assert_eq!(text(number, crate::mqttka_stop_reason_string), name);
    }
    for number in [i32::MIN, -1, 0, 10, 19, 26, i32::MAX] {
        assert_eq!(text(number, crate::mqttka_stop_reason_string), "unknown");
    }
}

/// Errors name options, properties and keys as the header does, all of them.
#[test]
fn names_in_errors() {
    let tables = [
        ("OPTION_", crate::names::OPTIONS),
        ("PROPERTY_", crate::names::PROPERTIES),
        ("STATUS_", crate::names::STATUSES),
        ("DISCONNECT_", crate::names::DISCONNECTS),
        ("PACKET_", crate::names::PACKETS),
    ];
    for (prefix, table) in tables {
        let named: BTreeMap<String, i32> = table
            .iter()
            .map(|(number, name)| (name.replace("MQTTKA_", ""), *number))
            .collect();
        let c: BTreeMap<String, i32> = constants()
            .into_iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .collect();
        assert_eq!(named, c);
    }
    // The types of events share their prefix with the keys.
    let types = 9;
    let keys = constants()
        .into_keys()
        .filter(|name| name.starts_with("EVENT_"))
        .count();
    assert_eq!(keys - types, crate::names::EVENT_KEYS.len());
}

/// An event's cause is read without its type, so that no number may mean two things.
#[test]
fn causes_and_connect_errors_are_disjoint() {
    let number = |entry: Entry| entry.1;
    let causes: Vec<i32> = vocabulary::disconnect_causes()
        .into_iter()
        .map(number)
        .collect();
    for (name, number) in vocabulary::connect_errors() {
        assert!(!causes.contains(&number), "{name} is {number}");
    }
}

#[test]
fn reason_codes_have_words() {
    let codes = vocabulary::reason_codes();
    assert_eq!(codes.len(), 43);
    for (name, number) in codes {
        assert_ne!(
            text(number, crate::mqttka_reason_code_string),
            "unknown reason code",
            "{name}"
        );
    }
}

fn text(number: i32, of: unsafe extern "C" fn(i32) -> *const std::ffi::c_char) -> String {
    // SAFETY: these functions take any number and return static NUL-terminated text.
    let text = unsafe { CStr::from_ptr(of(number)) };
    text.to_string_lossy().into_owned()
}

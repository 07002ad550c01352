//! Options that are one value of a plain kind: where each is, and how each kind is read. A table of
//! places is much smaller than a reader of its own for each.

use std::time::Duration;

use mqttka_core::client::{Options, Reconnect};
use wasm_bindgen::JsValue;

use super::Result;
use crate::value;

/// Where a value goes.
enum Slot<'a> {
    Flag(&'a mut bool),
    Time(&'a mut Duration),
    SomeTime(&'a mut Option<Duration>),
    Short(&'a mut u16),
    SomeShort(&'a mut Option<u16>),
    Long(&'a mut u32),
    SomeLong(&'a mut Option<u32>),
    Size(&'a mut usize),
}

/// Sets one of these options; `false` where the name is none of them.
pub(super) fn set(options: &mut Options, name: &str, given: &JsValue) -> Result<bool> {
    // The host hears what the page and the system say of the network.
    let mut ignored = false;
    let Some(slot) = slot(options, name, &mut ignored) else {
        return Ok(false);
    };
    let number = || value::number(name, given);
    let time = || value::time(name, given);
    let absent = value::absent(given);
    // The bounds of each option fit its field.
    match slot {
        Slot::Flag(flag) => *flag = value::flag(name, given)?,
        Slot::SomeTime(place) if absent => *place = None,
        Slot::SomeShort(place) if absent => *place = None,
        Slot::SomeLong(place) if absent => *place = None,
        Slot::Time(place) => *place = time()?,
        Slot::SomeTime(place) => *place = Some(time()?),
        Slot::Short(place) => *place = number()? as u16,
        Slot::SomeShort(place) => *place = Some(number()? as u16),
        Slot::Long(place) => *place = number()? as u32,
        Slot::SomeLong(place) => *place = Some(number()? as u32),
        Slot::Size(place) => *place = number()? as usize,
    }
    Ok(true)
}

fn slot<'a>(options: &'a mut Options, name: &str, ignored: &'a mut bool) -> Option<Slot<'a>> {
    let config = &mut options.config;
    if name.starts_with("reconnect_") {
        let reconnect = config.reconnect.get_or_insert_with(Reconnect::default);
        return Some(match name {
            "reconnect_first_delay" => Slot::Time(&mut reconnect.first_delay),
            "reconnect_max_delay" => Slot::Time(&mut reconnect.max_delay),
            "reconnect_max_attempts" => Slot::SomeLong(&mut reconnect.max_attempts),
            "reconnect_max_time" => Slot::SomeTime(&mut reconnect.max_time),
            "reconnect_reset_after" => Slot::SomeTime(&mut reconnect.reset_after),
            _ => return None,
        });
    }
    Some(match name {
        "keep_alive" => Slot::Short(&mut config.keep_alive),
        "clean_start" => Slot::Flag(&mut config.clean_start),
        "session_expiry_interval" => Slot::Long(&mut config.session_expiry_interval),
        "connect_timeout" => Slot::SomeTime(&mut config.connect_timeout),
        "dead_peer_timeout" => Slot::SomeTime(&mut config.dead_peer_timeout),
        "receive_maximum" => Slot::Short(&mut config.receive_maximum),
        "max_inflight" => Slot::SomeShort(&mut config.max_inflight),
        "maximum_packet_size" => Slot::SomeLong(&mut config.maximum_packet_size),
        "topic_alias_maximum" => Slot::Short(&mut config.topic_alias_maximum),
        "outbound_topic_alias_maximum" => Slot::Short(&mut config.outbound_topic_alias_maximum),
        "manual_acknowledgement" => Slot::Flag(&mut options.manual_acknowledgement),
        "outbound_queue_max_messages" => Slot::Size(&mut config.outbound_queue_max_messages),
        "outbound_queue_max_bytes" => Slot::Size(&mut config.outbound_queue_max_bytes),
        "inbound_queue_max_bytes" => Slot::Size(&mut config.inbound_queue_max_bytes),
        "unclaimed_timeout" => Slot::Time(&mut options.unclaimed_timeout),
        "request_response_information" => Slot::Flag(&mut config.request_response_information),
        "request_problem_information" => Slot::Flag(&mut config.request_problem_information),
        "adaptive_ping" => Slot::Flag(&mut config.adaptive_ping),
        "network_monitor" => Slot::Flag(ignored),
        "fallback_to_v311" => Slot::Flag(&mut config.fallback_to_v311),
        "max_redirects" => Slot::Long(&mut config.max_redirects),
        "poison_after" => Slot::Long(&mut config.poison_after),
        "clean_start_on_backlog" => Slot::Flag(&mut config.clean_start_on_backlog),
        "make_before_break" => Slot::Flag(&mut config.make_before_break),
        #[cfg(feature = "sockets")]
        "tls_resumption" => Slot::Flag(&mut options.tls.resumption),
        #[cfg(feature = "sockets")]
        "tls_danger_accept_any_certificate" => {
            Slot::Flag(&mut options.tls.danger_accept_any_certificate)
        }
        _ => return None,
    })
}

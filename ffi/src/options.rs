//! Options
//!
//! What a client is made with. Numbers, strings and bytes are set by number, so that programs
//! keep working with later versions of the library. An options object is used by one thread at a
//! time.
use std::ffi::{c_char, c_void};
use std::time::Duration;

use mqttka_core::client::{Bytes, Options, RateLimit, Transport, Version, Will};

use crate::callbacks::Callbacks;
use crate::guard::{self, Failure};
use crate::handle;
use crate::hooks::Hooks;
use crate::limit_options;
use crate::message::mqttka_message;
use crate::names;
use crate::network_options::{self, server};
use crate::reconnect_options::{self, ComingBack};
use crate::user_data::{OwnedUserData, UserPointer};

/// Number: the broker's port, 1 to 65,535. Default: that of its transport, 1883 for TCP.
pub const MQTTKA_OPTION_PORT: i32 = 1;
/// Number: 4 for MQTT 3.1.1, 5 for MQTT 5.0. Default 5.
pub const MQTTKA_OPTION_PROTOCOL_VERSION: i32 = 2;
/// Number: Keep Alive in seconds, 0 to 65,535 (section 3.1.2.10). Default 60. The disconnect event
/// comes within 1.5 times this after the last sign of life. The broker may impose another value
/// (MQTTKA_EVENT_KEEP_ALIVE). 0 switches pings and this bound off.
pub const MQTTKA_OPTION_KEEP_ALIVE: i32 = 3;
/// Number: 1 to start without an earlier session's state, 0 to resume it (section 3.1.2.4; Clean
/// Session in 3.1.1, where 0 needs a MQTTKA_OPTION_CLIENT_ID [MQTT-3.1.3-8]). Default 1. It is about
/// what was before this client: what MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL keeps between two
/// connections of this client is resumed with either value.
pub const MQTTKA_OPTION_CLEAN_START: i32 = 4;
/// Number: how long the session outlives the connection, in seconds, 0 to 4,294,967,295 = for ever
/// (section 3.1.2.11.2). Default 0. MQTT 5.0 only.
pub const MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL: i32 = 5;
/// Number: from mqttka_client_connect() to CONNACK, in milliseconds, 1 to 86,400,000 (a day), or 0,
/// the default: 1.5 times the keep-alive, at most 30 s (30 s where the keep-alive is 0).
pub const MQTTKA_OPTION_CONNECT_TIMEOUT_MS: i32 = 6;
/// Number: a bound of your own for the time without any sign of life, in milliseconds, 1,500 to
/// 86,400,000 (a day), or 0, the default: off. For use with a long keep-alive or with none.
pub const MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS: i32 = 7;
/// Number: how many QoS 1 and 2 messages may come unacknowledged at once, 1 to 65,535 (section
/// 3.1.2.11.3). Default 1,024.
pub const MQTTKA_OPTION_RECEIVE_MAXIMUM: i32 = 8;
/// Number: the largest packet taken from the broker, in bytes, 16 to 268,435,460 (section
/// 3.1.2.11.4), which MQTT 5.0 tells the broker, or 0, the default: the broker is told nothing, and
/// 268,435,460, the largest packet of the protocol, is the bound. A larger packet ends the
/// connection with MQTTKA_CAUSE_PROTOCOL. Memory grows with the bytes that have come, not with what
/// a header announces.
pub const MQTTKA_OPTION_MAXIMUM_PACKET_SIZE: i32 = 9;
/// Number: how many operations may wait to be sent or acknowledged, 1 to 4,294,967,295. Default
/// 65,536. What happens above it is MQTTKA_OPTION_QUEUE_POLICY; they are refused with
/// MQTTKA_ERROR_QUEUE_FULL by default.
pub const MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES: i32 = 10;
/// Number: how many bytes these may have, 1 to 4,294,967,295. Default 33,554,432. A single one may
/// have more.
pub const MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES: i32 = 11;
/// Number: how many bytes of messages may wait for the message callback, 1 to 4,294,967,295. Default
/// 16,777,216. Above it QoS 0 messages are dropped (MQTTKA_STATUS_MESSAGES_DROPPED counts them);
/// above twice this plus one packet the connection is closed with MQTTKA_CAUSE_INBOUND_OVERFLOW.
pub const MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES: i32 = 12;
/// Number: 1 to ask the broker for Response Information (section 3.1.2.11.6), else 0. Default 0.
/// MQTT 5.0 only.
pub const MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION: i32 = 13;
/// Number: 0 to ask the broker to leave out reason strings where nothing failed (section
/// 3.1.2.11.7), else 1. Default 1. MQTT 5.0 only.
pub const MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION: i32 = 14;
/// Number: how many QoS 1 and 2 messages of ours may be unacknowledged at once, 1 to 65,535, or 0,
/// the default: as many as the broker takes in MQTT 5.0 (MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM), 20
/// in MQTT 3.1.1, which every broker is known to take. It lowers the limit of an MQTT 5.0 broker,
/// and never raises it. Further messages wait in the outbound queue.
pub const MQTTKA_OPTION_MAX_INFLIGHT: i32 = 15;
/// Number: how long a message that matches no callback, no subscription's callback and no stream
/// waits for one, in milliseconds, 0 to 86,400,000 (a day). Default 10,000. It counts from the
/// beginning of a resumed session, from the first consumer of the client, or from the close of the
/// stream that held the message; before the first consumer messages wait without an end. Then they
/// are acknowledged and dropped (MQTTKA_STATUS_MESSAGES_UNCLAIMED counts them).
pub const MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS: i32 = 16;
/// String: the broker's name or IP address, without a scheme or a port; mqttka_options_set_uri()
/// takes all in one. An IPv6 address may be in brackets; a link-local one has its interface behind
/// it, as in "fe80::1%eth0". Required, except for MQTTKA_TRANSPORT_UNIX.
pub const MQTTKA_OPTION_HOST: i32 = 100;
/// String: the Client Identifier (section 3.1.3.1). Default empty: the broker assigns one
/// (MQTTKA_EVENT_ASSIGNED_CLIENT_ID).
pub const MQTTKA_OPTION_CLIENT_ID: i32 = 101;
/// String: the User Name (section 3.1.3.5). Default: none.
pub const MQTTKA_OPTION_USER_NAME: i32 = 102;
/// Bytes: the Password (section 3.1.3.6), at most 65,535 bytes; in 3.1.1 only with a
/// MQTTKA_OPTION_USER_NAME [MQTT-3.1.2-22]. Default: none.
pub const MQTTKA_OPTION_PASSWORD: i32 = 200;

/// The longest timeout, in milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The longest time to wait across connections, in milliseconds.
pub(crate) const YEAR_MS: i64 = 365 * DAY_MS;

/// What a client is made with. From mqttka_options_new(); to be freed with
/// mqttka_options_free().
pub struct mqttka_options {
    pub(crate) options: Options,
    pub(crate) coming_back: ComingBack,
    pub(crate) rate_limit: RateLimit,
    pub(crate) hooks: Hooks,
    pub(crate) callbacks: Callbacks,
    user_pointer: UserPointer,
    user_data: Option<OwnedUserData>,
    // A client has taken user_data over, so no second one can have it.
    spent: bool,
}

impl mqttka_options {
    /// What `mqttka_client_new` needs, without giving anything away yet.
    pub(crate) fn for_client(&self) -> Result<(Options, Callbacks, UserPointer), Failure> {
        if self.spent {
            return Err(Failure::invalid(
                "these options' user_data has a destructor and belongs to an earlier client; set \
                 user_data again",
            ));
        }
        let first = self.options.servers.first();
        if first.is_none_or(|it| it.host.is_empty() && it.transport != Transport::Unix) {
            return Err(Failure::invalid("MQTTKA_OPTION_HOST is not set"));
        }
        let mut options = self.options.clone();
        options.config.reconnect = self.coming_back.to_core();
        options.config.rate_limit = limit_options::limiting(self.rate_limit);
        Ok((options, self.callbacks, self.user_pointer))
    }

    /// What the client keeps, as these options do, until it has ended.
    pub(crate) fn share_hooks(&self) -> Hooks {
        self.hooks.clone()
    }

    pub(crate) fn set_user_data(&mut self, pointer: UserPointer, owned: Option<OwnedUserData>) {
        if let Some(old) = self.user_data.take() {
            if old.pointer.get() == pointer.get() {
                old.give_back();
            } else {
                drop(old);
            }
        }
        self.user_pointer = pointer;
        self.user_data = owned;
        self.spent = false;
    }

    pub(crate) fn hand_over_user_data(&mut self) -> Option<OwnedUserData> {
        self.spent = self.user_data.is_some();
        self.user_data.take()
    }
}

/// Makes options with the defaults. Never NULL, short of a bug in mqttka. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_new() -> *mut mqttka_options {
    guard::value("mqttka_options_new", std::ptr::null_mut(), || {
        Box::into_raw(Box::new(mqttka_options {
            options: Options::new(""),
            coming_back: ComingBack::new(),
            rate_limit: RateLimit::default(),
            hooks: Hooks::default(),
            callbacks: Callbacks::default(),
            user_pointer: UserPointer::NULL,
            user_data: None,
            spent: false,
        }))
    })
}

/// Frees options; NULL is fine. Runs the destructor of user_data where no client took it over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_free(options: *mut mqttka_options) {
    guard::value("mqttka_options_free", (), || {
        // SAFETY: from mqttka_options_new and not used again, by the header's contract.
        unsafe { handle::free(options) }
    })
}

/// Sets a number: an option that is described as one, with its range and default.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (out
/// of range; nothing was changed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_int(
    options: *mut mqttka_options,
    option: i32,
    value: i64,
) -> i32 {
    guard::status("mqttka_options_set_int", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        if reconnect_options::set_int(options, option, value)? {
            return Ok(());
        }
        let limit = &mut options.rate_limit;
        if limit_options::set_int(&mut options.options, limit, option, value)? {
            return Ok(());
        }
        set_int(&mut options.options, option, value)
    })
}

fn set_int(options: &mut Options, option: i32, value: i64) -> Result<(), Failure> {
    use handle::{flag, number};
    const U16: i64 = u16::MAX as i64;
    const U32: i64 = u32::MAX as i64;
    // The largest packet that MQTT can carry: the longest remaining length and its header.
    const MAX_PACKET: i64 = 268_435_460;
    match option {
        MQTTKA_OPTION_PORT => {
            server(options).port = Some(number(value, 1..=U16, "MQTTKA_OPTION_PORT")?);
        }
        MQTTKA_OPTION_PROTOCOL_VERSION => {
            options.config.protocol_version =
                match number::<u8>(value, 4..=5, "MQTTKA_OPTION_PROTOCOL_VERSION")? {
                    4 => Version::V311,
                    _ => Version::V5,
                }
        }
        MQTTKA_OPTION_KEEP_ALIVE => {
            options.config.keep_alive = number(value, 0..=U16, "MQTTKA_OPTION_KEEP_ALIVE")?
        }
        MQTTKA_OPTION_CLEAN_START => {
            options.config.clean_start = flag(value, "MQTTKA_OPTION_CLEAN_START")?
        }
        MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL => {
            options.config.session_expiry_interval =
                number(value, 0..=U32, "MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL")?
        }
        MQTTKA_OPTION_CONNECT_TIMEOUT_MS => {
            options.config.connect_timeout =
                milliseconds(value, "MQTTKA_OPTION_CONNECT_TIMEOUT_MS")?
        }
        MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS => {
            let timeout = milliseconds(value, "MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS")?;
            if timeout.is_some_and(|timeout| timeout < Duration::from_millis(1500)) {
                return Err(Failure::invalid(format!(
                    "MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS is {value}; it must be 0 or 1500 to {DAY_MS}"
                )));
            }
            options.config.dead_peer_timeout = timeout;
        }
        MQTTKA_OPTION_RECEIVE_MAXIMUM => {
            options.config.receive_maximum =
                number(value, 1..=U16, "MQTTKA_OPTION_RECEIVE_MAXIMUM")?
        }
        MQTTKA_OPTION_MAXIMUM_PACKET_SIZE => {
            let option = "MQTTKA_OPTION_MAXIMUM_PACKET_SIZE";
            options.config.maximum_packet_size = match value {
                0 => None,
                size => Some(number(size, 16..=MAX_PACKET, option)?),
            }
        }
        MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES => {
            options.config.outbound_queue_max_messages =
                number(value, 1..=U32, "MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES")?
        }
        MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES => {
            options.config.outbound_queue_max_bytes =
                number(value, 1..=U32, "MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES")?
        }
        MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES => {
            options.config.inbound_queue_max_bytes =
                number(value, 1..=U32, "MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES")?
        }
        MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION => {
            options.config.request_response_information =
                flag(value, "MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION")?
        }
        MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION => {
            options.config.request_problem_information =
                flag(value, "MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION")?
        }
        MQTTKA_OPTION_MAX_INFLIGHT => {
            let limit = number(value, 0..=U16, "MQTTKA_OPTION_MAX_INFLIGHT")?;
            options.config.max_inflight = (limit > 0).then_some(limit);
        }
        MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS => {
            options.unclaimed_timeout =
                milliseconds(value, "MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS")?.unwrap_or_default();
        }
        other if network_options::set_int(options, other, value)? => {}
        other => return Err(Failure::unknown("option", names::OPTIONS, other)),
    }
    Ok(())
}

fn milliseconds(value: i64, name: &str) -> Result<Option<Duration>, Failure> {
    let value: u64 = handle::number(value, 0..=DAY_MS, name)?;
    Ok((value > 0).then(|| Duration::from_millis(value)))
}

/// Sets a string: an option that is described as one, or as bytes, such as MQTTKA_OPTION_PASSWORD.
/// It is copied. length: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_STRING,
/// MQTTKA_ERROR_INVALID_ARGUMENT (such as an empty host; nothing was changed),
/// MQTTKA_ERROR_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_string(
    options: *mut mqttka_options,
    option: i32,
    value: *const c_char,
    length: usize,
) -> i32 {
    guard::status("mqttka_options_set_string", || {
        // SAFETY: valid options, by the header's contract.
        let options = &mut unsafe { handle::borrow_mut(options, "options") }?.options;
        // SAFETY: a readable string, by the header's contract.
        let text = || unsafe { handle::text(value, length, names::option(option)) };
        match option {
            MQTTKA_OPTION_HOST => {
                let host = text()?;
                if host.is_empty() {
                    return Err(Failure::invalid("MQTTKA_OPTION_HOST is empty"));
                }
                server(options).host = host.as_str().to_owned();
            }
            MQTTKA_OPTION_CLIENT_ID => options.config.client_id = text()?,
            MQTTKA_OPTION_USER_NAME => options.config.user_name = Some(text()?),
            other if network_options::set_string(options, other, text)? => {}
            // SAFETY: readable bytes, as a string is.
            other => return unsafe { set_bytes(options, other, value.cast(), length) },
        }
        Ok(())
    })
}

/// # Safety
/// `value` is readable for `length` bytes, or to its NUL.
unsafe fn set_bytes(
    options: &mut Options,
    option: i32,
    value: *const c_void,
    length: usize,
) -> Result<(), Failure> {
    // SAFETY: readable bytes, by this function's contract.
    let bytes = || unsafe { handle::bytes(value, length, names::option(option)) };
    let copied = || handle::copy(&[bytes()?]);
    match option {
        MQTTKA_OPTION_PASSWORD => {
            options.config.password = Some(binary(bytes()?, "MQTTKA_OPTION_PASSWORD")?);
            Ok(())
        }
        other if network_options::set_bytes(options, other, copied)? => Ok(()),
        other => Err(Failure::unknown("option", names::OPTIONS, other)),
    }
}

/// Sets bytes: an option that is described as such. They are copied. length: in bytes, or
/// MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (too
/// long), MQTTKA_ERROR_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_bytes(
    options: *mut mqttka_options,
    option: i32,
    value: *const c_void,
    length: usize,
) -> i32 {
    guard::status("mqttka_options_set_bytes", || {
        // SAFETY: valid options, by the header's contract.
        let options = &mut unsafe { handle::borrow_mut(options, "options") }?.options;
        // SAFETY: readable bytes, by the header's contract.
        unsafe { set_bytes(options, option, value, length) }
    })
}

/// Copies Binary Data (section 1.5.6), whose length is two bytes on the wire.
pub(crate) fn binary(value: &[u8], name: &str) -> Result<Bytes, Failure> {
    if value.len() > 65_535 {
        return Err(Failure::invalid(format!(
            "{name} has {} bytes; at most 65535 are possible",
            value.len()
        )));
    }
    handle::copy(&[value])
}

/// Adds a User Property to CONNECT (section 3.1.2.11.8); they keep their order, and names may
/// repeat. Copied. MQTT 5.0 only; ignored in 3.1.1. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_add_user_property(
    options: *mut mqttka_options,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::status("mqttka_options_add_user_property", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        // SAFETY: readable strings, by the header's contract.
        let pair = unsafe {
            (
                handle::text(name, name_length, "name")?,
                handle::text(value, value_length, "value")?,
            )
        };
        handle::push(&mut options.options.config.user_properties, pair)
    })
}

/// Sets the Will (section 3.1.2.5): the message that the broker publishes where this client goes
/// without DISCONNECT. Its payload has at most 65,535 bytes; MQTTKA_PROPERTY_WILL_DELAY_INTERVAL
/// may be among its properties. The message is copied and stays the caller's. NULL: no Will, the
/// default.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options), MQTTKA_ERROR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_will(
    options: *mut mqttka_options,
    will: *const mqttka_message,
) -> i32 {
    guard::status("mqttka_options_set_will", || {
        // SAFETY: valid options and NULL or a valid message, by the header's contract.
        let (options, will) = unsafe { (handle::borrow_mut(options, "options")?, will.as_ref()) };
        options.options.config.will = match will {
            None => None,
            Some(will) => {
                let message = will.to_publish();
                binary_length(message.payload.len())?;
                Some(Will { message })
            }
        };
        Ok(())
    })
}

fn binary_length(length: usize) -> Result<(), Failure> {
    if length > 65_535 {
        return Err(Failure::invalid(format!(
            "the Will's payload has {length} bytes; at most 65535 are possible"
        )));
    }
    Ok(())
}

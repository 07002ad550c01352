//! Hints
//!
//! What the program knows of the network or the device before the library can. A hint never
//! disturbs a healthy connection: it makes the library look, with a short deadline; and where the
//! client waits to try again (MQTTKA_STATE_RECONNECTING), it tries now. At most four attempts a
//! second begin so; one that is asked for sooner begins when its time has come.
use std::ffi::c_char;
use std::time::Duration;

use mqttka_core::client::{NetworkChange, NetworkUpdate};

use crate::client::{borrow, mqttka_client};
use crate::guard::{self, Failure};
use crate::handle;
use crate::options::DAY_MS;

/// What a system says of a network; a program begins with all bytes 0: `mqttka_network network =
/// {sizeof network};` in C, and sets what it knows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqttka_network {
    /// sizeof(mqttka_network) in the program, so that later versions can have more at its end.
    pub size: usize,
    /// MQTTKA_NETWORK_*: what happened.
    pub change: i32,
    /// Whether traffic costs: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES.
    pub metered: i32,
    /// Whether the system has found the internet behind it: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES.
    pub validated: i32,
    /// Whether a captive portal stands before the internet: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES.
    pub captive_portal: i32,
    /// Names the network, for what is learned of it (MQTTKA_OPTION_ADAPTIVE_PING); NULL with length
    /// 0 where unknown.
    pub id: *const c_char,
    /// The length of id in bytes, or MQTTKA_NUL_TERMINATED.
    pub id_length: usize,
}

// SAFETY: it begins with its size, and consists of numbers and a pointer.
unsafe impl handle::WithSize for mqttka_network {}

/// There is no network any more. A client that waits to try again does not try until there is one,
/// or five minutes have passed.
pub const MQTTKA_NETWORK_LOST: i32 = 1;
/// There is a network again.
pub const MQTTKA_NETWORK_AVAILABLE: i32 = 2;
/// There is another network, or the same with other properties.
pub const MQTTKA_NETWORK_CHANGED: i32 = 3;

/// The program does not know.
pub const MQTTKA_UNKNOWN: i32 = 0;
/// It is not so.
pub const MQTTKA_NO: i32 = 1;
/// It is so.
pub const MQTTKA_YES: i32 = 2;

/// Asks the broker for a sign of life now, without waiting for the keep-alive. Where none comes in
/// time the connection ends with MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT; any byte of the broker, or its
/// system's acknowledgement of bytes of ours, is one. Does nothing without a connection.
///
/// timeout_ms: how long to wait for it, in milliseconds, 1 to 86,400,000 (a day).
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_probe_now(
    client: *mut mqttka_client,
    timeout_ms: i64,
) -> i32 {
    guard::client_status("mqttka_client_probe_now", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let timeout = handle::number(timeout_ms, 1..=DAY_MS, "timeout_ms")?;
        Ok(client.usable()?.probe_now(Duration::from_millis(timeout))?)
    })
}

/// Where the client waits to try again (MQTTKA_STATE_RECONNECTING), it tries now. Else it does
/// nothing.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_reconnect_now(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_reconnect_now", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.reconnect_now()?)
    })
}

/// Tells that the system's network changed. Where the connection's local address is gone, the
/// connection ends at once with MQTTKA_CAUSE_NETWORK_LOST; else the broker is asked for a sign of
/// life, as by mqttka_client_probe_now(), with a timeout of half the keep-alive, at most 10 s. A
/// client that waits to try again tries now, or, where there is no network, later. On Linux the
/// library watches the network itself (MQTTKA_OPTION_NETWORK_MONITOR).
///
/// change: MQTTKA_NETWORK_*. mqttka_client_network_is() tells more.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_network_changed(
    client: *mut mqttka_client,
    change: i32,
) -> i32 {
    guard::client_status("mqttka_client_network_changed", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.network_changed(known(change)?)?)
    })
}

/// As mqttka_client_network_changed(), with what is known of the network that there is now. What is
/// known is a reason to look, and no more than that; mqttka_client_get_int() shows it
/// (MQTTKA_STATUS_NETWORK_CHANGE and those that follow it).
///
/// network: copied; fields that a later header adds behind those of this one are not read.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a size smaller than the first
/// version's, or a number that is none), MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_network_is(
    client: *mut mqttka_client,
    network: *const mqttka_network,
) -> i32 {
    guard::client_status("mqttka_client_network_is", || {
        // SAFETY: a valid client and a struct of its size, by the header's contract.
        let (client, network) = unsafe { (borrow(client)?, handle::sized(network, "network")?) };
        let mut update = NetworkUpdate::new(known(network.change)?);
        update.metered = told(network.metered, "metered")?;
        update.validated = told(network.validated, "validated")?;
        update.captive_portal = told(network.captive_portal, "captive_portal")?;
        // SAFETY: a readable string, by the header's contract.
        update.id = unsafe { handle::text(network.id, network.id_length, "id") }?;
        Ok(client.usable()?.network_changed(update)?)
    })
}

/// Tells that the program went into the background: its pings may be as rare as they are allowed to
/// be.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_entered_background(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_entered_background", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.entered_background()?)
    })
}

/// Tells that the program came to the foreground: the broker has 2 s to show that it lives, and a
/// client that waits to try again tries now.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_entered_foreground(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_entered_foreground", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.entered_foreground()?)
    })
}

fn known(change: i32) -> Result<NetworkChange, Failure> {
    Ok(match change {
        MQTTKA_NETWORK_LOST => NetworkChange::Lost,
        MQTTKA_NETWORK_AVAILABLE => NetworkChange::Available,
        MQTTKA_NETWORK_CHANGED => NetworkChange::Changed,
        other => {
            return Err(Failure::invalid(format!(
                "change is {other}; 1 to 3 are known"
            )));
        }
    })
}

fn told(value: i32, name: &str) -> Result<Option<bool>, Failure> {
    Ok(match handle::number::<i32>(value.into(), 0..=2, name)? {
        MQTTKA_UNKNOWN => None,
        value => Some(value == MQTTKA_YES),
    })
}

/// As a status has it.
pub(crate) fn number_of(told: Option<bool>) -> i64 {
    i64::from(match told {
        None => MQTTKA_UNKNOWN,
        Some(false) => MQTTKA_NO,
        Some(true) => MQTTKA_YES,
    })
}

//! Hints
//!
//! What the program knows of the network or the device before the library can. A hint never
//! disturbs a healthy connection: it makes the library look, with a short deadline.
use std::time::Duration;

use mqttka_core::client::NetworkChange;

use crate::client::{borrow, mqttka_client};
use crate::guard::{self, Failure};
use crate::handle;

/// There is no network any more.
pub const MQTTKA_NETWORK_LOST: i32 = 1;
/// There is a network again.
pub const MQTTKA_NETWORK_AVAILABLE: i32 = 2;
/// There is another network, or the same with other properties.
pub const MQTTKA_NETWORK_CHANGED: i32 = 3;

/// Asks the broker for a sign of life now, without waiting for the keep-alive. Where none comes in
/// time the connection ends with MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT; any byte of the broker, or its
/// system's acknowledgement of bytes of ours, is one. For example when an app comes to the
/// foreground. Does nothing without a connection.
///
/// timeout_ms: how long to wait for it, in milliseconds, 1 to 4,294,967,295.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_probe_now(
    client: *mut mqttka_client,
    timeout_ms: i64,
) -> i32 {
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let timeout = handle::number(timeout_ms, 1..=i64::from(u32::MAX), "timeout_ms")?;
        Ok(client.usable()?.probe_now(Duration::from_millis(timeout))?)
    })
}

/// Tells that the system's network changed. Where the connection's local address is gone, the
/// connection ends at once with MQTTKA_CAUSE_NETWORK_LOST; else the broker is asked for a sign of
/// life, as by mqttka_client_probe_now(), with a timeout of half the keep-alive, at most 10 s. Does
/// nothing without a connection.
///
/// change: MQTTKA_NETWORK_*.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_network_changed(
    client: *mut mqttka_client,
    change: i32,
) -> i32 {
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let change = match change {
            MQTTKA_NETWORK_LOST => NetworkChange::Lost,
            MQTTKA_NETWORK_AVAILABLE => NetworkChange::Available,
            MQTTKA_NETWORK_CHANGED => NetworkChange::Changed,
            other => {
                return Err(Failure::invalid(format!(
                    "change is {other}; 1 to 3 are known"
                )));
            }
        };
        Ok(client.usable()?.network_changed(change)?)
    })
}

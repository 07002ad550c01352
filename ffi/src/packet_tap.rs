//! Packet tap
//!
//! A callback that sees each packet that is sent or received, over every connection: for debugging,
//! and for tests. Payloads and topics are in it; credentials are not. Without one it costs nothing.
use std::ffi::c_void;
use std::sync::Arc;

use mqttka_core::client::{Direction, TappedPacket};

use crate::callbacks::mqttka_destructor_fn;
use crate::event::microseconds;
use crate::guard::{self, Failure};
use crate::handle;
use crate::hooks::Asked;
use crate::names;
use crate::options::mqttka_options;

/// MQTTKA_DIRECTION_SENT or MQTTKA_DIRECTION_RECEIVED.
pub const MQTTKA_PACKET_DIRECTION: i32 = 1;
/// When its last byte passed, in microseconds since the client was made.
pub const MQTTKA_PACKET_TIME_US: i32 = 2;
/// The number of the connection that it went over (MQTTKA_EVENT_CONNECTION_NUMBER).
pub const MQTTKA_PACKET_CONNECTION_NUMBER: i32 = 3;
/// The MQTT Control Packet type (section 2.1.2), 1 to 15.
pub const MQTTKA_PACKET_TYPE: i32 = 4;
/// The Packet Identifier, where it has one.
pub const MQTTKA_PACKET_ID: i32 = 5;
/// Its size in bytes, fixed header included.
pub const MQTTKA_PACKET_SIZE: i32 = 6;
/// How many packets before it were not shown, as the callback was too slow.
pub const MQTTKA_PACKET_DROPPED_BEFORE: i32 = 7;

/// From the client to the broker.
pub const MQTTKA_DIRECTION_SENT: i32 = 1;
/// From the broker to the client.
pub const MQTTKA_DIRECTION_RECEIVED: i32 = 0;

/// A packet as it was sent or received. Valid until the tap returns.
pub struct mqttka_packet<'a> {
    packet: &'a TappedPacket,
}

/// Sees a packet: one call at a time, in order, on the threads of message callbacks, beside the
/// client's callbacks. It may block: up to 1,024 packets or 8 MiB then wait, and further ones are
/// dropped and counted (MQTTKA_PACKET_DROPPED_BEFORE, mqttka_client_counters()). It may call
/// everything; it must return (no longjmp, no C++ exception, no pthread_exit). The packet is valid
/// until it returns. A call may go on while the client is being destroyed; none begins after
/// `terminated` has returned. user_data is that of mqttka_options_set_packet_tap().
pub type mqttka_packet_tap_fn =
    Option<unsafe extern "C" fn(packet: *const mqttka_packet<'_>, user_data: *mut c_void)>;

pub(crate) type PacketTapFn = unsafe extern "C" fn(*const mqttka_packet<'_>, *mut c_void);

/// Sets what sees each packet, in place of what was set before; NULL: nothing, the default
/// (user_data then stays the caller's, and destructor is not called).
///
/// user_data: what the tap receives; it is used on threads of the library. destructor: releases it;
/// NULL: nothing to release. As for mqttka_options_set_socket_hook(), it passes to these options and
/// to all clients that are made with them.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_packet_tap(
    options: *mut mqttka_options,
    tap: mqttka_packet_tap_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_packet_tap", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let Some(function) = tap else {
            options.options.packet_tap = None;
            options.hooks.packet_tap = None;
            return Ok(());
        };
        let asked = Asked::new(function, user_data, destructor);
        let weak = Arc::downgrade(&asked);
        options.options.packet_tap = Some(Arc::new(move |packet: &TappedPacket| {
            // Kept while it runs, also where the client ends meanwhile.
            if let Some(asked) = weak.upgrade() {
                let packet = mqttka_packet { packet };
                // SAFETY: the application's function with the arguments that its type promises; the
                // packet lives until it returns.
                unsafe { (asked.function)(&packet, asked.user_pointer.get()) }
            }
        }));
        options.hooks.packet_tap = Some(asked);
        Ok(())
    })
}

/// Reads a number of a packet: MQTTKA_PACKET_*.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
/// *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_packet_get_int(
    packet: *const mqttka_packet<'_>,
    key: i32,
    value: *mut i64,
) -> i32 {
    guard::status("mqttka_packet_get_int", || {
        let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        // SAFETY: a valid packet and out-parameter, by the header's contract.
        let (packet, out) = unsafe {
            (
                handle::borrow(packet, "packet")?.packet,
                handle::out(value, "value")?,
            )
        };
        out.set(match key {
            MQTTKA_PACKET_DIRECTION => direction(packet.direction),
            MQTTKA_PACKET_TIME_US => microseconds(packet.at),
            MQTTKA_PACKET_CONNECTION_NUMBER => counted(packet.connection_number),
            MQTTKA_PACKET_TYPE => packet.packet_type as i64,
            MQTTKA_PACKET_ID => {
                let id = packet.packet_id.ok_or_else(Failure::not_present)?;
                i64::from(id.get())
            }
            MQTTKA_PACKET_SIZE => counted(packet.size as u64),
            MQTTKA_PACKET_DROPPED_BEFORE => counted(packet.dropped_before),
            _ => return Err(Failure::unknown("key", names::PACKETS, key)),
        });
        Ok(())
    })
}

/// Its bytes as on the wire, the first 65,536 of them where it has more: *length bytes, valid until
/// the tap returns. In CONNECT, CONNACK and AUTH each byte of user name, password and Authentication
/// Data is an asterisk. length may be NULL. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_packet_bytes(
    packet: *const mqttka_packet<'_>,
    length: *mut usize,
) -> *const u8 {
    guard::value_or("mqttka_packet_bytes", std::ptr::null(), || {
        // SAFETY: NULL or a valid length, by the header's contract.
        let length = unsafe { handle::out(length, "length") }.ok();
        if let Some(length) = &length {
            length.set(0);
        }
        // SAFETY: a valid packet, by the header's contract.
        let bytes = &unsafe { handle::borrow(packet, "packet") }?.packet.bytes;
        if let Some(length) = &length {
            length.set(bytes.len());
        }
        Ok(handle::start(bytes))
    })
}

fn direction(direction: Direction) -> i64 {
    i64::from(match direction {
        Direction::Sent => MQTTKA_DIRECTION_SENT,
        Direction::Received => MQTTKA_DIRECTION_RECEIVED,
    })
}

//! The functions of the chapter that `reconnect_options` opens that read options of every chapter.
use mqttka_core::client::Version;

use crate::event::milliseconds;
use crate::guard::{self, Failure};
use crate::handle;
use crate::limit_options;
use crate::names;
use crate::network_options::{
    MQTTKA_OPTION_MULTIPATH_TCP, MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE,
    MQTTKA_OPTION_TLS_KEY_LOG, MQTTKA_OPTION_TLS_RESUMPTION, MQTTKA_OPTION_TRANSPORT,
};
use crate::options::*;
use crate::reconnect_options;

/// Reads a number of options of any chapter: what was set, or the default, in the values that
/// mqttka_options_set_int() takes. MQTTKA_OPTION_PORT and _TRANSPORT are those of the first server.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (no port was
/// set: it is that of the transport). On failure *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_get_int(
    options: *const mqttka_options,
    option: i32,
    value: *mut i64,
) -> i32 {
    guard::status("mqttka_options_get_int", || {
        // SAFETY: valid options and out-parameter, by the header's contract.
        let (options, out) = unsafe {
            (
                handle::borrow(options, "options")?,
                handle::out(value, "value")?,
            )
        };
        if option == MQTTKA_OPTION_PORT {
            let port = options.options.servers.first().and_then(|it| it.port);
            out.set(i64::from(port.ok_or_else(Failure::not_present)?));
            return Ok(());
        }
        let number = get_int(options, option)
            .or_else(|| reconnect_options::get_int(options, option))
            .or_else(|| limit_options::get_int(&options.options, &options.rate_limit, option))
            .ok_or_else(|| Failure::unknown("option", names::OPTIONS, option))?;
        out.set(number);
        Ok(())
    })
}

fn get_int(options: &mqttka_options, option: i32) -> Option<i64> {
    let options = &options.options;
    let config = &options.config;
    let counted = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Some(match option {
        MQTTKA_OPTION_PROTOCOL_VERSION => match config.protocol_version {
            Version::V311 => 4,
            Version::V5 => 5,
        },
        MQTTKA_OPTION_KEEP_ALIVE => i64::from(config.keep_alive),
        MQTTKA_OPTION_CLEAN_START => i64::from(config.clean_start),
        MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL => i64::from(config.session_expiry_interval),
        MQTTKA_OPTION_CONNECT_TIMEOUT_MS => config.connect_timeout.map_or(0, milliseconds),
        MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS => config.dead_peer_timeout.map_or(0, milliseconds),
        MQTTKA_OPTION_RECEIVE_MAXIMUM => i64::from(config.receive_maximum),
        MQTTKA_OPTION_MAXIMUM_PACKET_SIZE => config.maximum_packet_size.map_or(0, i64::from),
        MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES => counted(config.outbound_queue_max_messages),
        MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES => counted(config.outbound_queue_max_bytes),
        MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES => counted(config.inbound_queue_max_bytes),
        MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION => {
            i64::from(config.request_response_information)
        }
        MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION => i64::from(config.request_problem_information),
        MQTTKA_OPTION_MAX_INFLIGHT => config.max_inflight.map_or(0, i64::from),
        MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS => milliseconds(options.unclaimed_timeout),
        MQTTKA_OPTION_TRANSPORT => {
            let server = options.servers.first();
            server.map(|it| it.transport).unwrap_or_default() as i64
        }
        MQTTKA_OPTION_TLS_RESUMPTION => i64::from(options.tls.resumption),
        MQTTKA_OPTION_TLS_KEY_LOG => i64::from(options.tls.key_log),
        MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE => {
            i64::from(options.tls.danger_accept_any_certificate)
        }
        MQTTKA_OPTION_MULTIPATH_TCP => i64::from(options.socket.multipath_tcp),
        _ => return None,
    })
}

//! Limits, faults and acknowledgements
//!
//! More options that are numbers: what leaves in a time, what a broker may do wrong, and who
//! acknowledges.
use std::time::Duration;

use mqttka_core::client::{Fault, Options, RateLimit, Tolerate};

use crate::guard::Failure;
use crate::handle::{flag, number};
use crate::options::DAY_MS;

/// Number: how many topic aliases the broker may use for this client (section 3.1.2.11.5), 0 to
/// 65,535. Default 64. MQTT 5.0 only.
pub const MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM: i32 = 39;
/// Number: how many topic aliases the client uses at most, 0 (none) to 65,535; never more than the
/// broker takes (MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM). Topics that are published often then go
/// out as two bytes. Default 64. MQTT 5.0 only.
pub const MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM: i32 = 40;
/// Number: what the broker may do wrong, a sum of 1 << MQTTKA_FAULT_*. Any other fault ends the
/// connection with MQTTKA_CAUSE_PROTOCOL or MQTTKA_CONNECT_ERROR_PROTOCOL; those that are tolerated
/// are counted (mqttka_client_counters()) and logged once in a connection. Default
/// 1 << MQTTKA_FAULT_RECEIVE_MAXIMUM_EXCEEDED.
pub const MQTTKA_OPTION_TOLERATE: i32 = 41;
/// Number: how many operations (PUBLISH, SUBSCRIBE, UNSUBSCRIBE) leave in a second at most, 1 to
/// 4,294,967,295, or 0, the default: any number. Others wait in the outbound queue; pings,
/// acknowledgements and goodbyes do not wait.
pub const MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND: i32 = 42;
/// Number: how many bytes these may have in a second, 1 to 4,294,967,295, or 0, the default: any
/// number. A packet that is larger leaves all the same, and what follows waits for so much longer.
pub const MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND: i32 = 43;
/// Number: for how long what was not used of these two may be made up for, in milliseconds, 0 to
/// 86,400,000 (a day). Default 100.
pub const MQTTKA_OPTION_RATE_LIMIT_BURST_MS: i32 = 44;
/// Number: 1 where the program acknowledges QoS 1 and 2 messages itself, with
/// mqttka_message_acknowledge() or mqttka_message_refuse(), now or later: those that the callback of
/// mqttka_options_set_message_callback() or a stream of mqttka_client_open_stream() is given. 0, the
/// default: they are acknowledged when the callback has returned, or the stream's reader said done.
/// Subscriptions with a callback or a stream of their own have
/// mqttka_subscribe_request_set_manual_acknowledgement().
pub const MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT: i32 = 45;

/// CONNACK says that a session is present although a clean start was asked for [MQTT-3.2.2-2].
/// Tolerated: the session counts as a new one.
pub const MQTTKA_FAULT_SESSION_PRESENT_ON_CLEAN_START: i32 = 0;
/// Messages come before CONNACK [MQTT-3.2.0-1]. Tolerated: they are delivered after it, as far as
/// they are no more than 1,024 and no more than MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES.
pub const MQTTKA_FAULT_PUBLISH_BEFORE_CONNACK: i32 = 1;
/// More QoS 1 and 2 messages are unacknowledged than MQTTKA_OPTION_RECEIVE_MAXIMUM allows
/// [MQTT-3.3.4-9]; MQTT 5.0 only. Tolerated: they are delivered.
pub const MQTTKA_FAULT_RECEIVE_MAXIMUM_EXCEEDED: i32 = 2;
/// A SUBACK or UNSUBACK has some reason codes, but not one for each filter [MQTT-3.8.4-6].
/// Tolerated: they count in their order, and those that are missing as 0x80 (Unspecified error).
pub const MQTTKA_FAULT_WRONG_REASON_CODE_COUNT: i32 = 3;
/// A DISCONNECT in MQTT 3.1.1, which only a client sends there. Tolerated: the connection ends when
/// the broker closes it.
pub const MQTTKA_FAULT_DISCONNECT_IN_V311: i32 = 4;
/// Response Information, a Reason String or user properties that the client asked the broker to
/// leave out [MQTT-3.1.2-28] [MQTT-3.1.2-29]. Tolerated: they are there.
pub const MQTTKA_FAULT_UNASKED_PROPERTY: i32 = 5;
/// A publish with QoS 2 is answered by PUBACK [MQTT-4.3.3-1], as RabbitMQ does in MQTT 3.1.1, which
/// has no QoS 2. Tolerated: it is acknowledged, and has come at least once, not exactly once. Else
/// it fails with MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER, although it may have arrived.
pub const MQTTKA_FAULT_PUBACK_FOR_QOS2: i32 = 6;

fn bit(fault: Fault) -> i64 {
    1 << (fault as i64)
}

/// The faults of these bits.
fn faults(bits: i64) -> Result<Tolerate, Failure> {
    if bits & !Fault::ALL.into_iter().map(bit).sum::<i64>() != 0 {
        return Err(Failure::invalid(format!(
            "MQTTKA_OPTION_TOLERATE is {bits}; it must be a sum of 1 << MQTTKA_FAULT_*, for those \
             of 0 to {}",
            Fault::ALL.len() - 1
        )));
    }
    let has = |fault: &Fault| bits & bit(*fault) != 0;
    Ok(Fault::ALL.into_iter().filter(has).collect())
}

/// What is set of a rate limit, which is one where it limits something.
pub(crate) fn limiting(limit: RateLimit) -> Option<RateLimit> {
    (limit.messages_per_second > 0 || limit.bytes_per_second > 0).then_some(limit)
}

/// Sets a number; `false` where the option is none of these.
pub(crate) fn set_int(
    options: &mut Options,
    limit: &mut RateLimit,
    option: i32,
    value: i64,
) -> Result<bool, Failure> {
    const U16: i64 = u16::MAX as i64;
    const U32: i64 = u32::MAX as i64;
    let config = &mut options.config;
    match option {
        MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM => {
            config.topic_alias_maximum =
                number(value, 0..=U16, "MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM")?;
        }
        MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM => {
            config.outbound_topic_alias_maximum =
                number(value, 0..=U16, "MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM")?;
        }
        MQTTKA_OPTION_TOLERATE => config.tolerate = faults(value)?,
        MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND => {
            let name = "MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND";
            limit.messages_per_second = number(value, 0..=U32, name)?;
        }
        MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND => {
            let name = "MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND";
            limit.bytes_per_second = number(value, 0..=U32, name)?;
        }
        MQTTKA_OPTION_RATE_LIMIT_BURST_MS => {
            let burst = number(value, 0..=DAY_MS, "MQTTKA_OPTION_RATE_LIMIT_BURST_MS")?;
            limit.burst = Duration::from_millis(burst);
        }
        MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT => {
            options.manual_acknowledgement = flag(value, "MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT")?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a number; `None` where the option is none of these.
pub(crate) fn get_int(options: &Options, limit: &RateLimit, option: i32) -> Option<i64> {
    let config = &options.config;
    Some(match option {
        MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM => i64::from(config.topic_alias_maximum),
        MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM => {
            i64::from(config.outbound_topic_alias_maximum)
        }
        MQTTKA_OPTION_TOLERATE => config.tolerate.iter().map(bit).sum(),
        MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND => i64::from(limit.messages_per_second),
        MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND => i64::from(limit.bytes_per_second),
        MQTTKA_OPTION_RATE_LIMIT_BURST_MS => {
            i64::try_from(limit.burst.as_millis()).unwrap_or(i64::MAX)
        }
        MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT => i64::from(options.manual_acknowledgement),
        _ => return None,
    })
}

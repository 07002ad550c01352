//! Options of coming back
//!
//! Whether the client comes back by itself after an attempt failed or a connection ended, when, and
//! what happens to operations meanwhile. Before each attempt it waits for a random time between 0
//! and min(MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS x
//! MQTTKA_OPTION_RECONNECT_FACTOR^n), where n counts attempts since a connection last lasted
//! (MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS). Where trying again cannot help, it stops
//! (MQTTKA_EVENT_RECONNECT_STOPPED).
use std::time::Duration;

use mqttka_core::client::{LostPublish, Options, QueuePolicy, Reconnect, StopReason};

use crate::guard::{self, Failure};
use crate::handle::{self, flag, number};
use crate::names;
use crate::options::{DAY_MS, YEAR_MS, mqttka_options};

/// Number: 1 to come back by itself, 0 to make one attempt for each mqttka_client_connect():
/// operations without a connection are then refused with MQTTKA_ERROR_NOT_CONNECTED, and what the
/// session does not keep ends with the connection. mqttka_options_set_reconnect() is the same.
/// Default 1.
pub const MQTTKA_OPTION_RECONNECT: i32 = 22;
/// Number: the bound of the first delay in milliseconds, 10 to 86,400,000 (a day). Default 1,000.
pub const MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS: i32 = 23;
/// Number: the bound that no delay passes, in milliseconds, 10 to 86,400,000 (a day). Default
/// 60,000.
pub const MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS: i32 = 24;
/// Number: how many attempts in a row may fail before the client stops (MQTTKA_STOP_MAX_ATTEMPTS),
/// 1 to 4,294,967,295; 0, the default: any number.
pub const MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS: i32 = 25;
/// Number: how long the client tries after the connection was lost, or after
/// mqttka_client_connect(), before it stops (MQTTKA_STOP_MAX_TIME), in milliseconds, 1 to
/// 31,536,000,000 (365 days); 0, the default: for ever.
pub const MQTTKA_OPTION_RECONNECT_MAX_TIME_MS: i32 = 26;
/// Number: how long a connection must last before delays begin anew with the first one, in
/// milliseconds, 0 to 86,400,000 (a day); -1, the default: 30 s, or one keep-alive where that is
/// shorter. With 0 two clients of one Client Identifier end each other's connections without a
/// pause.
pub const MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS: i32 = 27;
/// Number: the reasons to stop after which the client tries again all the same, with the usual
/// delays: the sum of 1 << MQTTKA_STOP_* for those of 1 to 9. Default 0: none.
pub const MQTTKA_OPTION_RECONNECT_RETRY_ON: i32 = 28;
/// Number: 1 to go on with MQTT 3.1.1, for good, where the broker does not speak 5.0, else 0.
/// Default 0.
pub const MQTTKA_OPTION_FALLBACK_TO_V311: i32 = 29;
/// Number: how often in a row the client follows a broker that says that another server is to be
/// used (section 4.11), 0 to 100; never to a lesser kind of transport security. Default 0: not at
/// all.
pub const MQTTKA_OPTION_MAX_REDIRECTS: i32 = 30;
/// Number: MQTTKA_QUEUE_*, what happens to an operation for which the outbound queue has no room
/// (MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES, _MAX_BYTES). Default MQTTKA_QUEUE_REFUSE_NEWEST.
pub const MQTTKA_OPTION_QUEUE_POLICY: i32 = 31;
/// Number: MQTTKA_LOST_*, what becomes of QoS 1 publishes that were sent and not acknowledged where
/// the broker has lost their session; they may arrive twice where they are published again, as QoS
/// 1 allows. Only where the client comes back by itself. Default MQTTKA_LOST_PUBLISH_AGAIN.
pub const MQTTKA_OPTION_LOST_QOS1: i32 = 32;
/// Number: the same for QoS 2, which could then arrive twice; one whose PUBREC has come is never
/// published again. Default MQTTKA_LOST_FAIL.
pub const MQTTKA_OPTION_LOST_QOS2: i32 = 33;
/// Number: an operation at which the broker ended so many connections in a row leaves the queue
/// with MQTTKA_ERROR_POISON; 1 to 1,000, or 0: never. Default 5.
pub const MQTTKA_OPTION_POISON_AFTER: i32 = 34;
/// Number: where so many connections in a row ended at something that the broker sent and the client
/// cannot take, 1 to begin the next with a clean session, which loses what the broker kept, 0 to
/// stop (MQTTKA_STOP_PROTOCOL). Default 0.
pub const MQTTKA_OPTION_CLEAN_START_ON_BACKLOG: i32 = 35;
/// Number: 1 to connect over a new network before the old connection is let go
/// (MQTTKA_EVENT_MOVED), else 0. Without effect where the session does not persist. Default 0.
pub const MQTTKA_OPTION_MAKE_BEFORE_BREAK: i32 = 36;
/// Number: 1 to learn for each network how long its path stays open in silence, and to ping no more
/// often than that needs, else 0. It never pings less often than the keep-alive asks. Default 0.
pub const MQTTKA_OPTION_ADAPTIVE_PING: i32 = 37;
/// Number: 1 to watch the system's network where this build can (Linux), so that changes count as if
/// mqttka_client_network_changed() had been called, else 0. Default 1.
pub const MQTTKA_OPTION_NETWORK_MONITOR: i32 = 38;
/// Real number, for mqttka_options_set_double(): by how much the bound of the delays grows with each
/// attempt, 1 to 100. Default 2.
pub const MQTTKA_OPTION_RECONNECT_FACTOR: i32 = 300;

/// The operation is refused at once, with MQTTKA_ERROR_QUEUE_FULL.
pub const MQTTKA_QUEUE_REFUSE_NEWEST: i32 = 0;
/// The oldest QoS 0 publish that waits gives up its place, and ends with MQTTKA_ERROR_DROPPED; where
/// none waits, the newest operation ends so.
pub const MQTTKA_QUEUE_DROP_OLDEST_QOS0: i32 = 1;
/// The oldest publish that waits gives up its place, whatever its QoS; what was sent already does
/// not. Where none waits, the newest operation ends with MQTTKA_ERROR_DROPPED.
pub const MQTTKA_QUEUE_DROP_OLDEST: i32 = 2;

/// It is published again in the new session.
pub const MQTTKA_LOST_PUBLISH_AGAIN: i32 = 0;
/// It ends with MQTTKA_ERROR_SESSION_LOST.
pub const MQTTKA_LOST_FAIL: i32 = 1;

/// How the client comes back; kept also where it is not to, so that the order of calls has no say.
pub(crate) struct ComingBack {
    on: bool,
    how: Reconnect,
}

impl ComingBack {
    pub(crate) fn new() -> Self {
        ComingBack {
            on: true,
            how: Reconnect::default(),
        }
    }

    /// What the core is to do.
    pub(crate) fn to_core(&self) -> Option<Reconnect> {
        self.on.then(|| self.how.clone())
    }

    fn set_int(&mut self, option: i32, value: i64) -> Result<bool, Failure> {
        let how = &mut self.how;
        let milliseconds = |low: i64, high: i64, name: &str| {
            number(value, low..=high, name).map(Duration::from_millis)
        };
        match option {
            MQTTKA_OPTION_RECONNECT => self.on = flag(value, "MQTTKA_OPTION_RECONNECT")?,
            MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS => {
                how.first_delay =
                    milliseconds(10, DAY_MS, "MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS")?;
            }
            MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS => {
                how.max_delay = milliseconds(10, DAY_MS, "MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS")?;
            }
            MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS => {
                let bound = 0..=i64::from(u32::MAX);
                let attempts = number(value, bound, "MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS")?;
                how.max_attempts = (attempts > 0).then_some(attempts);
            }
            MQTTKA_OPTION_RECONNECT_MAX_TIME_MS => {
                let time = milliseconds(0, YEAR_MS, "MQTTKA_OPTION_RECONNECT_MAX_TIME_MS")?;
                how.max_time = (!time.is_zero()).then_some(time);
            }
            MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS => {
                let name = "MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS";
                let time: i64 = number(value, -1..=DAY_MS, name)?;
                how.reset_after = u64::try_from(time).ok().map(Duration::from_millis);
            }
            MQTTKA_OPTION_RECONNECT_RETRY_ON => how.retry_on = reasons(value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn get_int(&self, option: i32) -> Option<i64> {
        let how = &self.how;
        let milliseconds = |time: Duration| time.as_millis() as i64;
        Some(match option {
            MQTTKA_OPTION_RECONNECT => i64::from(self.on),
            MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS => milliseconds(how.first_delay),
            MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS => milliseconds(how.max_delay),
            MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS => how.max_attempts.map_or(0, i64::from),
            MQTTKA_OPTION_RECONNECT_MAX_TIME_MS => how.max_time.map_or(0, milliseconds),
            MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS => how.reset_after.map_or(-1, milliseconds),
            MQTTKA_OPTION_RECONNECT_RETRY_ON => how.retry_on.iter().map(|it| bit(*it)).sum(),
            _ => return None,
        })
    }
}

fn bit(reason: StopReason) -> i64 {
    1 << (reason as i64)
}

/// The reasons of these bits.
fn reasons(bits: i64) -> Result<Vec<StopReason>, Failure> {
    let classes = || StopReason::ALL.into_iter().filter(|it| it.is_class());
    if bits & !classes().map(bit).sum::<i64>() != 0 {
        return Err(Failure::invalid(format!(
            "MQTTKA_OPTION_RECONNECT_RETRY_ON is {bits}; it must be a sum of 1 << MQTTKA_STOP_*, \
             for those of 1 to 9"
        )));
    }
    Ok(classes().filter(|it| bits & bit(*it) != 0).collect())
}

/// Sets a number; `false` where the option is none of these.
pub(crate) fn set_int(
    options: &mut mqttka_options,
    option: i32,
    value: i64,
) -> Result<bool, Failure> {
    Ok(options.coming_back.set_int(option, value)?
        || set_core_int(&mut options.options, option, value)?)
}

fn set_core_int(options: &mut Options, option: i32, value: i64) -> Result<bool, Failure> {
    let config = &mut options.config;
    match option {
        MQTTKA_OPTION_FALLBACK_TO_V311 => {
            config.fallback_to_v311 = flag(value, "MQTTKA_OPTION_FALLBACK_TO_V311")?;
        }
        MQTTKA_OPTION_MAX_REDIRECTS => {
            config.max_redirects = number(value, 0..=100, "MQTTKA_OPTION_MAX_REDIRECTS")?;
        }
        MQTTKA_OPTION_QUEUE_POLICY => {
            config.queue_policy = match number::<i32>(value, 0..=2, "MQTTKA_OPTION_QUEUE_POLICY")? {
                MQTTKA_QUEUE_DROP_OLDEST_QOS0 => QueuePolicy::DropOldestQos0,
                MQTTKA_QUEUE_DROP_OLDEST => QueuePolicy::DropOldest,
                _ => QueuePolicy::RefuseNewest,
            };
        }
        MQTTKA_OPTION_LOST_QOS1 => {
            config.lost_qos1 = lost_publish(value, "MQTTKA_OPTION_LOST_QOS1")?;
        }
        MQTTKA_OPTION_LOST_QOS2 => {
            config.lost_qos2 = lost_publish(value, "MQTTKA_OPTION_LOST_QOS2")?;
        }
        MQTTKA_OPTION_POISON_AFTER => {
            config.poison_after = number(value, 0..=1000, "MQTTKA_OPTION_POISON_AFTER")?;
        }
        MQTTKA_OPTION_CLEAN_START_ON_BACKLOG => {
            config.clean_start_on_backlog = flag(value, "MQTTKA_OPTION_CLEAN_START_ON_BACKLOG")?;
        }
        MQTTKA_OPTION_MAKE_BEFORE_BREAK => {
            config.make_before_break = flag(value, "MQTTKA_OPTION_MAKE_BEFORE_BREAK")?;
        }
        MQTTKA_OPTION_ADAPTIVE_PING => {
            config.adaptive_ping = flag(value, "MQTTKA_OPTION_ADAPTIVE_PING")?;
        }
        MQTTKA_OPTION_NETWORK_MONITOR => {
            options.network_monitor = flag(value, "MQTTKA_OPTION_NETWORK_MONITOR")?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn lost_publish(value: i64, name: &str) -> Result<LostPublish, Failure> {
    Ok(match number::<i32>(value, 0..=1, name)? {
        MQTTKA_LOST_PUBLISH_AGAIN => LostPublish::PublishAgain,
        _ => LostPublish::Fail,
    })
}

/// Reads a number; `None` where the option is none of these.
pub(crate) fn get_int(options: &mqttka_options, option: i32) -> Option<i64> {
    let config = &options.options.config;
    options.coming_back.get_int(option).or_else(|| {
        Some(match option {
            MQTTKA_OPTION_FALLBACK_TO_V311 => i64::from(config.fallback_to_v311),
            MQTTKA_OPTION_MAX_REDIRECTS => i64::from(config.max_redirects),
            MQTTKA_OPTION_QUEUE_POLICY => config.queue_policy as i64,
            MQTTKA_OPTION_LOST_QOS1 => config.lost_qos1 as i64,
            MQTTKA_OPTION_LOST_QOS2 => config.lost_qos2 as i64,
            MQTTKA_OPTION_POISON_AFTER => i64::from(config.poison_after),
            MQTTKA_OPTION_CLEAN_START_ON_BACKLOG => i64::from(config.clean_start_on_backlog),
            MQTTKA_OPTION_MAKE_BEFORE_BREAK => i64::from(config.make_before_break),
            MQTTKA_OPTION_ADAPTIVE_PING => i64::from(config.adaptive_ping),
            MQTTKA_OPTION_NETWORK_MONITOR => i64::from(options.options.network_monitor),
            _ => return None,
        })
    })
}

/// Sets MQTTKA_OPTION_RECONNECT: whether the client comes back by itself, true by default. With
/// false each mqttka_client_connect() is one attempt.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_reconnect(
    options: *mut mqttka_options,
    reconnect: bool,
) -> i32 {
    guard::status("mqttka_options_set_reconnect", || {
        // SAFETY: valid options, by the header's contract.
        unsafe { handle::borrow_mut(options, "options") }?
            .coming_back
            .on = reconnect;
        Ok(())
    })
}

/// Sets a real number: an option that is described as one, with its range and default.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (out
/// of range, or no number; nothing was changed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_double(
    options: *mut mqttka_options,
    option: i32,
    value: f64,
) -> i32 {
    guard::status("mqttka_options_set_double", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        if option != MQTTKA_OPTION_RECONNECT_FACTOR {
            return Err(Failure::unknown("option", names::OPTIONS, option));
        }
        if !(1.0..=100.0).contains(&value) {
            return Err(Failure::invalid(format!(
                "MQTTKA_OPTION_RECONNECT_FACTOR is {value}; it must be 1 to 100"
            )));
        }
        options.coming_back.how.factor = value;
        Ok(())
    })
}

/// Reads a real number: what was set, or the default.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION. On failure *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_get_double(
    options: *const mqttka_options,
    option: i32,
    value: *mut f64,
) -> i32 {
    guard::status("mqttka_options_get_double", || {
        // SAFETY: valid options and out-parameter, by the header's contract.
        let (options, out) = unsafe {
            (
                handle::borrow(options, "options")?,
                handle::out(value, "value")?,
            )
        };
        if option != MQTTKA_OPTION_RECONNECT_FACTOR {
            return Err(Failure::unknown("option", names::OPTIONS, option));
        }
        out.set(options.coming_back.how.factor);
        Ok(())
    })
}

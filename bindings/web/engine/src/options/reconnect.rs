//! How the client comes back by itself, and what becomes of operations meanwhile.

use mqttka_core::client::{LostPublish, Options, QueuePolicy, Reconnect, StopReason};
use wasm_bindgen::JsValue;

use super::Result;
use crate::value;

const POLICIES: [(&str, QueuePolicy); 3] = [
    ("refuse_newest", QueuePolicy::RefuseNewest),
    ("drop_oldest_qos0", QueuePolicy::DropOldestQos0),
    ("drop_oldest", QueuePolicy::DropOldest),
];

const LOST: [(&str, LostPublish); 2] = [
    ("publish_again", LostPublish::PublishAgain),
    ("fail", LostPublish::Fail),
];

/// Sets one of these options; `false` where the name is none of them.
pub(super) fn set(options: &mut Options, name: &str, given: &JsValue) -> Result<bool> {
    let config = &mut options.config;
    let flag = || value::flag(name, given);
    match name {
        "fallback_to_v311" => config.fallback_to_v311 = flag()?,
        "max_redirects" => config.max_redirects = value::number(name, given)? as u32,
        "queue_policy" => config.queue_policy = value::named(name, given, &POLICIES)?,
        "lost_qos1" => config.lost_qos1 = value::named(name, given, &LOST)?,
        "lost_qos2" => config.lost_qos2 = value::named(name, given, &LOST)?,
        "poison_after" => config.poison_after = value::number(name, given)? as u32,
        "clean_start_on_backlog" => config.clean_start_on_backlog = flag()?,
        "make_before_break" => config.make_before_break = flag()?,
        _ => {
            let reconnect = config.reconnect.get_or_insert_with(Reconnect::default);
            return set_reconnect(reconnect, name, given);
        }
    }
    Ok(true)
}

fn set_reconnect(reconnect: &mut Reconnect, name: &str, given: &JsValue) -> Result<bool> {
    let time = |given: &JsValue| value::time(name, given);
    match name {
        "reconnect_first_delay" => reconnect.first_delay = time(given)?,
        "reconnect_factor" => {
            let factor = given.as_f64();
            reconnect.factor = factor.ok_or_else(|| value::wrong(name, given, "1 to 100"))?;
        }
        "reconnect_max_delay" => reconnect.max_delay = time(given)?,
        "reconnect_max_attempts" => {
            reconnect.max_attempts =
                value::optional(given, |given| value::number(name, given))?.map(|it| it as u32);
        }
        "reconnect_max_time" => reconnect.max_time = value::optional(given, time)?,
        "reconnect_reset_after" => reconnect.reset_after = value::optional(given, time)?,
        "reconnect_retry_on" => {
            let classes = StopReason::ALL.into_iter().filter(|it| it.is_class());
            let classes: Vec<_> = classes.map(|it| (it.name(), it)).collect();
            let each = value::list(name, given)?;
            let each = each.iter().map(|one| value::named(name, one, &classes));
            reconnect.retry_on = each.collect::<Result<_>>()?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

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
    match name {
        "queue_policy" => config.queue_policy = value::named(name, given, &POLICIES)?,
        "lost_qos1" => config.lost_qos1 = value::named(name, given, &LOST)?,
        "lost_qos2" => config.lost_qos2 = value::named(name, given, &LOST)?,
        "reconnect_factor" => {
            let factor = given.as_f64();
            let reconnect = config.reconnect.get_or_insert_with(Reconnect::default);
            reconnect.factor = factor.ok_or_else(|| value::wrong(name, given, "1 to 100"))?;
        }
        "reconnect_retry_on" => {
            let classes = StopReason::ALL.into_iter().filter(|it| it.is_class());
            let classes: Vec<_> = classes.map(|it| (it.name(), it)).collect();
            let mut retry_on = Vec::new();
            for one in value::list(name, given)? {
                retry_on.push(value::named(name, &one, &classes)?);
            }
            let reconnect = config.reconnect.get_or_insert_with(Reconnect::default);
            reconnect.retry_on = retry_on;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

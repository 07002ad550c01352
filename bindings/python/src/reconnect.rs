//! How the client comes back by itself, and what becomes of operations meanwhile, from keyword
//! arguments.

use std::time::Duration;

use mqttka_core::client::{LostPublish, Options, QueuePolicy, Reconnect, StopReason};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::argument::{self, optional, wrong_type, wrong_value};
use crate::bounded::{self, number};
use crate::gate;
use crate::named::{Member, named};

const POLICIES: [Member<QueuePolicy>; 3] = {
    use QueuePolicy as P;
    [
        ("refuse_newest", P::RefuseNewest as u8, P::RefuseNewest),
        (
            "drop_oldest_qos0",
            P::DropOldestQos0 as u8,
            P::DropOldestQos0,
        ),
        ("drop_oldest", P::DropOldest as u8, P::DropOldest),
    ]
};

const LOST: [Member<LostPublish>; 2] = {
    use LostPublish as L;
    [
        ("publish_again", L::PublishAgain as u8, L::PublishAgain),
        ("fail", L::Fail as u8, L::Fail),
    ]
};

/// Sets one of these options; `false` where the name is none of them.
pub(crate) fn set(options: &mut Options, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let config = &mut options.config;
    let flag = |value: &Bound<'_, PyAny>| argument::flag(name, value);
    match name {
        // `finish` looks at it, when all others are known.
        "reconnect" => {
            flag(value)?;
        }
        "fallback_to_v311" => config.fallback_to_v311 = flag(value)?,
        "max_redirects" => config.max_redirects = number(name, value)?,
        "queue_policy" => config.queue_policy = named(name, value, &POLICIES)?,
        "lost_qos1" => config.lost_qos1 = named(name, value, &LOST)?,
        "lost_qos2" => config.lost_qos2 = named(name, value, &LOST)?,
        "poison_after" => config.poison_after = number(name, value)?,
        "clean_start_on_backlog" => config.clean_start_on_backlog = flag(value)?,
        "make_before_break" => config.make_before_break = flag(value)?,
        "adaptive_ping" => config.adaptive_ping = flag(value)?,
        "network_monitor" => options.network_monitor = flag(value)?,
        _ => {
            let reconnect = config.reconnect.get_or_insert_with(Reconnect::default);
            return set_reconnect(reconnect, name, value);
        }
    }
    Ok(true)
}

fn set_reconnect(
    reconnect: &mut Reconnect,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let time = |value: &Bound<'_, PyAny>| bounded::time(name, value);
    match name {
        "reconnect_first_delay" => reconnect.first_delay = time(value)?,
        "reconnect_factor" => reconnect.factor = factor(name, value)?,
        "reconnect_max_delay" => reconnect.max_delay = time(value)?,
        "reconnect_max_attempts" => {
            reconnect.max_attempts = optional(value, |value| number(name, value))?;
        }
        "reconnect_max_time" => reconnect.max_time = optional(value, time)?,
        "reconnect_reset_after" => reconnect.reset_after = optional(value, time)?,
        "reconnect_retry_on" => reconnect.retry_on = classes(name, value)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Switches reconnection off where `reconnect` says so, whatever the other options were.
pub(crate) fn finish(options: &mut Options, given: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let reconnect = given.map(|given| given.get_item("reconnect")).transpose()?;
    if let Some(reconnect) = reconnect.flatten()
        && !argument::flag("reconnect", &reconnect)?
    {
        options.config.reconnect = None;
    }
    Ok(())
}

fn factor(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let factor: f64 = value
        .extract()
        .map_err(|_| wrong_type(name, value, "a number"))?;
    let within = (1.0..=100.0).contains(&factor);
    let factor = within.then_some(factor);
    factor.ok_or_else(|| wrong_value(name, value, "1 to 100"))
}

/// Reasons to stop that need not be one. A str would be a set of its letters.
fn classes(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<StopReason>> {
    let wanted = "a set of StopReason or their names";
    if value.is_instance_of::<PyString>() {
        return Err(wrong_type(name, value, wanted));
    }
    let classes = StopReason::ALL.into_iter().filter(|it| it.is_class());
    let classes: Vec<_> = classes.map(|it| (it.name(), it as u8, it)).collect();
    gate::within(value.py(), || {
        let each = value
            .try_iter()
            .map_err(|_| wrong_type(name, value, wanted))?;
        each.map(|one| named(name, &one?, &classes)).collect()
    })
}

/// The defaults of these options.
pub(crate) fn defaults(defaults: &Bound<'_, PyDict>, options: &Options) -> PyResult<()> {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let config = &options.config;
    let reconnect = config.reconnect.clone();
    defaults.set_item("reconnect", reconnect.is_some())?;
    let reconnect = reconnect.unwrap_or_default();
    defaults.set_item("reconnect_first_delay", reconnect.first_delay.as_secs_f64())?;
    defaults.set_item("reconnect_factor", reconnect.factor)?;
    defaults.set_item("reconnect_max_delay", reconnect.max_delay.as_secs_f64())?;
    defaults.set_item("reconnect_max_attempts", reconnect.max_attempts)?;
    defaults.set_item("reconnect_max_time", seconds(reconnect.max_time))?;
    defaults.set_item("reconnect_reset_after", seconds(reconnect.reset_after))?;
    let classes: Vec<_> = reconnect.retry_on.iter().map(|it| it.name()).collect();
    defaults.set_item("reconnect_retry_on", classes)?;
    defaults.set_item("fallback_to_v311", config.fallback_to_v311)?;
    defaults.set_item("max_redirects", config.max_redirects)?;
    let name = |of: u8, names: &[(&'static str, u8)]| {
        let mut names = names.iter();
        names.find(|(_, it)| *it == of).map(|(name, _)| *name)
    };
    let policies = POLICIES.map(|(name, number, _)| (name, number));
    let lost = LOST.map(|(name, number, _)| (name, number));
    defaults.set_item("queue_policy", name(config.queue_policy as u8, &policies))?;
    defaults.set_item("lost_qos1", name(config.lost_qos1 as u8, &lost))?;
    defaults.set_item("lost_qos2", name(config.lost_qos2 as u8, &lost))?;
    defaults.set_item("poison_after", config.poison_after)?;
    defaults.set_item("clean_start_on_backlog", config.clean_start_on_backlog)?;
    defaults.set_item("make_before_break", config.make_before_break)?;
    defaults.set_item("adaptive_ping", config.adaptive_ping)?;
    defaults.set_item("network_monitor", options.network_monitor)?;
    defaults.set_item("provider", defaults.py().None())
}

//! Options that the application is asked for, or hears by, and what it puts up with.

use std::sync::Arc;

use mqttka_core::client::{
    AuthenticationRequest, Authenticator, Fault, Options, RateLimit, Tolerate,
};
use wasm_bindgen::JsValue;

use super::Result;
use crate::failure::Failure;
use crate::outbox::Outbox;
use crate::value;

/// The application's, by its method.
struct Asked {
    method: String,
    outbox: Outbox,
}

impl Authenticator for Asked {
    fn method(&self) -> &str {
        &self.method
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        self.outbox.authenticate(request);
    }
}

/// Sets one of these options; `false` where the name is none of them.
pub(super) fn set(
    options: &mut Options,
    name: &str,
    given: &JsValue,
    outbox: &Outbox,
) -> Result<bool> {
    match name {
        "tolerate" => options.config.tolerate = tolerate(given)?,
        "rate_limit" => options.config.rate_limit = value::optional(given, rate_limit)?,
        "packet_tap" if value::absent(given) => options.packet_tap = None,
        "packet_tap" => {
            let outbox = outbox.clone();
            options.packet_tap = Some(Arc::new(move |packet| outbox.packet(packet)));
        }
        "authenticator" if value::absent(given) => options.authenticator = None,
        "authenticator" => options.authenticator = Some(authenticator(given, outbox)?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn tolerate(given: &JsValue) -> Result<Tolerate> {
    let faults = Fault::ALL.map(|fault| (fault.name(), fault));
    let given = value::list("tolerate", given)?;
    let each = given
        .iter()
        .map(|one| value::named("tolerate", one, &faults));
    each.collect()
}

fn rate_limit(given: &JsValue) -> Result<RateLimit> {
    let mut limit = RateLimit::default();
    for (name, given) in value::entries("rate_limit", given)? {
        if given.is_undefined() {
            continue;
        }
        let number = |name| value::within(name, &given, 0, u32::MAX);
        match &*name {
            "messagesPerSecond" => {
                limit.messages_per_second = number("rate_limit.messages_per_second")?;
            }
            "bytesPerSecond" => limit.bytes_per_second = number("rate_limit.bytes_per_second")?,
            "burst" => limit.burst = value::time("rate_limit_burst", &given)?,
            _ => {
                let bound = "left out: a limit has messagesPerSecond, bytesPerSecond and burst";
                let name = ["rate_limit.", &name].concat();
                return Err(Failure::option(&name, "given", bound));
            }
        }
    }
    Ok(limit)
}

/// The application's, which is asked by its method.
fn authenticator(given: &JsValue, outbox: &Outbox) -> Result<Arc<dyn Authenticator>> {
    let mut method = String::new();
    for (name, given) in value::entries("authenticator", given)? {
        if name == "method" {
            method = value::string("authenticator.method", &given)?;
        }
    }
    let outbox = outbox.clone();
    Ok(Arc::new(Asked { method, outbox }))
}

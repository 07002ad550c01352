//! The class `Scram`: the core's SCRAM-SHA-256, asked step by step by `src/scram.ts`.

#[path = "../../src/failure.rs"]
#[allow(dead_code, reason = "it is the engine's")]
mod failure;
#[path = "../../src/json.rs"]
#[allow(dead_code, reason = "it is the engine's")]
mod json;

use mqttka_core::client::{AuthenticationStep, ScramSha256};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;

/// Proves who the client is, and has the broker prove it, too.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Scram(ScramSha256);

#[wasm_bindgen]
impl Scram {
    /// `max_iterations` undefined: the core's default. Throws a string of JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(user: &str, password: &str, max_iterations: Option<f64>) -> Result<Scram, JsValue> {
        let mut scram = ScramSha256::new(user, password).map_err(Failure::from)?;
        if let Some(most) = max_iterations {
            // What is no whole number is none that is allowed.
            let most = if most.trunc() == most { most as u32 } else { 0 };
            scram = scram.max_iterations(most).map_err(Failure::from)?;
        }
        Ok(Scram(scram))
    }

    /// What goes to the broker; undefined: nothing. Throws a string of JSON with `message` and `fatal`.
    pub fn step(
        &self,
        exchange: f64,
        step: &str,
        reauthenticate: bool,
        data: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, JsValue> {
        let data = data.map(Into::into);
        let step = match step {
            "start" => AuthenticationStep::Start { reauthenticate },
            "continue" => AuthenticationStep::Continue { data },
            _ => AuthenticationStep::Finish { data },
        };
        match self.0.step(exchange as u64, &step) {
            Ok(answer) => Ok(answer.map(Vec::from)),
            Err(error) => {
                let mut text = String::new();
                let mut object = json::Object::new(&mut text);
                object.text("message", &error.message);
                object.flag("fatal", error.fatal);
                object.end();
                Err(JsValue::from_str(&text))
            }
        }
    }
}

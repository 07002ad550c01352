//! The class `Broker`: the fake broker's state machine. `src/testing` carries its bytes.

#[path = "../../src/failure.rs"]
#[allow(dead_code, reason = "it is the engine's")]
mod failure;
#[path = "../../src/json.rs"]
#[allow(dead_code, reason = "it is the engine's")]
mod json;
#[path = "../../src/properties.rs"]
#[allow(dead_code, reason = "it is the engine's")]
mod properties;
#[path = "../../src/value.rs"]
#[allow(dead_code, reason = "it is the engine's")]
mod value;

mod bearing;
mod directing;
mod seen;

use js_sys::{Array, Uint8Array};
use mqttka_core::types::Instant;
use mqttka_testing::Output;
use wasm_bindgen::prelude::*;

/// A broker that nobody is connected with. `now` is in milliseconds of a clock that does not go back.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Broker(pub(crate) mqttka_testing::Broker);

pub(crate) fn instant(now: f64) -> Instant {
    Instant::from_nanos((now * 1e6) as u64)
}

#[wasm_bindgen]
impl Broker {
    /// It answers as brokers do.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Broker {
        Broker::default()
    }

    /// A connection was opened; its number.
    pub fn opened(&mut self, now: f64) -> f64 {
        self.0.handle_opened(instant(now)) as f64
    }

    /// Bytes came.
    pub fn received(&mut self, now: f64, connection: f64, bytes: &[u8]) {
        let connection = connection as u64;
        self.0.handle_received(instant(now), connection, bytes);
    }

    /// The client sends no more.
    pub fn ended(&mut self, now: f64, connection: f64) {
        self.0.handle_end(instant(now), connection as u64);
    }

    /// Does what is due by the time.
    pub fn timeout(&mut self, now: f64) {
        self.0.handle_timeout(instant(now));
    }

    /// When that is due; infinite: not by itself.
    pub fn deadline(&self) -> f64 {
        let deadline = self.0.poll_deadline();
        // Upwards, so that a timer which waits for it is not early.
        deadline.map_or(f64::INFINITY, |at| (at.as_nanos() as f64 / 1e6).ceil())
    }

    /// What is to be done next: what, with which connection, and the bytes to send.
    #[wasm_bindgen(js_name = takeOutput)]
    pub fn take_output(&mut self) -> Option<Array> {
        let (what, connection, bytes) = match self.0.poll_output()? {
            Output::Send { connection, bytes } => ("send", connection, Some(bytes)),
            Output::Finish { connection } => ("finish", connection, None),
            Output::Close { connection } => ("close", connection, None),
            Output::Reset { connection } => ("reset", connection, None),
        };
        let array = Array::of2(&what.into(), &(connection as f64).into());
        if let Some(bytes) = bytes {
            array.push(&Uint8Array::from(&bytes[..]));
        }
        Some(array)
    }
}

//! The class `Engine`: mqttka's client as WebAssembly, driven from outside.

use wasm_bindgen::prelude::*;

/// A client without sockets and clock.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {}

#[wasm_bindgen]
impl Engine {
    /// Made of the options.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Engine {
        Engine {}
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

//! What the broker has seen, for JavaScript.

use js_sys::{Array, Uint8Array};
use mqttka_core::types::Message;
use mqttka_testing::{Seen, SeenKind};
use wasm_bindgen::prelude::*;

use crate::Broker;
use crate::failure::Failure;
use crate::json::Object;
use crate::properties;

/// Topic, payload, QoS and retain flag, properties: what the TypeScript's `Message` is made of.
fn message(it: &Message) -> Array {
    let flags = it.qos as u32 | u32::from(it.retain) << 2 | u32::from(it.is_request()) << 7;
    let mut bytes = Vec::new();
    properties::to_bytes(&mut bytes, &it.properties);
    Array::of4(
        &it.topic.as_str().into(),
        &Uint8Array::from(&it.payload[..]),
        &flags.into(),
        &Uint8Array::from(&bytes[..]),
    )
}

/// All but its message as JSON, then its message.
fn seen(it: &Seen) -> Array {
    let mut text = String::new();
    let mut object = Object::new(&mut text);
    object.text("kind", it.kind.name());
    object.number("connection", it.connection);
    object.text("clientId", &it.client_id);
    object.some_text("filter", it.filter.as_deref());
    object.some_number("reasonCode", it.reason_code.map(|code| code as u64));
    object.text("detail", &it.detail);
    object.text("description", &it.to_string());
    properties::to_json(&mut object, "properties", &it.properties);
    object.end();
    let array = Array::of1(&text.into());
    if let Some(it) = &it.message {
        array.push(&message(it));
    }
    array
}

fn kind(name: &str) -> Result<SeenKind, JsValue> {
    let found = SeenKind::ALL.iter().find(|it| it.name() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = SeenKind::ALL.iter().map(|it| it.name()).collect();
        Failure::option("kind", name, &["one of ", &names.join(", ")].concat()).into()
    })
}

#[wasm_bindgen]
impl Broker {
    /// Takes the oldest thing of this kind that was not taken before.
    pub fn take(&mut self, kind: &str, filter: Option<String>) -> Result<Option<Array>, JsValue> {
        let kind = self::kind(kind)?;
        Ok(self.0.take(kind, filter.as_deref()).as_ref().map(seen))
    }

    /// Takes the oldest thing, whatever it is.
    #[wasm_bindgen(js_name = takeAny)]
    pub fn take_any(&mut self) -> Option<Array> {
        self.0.take_any().as_ref().map(seen)
    }

    /// What to say where it has not come.
    pub fn missing(&self, kind: &str, filter: Option<String>) -> Result<String, JsValue> {
        let missing = self.0.missing(self::kind(kind)?, filter.as_deref());
        Ok(missing.to_string())
    }

    /// Forgets what was seen so far.
    #[wasm_bindgen(js_name = forgetSeen)]
    pub fn forget_seen(&mut self) {
        self.0.forget_seen();
    }

    /// The identifiers of the clients that are connected.
    pub fn clients(&self) -> Vec<String> {
        self.0.clients()
    }

    /// The message that is retained on this topic.
    pub fn retained(&self, topic: &str) -> Option<Array> {
        self.0.retained(topic).map(message)
    }
}

//! What is thrown: a string of JSON, which `src/errors.ts` makes an error of.

use mqttka_core::client::{Error, InvalidText, InvalidTopic};
use wasm_bindgen::JsValue;

use crate::json::{self, Object};

/// What is thrown. It is made at once: a value this small keeps what may fail small, too.
#[derive(Debug)]
pub(crate) struct Failure(JsValue);

impl Failure {
    /// An option or argument that JavaScript can give and the core cannot.
    #[cold]
    #[inline(never)]
    pub(crate) fn option(option: &str, value: &str, bound: &str) -> Self {
        let option = json::camel_case(option);
        let message = [&*option, " is ", value, "; it must be ", bound].concat();
        let mut text = String::new();
        let mut object = Object::new(&mut text);
        object.text("code", "invalidOption");
        object.text("message", &message);
        object.text("option", &option);
        object.text("value", value);
        object.text("bound", bound);
        object.end();
        Failure(JsValue::from_str(&text))
    }

    /// Of this code, in words alone.
    #[allow(dead_code, reason = "the fake broker's, which has this file, too")]
    pub(crate) fn of(code: &str, message: &str) -> Self {
        let mut text = String::new();
        let mut object = Object::new(&mut text);
        object.text("code", code);
        object.text("message", message);
        object.end();
        Failure(JsValue::from_str(&text))
    }

    pub(crate) fn argument(text: &str) -> Self {
        Error::InvalidArgument(text.to_owned()).into()
    }
}

impl From<Error> for Failure {
    #[cold]
    #[inline(never)]
    fn from(error: Error) -> Self {
        if let Error::InvalidOption {
            option,
            value,
            bound,
        } = &error
        {
            return Failure::option(option, value, bound);
        }
        let mut text = String::new();
        let mut object = Object::new(&mut text);
        object.name("code", error.name());
        object.text("message", &error.to_string());
        match error {
            Error::PacketTooLarge { size, limit } => {
                object.number("size", size as u64);
                object.number("limit", limit as u64);
            }
            Error::OutOfMemory { bytes } => object.number("bytes", bytes as u64),
            _ => {}
        }
        object.end();
        Failure(JsValue::from_str(&text))
    }
}

impl From<InvalidTopic> for Failure {
    fn from(error: InvalidTopic) -> Self {
        Error::from(error).into()
    }
}

impl From<InvalidText> for Failure {
    fn from(error: InvalidText) -> Self {
        Error::from(error).into()
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

//! What is thrown: a string of JSON, which `src/errors.ts` makes an error of.

use mqttka_core::client::{Error, InvalidText, InvalidTopic};
use wasm_bindgen::JsValue;

use crate::json::{self, Object};

/// Why a call was refused.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core's word.
    Core(Error),
    /// An option or argument that JavaScript can give and the core cannot.
    Option {
        option: String,
        value: String,
        bound: String,
    },
}

impl Failure {
    pub(crate) fn option(option: &str, value: impl ToString, bound: impl ToString) -> Self {
        Failure::Option {
            option: json::camel_case(option),
            value: value.to_string(),
            bound: bound.to_string(),
        }
    }

    pub(crate) fn argument(text: impl Into<String>) -> Self {
        Failure::Core(Error::InvalidArgument(text.into()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidOption {
                option,
                value,
                bound,
            } => Failure::option(option, value, bound),
            error => Failure::Core(error),
        }
    }
}

impl From<InvalidTopic> for Failure {
    fn from(error: InvalidTopic) -> Self {
        Failure::Core(error.into())
    }
}

impl From<InvalidText> for Failure {
    fn from(error: InvalidText) -> Self {
        Failure::Core(error.into())
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let mut text = String::new();
        let mut object = Object::new(&mut text);
        match failure {
            Failure::Core(error) => {
                object.name("code", error.name());
                object.text("message", &error.to_string());
                match error {
                    Error::PacketTooLarge { size, limit } => {
                        object.number("size", size);
                        object.number("limit", limit);
                    }
                    Error::OutOfMemory { bytes } => object.number("bytes", bytes),
                    _ => {}
                }
            }
            Failure::Option {
                option,
                value,
                bound,
            } => {
                object.text("code", "invalidOption");
                object.text(
                    "message",
                    &[&*option, " is ", &value, "; it must be ", &bound].concat(),
                );
                object.text("option", &option);
                object.text("value", &value);
                object.text("bound", &bound);
            }
        }
        object.end();
        JsValue::from_str(&text)
    }
}

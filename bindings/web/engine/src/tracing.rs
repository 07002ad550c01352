//! Which trace a message belongs to (W3C Trace Context), which user properties say.

use mqttka_core::client::{Properties, TraceContext};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::json::Object;
use crate::value;

/// Puts the trace of a message that is published into its properties; undefined: it is in none.
pub(crate) fn add(to: &mut Properties, given: &JsValue) -> Result<(), Failure> {
    if value::absent(given) {
        return Ok(());
    }
    let (mut parent, mut state) = (None, None);
    for (name, given) in value::entries("trace_context", given)? {
        let text = |name| value::optional(&given, |it| value::string(name, it));
        match &*name {
            "traceparent" => parent = text("trace_context.traceparent")?,
            "tracestate" => state = text("trace_context.tracestate")?,
            _ => {
                let name = ["trace_context.", &name].concat();
                let bound = "left out: a trace context has traceparent and tracestate";
                return Err(Failure::option(&name, "given", bound));
            }
        }
    }
    let bound = "a traceparent of W3C Trace Context";
    let Some(parent) = parent else {
        return Err(Failure::option(
            "trace_context.traceparent",
            "undefined",
            bound,
        ));
    };
    let context: Result<TraceContext, _> = parent.parse();
    let context =
        context.map_err(|_| Failure::option("trace_context.traceparent", "another text", bound))?;
    let context = match state.filter(|it| !it.is_empty()) {
        Some(state) => context.with_state(&state).map_err(|_| {
            let bound =
                "a tracestate of W3C Trace Context: at most 32 members, at most 512 characters";
            Failure::option("trace_context.tracestate", "another text", bound)
        })?,
        None => context,
    };
    context.put_into(to);
    Ok(())
}

/// What these two user properties say of a message that came, as far as they are valid, as JSON.
#[wasm_bindgen(js_name = traceContext)]
pub fn trace_context(parent: &str, state: Option<String>) -> Option<String> {
    let context: TraceContext = parent.parse().ok()?;
    let valid = |state: &String| !state.is_empty() && context.clone().with_state(state).is_ok();
    let mut out = String::new();
    let mut object = Object::new(&mut out);
    object.text("traceparent", &context.traceparent());
    object.some_text("tracestate", state.filter(valid).as_deref());
    object.end();
    Some(out)
}

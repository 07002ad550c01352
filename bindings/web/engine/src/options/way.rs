//! How the broker is reached.

use mqttka_core::client::{Options, Pem, Server, Transport};
use wasm_bindgen::JsValue;

use super::Result;
use crate::failure::Failure;
use crate::value;

const TRANSPORTS: [(&str, Transport); 5] = [
    ("tcp", Transport::Tcp),
    ("tls", Transport::Tls),
    ("web_socket", Transport::WebSocket),
    ("web_socket_tls", Transport::WebSocketTls),
    ("unix", Transport::Unix),
];

/// Sets one of these options; `false` where the name is none of them.
pub(super) fn set(options: &mut Options, name: &str, given: &JsValue) -> Result<bool> {
    let text = |given: &JsValue| value::string(name, given);
    match name {
        "port" => {
            let port = value::optional(given, |given| value::number(name, given))?;
            set_server(options, port, |it, port| it.port = Some(port as u16));
        }
        "transport" => {
            let named = |given: &JsValue| value::named(name, given, &TRANSPORTS);
            set_server(options, value::optional(given, named)?, |it, transport| {
                it.transport = transport;
            });
        }
        "path" => set_server(options, value::optional(given, text)?, |it, path| {
            it.path = path;
        }),
        "servers" => {
            for uri in strings(name, given)? {
                options.add_server(&uri)?;
            }
        }
        "web_socket_headers" => {
            let pairs = value::pairs(name, given)?.into_iter();
            let pairs = pairs.map(|(name, value)| (name.as_str().into(), value.as_str().into()));
            options.web_socket.headers = pairs.collect();
        }
        "tls_ca" => options.tls.ca = pem(name, given)?,
        "tls_certificate" => options.tls.certificate = pem(name, given)?,
        "tls_private_key" => options.tls.private_key = pem(name, given)?,
        "tls_private_key_password" => {
            let bytes = |given: &JsValue| value::bytes(name, given);
            options.tls.private_key_password = value::optional(given, bytes)?;
        }
        "tls_alpn" => options.tls.alpn = strings(name, given)?,
        "tls_server_name" => options.tls.server_name = value::optional(given, text)?,
        "tls_pins" => options.tls.pins = strings(name, given)?,
        "tls_resumption" => options.tls.resumption = value::flag(name, given)?,
        "tls_danger_accept_any_certificate" => {
            options.tls.danger_accept_any_certificate = value::flag(name, given)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn set_server<T>(options: &mut Options, value: Option<T>, set: impl FnOnce(&mut Server, T)) {
    if let (Some(value), Some(server)) = (value, options.server()) {
        set(server, value);
    }
}

fn strings(name: &str, given: &JsValue) -> Result<Vec<String>> {
    let each = value::list(name, given)?;
    each.iter().map(|one| value::string(name, one)).collect()
}

fn pem(name: &str, given: &JsValue) -> Result<Option<Pem>> {
    let bytes = value::optional(given, |given| value::bytes(name, given))?;
    Ok(bytes.map(Pem::Bytes))
}

/// What the host can do.
pub(super) fn check(options: &Options, sockets: bool) -> Result<()> {
    if sockets {
        return Ok(());
    }
    let plain = options
        .servers
        .iter()
        .find(|it| !it.transport.is_web_socket());
    let tls = &options.tls;
    let given = |given: bool, name| given.then_some(name);
    let only_with_sockets = given(!options.web_socket.headers.is_empty(), "web_socket_headers")
        .or(given(tls.ca.is_some(), "tls_ca"))
        .or(given(tls.certificate.is_some(), "tls_certificate"))
        .or(given(tls.private_key.is_some(), "tls_private_key"))
        .or(given(
            tls.private_key_password.is_some(),
            "tls_private_key_password",
        ))
        .or(given(!tls.alpn.is_empty(), "tls_alpn"))
        .or(given(!tls.pins.is_empty(), "tls_pins"))
        .or(given(tls.server_name.is_some(), "tls_server_name"))
        .or(given(
            tls.danger_accept_any_certificate,
            "tls_danger_accept_any_certificate",
        ));
    if let Some(server) = plain {
        let bound = "ws:// or wss:// in a browser, which opens no other connection";
        return Err(Failure::option("uri", server.transport.name(), bound));
    }
    if let Some(name) = only_with_sockets {
        let bound = "left out in a browser, whose own WebSocket lets no page set it";
        return Err(Failure::option(name, "given", bound));
    }
    Ok(())
}

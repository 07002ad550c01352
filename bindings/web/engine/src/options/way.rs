//! How the broker is reached.

#[cfg(feature = "sockets")]
use mqttka_core::client::Pem;
use mqttka_core::client::{Options, Server, Transport};
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
        _ => return set_of_sockets(options, name, given),
    }
    Ok(true)
}

fn set_server<T>(options: &mut Options, value: Option<T>, set: impl FnOnce(&mut Server, T)) {
    if let (Some(value), Some(server)) = (value, options.server()) {
        set(server, value);
    }
}

fn strings(name: &str, given: &JsValue) -> Result<Vec<String>> {
    let mut strings = Vec::new();
    for one in value::list(name, given)? {
        strings.push(value::string(name, &one)?);
    }
    Ok(strings)
}

/// What a browser lets no page set.
#[cfg(feature = "sockets")]
fn set_of_sockets(options: &mut Options, name: &str, given: &JsValue) -> Result<bool> {
    let tls = &mut options.tls;
    let bytes = || value::optional(given, |given| value::bytes(name, given));
    let pem = || Ok::<_, Failure>(bytes()?.map(Pem::Bytes));
    match name {
        "web_socket_headers" => {
            let pairs = value::pairs(name, given)?.into_iter();
            let pairs = pairs.map(|(name, value)| (name.as_str().into(), value.as_str().into()));
            options.web_socket.headers = pairs.collect();
        }
        "tls_ca" => tls.ca = pem()?,
        "tls_certificate" => tls.certificate = pem()?,
        "tls_private_key" => tls.private_key = pem()?,
        "tls_private_key_password" => tls.private_key_password = bytes()?,
        "tls_alpn" => tls.alpn = strings(name, given)?,
        "tls_server_name" => {
            tls.server_name = value::optional(given, |given| value::string(name, given))?;
        }
        "tls_pins" => tls.pins = strings(name, given)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Of a browser, for what its pages cannot set.
pub(crate) const NOT_IN_BROWSERS: &str =
    "left out in a browser, whose own WebSocket lets no page set it";

/// What a browser lets no page set: refused, unless it sets nothing.
#[cfg(not(feature = "sockets"))]
fn set_of_sockets(_: &mut Options, name: &str, given: &JsValue) -> Result<bool> {
    const NAMES: [&str; 10] = [
        "web_socket_headers",
        "tls_ca",
        "tls_certificate",
        "tls_private_key",
        "tls_private_key_password",
        "tls_alpn",
        "tls_server_name",
        "tls_pins",
        "tls_resumption",
        "tls_danger_accept_any_certificate",
    ];
    if !NAMES.contains(&name) {
        return Ok(false);
    }
    let nothing = value::absent(given)
        || given.as_bool() == Some(false)
        || name == "tls_resumption"
        || value::is_empty(given);
    match nothing {
        true => Ok(true),
        false => Err(Failure::option(name, "given", NOT_IN_BROWSERS)),
    }
}

/// What the host can do.
pub(super) fn check(options: &Options, sockets: bool) -> Result<()> {
    if sockets {
        return Ok(());
    }
    let servers = &mut options.servers.iter();
    if let Some(server) = servers.find(|it| !it.transport.is_web_socket()) {
        let bound = "ws:// or wss:// in a browser, which opens no other connection";
        return Err(Failure::option("uri", server.transport.name(), bound));
    }
    #[cfg(feature = "sockets")]
    if let Some(name) = only_with_sockets(options) {
        return Err(Failure::option(name, "given", NOT_IN_BROWSERS));
    }
    Ok(())
}

/// What a host without sockets cannot do, where the engine is made for one that has them.
#[cfg(feature = "sockets")]
fn only_with_sockets(options: &Options) -> Option<&'static str> {
    let tls = &options.tls;
    let given = |given: bool, name| given.then_some(name);
    given(!options.web_socket.headers.is_empty(), "web_socket_headers")
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
        ))
}

//! What the host is to do, as objects of JavaScript.

use std::time::Duration;

use js_sys::{Array, Object, Reflect, Uint8Array};
use mqttka_core::client::hosted::Carrier;
use mqttka_core::client::{Options, Pem, Server, Transport};
use wasm_bindgen::JsValue;

/// Sets a field of an object that was made here.
fn set(object: &Object, key: &str, value: impl Into<JsValue>) {
    // A plain object takes every field.
    let _ = Reflect::set(object, &JsValue::from_str(key), &value.into());
}

fn action(kind: &str, key: &str, stream: u64) -> Object {
    let object = Object::new();
    set(&object, "type", kind);
    set(&object, key, stream as f64);
    object
}

pub(crate) fn plain(kind: &str, stream: u64) -> JsValue {
    action(kind, "stream", stream).into()
}

pub(crate) fn give_up(stream: u64) -> JsValue {
    action("giveUp", "attempt", stream).into()
}

pub(crate) fn write(stream: u64, bytes: &[u8]) -> JsValue {
    let object = action("write", "stream", stream);
    set(&object, "bytes", Uint8Array::from(bytes));
    object.into()
}

pub(crate) fn open(
    stream: u64,
    server: &Server,
    headers: &[(String, String)],
    timeout: Duration,
    carrier: Carrier,
    tls: &Tls,
) -> JsValue {
    let object = action("open", "attempt", stream);
    let to = Object::new();
    let secure = server.transport.is_secure();
    let browser = carrier == Carrier::WebSocket;
    let transport = match (browser, secure) {
        (true, true) => "wss",
        (true, false) => "ws",
        (false, _) if server.transport == Transport::Unix => "unix",
        (false, true) => "tls",
        (false, false) => "tcp",
    };
    set(&to, "transport", transport);
    set(&to, "host", server.host.trim_matches(['[', ']']));
    set(&to, "port", server.effective_port());
    set(&to, "path", &*server.path);
    set(&object, "server", to);
    if browser {
        set(&object, "protocol", "mqtt");
    }
    let pair = |(name, value): &(String, String)| Array::of2(&name.into(), &value.into());
    set(
        &object,
        "headers",
        headers.iter().map(pair).collect::<Array>(),
    );
    if cfg!(feature = "sockets") && transport == "tls" {
        set(&object, "tls", tls.to_js());
    }
    set(&object, "timeout", timeout.as_secs_f64() * 1000.0);
    object.into()
}

/// How the host is to speak TLS.
#[derive(Debug)]
pub(crate) struct Tls(Box<mqttka_core::client::TlsOptions>);

impl Tls {
    pub(crate) fn of(options: &Options) -> Self {
        Tls(Box::new(options.tls.clone()))
    }

    fn to_js(&self) -> Object {
        let (tls, object) = (&self.0, Object::new());
        let pem = |key: &str, pem: &Option<Pem>| {
            if let Some(Pem::Bytes(bytes)) = pem {
                set(&object, key, Uint8Array::from(&bytes[..]));
            }
        };
        pem("ca", &tls.ca);
        pem("certificate", &tls.certificate);
        pem("privateKey", &tls.private_key);
        if let Some(password) = &tls.private_key_password {
            set(
                &object,
                "privateKeyPassword",
                &*String::from_utf8_lossy(password),
            );
        }
        if let Some(name) = &tls.server_name {
            set(&object, "serverName", &**name);
        }
        let strings = |key: &str, all: &[String]| {
            if !all.is_empty() {
                let array: Array = all.iter().map(|it| JsValue::from_str(it)).collect();
                set(&object, key, array);
            }
        };
        strings("alpn", &tls.alpn);
        strings("pins", &tls.pins);
        set(&object, "resumption", tls.resumption);
        set(
            &object,
            "acceptAnyCertificate",
            tls.danger_accept_any_certificate,
        );
        object
    }
}

//! The core's options from an object of the vocabulary's names in camelCase.

mod observing;
mod reconnect;
mod slot;
pub(crate) mod way;

use std::sync::Arc;

use mqttka_core::client::{Message, Options, Version, Will};
use wasm_bindgen::JsValue;

use crate::failure::Failure;
use crate::json::snake_case;
use crate::outbox::Outbox;
use crate::{properties, value};

type Result<T> = std::result::Result<T, Failure>;

/// `sockets`: the host opens TCP and TLS. `outbox` asks the application's provider, where it has one.
pub(crate) fn options(given: &JsValue, sockets: bool, outbox: &Outbox) -> Result<Options> {
    let mut options = Options::new("");
    let given = value::entries("options", given)?;
    // What is undefined is not given. What the URI says comes first: others replace its parts.
    let given: Vec<_> = given
        .into_iter()
        .filter(|(_, it)| !it.is_undefined())
        .collect();
    let find = |name: &str| given.iter().find(|(it, _)| it == name);
    match (find("uri"), find("host")) {
        (Some((_, uri)), _) => options.set_uri(&value::string("uri", uri)?)?,
        (None, Some((_, host))) => options = Options::new(value::string("host", host)?),
        (None, None) => {
            return Err(Failure::argument(
                "there is no broker; give a uri such as wss://broker.example/mqtt, or a host",
            ));
        }
    }
    for (name, given) in &given {
        let snake = snake_case(name);
        let known = matches!(&*snake, "uri" | "host" | "reconnect" | "provider")
            || slot::set(&mut options, &snake, given)?
            || way::set(&mut options, &snake, given)?
            || reconnect::set(&mut options, &snake, given)?
            || observing::set(&mut options, &snake, given, outbox)?
            || set(&mut options, &snake, given)?;
        if !known {
            return Err(Failure::option(name, "given", &hint(name)));
        }
    }
    // Whatever the other options were.
    if let Some((_, given)) = find("reconnect")
        && !value::flag("reconnect", given)?
    {
        options.config.reconnect = None;
    }
    if let Some((_, given)) = find("provider")
        && !given.is_null()
    {
        options.provider = Some(Arc::new(outbox.clone()));
    }
    way::check(&options, sockets)?;
    Ok(options)
}

fn set(options: &mut Options, name: &str, given: &JsValue) -> Result<bool> {
    let config = &mut options.config;
    let text = |given: &JsValue| value::text(name, given);
    match name {
        "protocol_version" => {
            config.protocol_version = match given.as_string().as_deref() {
                Some("3.1.1") => Version::V311,
                Some("5.0") => Version::V5,
                _ => match given.as_f64() {
                    Some(4.0) => Version::V311,
                    Some(5.0) => Version::V5,
                    _ => {
                        let bound = "5, 4, \"5.0\" or \"3.1.1\"";
                        return Err(value::wrong(name, given, bound));
                    }
                },
            };
        }
        "client_id" => config.client_id = text(given)?,
        "user_name" => {
            let name = value::optional(given, text)?;
            config.user_name = name.or(config.user_name.take());
        }
        "password" => {
            let password = value::optional(given, |given| value::bytes(name, given))?;
            config.password = password.or(config.password.take());
        }
        "user_properties" => config.user_properties = value::pairs(name, given)?,
        "will" => config.will = value::optional(given, will)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn will(given: &JsValue) -> Result<Will> {
    let (mut topic, mut payload) = (None, Default::default());
    let (mut qos, mut retain, mut found) = (Default::default(), false, JsValue::UNDEFINED);
    for (name, given) in value::entries("will", given)? {
        if given.is_undefined() {
            continue;
        }
        match &*name {
            "topic" => topic = Some(value::topic("will.topic", &given)?),
            "payload" => payload = value::bytes("will.payload", &given)?,
            "qos" => qos = value::qos("will.qos", &given)?,
            "retain" => retain = value::flag("will.retain", &given)?,
            "properties" => found = given,
            _ => {
                let bound = "left out: a will has topic, payload, qos, retain and properties";
                return Err(Failure::option(&format!("will.{name}"), "given", bound));
            }
        }
    }
    let topic = topic.ok_or_else(|| Failure::option("will.topic", "undefined", "a topic name"))?;
    let mut message = Message::new(topic, payload)
        .with_qos(qos)
        .with_retain(retain);
    message.properties = properties::from_js("will.properties", &found)?;
    Ok(Will { message })
}

/// What was meant by a name that is no option; other libraries' names are known.
fn hint(name: &str) -> String {
    let meant = match name {
        "username" => "userName",
        "keepalive" | "keepAliveInterval" => "keepAlive",
        "clientid" | "clientID" | "clientIdentifier" => "clientId",
        "clean" | "cleanSession" => "cleanStart",
        "hostname" | "server" | "broker" => "host",
        "url" | "brokerUrl" => "uri",
        "protocol" => "transport",
        "version" => "protocolVersion",
        "reconnectPeriod" => "reconnectFirstDelay",
        "properties" => "an option of its own, such as sessionExpiryInterval",
        "wsOptions" | "headers" => "webSocketHeaders",
        "ca" => "tlsCa",
        "cert" => "tlsCertificate",
        "key" => "tlsPrivateKey",
        "passphrase" => "tlsPrivateKeyPassword",
        "servername" => "tlsServerName",
        "ALPNProtocols" => "tlsAlpn",
        "rejectUnauthorized" => "tlsDangerAcceptAnyCertificate",
        "queueQoSZero" => "queuePolicy",
        _ => return "left out: there is no such option".into(),
    };
    format!("left out: there is no such option; perhaps {meant}")
}

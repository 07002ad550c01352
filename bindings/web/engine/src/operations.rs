//! The class that JavaScript has: the client's half. Each call may throw a string of JSON.

#[cfg(feature = "sockets")]
use mqttka_core::client::Pem;
use mqttka_core::client::{
    DisconnectOptions, Message, NetworkChange, NetworkUpdate, ProvidedConnection, PublishOptions,
    QoS, ReasonCode, Refusal, RetainHandling, Subscription, SubscriptionOptions, Text, TopicFilter,
    TopicName,
};
use wasm_bindgen::prelude::*;

use crate::engine::{Engine, set_now};
use crate::failure::Failure;
use crate::{events, properties, tracing, value};

type Result<T> = std::result::Result<T, JsValue>;

/// `flags` of `publish`.
const RETAIN: u32 = 4;
const RECEIPT: u32 = 8;

#[wasm_bindgen]
impl Engine {
    /// Begins an attempt; a report tells how it ends.
    pub fn connect(&mut self, id: u32, now: f64) -> Result<()> {
        set_now(now);
        let connecting = self.client.connecting().map_err(Failure::from)?;
        self.waits.connecting(id, connecting);
        Ok(())
    }

    /// Says goodbye; a report tells when that has ended. `options`: an object of what DISCONNECT has,
    /// and of how long it first waits until all that was queued is acknowledged.
    pub fn disconnect(&mut self, id: u32, now: f64, options: JsValue) -> Result<()> {
        set_now(now);
        let options = disconnect_options(&options)?;
        let disconnecting = self.client.disconnecting_with(&options);
        self.waits
            .disconnecting(id, disconnecting.map_err(Failure::from)?);
        Ok(())
    }

    /// Publishes; the outcome comes in a batch or a report, unless `id` is 0. `flags`: the QoS, 4 for
    /// retain, and 8 for a receipt.
    #[allow(clippy::too_many_arguments, reason = "one call for each publish")]
    pub fn publish(
        &self,
        id: u32,
        now: f64,
        topic: &str,
        payload: Vec<u8>,
        flags: u32,
        timeout: JsValue,
        properties: JsValue,
        trace: JsValue,
    ) -> Result<()> {
        set_now(now);
        let mut message = message(topic, payload, flags, &properties)?;
        tracing::add(&mut message.properties, &trace)?;
        let mut options = PublishOptions::default();
        options.timeout = value::optional(&timeout, |it| value::time("publish_timeout", it))?;
        options.receipt = flags & RECEIPT != 0;
        let completion = self.outbox.completion(id);
        let published = self.client.publish_with(message, &options, completion);
        Ok(published.map_err(Failure::from)?)
    }

    /// Subscribes without a stream; `subscriptions`: an array of objects with `filter`.
    pub fn subscribe(
        &self,
        id: u32,
        now: f64,
        subscriptions: JsValue,
        properties: JsValue,
    ) -> Result<()> {
        set_now(now);
        let subscriptions = self::subscriptions(&subscriptions)?;
        let properties = properties::from_js("properties", &properties)?;
        let completion = self.outbox.completion(id);
        let subscribed = self.client.subscribe(subscriptions, properties, completion);
        Ok(subscribed.map_err(Failure::from)?)
    }

    /// Opens a stream of this number with a subscription; the outcome of the SUBSCRIBE comes as that
    /// of `id`. `manual`: the application acknowledges.
    #[allow(clippy::too_many_arguments, reason = "one call for each subscription")]
    #[wasm_bindgen(js_name = openSubscription)]
    pub fn open_subscription(
        &mut self,
        stream: u32,
        id: u32,
        now: f64,
        subscriptions: JsValue,
        properties: JsValue,
        outlives_connections: bool,
        manual: bool,
    ) -> Result<()> {
        set_now(now);
        let subscriptions = self::subscriptions(&subscriptions)?;
        let properties = properties::from_js("properties", &properties)?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = outlives_connections;
        options.manual_acknowledgement = manual;
        let completion = self.outbox.completion(id);
        let messages = self
            .client
            .subscription(subscriptions, properties, options, completion)
            .map_err(Failure::from)?;
        self.streams.open(stream, messages);
        Ok(())
    }

    /// Opens a stream of this number that subscribes to nothing; `filter` undefined: of all messages.
    #[wasm_bindgen(js_name = openMessages)]
    pub fn open_messages(&mut self, stream: u32, now: f64, filter: JsValue) -> Result<()> {
        set_now(now);
        let filter = value::optional(&filter, |filter| value::filter("filter", filter))?;
        let messages = self.client.messages(filter).map_err(Failure::from)?;
        self.streams.open(stream, messages);
        self.want();
        Ok(())
    }

    /// The `count` oldest messages that this stream was lent were consumed.
    pub fn done(&mut self, stream: u32, now: f64, count: u32) {
        set_now(now);
        self.streams.done(stream, count as usize);
        self.want();
    }

    /// Ends a stream; what it was lent and is not done goes back, and its subscription ends.
    #[wasm_bindgen(js_name = closeStream)]
    pub fn close_stream(&mut self, stream: u32, now: f64) {
        set_now(now);
        self.streams.close(stream);
        self.want();
    }

    /// Ends a stream's subscription, and tells the broker's answer.
    #[wasm_bindgen(js_name = unsubscribeStream)]
    pub fn unsubscribe_stream(&self, id: u32, now: f64, stream: u32) -> Result<()> {
        set_now(now);
        let completion = self.outbox.completion(id);
        let Some(unsubscribed) = self.streams.unsubscribe(stream, completion) else {
            return Err(Failure::argument("the stream is closed").into());
        };
        Ok(unsubscribed.map_err(Failure::from)?)
    }

    /// Unsubscribes; `filters`: an array of strings.
    pub fn unsubscribe(
        &self,
        id: u32,
        now: f64,
        filters: JsValue,
        properties: JsValue,
    ) -> Result<()> {
        set_now(now);
        let mut each: Vec<TopicFilter> = Vec::new();
        for one in value::list("filters", &filters)? {
            each.push(value::filter("filter", &one)?);
        }
        let properties = properties::from_js("properties", &properties)?;
        let completion = self.outbox.completion(id);
        let unsubscribed = self.client.unsubscribe(each, properties, completion);
        Ok(unsubscribed.map_err(Failure::from)?)
    }

    /// Closes the client for good, after a goodbye.
    pub fn close(&self, now: f64) {
        set_now(now);
        self.client.close();
    }

    /// Closes the client for good and at once.
    pub fn abort(&self, now: f64) {
        set_now(now);
        self.client.abort();
    }

    /// Asks the broker for a sign of life within so many seconds.
    #[wasm_bindgen(js_name = probeNow)]
    pub fn probe_now(&self, now: f64, timeout: JsValue) -> Result<()> {
        set_now(now);
        let timeout = value::time("probe_timeout", &timeout)?;
        Ok(self.client.probe_now(timeout).map_err(Failure::from)?)
    }

    /// Where the client waits to try again, it tries now.
    #[wasm_bindgen(js_name = reconnectNow)]
    pub fn reconnect_now(&self, now: f64) -> Result<()> {
        set_now(now);
        Ok(self.client.reconnect_now().map_err(Failure::from)?)
    }

    /// What the application knows of the network: an object with `change` and what else is known.
    #[wasm_bindgen(js_name = networkUpdate)]
    pub fn network_update(&self, now: f64, update: JsValue) -> Result<()> {
        set_now(now);
        let update = network_update(&update)?;
        Ok(self.client.network_changed(update).map_err(Failure::from)?)
    }

    /// What is known at this moment, as JSON.
    pub fn status(&self, now: f64) -> String {
        set_now(now);
        events::status(&self.client.status())
    }

    /// The state alone.
    pub fn state(&self) -> String {
        crate::json::camel_case(self.client.status().state.name())
    }

    /// Answers the question of the newest attempt: connect with this.
    pub fn provide(&self, now: f64, connection: JsValue) -> Result<()> {
        set_now(now);
        let provided = provided(&connection)?;
        if let Some(request) = self.outbox.asked() {
            request.provide(provided);
        }
        self.want();
        Ok(())
    }

    /// Answers the question of the newest attempt: there is nothing. `fatal`: nor will there be.
    #[wasm_bindgen(js_name = provideFailed)]
    pub fn provide_failed(&self, now: f64, message: String, fatal: bool) {
        set_now(now);
        if let Some(request) = self.outbox.asked() {
            request.fail(message, fatal);
        }
        self.want();
    }
}

/// A message of what JavaScript has; `flags`: the QoS, and 4 for retain.
pub(crate) fn message(
    topic: &str,
    payload: Vec<u8>,
    flags: u32,
    properties: &JsValue,
) -> std::result::Result<Message, Failure> {
    let topic = TopicName::parse(Text::try_from(topic)?)?;
    let qos = match flags & 3 {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    };
    let mut message = Message::new(topic, payload)
        .with_qos(qos)
        .with_retain(flags & RETAIN != 0);
    message.properties = properties::from_js("properties", properties)?;
    Ok(message)
}

fn reason_code(given: &JsValue) -> std::result::Result<ReasonCode, Failure> {
    let code = ReasonCode::from_u8(value::within("reason_code", given, 0, 255)? as u8);
    code.ok_or_else(|| Failure::option("reason_code", "unknown", "a reason code"))
}

fn disconnect_options(given: &JsValue) -> std::result::Result<DisconnectOptions, Failure> {
    let mut options = DisconnectOptions::default();
    for (name, given) in value::entries("options", given)? {
        if value::absent(&given) {
            continue;
        }
        match &*name {
            "reasonCode" => options.reason_code = reason_code(&given)?,
            "drainTimeout" => options.drain_timeout = Some(value::time("drain_timeout", &given)?),
            "sessionExpiryInterval" => {
                let interval = value::within("session_expiry_interval", &given, 0, u32::MAX)?;
                options.session_expiry_interval = Some(interval);
            }
            "reasonString" => options.reason_string = Some(value::text("reason_string", &given)?),
            "userProperties" => {
                options.user_properties = value::pairs("user_properties", &given)?;
            }
            _ => {}
        }
    }
    Ok(options)
}

/// Why a message is refused.
pub(crate) fn refusal(
    code: &JsValue,
    words: &JsValue,
    properties: &JsValue,
) -> std::result::Result<Refusal, Failure> {
    let mut refusal = Refusal::new(reason_code(code)?)?;
    if let Some(words) = value::optional(words, |it| value::text("reason_string", it))? {
        refusal = refusal.with_reason_string(words);
    }
    if !value::absent(properties) {
        for (name, value) in value::pairs("user_properties", properties)? {
            refusal = refusal.with_user_property(name, value)?;
        }
    }
    Ok(refusal)
}

pub(crate) fn subscriptions(given: &JsValue) -> std::result::Result<Vec<Subscription>, Failure> {
    let mut subscriptions = Vec::new();
    for one in value::list("subscriptions", given)? {
        subscriptions.push(subscription(&one)?);
    }
    Ok(subscriptions)
}

fn subscription(given: &JsValue) -> std::result::Result<Subscription, Failure> {
    const HANDLINGS: [(&str, RetainHandling); 3] = [
        ("send_at_subscribe", RetainHandling::SendAtSubscribe),
        ("send_if_new", RetainHandling::SendIfNew),
        ("do_not_send", RetainHandling::DoNotSend),
    ];
    let (mut filter, mut qos) = (None, QoS::AtMostOnce);
    let (mut no_local, mut as_published) = (false, false);
    let mut handling = RetainHandling::default();
    for (name, given) in value::entries("subscription", given)? {
        if given.is_undefined() {
            continue;
        }
        match &*name {
            "filter" => filter = Some(value::filter("filter", &given)?),
            "qos" => qos = value::qos("qos", &given)?,
            "noLocal" => no_local = value::flag("no_local", &given)?,
            "retainAsPublished" => as_published = value::flag("retain_as_published", &given)?,
            "retainHandling" => {
                handling = value::named("retain_handling", &given, &HANDLINGS)?;
            }
            _ => {
                let bound = "left out: a subscription has filter, qos, noLocal, \
                     retainAsPublished and retainHandling";
                return Err(Failure::option(&name, "given", bound));
            }
        }
    }
    let filter = filter.ok_or_else(|| Failure::option("filter", "undefined", "a topic filter"))?;
    let mut subscription = Subscription::new(filter, qos);
    subscription.no_local = no_local;
    subscription.retain_as_published = as_published;
    subscription.retain_handling = handling;
    Ok(subscription)
}

fn network_update(given: &JsValue) -> std::result::Result<NetworkUpdate, Failure> {
    let mut update = NetworkUpdate::new(NetworkChange::Changed);
    for (name, given) in value::entries("update", given)? {
        let flag = |name| value::optional(&given, |given| value::flag(name, given));
        match &*name {
            "change" => update.change = value::network_change("change", &given)?,
            "metered" => update.metered = flag("metered")?,
            "validated" => update.validated = flag("validated")?,
            "captivePortal" => update.captive_portal = flag("captive_portal")?,
            "id" => update.id = value::text("id", &given)?,
            _ => {
                let bound = "left out: there are change, metered, validated, captivePortal and id";
                return Err(Failure::option(&name, "given", bound));
            }
        }
    }
    Ok(update)
}

fn provided(given: &JsValue) -> std::result::Result<ProvidedConnection, Failure> {
    let mut provided = ProvidedConnection::default();
    #[cfg(feature = "sockets")]
    let pem = |name, given: &JsValue| value::bytes(name, given).map(Pem::Bytes);
    #[cfg(feature = "sockets")]
    let (mut certificate, mut key) = (None, None);
    for (name, given) in value::entries("provider", given)? {
        if value::absent(&given) {
            continue;
        }
        match &*name {
            "userName" => provided.user_name = Some(value::text("user_name", &given)?),
            "password" => provided.password = Some(value::bytes("password", &given)?),
            "uri" => provided.uri = Some(value::string("uri", &given)?),
            #[cfg(not(feature = "sockets"))]
            "webSocketHeaders" | "tlsCertificate" | "tlsPrivateKey" => {
                return Err(Failure::option(
                    &name,
                    "given",
                    crate::options::way::NOT_IN_BROWSERS,
                ));
            }
            #[cfg(feature = "sockets")]
            "webSocketHeaders" => {
                let pairs = value::pairs("web_socket_headers", &given)?.into_iter();
                let pairs = pairs.map(|(name, value)| (name.to_string(), value.to_string()));
                provided.web_socket_headers = Some(pairs.collect());
            }
            #[cfg(feature = "sockets")]
            "tlsCertificate" => certificate = Some(pem("tls_certificate", &given)?),
            #[cfg(feature = "sockets")]
            "tlsPrivateKey" => key = Some(pem("tls_private_key", &given)?),
            _ => {
                let bound = "left out: a provider gives userName, password, uri, webSocketHeaders, \
                     tlsCertificate and tlsPrivateKey";
                return Err(Failure::option(&name, "given", bound));
            }
        }
    }
    #[cfg(feature = "sockets")]
    {
        provided.client_certificate = certificate.zip(key);
    }
    Ok(provided)
}

/// Whether messages of `topic` belong to `filter`.
#[wasm_bindgen(js_name = topicMatches)]
pub fn topic_matches(filter: &str, topic: &str) -> Result<bool> {
    let parsed = Text::try_from(filter).map_err(Failure::from)?;
    let filter = TopicFilter::parse(parsed).map_err(Failure::from)?;
    let parsed = Text::try_from(topic).map_err(Failure::from)?;
    let topic = TopicName::parse(parsed).map_err(Failure::from)?;
    Ok(filter.matches(&topic))
}

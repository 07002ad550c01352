//! What a test tells the broker to do. Each call may throw a string of JSON.

use mqttka_core::client::{Message, PropertyId, QoS, ReasonCode, Text, TopicName};
use mqttka_testing::{Acknowledging, Error, PacketType};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::{Broker, bearing, instant, properties, value};

pub(crate) type Result<T> = std::result::Result<T, JsValue>;

const ANNOUNCED: [(&str, PropertyId); 10] = [
    ("session_expiry_interval", PropertyId::SessionExpiryInterval),
    ("server_keep_alive", PropertyId::ServerKeepAlive),
    ("receive_maximum", PropertyId::ReceiveMaximum),
    ("topic_alias_maximum", PropertyId::TopicAliasMaximum),
    ("maximum_qos", PropertyId::MaximumQoS),
    ("retain_available", PropertyId::RetainAvailable),
    ("maximum_packet_size", PropertyId::MaximumPacketSize),
    (
        "wildcard_subscription_available",
        PropertyId::WildcardSubscriptionAvailable,
    ),
    (
        "subscription_identifier_available",
        PropertyId::SubscriptionIdentifierAvailable,
    ),
    (
        "shared_subscription_available",
        PropertyId::SharedSubscriptionAvailable,
    ),
];

const ACKNOWLEDGING: [(&str, Acknowledging); 3] = [
    ("at_once", Acknowledging::AtOnce),
    ("held", Acknowledging::Held),
    ("never", Acknowledging::Never),
];

pub(crate) fn told<T>(result: std::result::Result<T, Error>) -> Result<T> {
    result.map_err(|error| {
        let text = error.to_string();
        match &error {
            Error::NotConnected { .. } => Failure::of("notConnected", &text).into(),
            _ => Failure::argument(&text).into(),
        }
    })
}

fn reason_code(given: &JsValue) -> Result<ReasonCode> {
    let number = value::within("reason_code", given, 0, 255)?;
    let code = ReasonCode::from_u8(number as u8);
    code.ok_or_else(|| Failure::option("reason_code", "unknown", "a reason code").into())
}

fn optional_code(given: &JsValue) -> Result<Option<ReasonCode>> {
    match value::absent(given) {
        true => Ok(None),
        false => reason_code(given).map(Some),
    }
}

#[wasm_bindgen]
impl Broker {
    /// The internet is gone.
    #[wasm_bindgen(js_name = goSilent)]
    pub fn go_silent(&mut self) {
        self.0.go_silent();
    }

    /// It is back.
    #[wasm_bindgen(js_name = comeBack)]
    pub fn come_back(&mut self, now: f64) {
        self.0.come_back(instant(now));
    }

    /// Whether it is gone.
    pub fn silent(&self) -> bool {
        self.0.is_silent()
    }

    /// Refuses connections; `times` undefined: all.
    #[wasm_bindgen(js_name = refuseConnections)]
    pub fn refuse_connections(&mut self, code: JsValue, times: JsValue) -> Result<()> {
        let code = reason_code(&code)?;
        let times = value::optional(&times, |it| value::within("times", it, 0, u32::MAX))?;
        told(self.0.refuse_connections(code, times))
    }

    /// Accepts them again.
    #[wasm_bindgen(js_name = acceptConnections)]
    pub fn accept_connections(&mut self) {
        self.0.accept_connections();
    }

    /// Whether CONNECT is answered.
    #[wasm_bindgen(js_name = answerConnects)]
    pub fn answer_connects(&mut self, answer: bool) {
        self.0.answer_connects(answer);
    }

    /// Whether PINGREQ is answered.
    #[wasm_bindgen(js_name = answerPings)]
    pub fn answer_pings(&mut self, answer: bool) {
        self.0.answer_pings(answer);
    }

    /// When what comes is acknowledged.
    pub fn acknowledge(&mut self, acknowledging: JsValue) -> Result<()> {
        let named = value::named("acknowledging", &acknowledging, &ACKNOWLEDGING)?;
        self.0.acknowledge(named);
        Ok(())
    }

    /// Refuses messages of QoS 1 and 2; undefined: takes them again.
    #[wasm_bindgen(js_name = refusePublishes)]
    pub fn refuse_publishes(&mut self, code: JsValue) -> Result<()> {
        told(self.0.refuse_publishes(optional_code(&code)?))
    }

    /// Refuses subscriptions; undefined: grants them again.
    #[wasm_bindgen(js_name = refuseSubscriptions)]
    pub fn refuse_subscriptions(&mut self, code: JsValue) -> Result<()> {
        told(self.0.refuse_subscriptions(optional_code(&code)?))
    }

    /// Refuses to end subscriptions; undefined: ends them again.
    #[wasm_bindgen(js_name = refuseUnsubscriptions)]
    pub fn refuse_unsubscriptions(&mut self, code: JsValue) -> Result<()> {
        told(self.0.refuse_unsubscriptions(optional_code(&code)?))
    }

    /// Puts a property into each CONNACK, and holds to it.
    #[wasm_bindgen(js_name = announceNumber)]
    pub fn announce_number(&mut self, property: JsValue, number: JsValue) -> Result<()> {
        let property = value::named("property", &property, &ANNOUNCED)?;
        let number = value::within("value", &number, 0, u32::MAX)?;
        told(self.0.announce_number(property, number))
    }

    /// Puts these properties into each CONNACK, and holds to them.
    pub fn announce(&mut self, properties: JsValue) -> Result<()> {
        told(self.0.announce_all(bearing::from_js(&properties)?))
    }

    /// Puts these properties into each packet of this kind.
    #[wasm_bindgen(js_name = setProperties)]
    pub fn set_properties(&mut self, packet_type: JsValue, properties: JsValue) -> Result<()> {
        let names: Vec<_> = PacketType::ALL.iter().map(|it| (it.name(), *it)).collect();
        let packet_type = value::named("packet_type", &packet_type, &names)?;
        let properties = bearing::from_js(&properties)?;
        told(self.0.set_properties(packet_type, properties))
    }

    /// Whether messages to clients have topic aliases.
    #[wasm_bindgen(js_name = useTopicAliases)]
    pub fn use_topic_aliases(&mut self, use_them: bool) {
        self.0.use_topic_aliases(use_them);
    }

    /// Whether a message goes to a client once for each of its subscriptions that match.
    #[wasm_bindgen(js_name = sendCopies)]
    pub fn send_copies(&mut self, send_them: bool) {
        self.0.send_copies(send_them);
    }

    /// Clients have to go through enhanced authentication by this method; undefined: no more.
    pub fn authenticate(&mut self, method: Option<String>) -> Result<()> {
        told(self.0.authenticate(method.as_deref()))
    }

    /// The next challenge of its script.
    pub fn challenge(&mut self, data: JsValue) -> Result<()> {
        told(self.0.challenge(&value::bytes("data", &data)?))
    }

    /// What comes with its end.
    #[wasm_bindgen(js_name = finishAuthentication)]
    pub fn finish_authentication(&mut self, data: JsValue) -> Result<()> {
        let data = value::optional(&data, |it| value::bytes("data", it))?;
        told(self.0.finish_authentication(data.as_deref()))
    }

    /// Clients have to prove by SCRAM-SHA-256 that they know this password.
    #[wasm_bindgen(js_name = authenticateScram)]
    pub fn authenticate_scram(&mut self, user: &str, password: &str) {
        self.0.authenticate_scram(user, password);
    }

    /// Each exchange ends with this code; undefined: no more.
    #[wasm_bindgen(js_name = refuseAuthentications)]
    pub fn refuse_authentications(&mut self, code: JsValue) -> Result<()> {
        told(self.0.refuse_authentications(optional_code(&code)?))
    }

    /// Publishes to whoever has subscribed.
    pub fn publish(
        &mut self,
        now: f64,
        topic: &str,
        payload: Vec<u8>,
        qos: JsValue,
        retain: JsValue,
        properties: JsValue,
    ) -> Result<()> {
        let text = Text::try_from(topic).map_err(Failure::from)?;
        let topic = TopicName::parse(text).map_err(Failure::from)?;
        let qos = value::optional(&qos, |it| value::qos("qos", it))?;
        let retain = value::optional(&retain, |it| value::flag("retain", it))?;
        let mut message = Message::new(topic, payload)
            .with_qos(qos.unwrap_or(QoS::AtMostOnce))
            .with_retain(retain.unwrap_or(false));
        message.properties = properties::from_js("properties", &properties)?;
        told(self.0.publish(instant(now), message))
    }

    /// Sends these bytes, whatever they are.
    #[wasm_bindgen(js_name = sendBytes)]
    pub fn send_bytes(&mut self, bytes: &[u8], client_id: Option<String>) -> Result<()> {
        told(self.0.send_bytes(client_id.as_deref(), bytes))
    }

    /// Sends DISCONNECT, and closes.
    pub fn disconnect(
        &mut self,
        now: f64,
        code: JsValue,
        client_id: Option<String>,
        words: Option<String>,
    ) -> Result<()> {
        let code = reason_code(&code)?;
        let (id, words) = (client_id.as_deref(), words.as_deref());
        told(self.0.disconnect(instant(now), id, code, words))
    }

    /// Closes without a word.
    pub fn close(&mut self, now: f64, client_id: Option<String>) -> Result<()> {
        told(self.0.close(instant(now), client_id.as_deref()))
    }

    /// Says that it sends no more.
    #[wasm_bindgen(js_name = halfClose)]
    pub fn half_close(&mut self, client_id: Option<String>) -> Result<()> {
        told(self.0.half_close(client_id.as_deref()))
    }

    /// Resets.
    pub fn reset(&mut self, now: f64, client_id: Option<String>) -> Result<()> {
        told(self.0.reset(instant(now), client_id.as_deref()))
    }

    /// Forgets the sessions of those who are not connected.
    #[wasm_bindgen(js_name = forgetSessions)]
    pub fn forget_sessions(&mut self) {
        self.0.forget_sessions();
    }
}

//! The class that JavaScript has: requests, acknowledgements, authentication, and what can be seen.

use mqttka_core::client::{Properties, Property, RequestOptions, Text};
use wasm_bindgen::prelude::*;

use crate::engine::{Engine, set_now};
use crate::failure::Failure;
use crate::operations::{message, refusal, subscriptions};
use crate::outbox::Undecided;
use crate::{counters, events, tracing, value};

type Result<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
impl Engine {
    /// The operation that comes next can be cancelled by its number, or not.
    pub fn cancellable(&self, cancellable: bool) {
        self.outbox.cancellable(cancellable);
    }

    /// Cancels an operation, where it is still queued, or only waits: a flush, a request.
    pub fn cancel(&self, id: u32, now: f64) {
        set_now(now);
        self.outbox.cancel(id);
        self.want();
    }

    /// The number was given to no operation: the call was refused.
    pub fn forget(&self, id: u32) {
        self.outbox.forget(id);
    }

    /// Tells when the broker has read all that was asked for before.
    pub fn flush(&self, id: u32, now: f64, timeout: JsValue) -> Result<()> {
        set_now(now);
        let timeout = value::optional(&timeout, |it| value::time("flush_timeout", it))?;
        let flushed = self.client.flush(timeout, self.outbox.completion(id));
        Ok(flushed.map_err(Failure::from)?)
    }

    /// Proves anew who the client is.
    pub fn reauthenticate(&self, id: u32, now: f64) -> Result<()> {
        set_now(now);
        let completion = self.outbox.completion(id);
        Ok(self
            .client
            .reauthenticate(completion)
            .map_err(Failure::from)?)
    }

    /// Publishes a request; its response comes as a message of the stream `id`, or a report says why
    /// there is none. `flags` as of `publish`.
    #[allow(clippy::too_many_arguments, reason = "one call for each request")]
    pub fn request(
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
        let mut options = RequestOptions::default();
        if let Some(timeout) = value::optional(&timeout, |it| value::time("request_timeout", it))? {
            options.timeout = timeout;
        }
        let outbox = self.outbox.clone();
        let answered = move |answer| outbox.answer(id, answer);
        let begun = match self.outbox.canceller(id) {
            Some(canceller) => self
                .client
                .request_cancelled_by(message, &options, &canceller, answered),
            None => self.client.request_with(message, &options, answered),
        };
        self.want();
        Ok(begun.map_err(Failure::from)?)
    }

    /// Opens a stream of requests to be answered under this number; the outcome of the SUBSCRIBE comes as
    /// that of the same.
    #[wasm_bindgen(js_name = openResponder)]
    pub fn open_responder(&mut self, stream: u32, now: f64, subscriptions: JsValue) -> Result<()> {
        set_now(now);
        let subscriptions = self::subscriptions(&subscriptions)?;
        let completion = self.outbox.completion(stream);
        let requests = self
            .client
            .responding(subscriptions, Properties::new(), completion)
            .map_err(Failure::from)?;
        self.streams.open_requests(stream, requests);
        Ok(())
    }

    /// Answers the request that has this number; undefined: there is no answer.
    pub fn answer(&self, number: u32, now: f64, payload: Option<Vec<u8>>) {
        set_now(now);
        if let Some(Undecided::Request(request)) = self.outbox.undecided(number) {
            match payload {
                Some(payload) => request.reply(payload),
                None => request.decline(),
            }
        }
        self.want();
    }

    /// Publishes the answer to a request that came with this QoS, Response Topic and Correlation Data.
    #[allow(clippy::too_many_arguments, reason = "one call for each answer")]
    pub fn reply(
        &self,
        id: u32,
        now: f64,
        topic: &str,
        qos: u32,
        response_topic: Option<String>,
        correlation_data: Option<Vec<u8>>,
        payload: Vec<u8>,
    ) -> Result<()> {
        set_now(now);
        let mut request = message(topic, Vec::new(), qos & 3, &JsValue::UNDEFINED)?;
        if let Some(topic) = response_topic {
            let topic = Text::try_from(topic).map_err(Failure::from)?;
            request.properties.push(Property::ResponseTopic(topic));
        }
        if let Some(data) = correlation_data {
            let data = Property::CorrelationData(data.into());
            request.properties.push(data);
        }
        let reply = request.reply_to(payload).map_err(Failure::from)?;
        let completion = self.outbox.completion(id);
        let published = self.client.publish(reply, completion);
        Ok(published.map_err(Failure::from)?)
    }

    /// The application has consumed what it was told to acknowledge under this number.
    pub fn acknowledge(&self, number: u32, now: f64) {
        set_now(now);
        if let Some(Undecided::Acknowledgement(it)) = self.outbox.undecided(number) {
            it.acknowledge();
        }
        self.want();
    }

    /// It does not want it.
    pub fn refuse(
        &self,
        number: u32,
        now: f64,
        code: JsValue,
        words: JsValue,
        properties: JsValue,
    ) -> Result<()> {
        set_now(now);
        let refusal = refusal(&code, &words, &properties)?;
        if let Some(Undecided::Acknowledgement(it)) = self.outbox.undecided(number)
            && let Err(error) = it.refuse(refusal)
        {
            self.outbox.keep(number, Undecided::Acknowledgement(it));
            return Err(Failure::from(error).into());
        }
        self.want();
        Ok(())
    }

    /// Nobody has it any more: it comes again.
    #[wasm_bindgen(js_name = giveBack)]
    pub fn give_back(&self, number: u32, now: f64) {
        set_now(now);
        drop(self.outbox.undecided(number));
        self.want();
    }

    /// What was negotiated for the present connection, as JSON.
    pub fn negotiated(&self) -> Option<String> {
        let connected = self.client.negotiated()?;
        let mut out = String::new();
        let mut object = crate::json::Object::new(&mut out);
        events::connected(&mut object, &connected);
        object.end();
        Some(out)
    }

    /// What is counted, as JSON.
    pub fn counters(&self, now: f64) -> String {
        set_now(now);
        counters::counters(&self.client.counters())
    }

    /// The same under OpenTelemetry's names, as a JSON array.
    pub fn metrics(&self, now: f64) -> String {
        set_now(now);
        counters::metrics(&self.client.counters().metrics())
    }

    /// Answers the authenticator's question: go on, with this.
    pub fn authenticated(&self, now: f64, data: JsValue, user_properties: JsValue) -> Result<()> {
        set_now(now);
        let data = value::optional(&data, |data| value::bytes("data", data))?;
        let pairs = |given: &JsValue| value::pairs("user_properties", given);
        let user_properties = value::optional(&user_properties, pairs)?.unwrap_or_default();
        if let Some(request) = self.outbox.authenticating() {
            let replied = request.reply_with(data, user_properties);
            replied.map_err(Failure::from)?;
        }
        self.want();
        Ok(())
    }

    /// Answers it: give up.
    #[wasm_bindgen(js_name = authenticationFailed)]
    pub fn authentication_failed(&self, now: f64, message: String, fatal: bool) {
        set_now(now);
        if let Some(request) = self.outbox.authenticating() {
            request.fail(message, fatal);
        }
        self.want();
    }
}

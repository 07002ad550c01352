//! What a client does beyond publishing and subscribing: acknowledgements that the application gives,
//! requests, cancelling, flushing, authentication.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    Acknowledgement, AuthenticationRequest, Authenticator, Bytes, Canceller, Message, Options, QoS,
    RateLimit, Received, Refusal, RequestOptions, Subscription, SubscriptionOptions, Text,
    Tolerate, TopicName,
};

use super::World;
use super::input::Input;

/// What is kept to be used later.
#[derive(Default)]
pub(super) struct Kept {
    acknowledgements: Vec<Acknowledgement>,
    cancellers: Vec<Canceller>,
}

/// What an application keeps at a time.
const KEPT: usize = 16;

impl Kept {
    pub(super) fn keep(&mut self, received: Vec<Received>) {
        for it in received {
            if self.acknowledgements.len() < KEPT {
                self.acknowledgements.extend(it.acknowledgement);
            }
        }
    }
}

/// Answers at once, and gives up at every eighth step.
struct Method;

impl Authenticator for Method {
    fn method(&self) -> &str {
        "m"
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        let exchange = request.exchange;
        match exchange % 8 {
            7 => request.fail("the fuzzer's", exchange % 16 == 15),
            which => {
                let user = match (which, request.step.most_user_properties()) {
                    // There is no AUTH for them, which fails the exchange for good.
                    (6, 0) => 1,
                    (_, 0) => 0,
                    (_, _) => exchange as usize % 3,
                };
                let user = vec![(Text::new(), Text::new()); user];
                let _ = request.reply_with(Some(Bytes::from_static(b"d")), user);
            }
        }
    }
}

pub(super) fn options(options: &mut Options, input: &mut Input) {
    let which = input.byte();
    let config = &mut options.config;
    if which & 1 != 0 {
        config.rate_limit = Some(RateLimit {
            messages_per_second: u32::from(which >> 6),
            bytes_per_second: u32::from(which >> 4 & 3) * 500,
            burst: Duration::from_millis(u64::from(which & 64)),
        });
    }
    if which & 2 != 0 {
        config.tolerate = Tolerate::ALL;
    }
    if which & 4 != 0 {
        (
            config.topic_alias_maximum,
            config.outbound_topic_alias_maximum,
        ) = (2, 2);
    }
    options.manual_acknowledgement = which & 8 != 0;
    if which & 16 != 0 {
        options.authenticator = Some(Arc::new(Method));
    }
    if which & 32 != 0 {
        options.packet_tap = Some(Arc::new(|_| {}));
    }
}

impl World {
    pub(super) fn feature(&mut self, which: u8, input: &mut Input) {
        match which {
            32 | 33 => self.decide(input),
            34 => self.flush(input),
            35 | 36 => self.publish_cancellable(input),
            37 => {
                if let Some(canceller) = self.kept.cancellers.pop() {
                    canceller.cancel();
                }
            }
            38 | 39 => self.request(input),
            40 => self.respond(input),
            41 => self.reauthenticate(),
            42 | 43 => self.subscribe_manually(input),
            44 => {
                let _ = self.client.counters().metrics().len();
                let _ = self.client.negotiated();
            }
            _ => {}
        }
    }

    fn decide(&mut self, input: &mut Input) {
        let how = input.byte();
        let kept = &mut self.kept.acknowledgements;
        if kept.is_empty() {
            return;
        }
        let it = kept.swap_remove(usize::from(how >> 2) % kept.len());
        match how & 3 {
            0 | 1 => it.acknowledge(),
            2 => {
                let code = input.choice(&Refusal::REASON_CODES);
                if let Ok(refusal) = Refusal::new(code) {
                    let _ = it.refuse(refusal);
                }
            }
            // Given back.
            _ => {}
        }
    }

    fn flush(&mut self, input: &mut Input) {
        let how = input.flag();
        let timeout = how.then(|| input.time() + Duration::from_millis(1));
        let (completion, number) = self.judge.completion();
        let result = self.client.flush(timeout, completion);
        self.judge.accepted(number, &result);
    }

    fn publish_cancellable(&mut self, input: &mut Input) {
        let Ok(topic) = TopicName::try_from(input.choice(&["a", "long/er/topic"])) else {
            return;
        };
        let qos = QoS::from_u8(input.byte() % 3).unwrap_or(QoS::AtMostOnce);
        let (completion, number) = self.judge.completion();
        let (completion, canceller) = completion.cancellable();
        let message = Message::new(topic, "c").with_qos(qos);
        let result = self.client.publish(message, completion);
        self.judge.accepted(number, &result);
        if self.kept.cancellers.len() < KEPT {
            self.kept.cancellers.push(canceller);
        }
    }

    fn request(&mut self, input: &mut Input) {
        let Ok(topic) = TopicName::try_from("service") else {
            return;
        };
        let qos = QoS::from_u8(input.byte() % 3).unwrap_or(QoS::AtMostOnce);
        let mut options = RequestOptions::default();
        options.timeout = input.time() + Duration::from_millis(1);
        let message = Message::new(topic, "?").with_qos(qos);
        let (answered, number) = self.judge.called();
        let result = self
            .client
            .request_with(message, &options, move |_| answered());
        self.judge.accepted(number, &result);
    }

    fn respond(&mut self, input: &mut Input) {
        let wanted = Self::filters(input)
            .into_iter()
            .map(|filter| Subscription::new(filter, QoS::AtLeastOnce))
            .collect();
        let (completion, number) = self.judge.completion();
        let reply = |_: &Message| Some(Bytes::from_static(b"reply"));
        let result = self
            .client
            .respond(wanted, Default::default(), reply, completion);
        self.judge.accepted(number, &result);
    }

    fn reauthenticate(&mut self) {
        let (completion, number) = self.judge.completion();
        let result = self.client.reauthenticate(completion);
        self.judge.accepted(number, &result);
    }

    fn subscribe_manually(&mut self, input: &mut Input) {
        let wanted: Vec<_> = Self::filters(input)
            .into_iter()
            .map(|filter| Subscription::new(filter, QoS::ExactlyOnce))
            .collect();
        let mut options = SubscriptionOptions::default().acknowledging_manually();
        options.outlives_connections = input.flag();
        let (completion, number) = self.judge.completion();
        let properties = Default::default();
        let result = self
            .client
            .subscription(wanted, properties, options, completion);
        self.judge.accepted(number, &result);
        if let Ok(stream) = result
            && self.streams.len() < KEPT
        {
            self.streams.push(stream);
        }
    }
}

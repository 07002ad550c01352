//! What MQTT itself has: who the client is, its session, its bounds.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::ConnectionProvider;

use super::Builder;
use crate::outgoing::{seconds, seconds_u32, text};
use crate::{IntoPayload, LostPublish, QueuePolicy, RateLimit, Tolerate, Version, Will};

impl Builder {
    /// The protocol version. Default: MQTT 5.0.
    #[doc(alias = "v311")]
    #[doc(alias = "v5")]
    pub fn protocol_version(mut self, version: Version) -> Self {
        self.options.config.protocol_version = version;
        self
    }

    /// Where the broker does not speak 5.0, go on with 3.1.1, for good. Default: false.
    pub fn fallback_to_v311(mut self, fallback: bool) -> Self {
        self.options.config.fallback_to_v311 = fallback;
        self
    }

    /// The Client Identifier, at most 65,535 bytes. Default: empty, the broker chooses one; in 3.1.1
    /// that needs [`clean_start`](Self::clean_start).
    pub fn client_id(self, client_id: impl AsRef<str>) -> Self {
        let client_id = text("client_id", client_id);
        self.read(client_id, |options, it| options.config.client_id = it)
    }

    /// The User Name, at most 65,535 bytes; counts more than that of the URI where it comes after
    /// it. Default: none.
    #[doc(alias = "username")]
    #[doc(alias = "credentials")]
    #[doc(alias = "set_credentials")]
    pub fn user_name(self, user_name: impl AsRef<str>) -> Self {
        let user_name = text("user_name", user_name);
        self.read(user_name, |options, it| options.config.user_name = Some(it))
    }

    /// The Password, text or bytes, at most 65,535; in 3.1.1 only with a user name. Default: none.
    pub fn password(mut self, password: impl IntoPayload) -> Self {
        self.options.config.password = Some(password.into_payload());
        self
    }

    /// Keep Alive, in whole seconds, up to 65,535 s: a dead path or broker is told within 1.5 times
    /// this, see [what is promised](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l7).
    /// Zero switches that off, unless [`dead_peer_timeout`](Self::dead_peer_timeout) is set. The
    /// broker may impose another one. Default: 60 s.
    #[doc(alias = "keepalive")]
    #[doc(alias = "set_keep_alive")]
    pub fn keep_alive(self, keep_alive: Duration) -> Self {
        let seconds = seconds("keep_alive", keep_alive, u16::MAX.into());
        self.read(seconds, |options, it| {
            options.config.keep_alive = it.try_into().unwrap_or(u16::MAX);
        })
    }

    /// A bound for the detection of a dead path or broker that is shorter than 1.5 times keep-alive,
    /// or that stands although keep-alive is off; 1.5 s to 1 day. Default: none.
    pub fn dead_peer_timeout(self, timeout: Duration) -> Self {
        let mut this = self.duration("dead_peer_timeout", timeout);
        this.options.config.dead_peer_timeout = Some(timeout);
        this
    }

    /// The whole of an attempt to connect, from DNS to the broker's answer; 1 ms to 1 day. Default:
    /// 1.5 times keep-alive, at most 30 s.
    #[doc(alias = "connection_timeout")]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        let mut this = self.duration("connect_timeout", timeout);
        this.options.config.connect_timeout = Some(timeout);
        this
    }

    /// Begin without an earlier session (Clean Session in 3.1.1, where it also ends with each
    /// connection). Default: true.
    #[doc(alias = "clean_session")]
    #[doc(alias = "set_clean_session")]
    pub fn clean_start(mut self, clean_start: bool) -> Self {
        self.options.config.clean_start = clean_start;
        self
    }

    /// How long the session outlives a connection, in whole seconds, up to 4,294,967,294 s;
    /// [`Duration::MAX`] is for ever. 5.0 only; in 3.1.1 `clean_start(false)` says it. Default:
    /// zero.
    pub fn session_expiry_interval(self, interval: Duration) -> Self {
        let seconds = match interval {
            Duration::MAX => Ok(u32::MAX),
            interval => seconds_u32("session_expiry_interval", interval),
        };
        self.read(seconds, |options, it| {
            options.config.session_expiry_interval = it;
        })
    }

    /// What the broker publishes where this client goes without a goodbye. Default: nothing.
    #[doc(alias = "last_will")]
    #[doc(alias = "set_last_will")]
    pub fn will(self, will: Will) -> Self {
        self.read(will.into_core(), |options, it| {
            options.config.will = Some(it);
        })
    }

    /// Adds a user property of CONNECT; 5.0 only.
    pub fn user_property(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let name = text("the name of a user property", name);
        let value = text("the value of a user property", value);
        let pair = name.and_then(|name| Ok((name, value?)));
        self.read(pair, |options, it| options.config.user_properties.push(it))
    }

    /// The user properties of CONNECT, instead of those that are there; 5.0 only. Default: none.
    pub fn user_properties<N: AsRef<str>, V: AsRef<str>>(
        mut self,
        properties: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.options.config.user_properties.clear();
        for (name, value) in properties {
            self = self.user_property(name, value);
        }
        self
    }

    /// Ask the broker for Response Information; 5.0 only. Default: false.
    pub fn request_response_information(mut self, request: bool) -> Self {
        self.options.config.request_response_information = request;
        self
    }

    /// Let the broker explain failures in words; 5.0 only. Default: true.
    pub fn request_problem_information(mut self, request: bool) -> Self {
        self.options.config.request_problem_information = request;
        self
    }

    /// How many messages of QoS 1 and 2 may come unacknowledged at once; 1 to 65,535. 5.0 tells the
    /// broker. Default: 1,024.
    pub fn receive_maximum(self, maximum: u16) -> Self {
        let mut this = self.number("receive_maximum", maximum.into());
        this.options.config.receive_maximum = maximum;
        this
    }

    /// How many of our publishes of QoS 1 and 2 may be unacknowledged at once; 1 to 65,535. Default:
    /// 20 in 3.1.1, in 5.0 what the broker takes, at most 4,096.
    #[doc(alias = "inflight")]
    #[doc(alias = "set_inflight")]
    pub fn max_inflight(self, maximum: u16) -> Self {
        let mut this = self.number("max_inflight", maximum.into());
        this.options.config.max_inflight = Some(maximum);
        this
    }

    /// The largest packet that is taken, in bytes; 16 to 268,435,460. 5.0 tells the broker; a larger
    /// one ends the connection. Default: the broker is told nothing, and 268,435,460, the largest
    /// packet of the protocol, is the bound.
    pub fn maximum_packet_size(self, size: u32) -> Self {
        let mut this = self.number("maximum_packet_size", size.into());
        this.options.config.maximum_packet_size = Some(size);
        this
    }

    /// The highest topic alias that the broker may use; 5.0 only. Zero: none. Default: 64.
    pub fn topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.options.config.topic_alias_maximum = maximum;
        self
    }

    /// How many topics the client gives an alias to by itself, at most: those that were published to
    /// last, as far as the broker takes aliases. From the second message on two bytes stand for the
    /// topic. Zero: none. 5.0 only. Default: 64.
    pub fn outbound_topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.options.config.outbound_topic_alias_maximum = maximum;
        self
    }

    /// What the broker may do although the specification forbids it: one [`Fault`](crate::Fault) or a
    /// set of them. Everything else of that kind ends the connection, with an error that names it.
    /// What is tolerated is counted (`counters`), and logged once per
    /// connection. Default: [`Tolerate::default`].
    ///
    /// ```
    /// use mqttka::{Client, Fault, Tolerate};
    ///
    /// let tolerate = Tolerate::default().with(Fault::PublishBeforeConnack);
    /// let builder = Client::builder("mqtt://broker.example").tolerate(tolerate);
    /// ```
    pub fn tolerate(mut self, tolerate: impl Into<Tolerate>) -> Self {
        self.options.config.tolerate = tolerate.into();
        self
    }

    /// How many operations may wait or be unacknowledged; 1 to 4,294,967,295. Default: 65,536.
    pub fn outbound_queue_max_messages(self, most: usize) -> Self {
        let mut this = self.number("outbound_queue_max_messages", most as u64);
        this.options.config.outbound_queue_max_messages = most;
        this
    }

    /// How many bytes they may have; 1 to 4,294,967,295; a single one may have more. Default: 32 MiB.
    pub fn outbound_queue_max_bytes(self, most: usize) -> Self {
        let mut this = self.number("outbound_queue_max_bytes", most as u64);
        this.options.config.outbound_queue_max_bytes = most;
        this
    }

    /// What happens where that queue is full. Default: [`QueuePolicy::RefuseNewest`].
    pub fn queue_policy(mut self, policy: QueuePolicy) -> Self {
        self.options.config.queue_policy = policy;
        self
    }

    /// How fast publishes, subscribes and unsubscribes leave at most, for brokers that throttle. What
    /// waits is in the queue, in order; pings never wait for it. Default: no limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mqttka::{Client, RateLimit};
    ///
    /// // In any one second at most 100, and ten at once after a pause.
    /// let builder = Client::builder("mqtts://broker.example").rate_limit(RateLimit {
    ///     burst: Duration::from_millis(100),
    ///     ..RateLimit::messages(90)
    /// });
    /// ```
    #[doc(alias = "throttle")]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.options.config.rate_limit = Some(limit);
        self
    }

    /// Bytes of messages that the application has not taken yet; 1 to 4,294,967,295. Above it QoS 0
    /// is dropped and counted, above twice this plus one packet the connection is closed. Default:
    /// 16 MiB.
    pub fn inbound_queue_max_bytes(self, most: usize) -> Self {
        let mut this = self.number("inbound_queue_max_bytes", most as u64);
        this.options.config.inbound_queue_max_bytes = most;
        this
    }

    /// How long a message that matches no stream waits for one, after a resumed session began, after
    /// the first stream was opened, or after the stream that held it was closed; zero to 1 day. Then
    /// it is counted ([`Status::messages_unclaimed`](crate::Status)) and acknowledged. Default: 10 s.
    pub fn unclaimed_timeout(self, timeout: Duration) -> Self {
        let mut this = self.duration("unclaimed_timeout", timeout);
        this.options.unclaimed_timeout = timeout;
        this
    }

    /// The application acknowledges the QoS 1 and 2 messages of [`Client::messages`](crate::Client::messages)
    /// itself, as those of a subscription with
    /// [`manual_acknowledgement`](crate::Subscribe::manual_acknowledgement). Without this they are
    /// when the next one is asked for. Default: false.
    pub fn manual_acknowledgement(mut self, manual: bool) -> Self {
        self.options.manual_acknowledgement = manual;
        self
    }

    /// What becomes of publishes of QoS 1 that were sent and not acknowledged where their session is
    /// lost. Default: [`LostPublish::PublishAgain`].
    pub fn lost_qos1(mut self, lost: LostPublish) -> Self {
        self.options.config.lost_qos1 = lost;
        self
    }

    /// The same for QoS 2, where publishing again could deliver twice. Default:
    /// [`LostPublish::Fail`].
    pub fn lost_qos2(mut self, lost: LostPublish) -> Self {
        self.options.config.lost_qos2 = lost;
        self
    }

    /// An operation at which the broker ended so many connections in a row leaves the queue with
    /// [`Error::Poison`](crate::Error::Poison); up to 1,000, 0 is never. Default: 5.
    pub fn poison_after(self, connections: u32) -> Self {
        let mut this = self.number("poison_after", connections.into());
        this.options.config.poison_after = connections;
        this
    }

    /// Where the broker keeps for the session what the client cannot take, begin a clean session,
    /// which loses it, instead of stopping. Default: false.
    pub fn clean_start_on_backlog(mut self, clean: bool) -> Self {
        self.options.config.clean_start_on_backlog = clean;
        self
    }

    /// Learn for each network how long its path stays open in silence, and ping no more often than
    /// that needs; never less often than keep-alive asks. Default: false.
    pub fn adaptive_ping(mut self, adaptive: bool) -> Self {
        self.options.config.adaptive_ping = adaptive;
        self
    }

    /// Asked before each attempt what to connect with, such as a token that expires: a function
    /// that answers now or later, from any thread. Default: none.
    ///
    /// ```
    /// use mqttka::{Client, ConnectionRequest, ProvidedConnection};
    ///
    /// fn fetch_token() -> Result<String, std::io::Error> {
    ///     Ok("a token".into())
    /// }
    ///
    /// let builder = Client::builder("mqtts://broker.example")
    ///     .user_name("device-7")
    ///     .provider(|request: ConnectionRequest| match fetch_token() {
    ///         Ok(token) => {
    ///             let mut connection = ProvidedConnection::default();
    ///             connection.password = Some(token.into());
    ///             request.provide(connection);
    ///         }
    ///         // The client tries again later.
    ///         Err(error) => request.fail(error.to_string(), false),
    ///     });
    /// # builder.options()?;
    /// # Ok::<(), mqttka::Error>(())
    /// ```
    pub fn provider(mut self, provider: impl ConnectionProvider) -> Self {
        self.options.provider = Some(Arc::new(provider));
        self
    }
}

//! How a client connects and what bounds it keeps.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    DURATIONS, Options as CoreOptions, RateLimit as CoreRateLimit, ScramSha256, Text, Version,
};

use crate::vocabulary::Fault;
use crate::{MqttkaError, ReconnectOptions, TlsOptions, WayOptions, Will, property};

/// A name and a value of the application's own.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct UserProperty {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How a client connects and what bounds it keeps.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Options {
    /// Where the servers are, and what lies between.
    pub way: WayOptions,
    /// How TLS is spoken, where a server wants it.
    pub tls: TlsOptions,
    /// How the client comes back by itself.
    pub reconnect: ReconnectOptions,
    /// The protocol version. None: MQTT 5.0.
    #[uniffi(default = None)]
    pub protocol_version: Option<Version>,
    /// The Client Identifier. Empty: the broker assigns one; in 3.1.1 that needs `clean_start`.
    #[uniffi(default = "")]
    pub client_id: String,
    /// The User Name.
    #[uniffi(default = None)]
    pub user_name: Option<String>,
    /// The Password, up to 65,535 bytes; in 3.1.1 only with a user name.
    #[uniffi(default = None)]
    pub password: Option<Vec<u8>>,
    /// Keep Alive in seconds: a dead path or broker is told within 1.5 times this. 0 switches
    /// that off, unless `dead_peer_timeout` is set. The broker's Server Keep Alive overrides it.
    #[uniffi(default = 60)]
    pub keep_alive: u16,
    /// Start without an earlier session (Clean Session in 3.1.1).
    #[uniffi(default = true)]
    pub clean_start: bool,
    /// How many seconds the session outlives a connection; 0xFFFFFFFF = for ever; 5.0 only (in
    /// 3.1.1 `clean_start = false` says it).
    #[uniffi(default = 0)]
    pub session_expiry_interval: u32,
    /// The whole of a connection attempt, from DNS to CONNACK. None: min(1.5 x keep-alive less
    /// the dispatch margin, 30 s); 30 s where keep-alive is 0.
    #[uniffi(default = None)]
    pub connect_timeout: Option<Duration>,
    /// A bound for the detection of a dead path or broker that is shorter than 1.5 x keep-alive,
    /// or that stands although keep-alive is 0. At least 1.5 s.
    #[uniffi(default = None)]
    pub dead_peer_timeout: Option<Duration>,
    /// How many QoS 1 and 2 messages may come unacknowledged at once; at least 1.
    #[uniffi(default = 1024)]
    pub receive_maximum: u16,
    /// How many QoS 1 and 2 publishes may be unacknowledged at once, 1 to 65,535; it caps the
    /// broker's Receive Maximum as well. None: 20 in 3.1.1, the broker's Receive Maximum in 5.0.
    #[uniffi(default = None)]
    pub max_inflight: Option<u16>,
    /// The largest packet taken, in bytes, 16 to 268,435,460. None: the broker is told nothing, and
    /// the bound is the protocol's, 268,435,460.
    #[uniffi(default = None)]
    pub maximum_packet_size: Option<u32>,
    /// Operations that may wait or be unacknowledged; at least 1.
    #[uniffi(default = 65536)]
    pub outbound_queue_max_messages: u64,
    /// What they may cost in bytes; a single one may cost more.
    #[uniffi(default = 33554432)]
    pub outbound_queue_max_bytes: u64,
    /// Bytes of messages that the application has not taken: above it QoS 0 is dropped, above
    /// twice it plus one packet the connection is closed.
    #[uniffi(default = 16777216)]
    pub inbound_queue_max_bytes: u64,
    /// How long a message that matches no consumer waits for one, up to 1 day, after a resumed
    /// session began, after the first consumer came, or after the stream that held it was closed.
    /// None: 10 s.
    #[uniffi(default = None)]
    pub unclaimed_timeout: Option<Duration>,
    /// Ask for Response Information; 5.0 only.
    #[uniffi(default = false)]
    pub request_response_information: bool,
    /// Let the broker explain failures in words; 5.0 only.
    #[uniffi(default = true)]
    pub request_problem_information: bool,
    /// User properties of CONNECT; 5.0 only.
    #[uniffi(default)]
    pub user_properties: Vec<UserProperty>,
    /// The Will Message.
    #[uniffi(default = None)]
    pub will: Option<Will>,
    /// Learn for each network how long its path stays open in silence, and ping no more often than
    /// that needs; never less often than Keep Alive asks.
    #[uniffi(default = false)]
    pub adaptive_ping: bool,
    /// Watch the system's network, where this build can.
    #[uniffi(default = true)]
    pub network_monitor: bool,
    /// The highest topic alias that the broker may use; 0: none; 5.0 only.
    #[uniffi(default = 64)]
    pub topic_alias_maximum: u16,
    /// How many topics the client gives an alias to by itself, at most; 0: none; 5.0 only.
    #[uniffi(default = 64)]
    pub outbound_topic_alias_maximum: u16,
    /// Faults of the broker that do not end the connection. None: `ReceiveMaximumExceeded` alone.
    #[uniffi(default = None)]
    pub tolerate: Option<Vec<Fault>>,
    /// Streams without a subscription of their own acknowledge QoS 1 and 2 messages manually.
    #[uniffi(default = false)]
    pub manual_acknowledgement: bool,
    /// How fast operations leave, at most. None: without a limit.
    #[uniffi(default = None)]
    pub rate_limit: Option<RateLimit>,
    /// Proves by SCRAM-SHA-256 who the client is, and has the broker prove that it knows the
    /// password; 5.0 only, and not beside an authenticator.
    #[uniffi(default = None)]
    pub scram: Option<ScramOptions>,
}

/// How fast operations (PUBLISH, SUBSCRIBE, UNSUBSCRIBE) leave, at most.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RateLimit {
    /// Operations in a second; 0: any number.
    #[uniffi(default = 0)]
    pub messages_per_second: u32,
    /// Bytes of their packets in a second; 0: any number.
    #[uniffi(default = 0)]
    pub bytes_per_second: u32,
    /// For how long what was not used may be made up for; up to 1 day. None: 100 ms.
    #[uniffi(default = None)]
    pub burst: Option<Duration>,
}

/// Who a client is that SCRAM-SHA-256 proves.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ScramOptions {
    /// The user name, up to 1,024 bytes.
    pub user: String,
    /// The password, up to 1,024 bytes.
    pub password: String,
    /// How many iterations the broker may ask for, 4,096 to 100,000,000. None: 1,000,000.
    #[uniffi(default = None)]
    pub max_iterations: Option<u32>,
}

impl std::fmt::Debug for ScramOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScramOptions(hidden)")
    }
}

impl From<RateLimit> for CoreRateLimit {
    fn from(limit: RateLimit) -> Self {
        let default = CoreRateLimit::default();
        CoreRateLimit {
            messages_per_second: limit.messages_per_second,
            bytes_per_second: limit.bytes_per_second,
            burst: limit.burst.unwrap_or(default.burst),
        }
    }
}

impl TryFrom<ScramOptions> for ScramSha256 {
    type Error = MqttkaError;
    fn try_from(scram: ScramOptions) -> Result<Self, MqttkaError> {
        let core = ScramSha256::new(&scram.user, &scram.password)?;
        Ok(match scram.max_iterations {
            Some(most) => core.max_iterations(most)?,
            None => core,
        })
    }
}

/// The core's defaults: what `Options` must be where only `host` is given.
#[uniffi::export]
pub fn default_options(host: String) -> Options {
    let core = CoreOptions::new(host);
    Options {
        way: WayOptions::of(&core),
        tls: TlsOptions::of(&core),
        reconnect: ReconnectOptions::of(&core),
        protocol_version: (core.config.protocol_version != Version::default())
            .then_some(core.config.protocol_version),
        client_id: core.config.client_id.to_string(),
        user_name: core.config.user_name.map(|text| text.to_string()),
        password: core.config.password.map(Into::into),
        keep_alive: core.config.keep_alive,
        clean_start: core.config.clean_start,
        session_expiry_interval: core.config.session_expiry_interval,
        connect_timeout: core.config.connect_timeout,
        dead_peer_timeout: core.config.dead_peer_timeout,
        receive_maximum: core.config.receive_maximum,
        max_inflight: core.config.max_inflight,
        maximum_packet_size: core.config.maximum_packet_size,
        outbound_queue_max_messages: core.config.outbound_queue_max_messages as u64,
        outbound_queue_max_bytes: core.config.outbound_queue_max_bytes as u64,
        inbound_queue_max_bytes: core.config.inbound_queue_max_bytes as u64,
        // `unclaimed_timeout` of the core has its default there.
        unclaimed_timeout: None,
        request_response_information: core.config.request_response_information,
        request_problem_information: core.config.request_problem_information,
        user_properties: core
            .config
            .user_properties
            .into_iter()
            .map(|(name, value)| UserProperty {
                name: name.to_string(),
                value: value.to_string(),
            })
            .collect(),
        will: None,
        adaptive_ping: core.config.adaptive_ping,
        network_monitor: core.network_monitor,
        topic_alias_maximum: core.config.topic_alias_maximum,
        outbound_topic_alias_maximum: core.config.outbound_topic_alias_maximum,
        tolerate: Some(core.config.tolerate.iter().filter_map(Fault::of).collect()),
        manual_acknowledgement: core.manual_acknowledgement,
        rate_limit: None,
        scram: None,
    }
}

/// Whether a number can be the value of the option or argument of this name, for languages whose
/// numbers are wider than the field.
#[uniffi::export]
pub fn check_number(option: String, value: i64) -> Result<(), MqttkaError> {
    Ok(CoreOptions::check_number(&option, value.into())?)
}

/// As `check_number`, for lengths of time, in nanoseconds.
#[uniffi::export]
pub fn check_duration(option: String, nanoseconds: i64) -> Result<(), MqttkaError> {
    let length = Duration::from_nanos(nanoseconds.unsigned_abs());
    if nanoseconds >= 0 {
        return Ok(CoreOptions::check_duration(&option, length)?);
    }
    // The core knows no negative times.
    let bounds = DURATIONS.iter().find(|(name, _)| *name == option);
    let bounds = bounds.map_or(String::from("0s or more"), |(_, bounds)| {
        format!("{:?} to {:?}", bounds.start(), bounds.end())
    });
    Err(MqttkaError::InvalidOption {
        option,
        value: format!("-{length:?}"),
        bound: bounds,
    })
}

impl TryFrom<Options> for CoreOptions {
    type Error = MqttkaError;
    fn try_from(options: Options) -> Result<Self, MqttkaError> {
        let Options {
            way,
            tls,
            reconnect,
            protocol_version,
            client_id,
            user_name,
            password,
            keep_alive,
            clean_start,
            session_expiry_interval,
            connect_timeout,
            dead_peer_timeout,
            receive_maximum,
            max_inflight,
            maximum_packet_size,
            outbound_queue_max_messages,
            outbound_queue_max_bytes,
            inbound_queue_max_bytes,
            unclaimed_timeout,
            request_response_information,
            request_problem_information,
            user_properties,
            will,
            adaptive_ping,
            network_monitor,
            topic_alias_maximum,
            outbound_topic_alias_maximum,
            tolerate,
            manual_acknowledgement,
            rate_limit,
            scram,
        } = options;
        let mut core = CoreOptions::new("");
        way.put(&mut core)?;
        tls.put(&mut core)?;
        reconnect.put(&mut core);
        core.config.protocol_version = protocol_version.unwrap_or_default();
        core.config.client_id = Text::try_from(client_id)?;
        // What stands for itself counts more than the URI's.
        if let Some(user_name) = user_name {
            core.config.user_name = Some(Text::try_from(user_name)?);
        }
        if let Some(password) = password {
            core.config.password = Some(password.into());
        }
        core.config.keep_alive = keep_alive;
        core.config.clean_start = clean_start;
        core.config.session_expiry_interval = session_expiry_interval;
        core.config.connect_timeout = connect_timeout;
        core.config.dead_peer_timeout = dead_peer_timeout;
        core.config.receive_maximum = receive_maximum;
        core.config.max_inflight = max_inflight;
        core.config.maximum_packet_size = maximum_packet_size;
        core.config.outbound_queue_max_messages = size(outbound_queue_max_messages);
        core.config.outbound_queue_max_bytes = size(outbound_queue_max_bytes);
        core.config.inbound_queue_max_bytes = size(inbound_queue_max_bytes);
        if let Some(timeout) = unclaimed_timeout {
            core.unclaimed_timeout = timeout;
        }
        core.config.request_response_information = request_response_information;
        core.config.request_problem_information = request_problem_information;
        core.config.user_properties = property::pairs(user_properties)?;
        core.config.will = will.map(TryInto::try_into).transpose()?;
        core.config.adaptive_ping = adaptive_ping;
        core.network_monitor = network_monitor;
        core.config.topic_alias_maximum = topic_alias_maximum;
        core.config.outbound_topic_alias_maximum = outbound_topic_alias_maximum;
        if let Some(faults) = tolerate {
            core.config.tolerate = faults.into_iter().filter_map(Fault::core).collect();
        }
        core.manual_acknowledgement = manual_acknowledgement;
        core.config.rate_limit = rate_limit.map(CoreRateLimit::from);
        if let Some(scram) = scram {
            core.authenticator = Some(Arc::new(ScramSha256::try_from(scram)?));
        }
        Ok(core)
    }
}

/// More than the machine can address is no limit.
fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

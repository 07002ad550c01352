//! What the options can be, and what does not go together.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Options, rate_limit};
use crate::client::authenticator;
use crate::error::Error;
use crate::proto::{Config, Reconnect};
use crate::transport::options::Server;
use crate::types::Version;

const U16: RangeInclusive<u64> = 0..=u16::MAX as u64;
const U32: RangeInclusive<u64> = 0..=u32::MAX as u64;
const POSITIVE_U16: RangeInclusive<u64> = 1..=u16::MAX as u64;
const POSITIVE_U32: RangeInclusive<u64> = 1..=u32::MAX as u64;

/// The options that are whole numbers, and what they can be; both ends are included.
pub const NUMBERS: &[(&str, RangeInclusive<u64>)] = &[
    ("port", POSITIVE_U16),
    ("keep_alive", U16),
    ("session_expiry_interval", U32),
    ("receive_maximum", POSITIVE_U16),
    ("max_inflight", POSITIVE_U16),
    // The largest packet that MQTT can carry: the longest remaining length and its header.
    ("maximum_packet_size", 16..=268_435_460),
    ("topic_alias_maximum", U16),
    ("outbound_topic_alias_maximum", U16),
    ("outbound_queue_max_messages", POSITIVE_U32),
    ("outbound_queue_max_bytes", POSITIVE_U32),
    ("inbound_queue_max_bytes", POSITIVE_U32),
    ("max_redirects", 0..=100),
    ("poison_after", 0..=1000),
    ("reconnect_max_attempts", POSITIVE_U32),
    ("rate_limit_messages_per_second", U32),
    ("rate_limit_bytes_per_second", U32),
];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The options that are lengths of time, and what they can be; both ends are included.
pub const DURATIONS: &[(&str, RangeInclusive<Duration>)] = &[
    ("connect_timeout", Duration::from_millis(1)..=DAY),
    // Below this the dispatch margin (rule L7) would be a large part of it.
    ("dead_peer_timeout", Duration::from_millis(1500)..=DAY),
    ("unclaimed_timeout", Duration::ZERO..=DAY),
    ("reconnect_first_delay", Duration::from_millis(10)..=DAY),
    ("reconnect_max_delay", Duration::from_millis(10)..=DAY),
    ("reconnect_reset_after", Duration::ZERO..=DAY),
    ("reconnect_max_time", Duration::from_millis(1)..=YEAR),
    ("rate_limit_burst", Duration::ZERO..=DAY),
    // Not options, but checked like them.
    ("drain_timeout", Duration::ZERO..=DAY),
    ("probe_timeout", Duration::from_millis(1)..=DAY),
    ("request_timeout", Duration::from_millis(1)..=YEAR),
    ("publish_timeout", Duration::from_millis(1)..=YEAR),
    ("flush_timeout", Duration::from_millis(1)..=YEAR),
];

impl Options {
    /// Whether a number can be the value of the option of this name, for languages whose numbers
    /// are wider than the field. A name that is not in [`NUMBERS`] has no bounds.
    ///
    /// # Errors
    /// [`Error::InvalidOption`], such as `keep_alive is 70000; it must be 0 to 65535`.
    pub fn check_number(option: &str, value: i128) -> Result<(), Error> {
        match u64::try_from(value) {
            Ok(value) => Self::check_unsigned(option, value),
            Err(_) => match bounds(option) {
                Some((option, bounds)) => Err(out_of_bounds(option, value.to_string(), bounds)),
                None => Ok(()),
            },
        }
    }

    /// As [`check_number`](Self::check_number), whose 128 bits WebAssembly is spared.
    fn check_unsigned(option: &str, value: u64) -> Result<(), Error> {
        match bounds(option) {
            Some((option, bounds)) if !bounds.contains(&value) => {
                Err(out_of_bounds(option, value.to_string(), bounds))
            }
            _ => Ok(()),
        }
    }

    /// As [`check_number`](Self::check_number), for the names in [`DURATIONS`].
    ///
    /// # Errors
    /// [`Error::InvalidOption`], such as `dead_peer_timeout is 1s; it must be 1.5s to 86400s`.
    pub fn check_duration(option: &str, value: Duration) -> Result<(), Error> {
        let bounds = DURATIONS.iter().find(|(name, _)| *name == option);
        let Some((option, bounds)) = bounds else {
            return Ok(());
        };
        if bounds.contains(&value) {
            return Ok(());
        }
        let (low, high) = (bounds.start(), bounds.end());
        let value = format_args!("{value:?}").to_string();
        Err(Error::invalid_option(
            option,
            value,
            format!("{low:?} to {high:?}"),
        ))
    }

    /// All rules.
    pub(in crate::client) fn check(&self) -> Result<(), Error> {
        let Options { config, .. } = self;
        for (option, value) in [
            ("keep_alive", config.keep_alive.into()),
            (
                "session_expiry_interval",
                config.session_expiry_interval.into(),
            ),
            ("receive_maximum", config.receive_maximum.into()),
            // Without one there is a default that is in the bounds.
            ("max_inflight", config.max_inflight.unwrap_or(1).into()),
            (
                "maximum_packet_size",
                config.maximum_packet_size.unwrap_or(16).into(),
            ),
            (
                "outbound_queue_max_messages",
                config.outbound_queue_max_messages as u64,
            ),
            (
                "outbound_queue_max_bytes",
                config.outbound_queue_max_bytes as u64,
            ),
            (
                "inbound_queue_max_bytes",
                config.inbound_queue_max_bytes as u64,
            ),
            ("max_redirects", config.max_redirects.into()),
            ("poison_after", config.poison_after.into()),
        ] {
            Options::check_unsigned(option, value)?;
        }
        for (option, value) in [
            ("connect_timeout", config.connect_timeout),
            ("dead_peer_timeout", config.dead_peer_timeout),
            ("unclaimed_timeout", Some(self.unclaimed_timeout)),
        ] {
            if let Some(value) = value {
                Options::check_duration(option, value)?;
            }
        }
        if let Some(reconnect) = &config.reconnect {
            check_reconnect(reconnect)?;
        }
        if let Some(limit) = &config.rate_limit {
            rate_limit::check(limit)?;
        }
        check_lengths(config)?;
        check_for_311(config)?;
        authenticator::method(self)?;
        self.check_tls_is_spoken()
    }

    /// Whoever gives a certificate or a name for TLS expects TLS, and not that a password goes in
    /// plain text. A verifier may be there by default, and a provider may choose another server.
    fn check_tls_is_spoken(&self) -> Result<(), Error> {
        let secure = |server: &Server| server.transport.is_secure();
        if self.provider.is_some() || self.servers.iter().any(secure) {
            return Ok(());
        }
        match self.tls.given() {
            None => Ok(()),
            Some(option) => Err(Error::invalid_option(
                option,
                "given",
                "left out where no server is reached by TLS (mqtts:// or wss://)",
            )),
        }
    }
}

fn bounds(option: &str) -> Option<(&'static str, &'static RangeInclusive<u64>)> {
    let found = NUMBERS.iter().find(|(name, _)| *name == option);
    found.map(|(name, bounds)| (*name, bounds))
}

fn out_of_bounds(option: &'static str, value: String, bounds: &RangeInclusive<u64>) -> Error {
    let bound = format!("{} to {}", bounds.start(), bounds.end());
    Error::invalid_option(option, value, bound)
}

#[cfg(not(target_family = "wasm"))]
fn shown(factor: f64) -> String {
    factor.to_string()
}

/// To six digits: all of a float would cost the code that finds its shortest form.
#[cfg(target_family = "wasm")]
fn shown(factor: f64) -> String {
    if factor.is_nan() {
        return "NaN".into();
    }
    // A billion and more is said to be that.
    let millionths = (factor.abs() * 1e6).round().min(1e15) as u64;
    let sign = if factor < 0.0 { "-" } else { "" };
    let (whole, digits) = (millionths / 1_000_000, millionths % 1_000_000);
    let text = format!("{sign}{whole}.{digits:06}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

fn check_reconnect(reconnect: &Reconnect) -> Result<(), Error> {
    for (option, value) in [
        ("reconnect_first_delay", Some(reconnect.first_delay)),
        ("reconnect_max_delay", Some(reconnect.max_delay)),
        ("reconnect_reset_after", reconnect.reset_after),
        ("reconnect_max_time", reconnect.max_time),
    ] {
        if let Some(value) = value {
            Options::check_duration(option, value)?;
        }
    }
    if !(1.0..=100.0).contains(&reconnect.factor) {
        let (option, bound) = ("reconnect_factor", "1 to 100");
        return Err(Error::invalid_option(
            option,
            shown(reconnect.factor),
            bound,
        ));
    }
    let attempts = reconnect.max_attempts.unwrap_or(1);
    Options::check_unsigned("reconnect_max_attempts", attempts.into())
}

pub(super) fn check_lengths(config: &Config) -> Result<(), Error> {
    const MAX: usize = u16::MAX as usize;
    let password = config.password.as_ref().map_or(0, |it| it.len());
    let will = config
        .will
        .as_ref()
        .map_or(0, |it| it.message.payload.len());
    for (option, length) in [("password", password), ("will.payload", will)] {
        if length > MAX {
            let length = format_args!("{length} bytes long").to_string();
            return Err(Error::invalid_option(option, length, format!("0 to {MAX}")));
        }
    }
    Ok(())
}

pub(super) fn check_for_311(config: &Config) -> Result<(), Error> {
    if config.protocol_version != Version::V311 {
        return Ok(());
    }
    let (option, value, bound) = if config.client_id.is_empty() && !config.clean_start {
        (
            "client_id",
            "empty",
            "1 to 65535 bytes long in 3.1.1 without clean_start [MQTT-3.1.3-7]",
        )
    } else if config.password.is_some() && config.user_name.is_none() {
        (
            "password",
            "set",
            "with a user_name in 3.1.1 [MQTT-3.1.2-22]",
        )
    } else {
        return Ok(());
    };
    Err(Error::invalid_option(option, value, bound))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::transport::options::{Pem, TlsOptions, Transport};
    use crate::types::{Message, TopicName, Will};

    /// What is said of these options; empty: they are fine.
    fn said(change: impl FnOnce(&mut Options)) -> String {
        let mut options = Options::new("localhost");
        change(&mut options);
        match options.check().and_then(|()| options.routes()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_only_tls_has_needs_a_server_with_tls() {
        let pem = || Some(Pem::Bytes(Bytes::from_static(b"PEM")));
        let file = || Some(Pem::File("file".into()));
        type Change<'a> = (&'static str, &'a dyn Fn(&mut TlsOptions));
        let changes: [Change<'_>; 9] = [
            ("tls_ca", &|it| it.ca = pem()),
            ("tls_ca_file", &|it| it.ca = file()),
            ("tls_certificate", &|it| it.certificate = pem()),
            ("tls_certificate_file", &|it| it.certificate = file()),
            ("tls_private_key_file", &|it| it.private_key = file()),
            ("tls_private_key_password", &|it| {
                it.private_key_password = Some(Bytes::new());
            }),
            ("tls_alpn", &|it| it.alpn = vec!["mqtt".into()]),
            ("tls_server_name", &|it| it.server_name = Some("b".into())),
            ("tls_pins", &|it| it.pins = vec!["pin".into()]),
        ];
        for (option, change) in changes {
            let mut options = Options::new("localhost");
            change(&mut options.tls);
            let refused = options.check().expect_err(option).to_string();
            assert_eq!(
                refused,
                format!(
                    "{option} is given; it must be left out where no server is reached by TLS \
                     (mqtts:// or wss://)"
                )
            );
            for transport in [Transport::Tls, Transport::WebSocketTls] {
                let mut server = Server::new("other");
                server.transport = transport;
                options.servers.push(server);
                assert_eq!(options.check(), Ok(()), "{option}");
                options.servers.pop();
            }
        }
    }

    #[test]
    fn each_bound_is_checked_and_named() {
        assert_eq!(said(|_| {}), "");
        let day = Duration::from_secs(86_400);
        for (text, change) in [
            (
                "port is 0; it must be 1 to 65535",
                (|o| o.servers[0].port = Some(0)) as fn(&mut Options),
            ),
            ("receive_maximum is 0; it must be 1 to 65535", |o| {
                o.config.receive_maximum = 0;
            }),
            ("max_inflight is 0; it must be 1 to 65535", |o| {
                o.config.max_inflight = Some(0);
            }),
            (
                "maximum_packet_size is 15; it must be 16 to 268435460",
                |o| o.config.maximum_packet_size = Some(15),
            ),
            (
                "maximum_packet_size is 268435461; it must be 16 to 268435460",
                |o| o.config.maximum_packet_size = Some(268_435_461),
            ),
            (
                "outbound_queue_max_messages is 0; it must be 1 to 4294967295",
                |o| o.config.outbound_queue_max_messages = 0,
            ),
            (
                "outbound_queue_max_bytes is 0; it must be 1 to 4294967295",
                |o| o.config.outbound_queue_max_bytes = 0,
            ),
            (
                "inbound_queue_max_bytes is 0; it must be 1 to 4294967295",
                |o| o.config.inbound_queue_max_bytes = 0,
            ),
            ("connect_timeout is 0ns; it must be 1ms to 86400s", |o| {
                o.config.connect_timeout = Some(Duration::ZERO);
            }),
            (
                "dead_peer_timeout is 1.499s; it must be 1.5s to 86400s",
                |o| o.config.dead_peer_timeout = Some(Duration::from_millis(1499)),
            ),
            (
                "dead_peer_timeout is 18446744073709551615.999999999s; it must be 1.5s to 86400s",
                |o| o.config.dead_peer_timeout = Some(Duration::MAX),
            ),
            (
                "connect_timeout is 18446744073709551615.999999999s; it must be 1ms to 86400s",
                |o| o.config.connect_timeout = Some(Duration::MAX),
            ),
            (
                "unclaimed_timeout is 86401s; it must be 0ns to 86400s",
                |o| o.unclaimed_timeout = Duration::from_secs(86_401),
            ),
            ("password is 65536 bytes long; it must be 0 to 65535", |o| {
                o.config.password = Some(vec![0; 65_536].into())
            }),
            (
                "will.payload is 65536 bytes long; it must be 0 to 65535",
                |o| {
                    let topic = TopicName::try_from("t").unwrap();
                    let message = Message::new(topic, vec![0; 65_536]);
                    o.config.will = Some(Will { message });
                },
            ),
            ("host is \"\"; it must be a name or an IP address", |o| {
                o.servers[0].host.clear();
            }),
            (
                "host is \"a\\0b\"; it must be a name or an IP address, without '\\0'",
                |o| o.servers[0].host = "a\0b".into(),
            ),
            (
                "host is \"mqtt://a\"; it must be a name or an IP address, without a scheme or a path",
                |o| o.servers[0].host = "mqtt://a".into(),
            ),
        ] {
            assert_eq!(said(change), text);
        }
        // Both ends are in.
        assert_eq!(
            said(|o| {
                o.config.connect_timeout = Some(day);
                o.config.dead_peer_timeout = Some(day);
                o.unclaimed_timeout = Duration::ZERO;
            }),
            ""
        );
    }

    #[test]
    fn a_number_that_does_not_fit_the_field_is_named_all_the_same() {
        let error = Options::check_number("keep_alive", 70_000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "keep_alive is 70000; it must be 0 to 65535"
        );
        assert!(Options::check_number("keep_alive", -1).is_err());
        assert!(Options::check_number("keep_alive", 65_535).is_ok());
        assert!(Options::check_number("no_such_option", -1).is_ok());
        let error = Options::check_number("keep_alive", i128::MAX).unwrap_err();
        assert!(error.to_string().contains(&i128::MAX.to_string()));
    }

    #[test]
    fn rules_of_3_1_1() {
        assert!(
            said(|o| {
                o.config.protocol_version = Version::V311;
                o.config.clean_start = false;
            })
            .contains("MQTT-3.1.3-7")
        );
        assert!(
            said(|o| {
                o.config.protocol_version = Version::V311;
                o.config.password = Some(Bytes::from_static(b"x"));
            })
            .contains("MQTT-3.1.2-22")
        );
    }
}

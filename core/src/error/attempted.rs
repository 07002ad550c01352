use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::Stage;
use crate::transport::options::Transport;

/// What a connection attempt tried, and where its time went: `broker.example:1883 (192.0.2.7)` in
/// messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Attempted {
    /// Which of the options' servers it was, from 0: the last that was tried. Those that the
    /// connection provider or a broker's Server Reference named have the numbers behind them.
    pub server_index: usize,
    /// What was to carry MQTT.
    pub transport: Transport,
    /// The server's host; the path of a Unix socket.
    pub host: String,
    /// The server's port; 0 for a Unix socket.
    pub port: u16,
    /// The proxy between, as `host:port`.
    pub proxy: Option<String>,
    /// The address that was tried last, the proxy's where there is one; `None` where it did not
    /// come so far.
    pub address: Option<SocketAddr>,
    /// The resolver had not answered for a second, and an address that an earlier attempt had
    /// found was tried.
    pub remembered_address: bool,
    /// How long each stage took that the attempt entered; the last one may have failed.
    pub stages: StageTimes,
}

impl Attempted {
    /// This host and port, over TCP.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Attempted {
            host: host.into(),
            port,
            ..Attempted::default()
        }
    }
}

impl fmt::Display for Attempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.transport == Transport::Unix {
            return f.write_str(&self.host);
        }
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        if bare.contains(':') {
            write!(f, "[{bare}]:{}", self.port)?;
        } else {
            write!(f, "{}:{}", self.host, self.port)?;
        }
        if let Some(proxy) = &self.proxy {
            write!(f, " through the proxy {proxy}")?;
        }
        match self.address {
            // Not twice the same.
            Some(address) if bare.parse() != Ok::<IpAddr, _>(address.ip()) => {
                write!(f, " ({})", address.ip())
            }
            _ => Ok(()),
        }
    }
}

/// How long the stages of an attempt took: `DNS 3 ms, TCP 12 ms, TLS 24 ms, CONNACK 8 ms` in
/// messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StageTimes([Option<Duration>; Stage::ALL.len()]);

impl StageTimes {
    /// How long this stage took; `None` where the attempt did not enter it.
    pub fn get(&self, stage: Stage) -> Option<Duration> {
        self.0[stage.index()]
    }

    /// The stages that the attempt entered, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> {
        let times = self.0;
        let entered = move |stage: Stage| Some((stage, times[stage.index()]?));
        Stage::ALL.into_iter().filter_map(entered)
    }

    /// All of them.
    pub fn total(&self) -> Duration {
        self.iter().map(|(_, time)| time).sum()
    }

    /// Notes a stage's time.
    #[cfg(feature = "client")]
    pub(crate) fn set(&mut self, stage: Stage, time: Duration) {
        self.0[stage.index()] = Some(time);
    }
}

impl fmt::Display for StageTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (stage, time)) in self.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            // 64 bits have room for it.
            let millis = time.as_secs().saturating_mul(1000);
            let millis = millis.saturating_add(time.subsec_millis().into());
            write!(f, "{comma}{stage} {millis} ms")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tried_in_words() {
        for (host, address, expected) in [
            ("b.example", None, "b.example:1883"),
            ("b.example", Some("192.0.2.7"), "b.example:1883 (192.0.2.7)"),
            (
                "b.example",
                Some("2001:db8::7"),
                "b.example:1883 (2001:db8::7)",
            ),
            ("192.0.2.7", Some("192.0.2.7"), "192.0.2.7:1883"),
            ("2001:db8::7", Some("2001:db8:0::7"), "[2001:db8::7]:1883"),
            ("[::1]", Some("::1"), "[::1]:1883"),
            ("fe80::1%eth0", None, "[fe80::1%eth0]:1883"),
        ] {
            let mut attempted = Attempted::new(host, 1883);
            attempted.address = address.map(|ip| SocketAddr::new(ip.parse().unwrap(), 1883));
            assert_eq!(attempted.to_string(), expected);
        }
        let mut attempted = Attempted::new("b.example", 8883);
        attempted.proxy = Some("proxy.example:3128".into());
        attempted.address = Some(([192, 0, 2, 9], 3128).into());
        assert_eq!(
            attempted.to_string(),
            "b.example:8883 through the proxy proxy.example:3128 (192.0.2.9)"
        );
        let mut attempted = Attempted::new("/run/mosquitto.sock", 0);
        attempted.transport = Transport::Unix;
        assert_eq!(attempted.to_string(), "/run/mosquitto.sock");
    }

    #[cfg(feature = "client")]
    #[test]
    fn times_are_told_in_the_order_of_the_stages() {
        let mut times = StageTimes::default();
        assert_eq!(times.to_string(), "");
        times.set(Stage::Mqtt, Duration::from_micros(8_900));
        times.set(Stage::Proxy, Duration::from_millis(20));
        times.set(Stage::Dns, Duration::from_millis(3));
        times.set(Stage::Tls, Duration::from_millis(24));
        assert_eq!(
            times.to_string(),
            "DNS 3 ms, proxy 20 ms, TLS 24 ms, CONNACK 8 ms"
        );
        assert_eq!(times.get(Stage::Proxy), Some(Duration::from_millis(20)));
        assert_eq!(times.get(Stage::Tcp), None);
        assert_eq!(times.total(), Duration::from_micros(55_900));
    }
}

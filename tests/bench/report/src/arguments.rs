//! The command line of a client.

use std::path::PathBuf;
use std::str::FromStr;

/// What a client is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Publish at a QoS; at QoS 0 one more message at QoS 1 proves that all have arrived.
    Publish(u8),
    /// Receive a flood at a QoS.
    Receive(u8),
    /// Publish at QoS 1 and wait for the PUBACK, one at a time.
    RoundTrip,
    /// Publish at QoS 1 and wait until the message comes back, one at a time.
    Echo,
    /// Connect COUNT clients and do nothing.
    Idle,
    /// Connect, wait for the CONNACK and disconnect, COUNT times.
    Handshakes {
        /// Whether sessions of TLS are resumed.
        resumption: bool,
    },
}

/// What lies between MQTT and the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(name: &str) -> Result<Transport, String> {
        Ok(match name {
            "tcp" => Transport::Tcp,
            "tls" => Transport::Tls,
            "ws" => Transport::Ws,
            "wss" => Transport::Wss,
            _ => return Err(format!("unknown transport {name}")),
        })
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(name: &str) -> Result<Mode, String> {
        Ok(match name {
            "pub0" => Mode::Publish(0),
            "pub1" => Mode::Publish(1),
            "pub2" => Mode::Publish(2),
            "sub0" => Mode::Receive(0),
            "sub1" => Mode::Receive(1),
            "rtt1" => Mode::RoundTrip,
            "echo1" => Mode::Echo,
            "idle" => Mode::Idle,
            "cold" => Mode::Handshakes { resumption: false },
            "resumed" => Mode::Handshakes { resumption: true },
            _ => return Err(format!("unknown mode {name}")),
        })
    }
}

/// The command line of a client.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// An address of this machine.
    pub host: String,
    /// The sink's port.
    pub port: u16,
    /// What to do.
    pub mode: Mode,
    /// The mode by its name.
    pub mode_name: String,
    /// Messages, or clients where they are idle.
    pub count: usize,
    /// Bytes of payload.
    pub size: usize,
    /// Unacknowledged messages at a time, in both directions.
    pub window: u16,
    /// How the sink is reached.
    pub transport: Transport,
    /// With TLS: the file of the authority's certificate.
    pub ca: Option<PathBuf>,
}

impl Arguments {
    /// Reads the process's arguments, or ends the process with a line on how to call it.
    #[must_use]
    pub fn from_command_line() -> Arguments {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Self::parse(&arguments).unwrap_or_else(|error| {
            eprintln!(
                "{error}\nusage: bench_client HOST PORT MODE COUNT SIZE [WINDOW [TRANSPORT [CA]]]"
            );
            std::process::exit(2)
        })
    }

    fn parse(arguments: &[String]) -> Result<Arguments, String> {
        let at = |index: usize| {
            arguments
                .get(index)
                .map(String::as_str)
                .ok_or("too few arguments")
        };
        Ok(Arguments {
            host: at(0)?.to_owned(),
            port: number(at(1)?)?,
            mode: at(2)?.parse()?,
            mode_name: at(2)?.to_owned(),
            count: number(at(3)?)?,
            size: number(at(4)?)?,
            window: at(5).map_or(Ok(100), number)?,
            transport: at(6).map_or(Ok(Transport::Tcp), str::parse)?,
            ca: at(7).map(PathBuf::from).ok(),
        })
    }

    /// The filter that orders the flood of a receiving mode.
    #[must_use]
    pub fn flood(&self, qos: u8) -> String {
        format!("flood/{qos}/{}/{}/{}", self.count, self.size, self.window)
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

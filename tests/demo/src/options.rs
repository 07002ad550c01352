//! The command line.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// The shortest keep-alive of libmosquitto, in seconds.
const LEAST_OF_MOSQUITTO: u16 = 5;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Usage: tests/demo/run [OPTION...]      (or: make demo ARGS=\"...\")

A C program connects through a hotspot. The hotspot loses its internet, and no
TCP connection notices. How long until the program's disconnect event?

  --keep-alive N    seconds, 1..65535 (default 5)
  --fault FAULT     both            the internet is gone in both directions (default)
                    in              only packets to the phone vanish
                    out             only packets from the phone vanish
                    broker-stopped  the network is fine, the broker's process hangs
  --load LOAD       idle            nothing is sent when the fault comes (default)
                    qos0            a QoS 0 message every tenth of the keep-alive
                    upload          as many QoS 0 messages as the link carries
                    download        the broker sends as much as the link carries
  --transport T     tcp             MQTT over TCP (default)
                    tls             over TLS, with certificates made on the fly
                    ws              over WebSocket
                    wss             over WebSocket over TLS
  --cut-after S     the fault comes S seconds after the connection (default 1.2 x keep-alive)
  --seed N          the fault comes at a moment picked by N, within one keep-alive
  --peer PEER       mosquitto       libmosquitto on the same hotspot, in the lower half of the
                                    screen (needs libmosquitto-dev; keep-alive 5 or more)
  --record FILE     what a terminal would have shown, as an asciicast
  --network MODE    auto            namespaces where they work, else relay (default)
                    namespaces      a phone and a broker with an IP stack each, and packets
                    relay           a TCP relay on the loopback interface
  --help            this text

Exit status: 0 if exactly one disconnect event of mqttka's came, within the
bound; else 1. A peer is shown, not judged.
";

/// Declares an option's values: an enum, its words, and both conversions.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$case_doc])* $case),+ }

        impl FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$case),)+
                    _ => Err(format!("{word:?}: expected one of {}", [$($word),+].join(", "))),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$case => $word),+ })
            }
        }
    };
}

words! {
    /// What breaks.
    Fault {
        /// Packets vanish in both directions.
        Both = "both",
        /// Packets to the phone vanish.
        In = "in",
        /// Packets from the phone vanish.
        Out = "out",
        /// The broker's process hangs (SIGSTOP); the network is fine.
        BrokerStopped = "broker-stopped",
    }
}

words! {
    /// What is going on when it breaks.
    Load {
        /// Nothing.
        Idle = "idle",
        /// A QoS 0 message every tenth of the keep-alive.
        Qos0 = "qos0",
        /// QoS 0 messages at the speed of the link.
        Upload = "upload",
        /// Messages from the broker at the speed of the link.
        Download = "download",
    }
}

words! {
    /// What lies between MQTT and TCP.
    Transport {
        /// Nothing.
        Tcp = "tcp",
        /// TLS.
        Tls = "tls",
        /// WebSocket.
        Ws = "ws",
        /// WebSocket over TLS.
        Wss = "wss",
    }
}

words! {
    /// What else is on the hotspot.
    PeerName {
        /// libmosquitto.
        Mosquitto = "mosquitto",
    }
}

words! {
    /// How the hotspot is built.
    Mode {
        /// Namespaces where they work, else a relay.
        Auto = "auto",
        /// Packets between two network namespaces.
        Namespaces = "namespaces",
        /// A TCP relay.
        Relay = "relay",
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    /// `--help`
    Help,
    /// The demo.
    Demo(Options),
    /// The embedded broker, in a process of its own so that it can be stopped.
    Broker {
        /// Where it listens, `address:port`.
        listen: String,
        transport: Transport,
        /// The folder of its certificate.
        certificates: PathBuf,
        /// Whether it publishes for [`Load::Download`].
        download: bool,
    },
}

impl Transport {
    pub(crate) fn has_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// Where the phone finds the broker.
    pub(crate) fn uri(self, broker: SocketAddr) -> String {
        match self {
            Self::Tcp => format!("mqtt://{broker}"),
            Self::Tls => format!("mqtts://{broker}"),
            Self::Ws | Self::Wss => format!("{self}://{broker}/mqtt"),
        }
    }
}

/// The demo's options.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) keep_alive: u16,
    pub(crate) fault: Fault,
    pub(crate) load: Load,
    pub(crate) mode: Mode,
    pub(crate) transport: Transport,
    /// Seconds from the connection to the fault.
    pub(crate) cut_after: f64,
    /// The compiled C program.
    pub(crate) phone: PathBuf,
    /// The program beside it.
    pub(crate) peer: Option<PathBuf>,
    /// Where a recording goes.
    pub(crate) record: Option<PathBuf>,
}

impl Options {
    /// The promise: 1.5 x keep-alive, in seconds.
    pub(crate) fn bound(&self) -> f64 {
        1.5 * f64::from(self.keep_alive)
    }
}

/// Reads the command line (without the program's name).
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.peekable();
    if arguments.next_if(|first| first == "broker").is_some() {
        let mut next = || arguments.next().ok_or("broker: where, and how?");
        return Ok(Command::Broker {
            listen: next()?,
            transport: next()?.parse()?,
            certificates: next()?.into(),
            download: next().is_ok(),
        });
    }

    let (mut keep_alive, mut fault, mut load, mut mode) = (5, Fault::Both, Load::Idle, Mode::Auto);
    let mut transport = Transport::Tcp;
    let (mut cut_after, mut seed, mut phone) = (None, None, None);
    let (mut peer, mut peer_program, mut record) = (None, None, None);
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        if matches!(name.as_str(), "--help" | "-h") {
            return Ok(Command::Help);
        }
        let value = inline
            .or_else(|| arguments.next())
            .ok_or_else(|| format!("{name}: value missing (see --help)"))?;
        match name.as_str() {
            "--keep-alive" => keep_alive = number(&name, &value, 1, 65535)?,
            "--fault" => fault = value.parse().map_err(|error| format!("{name} {error}"))?,
            "--load" => load = value.parse().map_err(|error| format!("{name} {error}"))?,
            "--network" => mode = value.parse().map_err(|error| format!("{name} {error}"))?,
            "--transport" => {
                transport = value.parse().map_err(|error| format!("{name} {error}"))?;
            }
            "--cut-after" => cut_after = Some(seconds(&name, &value)?),
            "--seed" => seed = Some(number(&name, &value, 0, u64::MAX)?),
            "--phone" => phone = Some(PathBuf::from(value)),
            "--peer" => peer = Some(value.parse().map_err(|error| format!("{name} {error}"))?),
            "--peer-program" => peer_program = Some(PathBuf::from(value)),
            "--record" => record = Some(PathBuf::from(value)),
            _ => return Err(format!("{name}: unknown option (see --help)")),
        }
    }

    let keep_alive_seconds = f64::from(keep_alive);
    let cut_after = match (cut_after, seed) {
        (Some(cut_after), _) => cut_after,
        (None, Some(seed)) => keep_alive_seconds * (0.3 + random_fraction(seed)),
        (None, None) => keep_alive_seconds * 1.2,
    };
    let phone = phone.ok_or("--phone: the compiled hotspot.c is missing; use tests/demo/run")?;
    let peer = match peer {
        None => None,
        Some(PeerName::Mosquitto) => {
            if keep_alive < LEAST_OF_MOSQUITTO {
                return Err(format!(
                    "--keep-alive {keep_alive}: libmosquitto takes none below {LEAST_OF_MOSQUITTO}"
                ));
            }
            if matches!(transport, Transport::Ws | Transport::Wss) {
                let text = "libmosquitto 2.0 speaks no WebSocket: expected tcp or tls";
                return Err(format!("--transport {transport}: {text}"));
            }
            Some(peer_program.ok_or("--peer-program: missing; use tests/demo/run")?)
        }
    };
    Ok(Command::Demo(Options {
        keep_alive,
        fault,
        load,
        mode,
        transport,
        cut_after,
        phone,
        peer,
        record,
    }))
}

fn number<T: FromStr + PartialOrd + fmt::Display>(
    name: &str,
    value: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    match value.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => Err(format!(
            "{name} {value:?}: expected a number, {least} to {most}"
        )),
    }
}

fn seconds(name: &str, value: &str) -> Result<f64, String> {
    match value.parse() {
        Ok(seconds) if (0.0..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err(format!("{name} {value:?}: expected seconds")),
    }
}

/// 0 to 1, the same for the same seed (splitmix64).
fn random_fraction(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

//! Which clients there are, what they are asked to do, and how many messages make a run of about a second.

use std::str::FromStr;

/// A client under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Mqttka,
    Mosquitto,
    Paho,
    Rumqttc,
    Ntex,
}

/// How a client is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// `clients/c/FILE.c`, linked with this library.
    C {
        file: &'static str,
        library: &'static str,
    },
    /// A package of this workspace.
    Rust { package: &'static str },
}

/// What lies between MQTT and the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Tls,
    Ws,
    Wss,
}

/// What a client does in a run; see `bench_mode` in `clients/c/bench.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Pub0,
    Pub1,
    Pub2,
    Sub0,
    Sub1,
    Rtt1,
    Echo1,
    Idle,
    Own1,
    Own2,
    Busy0,
    Cold,
    Resumed,
}

impl Transport {
    pub(crate) const ALL: [Transport; 4] = [
        Transport::Tcp,
        Transport::Tls,
        Transport::Ws,
        Transport::Wss,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    pub(crate) fn has_tls(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    /// What is measured where nothing else is asked for. Over TCP the sizes are those of always.
    pub(crate) fn modes(self) -> Vec<Mode> {
        match self {
            Transport::Tcp => Mode::OVER_TCP.to_vec(),
            _ => Mode::OVER_OTHERS.to_vec(),
        }
    }

    pub(crate) fn sizes(self) -> Vec<usize> {
        match self {
            Transport::Tcp => vec![256],
            _ => vec![256, 16 * 1024],
        }
    }
}

impl Client {
    pub(crate) const ALL: [Client; 5] = [
        Client::Mqttka,
        Client::Mosquitto,
        Client::Paho,
        Client::Rumqttc,
        Client::Ntex,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Client::Mqttka => "mqttka",
            Client::Mosquitto => "libmosquitto",
            Client::Paho => "paho",
            Client::Rumqttc => "rumqttc",
            Client::Ntex => "ntex",
        }
    }

    /// The name with what matters to the figures.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Client::Mqttka => "mqttka",
            Client::Mosquitto => "libmosquitto",
            Client::Paho => "Paho C (MQTTAsync)",
            Client::Rumqttc => "rumqttc v4, one thread",
            Client::Ntex => "ntex-mqtt, one thread",
        }
    }

    pub(crate) fn source(self) -> Source {
        match self {
            Client::Mqttka => Source::C {
                file: "mqttka",
                library: "mqttka",
            },
            Client::Mosquitto => Source::C {
                file: "mosquitto",
                library: "mosquitto",
            },
            Client::Paho => Source::C {
                file: "paho",
                library: "paho-mqtt3as",
            },
            Client::Rumqttc => Source::Rust {
                package: "bench-rumqttc",
            },
            Client::Ntex => Source::Rust {
                package: "bench-ntex",
            },
        }
    }

    /// libmosquitto of Debian has no WebSocket, and ntex-mqtt's other transports are not built here.
    pub(crate) fn speaks(self, transport: Transport) -> bool {
        match self {
            Client::Mqttka | Client::Rumqttc | Client::Paho => true,
            Client::Mosquitto => matches!(transport, Transport::Tcp | Transport::Tls),
            Client::Ntex => transport == Transport::Tcp,
        }
    }

    /// ntex-mqtt has no way to keep a window of QoS 2 full; Paho C's thread looks for new connections
    /// once in a second; libmosquitto never resumes. What only ours does is there to see that it
    /// stays what it is.
    pub(crate) fn does(self, mode: Mode) -> bool {
        match mode {
            Mode::Own1 | Mode::Own2 | Mode::Busy0 => self == Client::Mqttka,
            Mode::Cold => !matches!(self, Client::Paho | Client::Ntex),
            Mode::Resumed => matches!(self, Client::Mqttka | Client::Rumqttc),
            _ => (self, mode) != (Client::Ntex, Mode::Pub2),
        }
    }

    /// Messages (or clients, or round trips) that take about half a second to a second.
    pub(crate) fn count(self, mode: Mode, size: usize) -> usize {
        let count = self.count_of_small(mode);
        if mode.has_size() {
            // 16 KiB take about as long as 25 times 256 B.
            (count * 640 / size.max(640)).max(1)
        } else {
            count
        }
    }

    fn count_of_small(self, mode: Mode) -> usize {
        let slow = matches!(self, Client::Mosquitto | Client::Paho);
        match (mode, slow) {
            (Mode::Pub0 | Mode::Sub0, false) => 1_000_000,
            (Mode::Pub1 | Mode::Pub2, false) => 250_000,
            (Mode::Sub1, false) => 500_000,
            (Mode::Pub0 | Mode::Sub0, true) => 150_000,
            (Mode::Pub1 | Mode::Pub2, true) => 50_000,
            (Mode::Sub1, true) => 80_000,
            (Mode::Rtt1, _) => 4_000,
            // Without TCP_NODELAY one takes 44 ms.
            (Mode::Echo1, _) => match self {
                Client::Mqttka | Client::Ntex => 4_000,
                _ => 20,
            },
            (Mode::Own1 | Mode::Own2, _) => 2_000,
            (Mode::Busy0, _) => 200_000,
            // Its threads use select(), which ends at descriptor 1,023, and each client has three.
            (Mode::Idle, _) if self == Client::Mosquitto => 300,
            (Mode::Idle, _) => 1_000,
            (Mode::Cold | Mode::Resumed, _) => 500,
        }
    }
}

impl Mode {
    /// Whether it needs a broker that delivers, and not the sink.
    pub(crate) fn needs_broker(self) -> bool {
        matches!(self, Mode::Own1 | Mode::Own2)
    }

    /// Whether the size of messages is what it is about; the others are measured with the first size only.
    pub(crate) fn has_size(self) -> bool {
        matches!(
            self,
            Mode::Pub0 | Mode::Pub1 | Mode::Pub2 | Mode::Sub0 | Mode::Sub1
        )
    }

    const OVER_OTHERS: [Mode; 8] = [
        Mode::Pub0,
        Mode::Pub1,
        Mode::Sub0,
        Mode::Sub1,
        Mode::Rtt1,
        Mode::Idle,
        Mode::Cold,
        Mode::Resumed,
    ];

    const OVER_TCP: [Mode; 11] = [
        Mode::Pub0,
        Mode::Pub1,
        Mode::Pub2,
        Mode::Sub0,
        Mode::Sub1,
        Mode::Rtt1,
        Mode::Echo1,
        Mode::Idle,
        Mode::Own1,
        Mode::Own2,
        Mode::Busy0,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::Pub0 => "pub0",
            Mode::Pub1 => "pub1",
            Mode::Pub2 => "pub2",
            Mode::Sub0 => "sub0",
            Mode::Sub1 => "sub1",
            Mode::Rtt1 => "rtt1",
            Mode::Echo1 => "echo1",
            Mode::Idle => "idle",
            Mode::Own1 => "own1",
            Mode::Own2 => "own2",
            Mode::Busy0 => "busy0",
            Mode::Cold => "cold",
            Mode::Resumed => "resumed",
        }
    }
}

impl FromStr for Client {
    type Err = String;

    fn from_str(name: &str) -> Result<Client, String> {
        Self::ALL
            .into_iter()
            .find(|client| client.name() == name)
            .ok_or(format!("no such client: {name}"))
    }
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(name: &str) -> Result<Transport, String> {
        Self::ALL
            .into_iter()
            .find(|transport| transport.name() == name)
            .ok_or(format!("no such transport: {name}"))
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(name: &str) -> Result<Mode, String> {
        Self::OVER_TCP
            .into_iter()
            .chain(Self::OVER_OTHERS)
            .find(|mode| mode.name() == name)
            .ok_or(format!("no such mode: {name}"))
    }
}

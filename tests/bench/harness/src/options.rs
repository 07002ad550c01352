//! The command line of the harness.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::plan::{Client, Mode, Transport};

pub(crate) const HELP: &str = "\
usage: tests/bench/run [options]
  --transport T        of: tcp, tls, ws, wss (tcp)
  --rounds N           how often each client takes its turn (5)
  --count N            messages of each run (set by client and mode)
  --size A,B           bytes of payload (256; over other transports than TCP: 256,16384)
  --window N           unacknowledged messages at QoS 1 and 2 (100)
  --clients A,B        of: mqttka, libmosquitto, paho, rumqttc, ntex (all that speak it)
  --modes A,B          of: pub0, pub1, pub2, sub0, sub1, rtt1, echo1, idle, own1, own2, busy0, cold, resumed
                       (tcp: all but the last two; else those of the first eight that have no 2, and the last two)
  --json FILE          write every run's figures there
  --mqttka-dir DIR     where libmqttka.so lies (target/release of this repository)
  --mqttka-include DIR where mqttka.h lies (include of this repository)
  --no-pin             leave it to the system on which core the sink and the client run
  --quick              a smoke run over tcp, tls and wss: mqttka and libmosquitto, one round, few messages, no goals";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// One after the other.
    pub(crate) transports: Vec<Transport>,
    pub(crate) rounds: usize,
    pub(crate) count: Option<usize>,
    /// `None`: those of the transport.
    pub(crate) sizes: Option<Vec<usize>>,
    pub(crate) window: usize,
    pub(crate) clients: Vec<Client>,
    /// `None`: those of the transport.
    pub(crate) modes: Option<Vec<Mode>>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) mqttka_dir: PathBuf,
    pub(crate) mqttka_include: PathBuf,
    pub(crate) pin: bool,
    pub(crate) quick: bool,
}

impl Options {
    /// `None` if all that was asked for is the help, which is then printed.
    pub(crate) fn from_command_line() -> Result<Option<Options>, String> {
        let mut options = Options::default();
        let mut transport = None;
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "--help" | "-h" => {
                    println!("{HELP}");
                    return Ok(None);
                }
                "--transport" => transport = Some(value()?.parse()?),
                "--rounds" => options.rounds = parse(&value()?)?,
                "--count" => options.count = Some(parse(&value()?)?),
                "--size" => options.sizes = Some(numbers(&value()?)?),
                "--window" => options.window = parse(&value()?)?,
                "--clients" => options.clients = list(&value()?)?,
                "--modes" => options.modes = Some(list(&value()?)?),
                "--json" => options.json = Some(value()?.into()),
                "--mqttka-dir" => options.mqttka_dir = absolute(&value()?)?,
                "--mqttka-include" => options.mqttka_include = absolute(&value()?)?,
                "--no-pin" => options.pin = false,
                "--quick" => options = options.quick(),
                _ => return Err(format!("unknown option {name}")),
            }
        }
        if let Some(transport) = transport {
            options.transports = vec![transport];
        }
        Ok(Some(options))
    }

    /// What is run over this transport.
    pub(crate) fn modes(&self, transport: Transport) -> Vec<Mode> {
        let modes = self.modes.clone().unwrap_or_else(|| transport.modes());
        // A smoke run takes long enough: one of each kind.
        let smoke = [Mode::Pub1, Mode::Sub0, Mode::Resumed];
        let short = self.quick && self.modes.is_none() && transport != Transport::Tcp;
        if short { smoke.to_vec() } else { modes }
    }

    pub(crate) fn sizes(&self, transport: Transport) -> Vec<usize> {
        self.sizes.clone().unwrap_or_else(|| transport.sizes())
    }

    /// Who speaks it.
    pub(crate) fn clients(&self, transport: Transport) -> Vec<Client> {
        let speaks = |client: &Client| client.speaks(transport);
        self.clients.iter().copied().filter(speaks).collect()
    }

    fn quick(self) -> Options {
        Options {
            quick: true,
            transports: vec![Transport::Tcp, Transport::Tls, Transport::Wss],
            rounds: 1,
            clients: vec![Client::Mqttka, Client::Mosquitto],
            ..self
        }
    }
}

impl Default for Options {
    fn default() -> Options {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .and_then(|target| std::path::absolute(target).ok())
            .unwrap_or_else(|| repository.join("target"));
        Options {
            transports: vec![Transport::Tcp],
            rounds: 5,
            count: None,
            sizes: None,
            window: 100,
            clients: Client::ALL.to_vec(),
            modes: None,
            json: None,
            mqttka_dir: target.join("release"),
            mqttka_include: repository.join("include"),
            pin: true,
            quick: false,
        }
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

/// At least one.
fn numbers(text: &str) -> Result<Vec<usize>, String> {
    text.split(',').map(parse).collect()
}

fn list<T: FromStr<Err = String>>(text: &str) -> Result<Vec<T>, String> {
    text.split(',').map(str::parse).collect()
}

fn absolute(path: &str) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{path}: {error}"))
}

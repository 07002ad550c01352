//! The command line of the harness.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::plan::{Client, Mode};

pub(crate) const HELP: &str = "\
usage: tests/bench/run [options]
  --rounds N           how often each client takes its turn (5)
  --count N            messages of each run (set by client and mode)
  --size N             bytes of payload (256)
  --window N           unacknowledged messages at QoS 1 and 2 (100)
  --clients A,B        of: mqttka, libmosquitto, paho, rumqttc, ntex (all)
  --modes A,B          of: pub0, pub1, pub2, sub0, sub1, rtt1, echo1, idle, own1, own2, busy0 (all)
  --json FILE          write every run's figures there
  --mqttka-dir DIR     where libmqttka.so lies (target/release of this repository)
  --mqttka-include DIR where mqttka.h lies (include of this repository)
  --no-pin             leave it to the system on which core the sink and the client run
  --quick              a smoke run: mqttka and libmosquitto, one round, few messages, no goals";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) count: Option<usize>,
    pub(crate) size: usize,
    pub(crate) window: usize,
    pub(crate) clients: Vec<Client>,
    pub(crate) modes: Vec<Mode>,
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
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "--help" | "-h" => {
                    println!("{HELP}");
                    return Ok(None);
                }
                "--rounds" => options.rounds = parse(&value()?)?,
                "--count" => options.count = Some(parse(&value()?)?),
                "--size" => options.size = parse(&value()?)?,
                "--window" => options.window = parse(&value()?)?,
                "--clients" => options.clients = list(&value()?)?,
                "--modes" => options.modes = list(&value()?)?,
                "--json" => options.json = Some(value()?.into()),
                "--mqttka-dir" => options.mqttka_dir = absolute(&value()?)?,
                "--mqttka-include" => options.mqttka_include = absolute(&value()?)?,
                "--no-pin" => options.pin = false,
                "--quick" => options = options.quick(),
                _ => return Err(format!("unknown option {name}")),
            }
        }
        Ok(Some(options))
    }

    fn quick(self) -> Options {
        Options {
            quick: true,
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
            rounds: 5,
            count: None,
            size: 256,
            window: 100,
            clients: Client::ALL.to_vec(),
            modes: Mode::ALL.to_vec(),
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

fn list<T: FromStr<Err = String>>(text: &str) -> Result<Vec<T>, String> {
    text.split(',').map(str::parse).collect()
}

fn absolute(path: &str) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{path}: {error}"))
}

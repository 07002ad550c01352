//! Every operation has one outcome, and what each of them says: in virtual time, against the machine.

mod cancel;
mod every;
mod racing;
mod rate_limit;
mod receipts;
mod received;

use std::num::NonZeroU16;
use std::time::Duration;

use mqttka_core::codec::{Ack, Packet};
use mqttka_core::error::OperationError;
use mqttka_core::proto::{Command, Config, PublishTerms, Receipt};
use mqttka_core::types::{QoS, ReasonCode, Version};
use mqttka_sim::script::{Script, message, publish};

/// A client that is connected and comes back by itself.
fn connected(config: Config) -> Script {
    let mut script = Script::coming_back(config);
    script.connect();
    script.accept(false, []);
    script
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A publish with a receipt, where it has QoS 0.
fn with_receipt(number: u64, qos: QoS, wait: Option<Duration>) -> Command<u64> {
    match publish(number, message(number, qos), Version::V5) {
        Command::Publish {
            message,
            len,
            token,
            ..
        } => Command::Publish {
            message,
            len,
            terms: PublishTerms {
                timeout: wait,
                receipt: true,
            }
            .boxed(),
            token,
        },
        other => other,
    }
}

fn flush(token: u64) -> Command<u64> {
    Command::Flush {
        timeout: None,
        token: Some(token),
    }
}

fn ack(n: u16) -> Ack {
    let id = NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    Ack::new(id, ReasonCode::Success)
}

fn pings(packets: &[Packet]) -> usize {
    let is_ping = |packet: &&Packet| matches!(packet, Packet::PingReq);
    packets.iter().filter(is_ping).count()
}

type Told = (u64, Result<Option<Receipt>, OperationError>);

/// What was completed since the last call: the receipt, or the error.
fn told(script: &mut Script) -> Vec<Told> {
    let completed = std::mem::take(&mut script.completed);
    let result = completed
        .into_iter()
        .map(|(token, outcome)| (token, outcome.result.map(|_| outcome.receipt)));
    result.collect()
}

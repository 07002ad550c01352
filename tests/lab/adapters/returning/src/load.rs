//! What the adapter publishes: numbers, from 0, a sequence for each QoS.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mqttka_core::client::{Client, Completion, Message, QoS, TopicName};

use crate::told::say;

const PERIOD: Duration = Duration::from_millis(50);

pub(crate) struct Load {
    client: Client,
    qualities: &'static [QoS],
    period: Duration,
    /// Dropping the sender ends it; it returns how much it has published.
    running: Option<(Sender<()>, JoinHandle<Vec<u64>>)>,
}

impl Load {
    /// `exchange` waits for its command; `qos0` publishes one message every 0.14 K from now on, which
    /// does not fall together with K/2.
    pub(crate) fn new(client: Client, name: &str, keep_alive: u16) -> Self {
        let (qualities, period): (&[QoS], Duration) = match name {
            "exchange" => (&[QoS::AtLeastOnce, QoS::ExactlyOnce], PERIOD),
            "qos0" => (
                &[QoS::AtMostOnce],
                Duration::from_millis(140) * keep_alive.into(),
            ),
            _ => (&[], PERIOD),
        };
        let mut load = Load {
            client,
            qualities,
            period,
            running: None,
        };
        if name == "qos0" {
            load.start();
        }
        load
    }

    pub(crate) fn exchanges(&self) -> bool {
        self.qualities.len() > 1
    }

    pub(crate) fn start(&mut self) {
        let (client, qualities, period) = (self.client.clone(), self.qualities, self.period);
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            let mut numbers = vec![0; qualities.len()];
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                for (qos, number) in qualities.iter().zip(&mut numbers) {
                    publish(&client, *qos, *number);
                    *number += 1;
                }
            }
            numbers
        });
        self.running = Some((stop, thread));
    }

    /// Ends it, and tells how much there was.
    pub(crate) fn settle(&mut self) {
        let counts = self.stop();
        let fields: String = self
            .qualities
            .iter()
            .zip(counts)
            .map(|(qos, count)| format!(",\"qos{}\":{count}", *qos as u8))
            .collect();
        say("sent", &fields);
    }

    /// Ends it, where it runs.
    pub(crate) fn stop(&mut self) -> Vec<u64> {
        let Some((stop, thread)) = self.running.take() else {
            return Vec::new();
        };
        drop(stop);
        thread.join().unwrap_or_default()
    }
}

fn publish(client: &Client, qos: QoS, number: u64) {
    let failed = move |error: &str| {
        let fields = format!(
            ",\"qos\":{},\"n\":{number},\"error\":\"{error}\"",
            qos as u8
        );
        say("unpublished", &fields);
    };
    let Ok(topic) = TopicName::try_from(&*format!("lab/up/{}", qos as u8)) else {
        return failed("topic");
    };
    let mut message = Message::new(topic, number.to_string());
    message.qos = qos;
    let completion = Completion::call(move |outcome| {
        if let Err(error) = &outcome.result {
            failed(error.name());
        }
    });
    if let Err(error) = client.publish(message, completion) {
        failed(error.name());
    }
}

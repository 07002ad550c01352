//! mqttka as a client that comes back by itself, for the lab (see its README, "Adapters that come
//! back"): `mqttka-lab-returning HOST PORT KEEP_ALIVE LOAD`.

#![allow(clippy::print_stdout, reason = "standard output is its protocol")]

mod load;
mod told;

use std::env;
use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, NetworkChange, Options, Pem, Properties, Proxy, QoS, Subscription,
    TopicFilter,
};

use load::Load;
use told::Told;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [_, _, keep_alive, load] = &arguments[..] else {
        return Err("usage: mqttka-lab-returning HOST PORT KEEP_ALIVE LOAD".into());
    };
    let keep_alive = keep_alive.parse()?;
    let (ended, end) = channel();
    let client = Client::new(options(keep_alive)?, Told::new(ended))?;
    told::say("connecting", "");
    client.connect()?;
    let mut load = Load::new(client.clone(), load, keep_alive);
    if load.exchanges() {
        subscribe(&client)?;
    }
    obey(&client, &mut load)?;
    finish(&client, load, &end)
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn options(keep_alive: u16) -> Result<Options, Failure> {
    let mut options = Options::from_uri(&setting("LAB_URI").ok_or("LAB_URI is not set")?)?;
    options.tls.ca = setting("LAB_CA").map(|file| Pem::File(file.into()));
    if let Some(proxy) = setting("LAB_PROXY") {
        options.proxy = Proxy::parse(&proxy)?;
    }
    options.network_monitor = setting("LAB_NETWORK_MONITOR").as_deref() == Some("1");
    let config = &mut options.config;
    config.keep_alive = keep_alive;
    config.client_id = "lab-returning".try_into()?;
    config.session_expiry_interval = 3600;
    // mosquitto 2.0.11 forgets a session that began with Clean Start where it is restarted.
    config.clean_start = false;
    config.make_before_break = setting("LAB_MAKE_BEFORE_BREAK").as_deref() == Some("1");
    Ok(options)
}

fn subscribe(client: &Client) -> Result<(), Failure> {
    let mut subscriptions = Vec::new();
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let filter = format!("lab/down/{}", qos as u8);
        subscriptions.push(Subscription::new(TopicFilter::try_from(&*filter)?, qos));
    }
    let granted = Completion::call(|outcome| match outcome.result {
        Ok(_) => told::say("subscribed", ""),
        Err(_) => told::say("not_subscribed", ""),
    });
    client.subscribe(subscriptions, Properties::new(), granted)?;
    Ok(())
}

/// Until "quit", or the end of input.
fn obey(client: &Client, load: &mut Load) -> Result<(), Failure> {
    for line in io::stdin().lock().lines() {
        match &line?.split(' ').collect::<Vec<_>>()[..] {
            ["publish"] => load.start(),
            ["settle"] => load.settle(),
            ["network", change] => client.network_changed(match *change {
                "lost" => NetworkChange::Lost,
                "available" => NetworkChange::Available,
                _ => NetworkChange::Changed,
            })?,
            ["quit"] => break,
            command => return Err(format!("no such command: {command:?}").into()),
        }
    }
    Ok(())
}

fn finish(client: &Client, mut load: Load, end: &Receiver<()>) -> Result<(), Failure> {
    load.stop();
    client.close();
    end.recv_timeout(Duration::from_secs(60))?;
    Ok(())
}

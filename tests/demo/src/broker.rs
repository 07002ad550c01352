//! The embedded broker. It runs in a process of its own, so that SIGSTOP can hang it.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mqtt5::QoS;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::{BrokerConfig, MqttBroker};
use mqtt5::packet::publish::PublishPacket;
use rustix::process::{Pid, Signal, kill_process};

use crate::network::Network;
use crate::process::die_with_parent;

/// The process, killed when dropped.
#[derive(Debug)]
pub(crate) struct Broker {
    process: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Broker {
    /// Starts it on its side of the network and waits until it listens.
    pub(crate) fn start(network: &dyn Network, download: bool) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("broker")
            .arg(network.listen_address().to_string());
        if download {
            command.arg("download");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        die_with_parent(&mut command);
        network.place_broker(&mut command);
        let mut process = command.spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line
            .trim()
            .parse()
            .map_err(|_| io::Error::other("the broker did not start"))?;
        Ok(Self { process, address })
    }

    /// Hangs the process: its kernel goes on, it does not.
    pub(crate) fn stop(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        kill_process(Pid::from_child(&self.process), signal)?;
        Ok(())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The broker's process: prints its address, then serves for ever.
pub(crate) fn serve(listen: &str, download: bool) -> Result<(), Box<dyn std::error::Error>> {
    let mut config = BrokerConfig::default().with_bind_address(listen.parse::<SocketAddr>()?);
    config.bind_addresses = vec![listen.parse()?];
    config.sys_topics_enabled = false;
    config.storage_config.enable_persistence = false;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut broker = MqttBroker::with_config(config).await?;
        let address = broker.local_addr().ok_or("the broker does not listen")?;
        if download {
            tokio::spawn(publish_for_ever(broker.router()));
        }
        println!("{address}");
        broker.run().await?;
        Ok(())
    })
}

/// The source of `--load download`: a bit less than what the link carries.
async fn publish_for_ever(router: Arc<MessageRouter>) {
    let message = PublishPacket::new("demo/download", vec![b'.'; 4096], QoS::AtMostOnce);
    let mut interval = tokio::time::interval(Duration::from_millis(2));
    loop {
        interval.tick().await;
        router.route_message(&message, None).await;
    }
}

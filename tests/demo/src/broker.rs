//! The embedded broker. It runs in a process of its own, so that SIGSTOP can hang it.

use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mqtt5::QoS;
use mqtt5::broker::config::{StorageBackend, TlsConfig, WebSocketConfig};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::{BrokerConfig, MqttBroker};
use mqtt5::packet::publish::PublishPacket;
use rustix::process::{Pid, Signal, kill_process};

use crate::certificates::{certificate_file, key_file};
use crate::network::Network;
use crate::options::{Load, Options, Transport};
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
    pub(crate) fn start(
        network: &dyn Network,
        options: &Options,
        certificates: &Path,
    ) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("broker")
            .arg(network.listen_address().to_string())
            .arg(options.transport.to_string())
            .arg(certificates);
        if options.load == Load::Download {
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
pub(crate) fn serve(
    listen: &str,
    transport: Transport,
    certificates: &Path,
    download: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let address = free_address(listen.parse()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut broker = MqttBroker::with_config(config(address, transport, certificates)).await?;
        if download {
            tokio::spawn(publish_for_ever(broker.router()));
        }
        println!("{address}");
        broker.run().await?;
        Ok(())
    })
}

/// A port for 0: the broker does not tell which one it got, for WebSocket over TLS.
fn free_address(listen: SocketAddr) -> io::Result<SocketAddr> {
    if listen.port() != 0 {
        return Ok(listen);
    }
    TcpListener::bind(listen)?.local_addr()
}

fn config(address: SocketAddr, transport: Transport, certificates: &Path) -> BrokerConfig {
    let mut config = BrokerConfig {
        bind_addresses: Vec::new(),
        sys_topics_enabled: false,
        ..BrokerConfig::default()
    };
    // Sessions outlive connections, not the broker.
    config.storage_config.backend = StorageBackend::Memory;
    let tls = TlsConfig::new(certificate_file(certificates), key_file(certificates));
    let web_socket = WebSocketConfig::default().with_bind_address(address);
    match transport {
        Transport::Tcp => config.with_bind_address(address),
        Transport::Tls => config.with_tls(tls.with_bind_address(address)),
        Transport::Ws => config.with_websocket(web_socket),
        // WebSocket takes the certificate from TLS, which need not listen itself.
        Transport::Wss => config
            .with_tls(tls.with_bind_addresses(Vec::new()))
            .with_websocket_tls(web_socket.with_tls(true)),
    }
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

//! What the system says of its network, on its way to the client.

use std::net::{IpAddr, UdpSocket};
#[cfg(feature = "engine")]
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::options::Options;
use super::shared::Shared;
#[cfg(feature = "engine")]
use crate::engine::Runtime;
use crate::error::{Attempted, Error};
use crate::log::log;
use crate::proto::{Command, NetworkUpdate};
use crate::transport::options::{Proxy, Transport};

/// What is known of the network, and of the broker's place in it.
#[derive(Debug)]
pub(super) struct Network(Mutex<Known>);

#[derive(Debug)]
struct Known {
    /// What was said last.
    update: Option<NetworkUpdate>,
    /// By the options, a broker or the proxy before it runs on this machine.
    is_here: bool,
    /// What an attempt connected to last.
    address: Option<IpAddr>,
}

impl Network {
    pub(super) fn new(options: &Options) -> Self {
        Network(Mutex::new(Known {
            update: None,
            is_here: is_here(options),
            address: None,
        }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn update(&self) -> Option<NetworkUpdate> {
        self.known().update.clone()
    }

    /// An attempt has ended, whatever its end was.
    pub(super) fn attempted(&self, attempted: &Attempted) {
        if let Some(address) = attempted.address {
            self.known().address = Some(address.ip());
        }
    }

    /// Whether the way to the broker needs no network but the machine itself, as far as that is
    /// known.
    #[cfg_attr(
        not(all(feature = "network-monitor", target_os = "linux")),
        allow(dead_code, reason = "asked by the monitor alone")
    )]
    fn is_within(&self) -> bool {
        let (is_here, address) = {
            let known = self.known();
            (known.is_here, known.address)
        };
        // This machine's own: others cannot be bound to.
        is_here || address.is_some_and(|address| UdpSocket::bind((address, 0)).is_ok())
    }
}

fn is_here(options: &Options) -> bool {
    let proxy = match &options.proxy {
        Proxy::Uri(proxy) => is_own_name(&proxy.host),
        _ => false,
    };
    let mut servers = options.servers.iter();
    proxy || servers.any(|it| it.transport == Transport::Unix || is_own_name(&it.host))
}

/// By RFC 6761 (section 6.3), and as an address.
fn is_own_name(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    let last = host.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

impl Shared {
    /// Keeps the hint for the status, and hands it on (rule L17).
    pub(super) fn hear_of_network(&self, update: NetworkUpdate) -> Result<(), Error> {
        // Whoever reads it in the log finds it in the status.
        self.network.known().update = Some(update.clone());
        log!(Debug, "client {}: network {update:?}", self.number());
        self.inbox.hint(Command::NetworkChanged(update))
    }
}

#[cfg(all(feature = "network-monitor", target_os = "linux"))]
impl crate::network_monitor::Listener for Shared {
    fn network_changed(&self, change: crate::proto::NetworkChange) {
        // A broker on this machine is there as before; the client is not to wait for a network.
        if change == crate::proto::NetworkChange::Lost && self.network.is_within() {
            return;
        }
        // A closed client needs no network.
        let _ = self.hear_of_network(change.into());
    }
}

/// The client hears of changes that the system itself tells, where there is a monitor.
#[cfg(feature = "engine")]
pub(super) fn watch(shared: &Arc<Shared>, runtime: &Arc<Runtime>) {
    #[cfg(all(feature = "network-monitor", target_os = "linux"))]
    {
        let listener: std::sync::Weak<Shared> = Arc::downgrade(shared);
        crate::network_monitor::tell(listener, runtime);
    }
    #[cfg(not(all(feature = "network-monitor", target_os = "linux")))]
    let _ = (shared, runtime);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(change: impl FnOnce(&mut Options)) -> Network {
        let mut options = Options::new("broker.example");
        change(&mut options);
        Network::new(&options)
    }

    #[test]
    fn a_broker_on_this_machine_needs_no_network() {
        assert!(!known(|_| {}).is_within());
        for host in ["localhost", "a.LocalHost.", "127.0.0.1", "::1", "[::1]"] {
            assert!(known(|it| it.servers[0].host = host.into()).is_within());
        }
        for host in ["192.0.2.1", "localhost.example", "1.0.0.127"] {
            assert!(!known(|it| it.servers[0].host = host.into()).is_within());
        }
        let unix = Options::from_uri("unix:///run/mqtt.sock");
        #[cfg(unix)]
        assert!(Network::new(&unix.unwrap()).is_within());
    }

    #[test]
    fn an_address_of_this_machine_needs_no_network() {
        let network = known(|_| {});
        let mut attempted = Attempted::new("broker.example", 1883);
        // As a machine's own name has it.
        attempted.address = Some(([127, 0, 1, 1], 1883).into());
        network.attempted(&attempted);
        assert!(network.is_within());
        attempted.address = Some(([192, 0, 2, 1], 1883).into());
        network.attempted(&attempted);
        assert!(!network.is_within());
    }
}

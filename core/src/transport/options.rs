//! What an application can choose of the way to its brokers. Data only; the client's `Options` hold
//! it.

mod carrier;
mod proxy;
mod server;
mod socket;
mod tls;
mod web_socket;

pub use carrier::Carrier;
pub use proxy::{Proxy, ProxyProtocol, ProxyServer};
pub use server::{Server, Transport};
pub use socket::{RawSocket, SocketHook, SocketOptions};
pub use tls::{CertificateVerifier, Pem, TlsOptions};
pub use web_socket::WebSocketOptions;

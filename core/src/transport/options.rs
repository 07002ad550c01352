//! What an application can choose of the way to its brokers. Data only; the client's `Options` hold
//! it.

mod proxy;
mod server;
mod socket;
mod tls;
mod web_socket;

pub use proxy::{Proxy, ProxyProtocol, ProxyServer};
pub use server::{Server, Transport};
pub use socket::{RawSocket, SocketHook, SocketOptions};
pub use tls::{CertificateVerifier, Pem, TlsOptions};
pub use web_socket::WebSocketOptions;

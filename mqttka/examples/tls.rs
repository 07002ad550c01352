//! TLS, with the platform's trust store, or with an authority of your own, and a certificate of the
//! client's where the broker wants one.
//!
//!     cargo run --example tls -- mqtts://broker.example [ca.pem [client.pem client.key]]

use mqttka::{Client, ConnectError, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let uri = arguments.next().unwrap_or("mqtts://localhost".into());
    let mut builder = Client::builder(uri);
    if let Some(ca) = arguments.next() {
        builder = builder.tls_ca_file(ca);
    }
    if let (Some(certificate), Some(key)) = (arguments.next(), arguments.next()) {
        builder = builder
            .tls_certificate_file(certificate)
            .tls_private_key_file(key);
    }
    match builder.connect().await {
        Ok(client) => {
            let mut messages = client.subscribe("mqttka/tls").await?;
            client
                .publish("mqttka/tls", "nobody else reads this")
                .await?;
            if let Some(message) = messages.recv().await? {
                println!("{}: {}", message.topic, message.text());
            }
            client.disconnect().await?;
            Ok(())
        }
        // What went wrong, for programs: an authority that nobody trusts, another name, ...
        Err(Error::ConnectFailed(ConnectError::Transport { stage, error, .. })) => {
            Err(format!("{stage}: {}: {error}", error.kind.name()).into())
        }
        Err(error) => Err(error.into()),
    }
}

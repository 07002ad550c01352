//! Connects, subscribes, publishes, and prints what comes back.
//!
//!     cargo run --example hello -- mqtt://localhost

use mqttka::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uri = std::env::args().nth(1).unwrap_or("mqtt://localhost".into());
    let client = Client::connect(uri).await?;
    let mut messages = client.subscribe("mqttka/hello").await?;
    client.publish("mqttka/hello", "hello, world").await?;
    if let Some(message) = messages.recv().await? {
        println!("{}: {}", message.topic, message.text());
    }
    client.disconnect().await?;
    Ok(())
}

//! Many clients in one process: they share three threads.
//!
//!     cargo run --example many_clients -- mqtt://localhost [how many]

use futures::future::try_join_all;
use mqttka::{Client, Error};

/// Connects, publishes to the client's own topic, and waits for the message to come back.
async fn talk(uri: &str, number: u32) -> Result<Client, Error> {
    let client = Client::connect(uri).await?;
    let topic = format!("mqttka/many/{}/{number}", std::process::id());
    let mut messages = client.subscribe(&topic).await?;
    client.publish(&topic, "here").await?;
    messages.recv().await?;
    Ok(client)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let uri = arguments.next().unwrap_or("mqtt://localhost".into());
    let count: u32 = arguments.next().map_or(Ok(100), |it| it.parse())?;

    let clients = try_join_all((0..count).map(|number| talk(&uri, number))).await?;
    let received: u64 = clients
        .iter()
        .map(|client| client.status().messages_received)
        .sum();
    println!("{} clients, {received} messages", clients.len());
    // They say goodbye when they are dropped.
    Ok(())
}

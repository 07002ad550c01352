//! A program that starts while offline and goes on through everything: switch the broker off and on
//! again while it runs.
//!
//!     cargo run --example reconnect -- mqtt://localhost [how many messages]

use std::time::Duration;

use mqttka::{Client, EventKind, QoS};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let uri = arguments.next().unwrap_or("mqtt://localhost".into());
    let count: u32 = arguments.next().map_or(Ok(60), |it| it.parse())?;

    let client = Client::builder(uri)
        .keep_alive(Duration::from_secs(10))
        .session_expiry_interval(Duration::from_secs(3600))
        .reconnect_max_delay(Duration::from_secs(5))
        .build()?;
    let mut events = client.events()?;
    let mut messages = client
        .subscribe("mqttka/reconnect")
        .qos(QoS::AtLeastOnce)
        .nowait()?;
    client.connect_nowait()?;

    // Each waits for its turn, also over several connections.
    let publisher = client.clone();
    tokio::spawn(async move {
        for n in 1..=count {
            let publish = publisher.publish("mqttka/reconnect", n.to_string());
            if let Err(error) = publish.qos(QoS::AtLeastOnce).await {
                eprintln!("message {n} is lost: {error}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });

    loop {
        tokio::select! {
            Some(event) = events.recv() => {
                println!("{event}");
                // Wrong credentials, for example: trying again cannot help.
                if let EventKind::ReconnectStopped(stopped) = event.kind {
                    return Err(stopped.reason.to_string().into());
                }
            }
            message = messages.recv() => {
                let Some(message) = message? else { break };
                println!("received {}", message.text());
                if message.payload == count.to_string() {
                    break;
                }
            }
        }
    }
    client.disconnect().await?;
    Ok(())
}

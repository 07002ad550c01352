//! Request and response, as MQTT 5.0 has them: a service doubles numbers, and answers where the
//! request says.
//!
//!     cargo run --example request_response -- mqtt://localhost

use std::time::Duration;

use mqttka::{Client, Error, QoS};

/// Answers requests until its client is closed.
async fn serve(client: Client) -> Result<(), Error> {
    let mut requests = client
        .subscribe("mqttka/double")
        .qos(QoS::AtLeastOnce)
        .await?;
    while let Some(request) = requests.recv().await? {
        if request.response_topic().is_none() {
            continue;
        }
        let answer = match request.text().parse::<i64>() {
            Ok(number) => (2 * number).to_string(),
            Err(error) => format!("not a number: {error}"),
        };
        client.reply(&request, answer).await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uri = std::env::args().nth(1).unwrap_or("mqtt://localhost".into());
    let service = Client::connect(&uri).await?;
    let serving = tokio::spawn(serve(service.clone()));

    let client = Client::connect(&uri).await?;
    for number in ["1", "21", "x"] {
        // The service may not be there yet: MQTT says so, and a request can be made again.
        loop {
            let request = client
                .request("mqttka/double", number)
                .qos(QoS::AtLeastOnce)
                .timeout(Duration::from_secs(1));
            match request.await {
                Ok(response) => {
                    println!("{number} doubled: {}", response.text());
                    break;
                }
                Err(Error::TimedOut | Error::Refused { .. }) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    client.disconnect().await?;
    service.disconnect().await?;
    serving.await??;
    Ok(())
}

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
        let Some(topic) = request.response_topic() else {
            continue;
        };
        let answer = match request.text().parse::<i64>() {
            Ok(number) => (2 * number).to_string(),
            Err(error) => format!("not a number: {error}"),
        };
        let mut response = client.publish(topic, answer).qos(QoS::AtLeastOnce);
        if let Some(data) = request.correlation_data() {
            response = response.correlation_data(data);
        }
        response.await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uri = std::env::args().nth(1).unwrap_or("mqtt://localhost".into());
    let service = Client::connect(&uri).await?;
    let serving = tokio::spawn(serve(service.clone()));

    let client = Client::connect(&uri).await?;
    let inbox = format!("mqttka/answers/{}", std::process::id());
    let mut answers = client.subscribe(&inbox).qos(QoS::AtLeastOnce).await?;
    for number in ["1", "21", "x"] {
        // The service may not be there yet: MQTT says so, and a request can be made again.
        loop {
            client
                .publish("mqttka/double", number)
                .qos(QoS::AtLeastOnce)
                .response_topic(&inbox)
                .correlation_data(number)
                .message_expiry_interval(Duration::from_secs(10))
                .await?;
            let answer = tokio::time::timeout(Duration::from_secs(1), answers.recv()).await;
            if let Ok(answer) = answer {
                let answer = answer?.ok_or("closed")?;
                let asked = String::from_utf8_lossy(answer.correlation_data().ok_or("no mark")?);
                println!("{asked} doubled: {}", answer.text());
                break;
            }
        }
    }
    client.disconnect().await?;
    service.disconnect().await?;
    serving.await??;
    Ok(())
}

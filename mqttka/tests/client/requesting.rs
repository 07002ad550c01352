use std::future::IntoFuture;
use std::time::Duration;

use mqttka::{Client, Error, QoS, ReasonCode};

use crate::support::{Mosquitto, run};

#[test]
fn a_request_has_its_response_over_a_broker_in_use() {
    let broker = Mosquitto::start(&[]);
    let uri = broker.uri();
    run(async move {
        let service = Client::connect(&uri).await.unwrap();
        let client = Client::connect(&uri).await.unwrap();
        let nobody = client.request("double", "1").qos(QoS::AtLeastOnce).await;
        assert!(
            matches!(
                nobody,
                Err(Error::Refused {
                    reason_code: ReasonCode::NoMatchingSubscribers,
                    ..
                })
            ),
            "{nobody:?}"
        );
        let late = client
            .request("double", "1")
            .timeout(Duration::from_millis(1))
            .await;
        assert!(matches!(late, Err(Error::TimedOut)), "{late:?}");
        let mut requests = service
            .subscribe("double")
            .qos(QoS::AtLeastOnce)
            .await
            .unwrap();
        let both = futures::future::join(
            async {
                let request = requests.recv().await.unwrap().unwrap();
                let answer = 2 * request.payload_as_str().unwrap().parse::<u32>().unwrap();
                service.reply(&request, answer.to_string()).await.unwrap();
                let no_request = mqttka::Message::new("a", "b").unwrap();
                let refused = service.reply(&no_request, "x").await;
                assert!(matches!(refused, Err(Error::InvalidArgument(_))));
            },
            client
                .request("double", "21")
                .qos(QoS::AtLeastOnce)
                .into_future(),
        );
        let ((), response) = both.await;
        assert_eq!(response.unwrap().text(), "42");
    });
}

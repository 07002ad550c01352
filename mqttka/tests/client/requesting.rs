use std::future::IntoFuture;
use std::time::Duration;

use mqttka::{Client, Error, QoS, ReasonCode};

use crate::support::{Mosquitto, run};

#[test]
fn a_function_answers_requests_until_it_is_ended() {
    let broker = Mosquitto::start(&[]);
    let uri = broker.uri();
    run(async move {
        let service = Client::connect(&uri).await.unwrap();
        let client = Client::connect(&uri).await.unwrap();
        let handling = service
            .respond("double", |request| {
                let number: u32 = request.payload_as_str().ok()?.parse().ok()?;
                Some((2 * number).to_string())
            })
            .qos(QoS::AtLeastOnce)
            .await
            .unwrap();
        assert_eq!(handling.granted(), [ReasonCode::GrantedQoS1]);
        let ask = || client.request("double", "21").qos(QoS::AtLeastOnce);
        assert_eq!(ask().await.unwrap().text(), "42");
        handling.unsubscribe().await.unwrap();
        let nobody = ask().await;
        assert!(matches!(nobody, Err(Error::Refused { .. })), "{nobody:?}");
        let wrong = service.respond("a/#/b", |_| None::<&str>).await;
        assert!(
            matches!(wrong, Err(Error::InvalidTopic { .. })),
            "{wrong:?}"
        );
    });
}

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

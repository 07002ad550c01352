use std::future::IntoFuture;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use futures::{FutureExt, StreamExt, TryStreamExt};
use mqttka::{Client, Error, Filter, QoS, ReasonCode, RetainHandling, Subscription};
use mqttka_scripted_broker::{Broker, Peer};

use crate::support::{builder, connected, publish, run, until};

/// SUBACK or UNSUBACK for this SUBSCRIBE or UNSUBSCRIBE.
pub(crate) fn answer(peer: &mut Peer, packet: &[u8], codes: &[u8]) {
    let first = match packet[0] {
        0x82 => 0x90,
        0xa2 => 0xb0,
        other => panic!("{other:#x} has no such answer"),
    };
    let mut answer = vec![first, 3 + codes.len() as u8, packet[2], packet[3], 0];
    answer.extend_from_slice(codes);
    peer.send(&answer);
}

/// A subscription to "a/#" at QoS 1.
pub(crate) fn subscribed(client: &Client, peer: &mut Peer) -> Subscription {
    let subscribing = client.subscribe("a/#").qos(QoS::AtLeastOnce).into_future();
    let packet = peer.packet();
    answer(peer, &packet, &[1]);
    run(subscribing).unwrap()
}

#[test]
fn several_filters_have_their_options() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let own = Filter::new("own").qos(QoS::ExactlyOnce).no_local(false);
    let subscribing = client
        .subscribe([Filter::from("whole"), own])
        .qos(QoS::AtLeastOnce)
        .no_local(true)
        .retain_as_published(true)
        .retain_handling(RetainHandling::DoNotSend)
        .identifier(7)
        .user_property("n", "v")
        .into_future();
    let packet = peer.packet();
    for part in [
        &b"\x00\x05whole\x2d"[..],
        b"\x00\x03own\x2a",
        b"\x0b\x07",
        b"\x26\x00\x01n\x00\x01v",
    ] {
        assert!(packet.windows(part.len()).any(|it| it == part), "{part:?}");
    }
    answer(&mut peer, &packet, &[1, 0]);
    let subscription = run(subscribing).unwrap();
    let granted = [ReasonCode::GrantedQoS1, ReasonCode::Success];
    assert_eq!(subscription.granted(), granted);
    let filters: Vec<_> = subscription
        .filters()
        .iter()
        .map(|it| it.as_str())
        .collect();
    assert_eq!(filters, ["whole", "own"]);
}

#[test]
fn filters_are_taken_in_every_form() {
    let client = Client::new(mqttka::Options::new("127.0.0.1")).unwrap();
    let topic: mqttka::TopicName = "a".parse().unwrap();
    let filter: mqttka::TopicFilter = "a".parse().unwrap();
    let texts = &["a", "b"];
    let vector = vec!["a".to_owned(), "b".to_owned()];
    for (subscribe, count) in [
        (client.subscribe("a"), 1),
        (client.subscribe("a".to_owned()), 1),
        (client.subscribe(&vector[0]), 1),
        (client.subscribe(&topic), 1),
        (client.subscribe(&filter), 1),
        (client.subscribe(filter.clone()), 1),
        (client.subscribe(Filter::new("a")), 1),
        (client.subscribe(*texts), 2),
        (client.subscribe(texts), 2),
        (client.subscribe(&texts[..]), 2),
        (client.subscribe(&vector), 2),
        (client.subscribe(vector.clone()), 2),
    ] {
        assert_eq!(subscribe.nowait().unwrap().filters().len(), count);
    }
}

#[test]
fn what_is_wrong_with_a_filter_is_named() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    for (filters, said) in [
        (
            vec!["good", "a/#/b"],
            "filter \"a/#/b\" is invalid: '#' must be the whole last level of a topic filter",
        ),
        (
            vec!["good", "$share/x"],
            "filter \"$share/x\" is invalid: a shared subscription has the form $share/group/filter",
        ),
        (vec![""], "filter \"\" is invalid: topic is empty"),
        (vec![], "no topic filter given"),
    ] {
        let error = run(client.subscribe(&filters).into_future()).unwrap_err();
        assert_eq!(error.to_string(), said);
        let error = client.unsubscribe(&filters).nowait().unwrap_err();
        assert_eq!(error.to_string(), said);
        let without = client.subscribe(&filters).without_stream();
        assert_eq!(run(without).unwrap_err().to_string(), said);
    }
    let error = client.messages_matching("+x").unwrap_err();
    assert!(error.to_string().contains("\"+x\""), "{error}");
    client.publish_nowait("next", "").unwrap();
    peer.expect(&publish(0x30, "next", None, ""));
}

#[test]
fn a_refused_filter_fails_and_what_was_granted_is_given_back() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let subscribing = client.subscribe(["yes", "no"]).into_future();
    let packet = peer.packet();
    answer(&mut peer, &packet, &[0, 0x87]);
    let Err(Error::Refused {
        reason_code,
        reason_codes,
        ..
    }) = run(subscribing)
    else {
        panic!("it must be refused");
    };
    assert_eq!(reason_code, ReasonCode::NotAuthorized);
    assert_eq!(
        reason_codes,
        [ReasonCode::Success, ReasonCode::NotAuthorized]
    );
    assert_eq!(peer.packet()[0], 0xa2);

    // Nobody waits: the stream says it, once.
    let mut stream = client.subscribe("no").nowait().unwrap();
    let packet = peer.packet();
    answer(&mut peer, &packet, &[0x87]);
    run(async move {
        assert_eq!(stream.recv().await.unwrap_err().name(), "refused");
        assert_eq!(stream.recv().await, Ok(None));
    });
}

#[test]
fn dropping_unsubscribes_and_unsubscribing_ends_the_stream() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let dropped = subscribed(&client, &mut peer);
    drop(dropped);
    let packet = peer.packet();
    assert_eq!((packet[0], &packet[7..]), (0xa2, &b"a/#"[..]));
    answer(&mut peer, &packet, &[0]);

    let mut stream = subscribed(&client, &mut peer);
    let unsubscribing = stream.unsubscribe();
    let packet = peer.packet();
    assert_eq!(packet[0], 0xa2);
    peer.send(&publish(0x30, "a/last", None, "x"));
    answer(&mut peer, &packet, &[0]);
    run(async move {
        unsubscribing.await.unwrap();
        assert_eq!(stream.recv().await.unwrap().unwrap().topic, "a/last");
        assert_eq!(stream.recv().await, Ok(None));
        assert_eq!(stream.recv().await, Ok(None));
        drop(stream);
    });
    client.publish_nowait("next", "").unwrap();
    // No second UNSUBSCRIBE.
    peer.expect(&publish(0x30, "next", None, ""));
}

#[test]
fn a_message_is_acknowledged_when_the_next_is_asked_for() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let mut stream = subscribed(&client, &mut peer);
    peer.send(&publish(0x32, "a/1", Some(9), "1"));
    let (message, mut stream) = run(async move { (stream.recv().await, stream) });
    assert_eq!(message.unwrap().unwrap().text(), "1");
    client.publish_nowait("before", "").unwrap();
    peer.expect(&publish(0x30, "before", None, ""));
    assert!(stream.next().now_or_never().is_none());
    peer.expect(&[0x40, 0x02, 0x00, 0x09]);
    // Or when it is dropped.
    peer.send(&publish(0x32, "a/2", Some(10), "2"));
    let (_, stream) = run(async move { (stream.try_next().await.unwrap(), stream) });
    drop(stream);
    let (one, other) = (peer.packet(), peer.packet());
    assert!([&one, &other].contains(&&vec![0x40, 0x02, 0x00, 0x0a]));
    assert_eq!(one[0].max(other[0]), 0xa2);
}

#[test]
fn what_was_not_handed_out_or_was_lost_in_a_panic_goes_to_others() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let mut stream = subscribed(&client, &mut peer);
    for n in 1..=3 {
        peer.send(&publish(0x32, "a/b", Some(n), &n.to_string()));
    }
    let state = client.clone();
    until(move || state.status().messages_received == 3);
    let panicked = std::thread::spawn(move || {
        let next = || stream.recv().now_or_never();
        let mut next = next;
        next().unwrap().unwrap();
        next().unwrap().unwrap();
        std::panic::resume_unwind(Box::new("the application's"));
    });
    assert!(panicked.join().is_err());
    let mut all = client.messages().unwrap();
    let (two, three) = run(async move { (all.next().await.unwrap(), all.next().await.unwrap()) });
    let (two, three) = (two.unwrap(), three.unwrap());
    assert_eq!((&*two.text(), &*three.text()), ("2", "3"));
}

#[test]
fn two_consumers_both_get_a_message_and_it_is_acknowledged_once() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let mut one = subscribed(&client, &mut peer);
    let mut all = client.messages_matching("a/+").unwrap();
    peer.send(&publish(0x32, "a/1", Some(5), "x"));
    let (first, one) = run(async move { (one.recv().await.unwrap().unwrap(), one) });
    let (second, all) = run(async move { (all.recv().await.unwrap().unwrap(), all) });
    assert_eq!(first, second);
    assert_eq!(first.connection_number, 1);
    drop(all);
    client.publish_nowait("before", "").unwrap();
    peer.expect(&publish(0x30, "before", None, ""));
    drop(one);
    let (a, b) = (peer.packet(), peer.packet());
    assert!(
        [&a, &b].contains(&&vec![0x40, 0x02, 0x00, 0x05]),
        "{a:?} {b:?}"
    );
}

#[test]
fn a_stream_without_a_subscription_takes_what_others_subscribed_to() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let mut all = client.messages().unwrap();
    let subscribing = client.subscribe(["x", "y"]).without_stream();
    let packet = peer.packet();
    answer(&mut peer, &packet, &[0, 0]);
    assert_eq!(run(subscribing).unwrap().reason_codes.len(), 2);
    peer.send(&publish(0x30, "x", None, "1"));
    let (message, mut all) = run(async move { (all.next().await.unwrap().unwrap(), all) });
    assert!(message.matches("+").unwrap());
    let unsubscribing = client
        .unsubscribe(["x", "y"])
        .user_property("n", "v")
        .into_future();
    let packet = peer.packet();
    answer(&mut peer, &packet, &[0, 0x11]);
    let outcome = run(unsubscribing).unwrap();
    assert_eq!(outcome.reason_codes[1], ReasonCode::NoSubscriptionExisted);
    client.close();
    assert_eq!(run(async move { all.recv().await }), Ok(None));
}

#[test]
fn a_stream_without_a_subscription_tells_once_that_the_client_stopped() {
    let broker = Broker::listen();
    let client = builder(&broker).reconnect(false).connect_nowait().unwrap();
    let peer = broker.accept_mqtt(mqttka_scripted_broker::CONNACK_5);
    let mut all = client.messages().unwrap();
    drop(peer);
    let (error, mut all) = run(async move { (all.recv().await.unwrap_err(), all) });
    assert!(matches!(error, Error::ConnectionEnded(_)), "{error}");
    client.connect_nowait().unwrap();
    let mut peer = broker.accept_mqtt(mqttka_scripted_broker::CONNACK_5);
    peer.send(&publish(0x30, "x", None, "later"));
    let (message, mut all) = run(async move { (all.recv().await.unwrap().unwrap(), all) });
    assert_eq!(message.text(), "later");
    client.close();
    assert_eq!(run(async move { all.recv().await }), Ok(None));
}

#[test]
fn a_stream_ends_with_the_cause_unless_the_end_was_asked_for() {
    let broker = Broker::listen();
    let client = builder(&broker).reconnect(false).connect_nowait().unwrap();
    let mut peer = broker.accept_mqtt(mqttka_scripted_broker::CONNACK_5);
    let mut stream = subscribed(&client, &mut peer);
    peer.close();
    run(async move {
        let error = stream.recv().await.unwrap_err();
        assert_eq!(error.name(), "closed_by_server", "{error}");
        assert!(matches!(error, Error::ConnectionEnded(_)), "{error:?}");
        assert_eq!(stream.recv().await, Ok(None));
    });

    let (client, mut peer) = connected(&broker);
    let mut stream = subscribed(&client, &mut peer);
    let outlives = client.subscribe("b").outlive_connections().nowait();
    let mut outlives = outlives.unwrap();
    let ending = client.disconnect().into_future();
    peer.drain();
    peer.close();
    run(ending).unwrap();
    run(async move {
        assert_eq!(stream.recv().await, Ok(None));
    });
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(outlives.recv()).poll_unpin(&mut cx).is_pending());
}

#[test]
fn a_subscription_goes_on_when_the_client_comes_back() {
    let broker = Broker::listen();
    let client = builder(&broker)
        .reconnect_first_delay(Duration::from_millis(10))
        .connect_nowait()
        .unwrap();
    let mut peer = broker.accept_mqtt(mqttka_scripted_broker::CONNACK_5);
    let mut stream = subscribed(&client, &mut peer);
    peer.close();
    let mut peer = broker.accept_mqtt(mqttka_scripted_broker::CONNACK_5);
    let packet = peer.packet();
    assert_eq!(packet[0], 0x82);
    answer(&mut peer, &packet, &[1]);
    peer.send(&publish(0x30, "a/b", None, "x"));
    let message = run(async move { stream.recv().await.unwrap().unwrap() });
    assert_eq!(message.connection_number, 2);
}

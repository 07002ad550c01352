//! What the application is subscribed to, the broker knows soon after each connection.

use mqttka_core::codec::{ConnAck, Disconnect};
use mqttka_core::types::Property;
use mqttka_sim::secs;

use super::*;

/// Connected, and subscribed to these.
fn subscribed(config: Config, names: &[&str]) -> Script {
    let mut script = connected(config);
    script.ask(subscribe_to(100, names));
    let sent = script.sent();
    grant(&mut script, &sent, granted);
    assert_eq!(outcomes(&script), [(100, Ok(()))]);
    script.completed.clear();
    script
}

fn lost(script: &Script) -> Vec<(String, OperationError)> {
    let events = script.events.iter().filter_map(|event| match event {
        EventKind::SubscriptionsLost(lost) => Some(&lost.filters),
        _ => None,
    });
    let all = events.flatten();
    all.map(|(filter, error)| (filter.as_str().to_owned(), error.clone()))
        .collect()
}

#[test]
fn where_the_session_is_gone_it_subscribes_again_ahead_of_everything() {
    for version in versions() {
        for config in [Config::default(), persistent()] {
            let config = Config {
                protocol_version: version,
                ..config
            };
            let mut script = subscribed(config, &["a", "b"]);
            script.lose();
            script.publish(1, QoS::AtLeastOnce);
            let sent = script.come_back(false, []);
            assert_eq!(subscribes(&sent), [["a", "b"]]);
            assert!(matches!(sent[0], Packet::Subscribe(_)), "{sent:?}");
            assert_eq!(told(&script).resubscribed, 2);
            grant(&mut script, &sent, granted);
            // It is nobody's operation.
            assert_eq!(outcomes(&script), []);
        }
    }
}

#[test]
fn where_the_session_goes_on_it_asks_for_nothing() {
    // Or the broker would send what is retained again.
    let mut script = subscribed(persistent(), &["a", "b"]);
    for _ in 0..3 {
        script.lose();
        let sent = script.come_back(true, []);
        assert_eq!(subscribes(&sent), [[""; 0]; 0]);
        assert_eq!(told(&script).resubscribed, 0);
    }
}

#[test]
fn the_options_of_each_subscription_are_those_that_were_asked_for() {
    let mut script = connected(Config::default());
    let mut subscription = Subscription::new(filter("a"), QoS::ExactlyOnce);
    subscription.no_local = true;
    subscription.retain_as_published = true;
    let properties: Properties = [Property::SubscriptionIdentifier(7)].into_iter().collect();
    script.ask(Command::Subscribe {
        subscriptions: vec![subscription],
        properties,
        token: Some(1),
    });
    let first = script.sent();
    grant(&mut script, &first, granted);
    script.lose();
    let again = script.come_back(false, []);
    let strip = |packets: &[Packet]| match packets {
        [Packet::Subscribe(it)] => (it.subscriptions.clone(), it.properties.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(strip(&again), strip(&first));
}

#[test]
fn many_go_in_packets_that_the_broker_takes() {
    let names: Vec<String> = (0..1000).map(|n| format!("filter/{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = subscribed(Config::default(), &names);
    script.lose();
    let sent = script.come_back(false, [Property::MaximumPacketSize(200)]);
    let batches = subscribes(&sent);
    assert!(
        batches.len() > 60 && batches.len() < 200,
        "{}",
        batches.len()
    );
    for packet in &sent {
        let mut bytes = bytes::BytesMut::new();
        assert_eq!(packet.encode(Version::V5, &mut bytes), Ok(()));
        assert!(bytes.len() <= 200, "{}", bytes.len());
    }
    let mut asked: Vec<String> = batches.concat();
    asked.sort_unstable();
    assert_eq!(asked, names);
    assert_eq!(told(&script).resubscribed, 1000);
}

#[test]
fn what_was_not_answered_is_asked_for_once_more() {
    let mut script = subscribed(persistent(), &["a"]);
    script.lose();
    script.come_back(false, []);
    // No SUBACK comes; the session goes on.
    script.lose();
    let sent = script.come_back(true, []);
    assert_eq!(subscribes(&sent), [["a"]]);
    assert_eq!(told(&script).resubscribed, 1);
    grant(&mut script, &sent, granted);
    script.lose();
    assert_eq!(subscribes(&script.come_back(true, [])), [[""; 0]; 0]);
}

#[test]
fn what_was_not_even_sent_is_made_anew_for_the_next_connection() {
    let names: Vec<String> = (0..100).map(|n| format!("filter/{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = subscribed(Config::default(), &names);
    script.lose();
    for _ in 0..3 {
        script.attempt();
        // The broker ends the connection in the read that accepts it.
        script.input([
            Packet::ConnAck(ConnAck::new(false, ReasonCode::Success)),
            Packet::Disconnect(Disconnect::new(ReasonCode::ServerBusy)),
        ]);
        script.receive([]);
        assert_eq!(told(&script).resubscribed, 100);
    }
    // The next one takes less at once.
    let sent = script.come_back(false, [Property::MaximumPacketSize(200)]);
    assert_eq!(subscribes(&sent).concat(), names);
    assert_eq!(told(&script).resubscribed, 100);
    assert_eq!(lost(&script), []);
}

#[test]
fn what_the_broker_refuses_is_told_and_not_asked_for_again() {
    let mut script = subscribed(Config::default(), &["a", "b"]);
    script.lose();
    let sent = script.come_back(false, []);
    grant(&mut script, &sent, |name| match name {
        "a" => ReasonCode::NotAuthorized,
        _ => ReasonCode::GrantedQoS1,
    });
    let refused = OperationError::Refused(ReasonCode::NotAuthorized);
    assert_eq!(lost(&script), [("a".to_owned(), refused)]);
    script.lose();
    let sent = script.come_back(false, []);
    assert_eq!(subscribes(&sent), [["b"]]);
}

#[test]
fn what_the_broker_does_not_offer_any_more_takes_nothing_else_with_it() {
    let mut script = subscribed(Config::default(), &["$share/g/a", "b"]);
    script.lose();
    let sent = script.come_back(false, [Property::SharedSubscriptionAvailable(0)]);
    assert_eq!(subscribes(&sent), [["b"]]);
    let code = ReasonCode::SharedSubscriptionsNotSupported;
    let error = OperationError::NotSupportedByServer(code);
    assert_eq!(lost(&script), [("$share/g/a".to_owned(), error)]);
}

#[test]
fn an_unsubscribe_holds_whenever_it_was_asked_for() {
    let unsubscribe = || Command::Unsubscribe {
        filters: vec![filter("a")],
        properties: Properties::new(),
        token: Some(7),
    };
    // Between two connections.
    let mut script = subscribed(Config::default(), &["a", "b"]);
    script.lose();
    script.ask(unsubscribe());
    let sent = script.come_back(false, []);
    assert_eq!(subscribes(&sent), [["b"]]);
    assert!(sent.iter().any(|it| matches!(it, Packet::Unsubscribe(_))));
    // Before the answer came.
    let mut script = subscribed(persistent(), &["a", "b"]);
    script.ask(unsubscribe());
    script.sent();
    script.lose();
    let sent = script.come_back(false, []);
    assert_eq!(subscribes(&sent), [["b"]]);
    assert!(sent.iter().any(|it| matches!(it, Packet::Unsubscribe(_))));
    assert_eq!(outcomes(&script), []);
}

#[test]
fn a_subscribe_without_an_answer_is_sent_again_by_the_next_connection() {
    for present in [false, true] {
        let mut script = connected(persistent());
        script.ask(subscribe_to(1, &["a"]));
        assert_eq!(subscribes(&script.sent()), [["a"]]);
        script.lose();
        script.ask(subscribe_to(2, &["b"]));
        let sent = script.come_back(present, []);
        assert_eq!(subscribes(&sent), [["a"], ["b"]]);
        assert_eq!(told(&script).resubscribed, 0);
        grant(&mut script, &sent, granted);
        assert_eq!(outcomes(&script), [(1, Ok(())), (2, Ok(()))]);
        script.wait(secs(1));
    }
}
